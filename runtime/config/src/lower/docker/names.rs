//! Names of the steps that replace a script.

use std::collections::HashSet;

use windlass_model::task::Step;
use windlass_recogniser::{Kind, Placed};

/// The names that a task's steps have.
pub(super) struct Names(HashSet<String>);

impl Names {
    /// The names of all steps but those that are replaced.
    pub(super) fn new(steps: &[Step], replaced: impl Iterator<Item = usize>) -> Self {
        let replaced: HashSet<usize> = replaced.collect();
        let kept = steps.iter().enumerate().filter(|(at, _)| !replaced.contains(at));
        Self(kept.map(|(_, step)| step.name.clone()).collect())
    }

    /// One name for each request: the script's own where it becomes one step, else with the kind behind it (`image_build`,
    /// `image_push`). A script without a name of its own lends none.
    pub(super) fn of(&mut self, script: &str, requests: &[Placed]) -> Vec<String> {
        let only = requests.len() == 1;
        let name = |placed: &Placed| {
            let kind = word(placed.request.kind());
            match script {
                "main" => kind.to_owned(),
                _ if only || script == kind => script.to_owned(),
                _ => format!("{script}_{kind}"),
            }
        };
        requests.iter().map(|placed| self.unique(name(placed))).collect()
    }

    fn unique(&mut self, base: String) -> String {
        let mut name = base.clone();
        let mut number = 1;
        while !self.0.insert(name.clone()) {
            number += 1;
            name = format!("{base}_{number}");
        }
        name
    }
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Login => "login",
        Kind::Build => "build",
        Kind::Push => "push",
    }
}
