//! What a pod that does not start waits for, told again and again: silence for a quarter of an hour looks like a hang.

use std::time::{Duration, Instant};

use windlass_engine::ports::driver::PodEvent;
use windlass_model::event::Level;

/// Time between two reminders.
const AGAIN: Duration = Duration::from_secs(60);

/// What the pod waits for, if it does.
#[derive(Debug, Default)]
pub(super) struct Waits(Option<Wait>);

#[derive(Debug)]
struct Wait {
    since: Instant,
    again: Instant,
    /// As a sentence without its end.
    what: String,
}

impl Waits {
    /// Notes what the pod waits for now; nothing when it goes on.
    pub(super) fn note(&mut self, what: Option<String>, now: Instant) {
        match (what, &mut self.0) {
            (None, wait) => *wait = None,
            (Some(what), Some(wait)) => wait.what = what,
            (Some(what), wait @ None) => *wait = Some(Wait { since: now, again: now + AGAIN, what }),
        }
    }

    /// When [`Waits::remind`] is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.0.as_ref().map(|wait| wait.again)
    }

    /// The reminder, when it is due.
    pub(super) fn remind(&mut self, now: Instant) -> Option<PodEvent> {
        let wait = self.0.as_mut().filter(|wait| wait.again <= now)?;
        wait.again = now + AGAIN;
        let minutes = now.saturating_duration_since(wait.since).as_secs() / 60;
        let message = format!("after {minutes} min: {}", wait.what);
        Some(PodEvent::Notice { container: None, level: Level::Warning, message })
    }
}
