//! What calls for a pod wait for, told to whoever drives it: once for each thing, and again when its numbers change.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;
use windlass_model::event::Level;

use crate::names;

/// Those who listen, by pod.
#[derive(Debug, Default)]
pub(super) struct Waits(Mutex<HashMap<String, Listener>>);

#[derive(Debug)]
struct Listener {
    tell: mpsc::UnboundedSender<(Level, String)>,
    /// The cluster does not answer, and that was told.
    unanswered: bool,
    /// What was told of a lack of room.
    room: Option<String>,
}

impl Listener {
    fn say(&self, level: Level, line: String) {
        // Who stopped listening does not want to know.
        let _ = self.tell.send((level, line));
    }
}

impl Waits {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Listener>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of<T>(&self, object: &str, then: impl FnOnce(&mut Listener) -> T) -> Option<T> {
        let mut listeners = self.lock();
        let pod = names::owner(object).filter(|pod| listeners.contains_key(*pod)).unwrap_or(object);
        listeners.get_mut(pod).map(then)
    }

    /// From now on, `tell` hears of a pod and of what belongs to it.
    pub(super) fn listen(&self, pod: &str, tell: mpsc::UnboundedSender<(Level, String)>) {
        self.lock().insert(pod.to_owned(), Listener { tell, unanswered: false, room: None });
    }

    /// Nothing more is told of a pod.
    pub(super) fn forget(&self, pod: &str) {
        self.lock().remove(pod);
    }

    /// A call about an object is tried again.
    pub(super) fn unanswered(&self, object: &str, line: impl FnOnce() -> String) {
        self.of(object, |listener| {
            if !std::mem::replace(&mut listener.unanswered, true) {
                listener.say(Level::Warning, line());
            }
        });
    }

    /// A call about an object has its answer.
    pub(super) fn answered(&self, object: &str, line: impl FnOnce() -> String) {
        self.of(object, |listener| {
            if std::mem::take(&mut listener.unanswered) {
                listener.say(Level::Info, line());
            }
        });
    }

    /// There is no room for an object.
    pub(super) fn no_room(&self, object: &str, line: String) {
        self.of(object, |listener| {
            if listener.room.as_ref() != Some(&line) {
                listener.say(Level::Warning, line.clone());
                listener.room = Some(line);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_wait_is_told_once_to_the_one_whose_pod_it_is_about() {
        let (waits, (tell, mut heard)) = (Waits::default(), mpsc::unbounded_channel());
        waits.listen("windlass-a", tell);
        for _ in 0..2 {
            waits.unanswered("windlass-a-secret", || "silent".to_owned());
            waits.no_room("windlass-a", "3 of 3".to_owned());
        }
        waits.unanswered("windlass-b", || panic!("nobody listens"));
        waits.no_room("windlass-a", "2 of 3".to_owned());
        waits.answered("windlass-a-agent", || "answers".to_owned());
        waits.answered("windlass-a-agent", || panic!("it was told"));
        waits.forget("windlass-a");
        let mut lines = Vec::new();
        while let Ok((_, line)) = heard.try_recv() {
            lines.push(line);
        }
        assert_eq!(lines, ["silent", "3 of 3", "2 of 3", "answers"]);
    }
}
