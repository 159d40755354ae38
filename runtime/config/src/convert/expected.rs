//! The steps that a converted task has to have, from what its scripts came to: what the converted text is held against.

use super::Uses;
use super::shares::Share;
use serde_json::{Value, json};
use windlass_model::docker::{DockerCommands, TypedRequest, TypedScript};
use windlass_model::plugin::PluginKind;
use windlass_model::task::{Action, Step, Task, When};

/// A step without its line: name, condition, and what it does.
pub(super) type Meaning = (String, When, Action);

pub(super) fn meaning(step: &Step) -> Meaning {
    (step.name.clone(), step.when, step.action.clone())
}

/// The steps of a task, its builders with their share of what the daemon had.
pub(super) fn steps(task: &Task, uses: &Uses, share: &Share) -> Vec<Meaning> {
    let DockerCommands::Typed(scripts) = &task.docker else { return task.steps.iter().map(meaning).collect() };
    let mut steps = Vec::with_capacity(task.steps.len());
    for (at, step) in task.steps.iter().enumerate() {
        match scripts.iter().find(|script| script.step == at) {
            Some(script) if !(uses.daemon && is_harmless(script)) => {
                let typed = script.requests.iter().map(|request| (request.name.clone(), step.when, action(request, uses, share)));
                steps.extend(typed);
            }
            _ => steps.push(meaning(step)),
        }
    }
    steps
}

fn is_harmless(script: &TypedScript) -> bool {
    script.requests.is_empty() && script.left_out.iter().all(|left_out| !left_out.notable)
}

fn action(request: &TypedRequest, uses: &Uses, share: &Share) -> Action {
    let mut with = request.with.clone();
    if let Value::Object(map) = &mut with
        && request.kind == PluginKind::Build
    {
        if uses.daemon && !request.docker_flags.is_empty() {
            map.insert("flags".to_owned(), json!(request.docker_flags));
        }
        // A whole number without quotes is one to the reader of the file, too.
        let amounts = share.iter().map(|(field, amount)| {
            ((*field).to_owned(), amount.parse::<u64>().map_or_else(|_| json!(amount), |number| json!(number)))
        });
        map.extend(amounts);
    }
    Action::Plugin { uses: uses.of(request.kind).clone(), with, container: None }
}
