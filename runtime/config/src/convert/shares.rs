//! What the builders of converted tasks get of the processors and memory that their daemons had.

use crate::lower::{Read, ScriptConversion};
use windlass_model::task::{Sidecar, Task};

/// A field of `with` and its value as YAML writes it.
pub(super) type Amount = (&'static str, String);

/// What a builder gets.
pub(super) type Share = Vec<Amount>;

/// The converted tasks, each with its builder's share.
#[derive(Default)]
pub(super) struct Shares<'r>(Vec<(&'r Read, Share)>);

impl<'r> Shares<'r> {
    /// Every script says one thing to all tasks that share it: where those would get different amounts, none is written.
    pub(super) fn settled(mut shares: Vec<(&'r Read, Share)>) -> Self {
        let meet = |one: &Read, other: &Read| one.conversion.keys.iter().any(|key| other.conversion.keys.contains(key));
        let differs = |(read, share): &(&Read, Share), all: &[(&Read, Share)]| {
            !share.is_empty() && all.iter().any(|(other, theirs)| theirs != share && meet(read, other))
        };
        while let Some(at) = shares.iter().position(|one| differs(one, &shares)) {
            if let Some((_, share)) = shares.get_mut(at) {
                share.clear();
            }
        }
        Self(shares)
    }

    /// The share of the builder that a script comes to.
    pub(super) fn of_script(&self, script: &ScriptConversion) -> &[Amount] {
        let has_it = |read: &Read| read.conversion.keys.contains(&script.written.key.span);
        self.0.iter().find(|(read, _)| has_it(read)).map_or(&[], |(_, share)| share)
    }

    /// The share of a task as the loaded file has it, if it is converted.
    pub(super) fn of_converted(&self, task: &Task) -> Option<&Share> {
        let is_it = |read: &Task| *read == Task { id: read.id, depends_on: read.depends_on.clone(), ..task.clone() };
        self.0.iter().find(|(read, _)| read.task.as_ref().is_some_and(is_it)).map(|(_, share)| share)
    }

    /// The share of a task that was read.
    pub(super) fn of_read(&self, read: &Read) -> &[Amount] {
        self.0.iter().find(|(other, _)| std::ptr::eq(*other, read)).map_or(&[], |(_, share)| share)
    }
}

/// All that a daemon had, as far as it is not what every sidecar has.
pub(super) fn of_daemon(daemon: &Sidecar) -> Share {
    let (cpu, memory) = (daemon.resources.cpu, daemon.resources.memory);
    let cpu = (cpu != Sidecar::DEFAULT_CPU).then(|| ("cpu", cpu.written()));
    let memory = (memory != Sidecar::DEFAULT_MEMORY).then(|| ("memory", memory.written()));
    cpu.into_iter().chain(memory).collect()
}

/// `cpu: 4` and `memory: 3500Mb`, for people.
pub(super) fn told(share: &[Amount]) -> String {
    let fields: Vec<String> = share.iter().map(|(field, amount)| format!("`{field}: {amount}`")).collect();
    fields.join(" and ")
}
