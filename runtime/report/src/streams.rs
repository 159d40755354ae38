//! Something kept for each stream of output, found quickly while one stream has much to say.

use std::collections::HashMap;

/// A value for each (task, step), in the order in which the streams first appeared.
#[derive(Debug)]
pub(crate) struct Streams<T> {
    entries: Vec<Entry<T>>,
    by_name: HashMap<String, HashMap<String, usize>>,
    last: usize,
}

#[derive(Debug)]
struct Entry<T> {
    task: String,
    step: String,
    value: T,
}

impl<T> Default for Streams<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), by_name: HashMap::new(), last: 0 }
    }
}

impl<T> Streams<T> {
    /// The place of a stream that has a value.
    pub(crate) fn find(&mut self, task: &str, step: &str) -> Option<usize> {
        // Output comes in long runs of one stream: comparing two short texts is much cheaper than hashing them.
        let is_last = |entry: &Entry<T>| entry.step == step && entry.task == task;
        if self.entries.get(self.last).is_some_and(is_last) {
            return Some(self.last);
        }
        self.last = *self.by_name.get(task)?.get(step)?;
        Some(self.last)
    }

    /// The place and the value of a stream, made first if need be.
    pub(crate) fn entry(&mut self, task: &str, step: &str, make: impl FnOnce() -> T) -> (usize, &mut T) {
        let place = match self.find(task, step) {
            Some(place) => place,
            None => {
                let place = self.entries.len();
                self.entries.push(Entry { task: task.to_owned(), step: step.to_owned(), value: make() });
                self.by_name.entry(task.to_owned()).or_default().insert(step.to_owned(), place);
                self.last = place;
                place
            }
        };
        (place, &mut self.entries[place].value)
    }

    /// The value of a stream.
    pub(crate) fn get_mut(&mut self, task: &str, step: &str) -> Option<(usize, &mut T)> {
        let place = self.find(task, step)?;
        Some((place, &mut self.entries[place].value))
    }

    /// The value of a stream, without remembering it as the last.
    pub(crate) fn get(&self, task: &str, step: &str) -> Option<&T> {
        let place = *self.by_name.get(task)?.get(step)?;
        self.entries.get(place).map(|entry| &entry.value)
    }

    /// All streams: task, step, value.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str, &T)> {
        self.entries.iter().map(|entry| (entry.task.as_str(), entry.step.as_str(), &entry.value))
    }

    /// All streams: place, task, step, value.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (usize, &str, &str, &mut T)> {
        let entries = self.entries.iter_mut().enumerate();
        entries.map(|(place, entry)| (place, entry.task.as_str(), entry.step.as_str(), &mut entry.value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_told_apart_by_task_and_step() {
        let mut streams = Streams::default();
        for (task, step) in [("a", "x"), ("a", "y"), ("b", "x"), ("a", "x"), ("b", "x")] {
            *streams.entry(task, step, || 0).1 += 1;
        }
        let counts: Vec<_> = streams.iter().map(|(task, step, count)| (task, step, *count)).collect();
        assert_eq!(counts, [("a", "x", 2), ("a", "y", 1), ("b", "x", 2)]);
        assert_eq!(streams.find("b", "y"), None);
    }
}
