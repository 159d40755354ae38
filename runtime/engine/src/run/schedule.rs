//! Which task starts when: the dependencies of a run as pure data.

use std::collections::BTreeMap;

use windlass_model::plan::TaskPlan;
use windlass_model::task::TaskId;

/// Where each task of a run stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Schedule {
    entries: BTreeMap<TaskId, Entry>,
    jobs: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    name: String,
    depends_on: Vec<TaskId>,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    /// Over; the flag says whether dependents may start.
    Over(bool),
}

/// What to do with a task now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// Start it.
    Start(TaskId),
    /// It will never start, because the named task did not pass.
    Drop(TaskId, String),
}

impl Schedule {
    /// The schedule of a run in which at most `jobs` tasks run at once.
    pub(super) fn new(tasks: &[TaskPlan], jobs: usize) -> Self {
        let entry = |t: &TaskPlan| Entry { name: t.name.clone(), depends_on: t.depends_on.clone(), state: State::Waiting };
        Self { entries: tasks.iter().map(|t| (t.id, entry(t))).collect(), jobs: jobs.max(1) }
    }

    /// Everything that can be decided now. Each task is decided on once.
    pub(super) fn decide(&mut self) -> Vec<Decision> {
        let mut decisions = Vec::new();
        while let Some(decision) = self.next() {
            let (id, state) = match &decision {
                Decision::Start(id) => (id, State::Running),
                Decision::Drop(id, _) => (id, State::Over(false)),
            };
            if let Some(entry) = self.entries.get_mut(id) {
                entry.state = state;
            }
            decisions.push(decision);
        }
        decisions
    }

    /// Notes that a task is over.
    pub(super) fn over(&mut self, id: TaskId, dependents_may_start: bool) {
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.state = State::Over(dependents_may_start);
        }
    }

    /// Drops everything that has not started; the tasks dropped.
    pub(super) fn stop(&mut self) -> Vec<TaskId> {
        let waiting = self.entries.iter_mut().filter(|(_, e)| e.state == State::Waiting);
        waiting
            .map(|(id, entry)| {
                entry.state = State::Over(false);
                *id
            })
            .collect()
    }

    fn next(&self) -> Option<Decision> {
        let running = self.entries.values().filter(|e| e.state == State::Running).count();
        self.entries.iter().filter(|(_, e)| e.state == State::Waiting).find_map(|(id, entry)| {
            let dependencies = || entry.depends_on.iter().filter_map(|d| self.entries.get(d));
            if let Some(failed) = dependencies().find(|d| d.state == State::Over(false)) {
                return Some(Decision::Drop(*id, failed.name.clone()));
            }
            let ready = dependencies().all(|d| d.state == State::Over(true));
            (ready && running < self.jobs).then_some(Decision::Start(*id))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(dependencies: &[&[usize]], jobs: usize) -> Schedule {
        let entry = |(i, d): (usize, &&[usize])| {
            let depends_on = d.iter().map(|d| TaskId(*d)).collect();
            (TaskId(i), Entry { name: format!("t{i}"), depends_on, state: State::Waiting })
        };
        Schedule { entries: dependencies.iter().enumerate().map(entry).collect(), jobs }
    }

    #[test]
    fn tasks_start_in_file_order_when_their_dependencies_passed_and_a_job_is_free() {
        let mut s = schedule(&[&[], &[0], &[], &[]], 2);
        assert_eq!(s.decide(), [Decision::Start(TaskId(0)), Decision::Start(TaskId(2))]);
        assert_eq!(s.decide(), []);
        s.over(TaskId(0), true);
        assert_eq!(s.decide(), [Decision::Start(TaskId(1))]);
        s.over(TaskId(2), true);
        assert_eq!(s.decide(), [Decision::Start(TaskId(3))]);
    }

    #[test]
    fn a_failure_drops_everything_that_depends_on_it_even_far_down() {
        let mut s = schedule(&[&[], &[0], &[1], &[]], 4);
        s.decide();
        s.over(TaskId(0), false);
        assert_eq!(s.decide(), [Decision::Drop(TaskId(1), "t0".into()), Decision::Drop(TaskId(2), "t1".into())]);
    }
}
