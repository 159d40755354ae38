//! Something kept for each stream of output, found quickly while one stream has much to say.

use std::collections::HashMap;

use windlass_model::event::{Stream, StreamId};
use windlass_model::task::TaskId;

/// A value for each stream, in the order in which they first appeared.
#[derive(Debug)]
pub(crate) struct Streams<T> {
    entries: Vec<Entry<T>>,
    places: HashMap<StreamId, usize>,
    last: usize,
}

/// One of them.
#[derive(Debug)]
pub(crate) struct Entry<T> {
    pub(crate) stream: Stream,
    pub(crate) id: StreamId,
    pub(crate) value: T,
}

/// Which streams wrote all they ever will.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ended<'a> {
    Stream(&'a StreamId),
    Task(TaskId),
    All,
}

impl Ended<'_> {
    pub(crate) fn has(self, id: &StreamId) -> bool {
        match self {
            Self::Stream(ended) => ended == id,
            Self::Task(task) => id.task() == task,
            Self::All => true,
        }
    }
}

impl<T> Default for Streams<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), places: HashMap::new(), last: 0 }
    }
}

impl<T> Streams<T> {
    /// The place of a stream that has a value.
    fn find(&self, id: &StreamId) -> Option<usize> {
        // Output comes in long runs of one stream.
        if self.entries.get(self.last).is_some_and(|entry| entry.id == *id) {
            return Some(self.last);
        }
        self.places.get(id).copied()
    }

    /// The place and the value of a stream, made first if need be.
    pub(crate) fn entry(&mut self, stream: &Stream, make: impl FnOnce() -> T) -> (usize, &mut T) {
        let id = stream.id();
        self.last = match self.find(&id) {
            Some(place) => place,
            None => {
                let place = self.entries.len();
                self.places.insert(id.clone(), place);
                self.entries.push(Entry { stream: stream.clone(), id, value: make() });
                place
            }
        };
        (self.last, &mut self.entries[self.last].value)
    }

    /// The place and the value of a stream that has one.
    pub(crate) fn get_mut(&mut self, id: &StreamId) -> Option<(usize, &mut T)> {
        let place = self.find(id)?;
        Some((place, &mut self.entries[place].value))
    }

    /// The value of a stream.
    pub(crate) fn get(&self, id: &StreamId) -> Option<&T> {
        self.find(id).map(|place| &self.entries[place].value)
    }

    /// All streams.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry<T>> {
        self.entries.iter()
    }

    /// All streams, with their places.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (usize, &mut Entry<T>)> {
        self.entries.iter_mut().enumerate()
    }
}

#[cfg(test)]
mod tests {
    use windlass_model::event::{StepRef, TaskRef};

    use super::*;

    fn task(id: usize) -> TaskRef {
        TaskRef { name: "app".into(), id: TaskId(id) }
    }

    /// Names tell nothing apart: two tasks, two steps, and a step and a container, may share one.
    #[test]
    fn streams_are_told_apart_by_task_and_place_whatever_their_names() {
        let step = |id, index| Stream::Step(StepRef { task: task(id), name: "x".into(), index });
        let container = |id| Stream::Container { task: task(id), name: "x".into() };
        let mut streams = Streams::default();
        let written = [step(0, 0), step(0, 1), step(1, 0), container(0), step(0, 0), container(0), container(1), step(1, 0)];
        for stream in &written {
            *streams.entry(stream, || 0).1 += 1;
        }
        let counts: Vec<_> = streams.iter().map(|entry| (entry.stream.clone(), entry.value)).collect();
        let expected = [(step(0, 0), 2), (step(0, 1), 1), (step(1, 0), 2), (container(0), 2), (container(1), 1)];
        assert_eq!(counts, expected);
        assert_eq!(streams.get(&step(1, 1).id()), None);
        assert_eq!(streams.iter().filter(|entry| Ended::Task(TaskId(0)).has(&entry.id)).count(), 3);
    }
}
