//! Tasks that a config plugin makes, held against what a case expects.

use serde_yaml::Value;

use super::{ends, impossible, what_was_done};
use crate::attempt::{How, Refused};
use crate::case::{Case, Made};
use crate::making::Making;
use crate::pod::{At, Manner};
use crate::subject::Subject;
use crate::suite::Problems;

/// Runs a case of a config plugin, and tells all that is not as it expects.
pub(super) async fn case(subject: &Subject, case: &Case) -> Problems {
    let mut problems = Problems::default();
    problems.hide(case.secrets.values().map(|secret| secret.0.clone().into_bytes()));
    if let Err(why) = impossible(case) {
        problems.add(why);
    }
    unfit(case).into_iter().for_each(|key| problems.add(format!("{key}: a config plugin has no pod; leave it out")));
    let Some(file) = &case.file else {
        problems.add("file: a config plugin makes tasks from one; write file: {path: services.txt, text: …}");
        return problems;
    };
    if problems.any() {
        return problems;
    }
    let making = Making::new(subject, case, file, How { manner: Manner::Exact, at: At::Never, refused: Refused::Nothing });
    let made = making.tasks().await;
    ends::compare("result", &case.expect.result, made.as_ref().map(|_| ()), &mut problems);
    ends::exit_code(case.expect.exit_code, made.as_ref().err(), &mut problems);
    if let Ok(tasks) = &made {
        if let Err(why) = can_be_tasks(tasks) {
            problems.add(format!("tasks: {why}"));
        }
        if let Some(expected) = &case.expect.tasks {
            compare(expected, tasks, &mut problems);
        }
    }
    what_was_done(case, &making.pod, &mut problems);
    problems
}

/// The keys of a case that are about a pod.
fn unfit(case: &Case) -> Vec<&'static str> {
    let expect = &case.expect;
    let keys = [
        ("containers", !case.containers.is_empty()),
        ("container", case.container.is_some()),
        ("images", !case.images.is_empty()),
        ("registries", !case.registries.is_empty()),
        ("secrets", !case.secrets.is_empty()),
        ("needs", expect.needs.is_some()),
        ("files", !expect.files.is_empty()),
        ("variables", expect.variables.is_some()),
        ("results", expect.results.is_some()),
        ("annotations", expect.annotations.is_some()),
        ("credentials", expect.credentials.is_some()),
        ("image", expect.image.is_some()),
        ("pushed", expect.pushed.is_some()),
    ];
    keys.into_iter().filter(|(_, given)| *given).map(|(key, _)| key).collect()
}

/// Whether a text has the form of a task file: a map of YAML, or nothing. What its tasks are is for `windlass check` to say.
pub(crate) fn can_be_tasks(text: &str) -> Result<(), String> {
    match serde_yaml::from_str::<Value>(text) {
        Ok(Value::Mapping(_) | Value::Null) => Ok(()),
        Ok(_) => Err("expected a task file, which is a map of tasks, got another value of YAML".to_owned()),
        Err(error) => Err(format!("expected a task file, got what is no YAML: {error}")),
    }
}

fn compare(expected: &Made, got: &str, problems: &mut Problems) {
    match expected {
        Made::Contains(part) if !got.contains(&part.contains) => {
            problems.add(format!("tasks: expected a text with {:?}, got {got:?}", part.contains));
        }
        Made::Text(expected) if expected.0 != got => {
            let line = |text: &str, at: usize| text.lines().nth(at).map_or("none".to_owned(), |line| format!("{line:?}"));
            let at = (0..=got.lines().count()).find(|at| expected.0.lines().nth(*at) != got.lines().nth(*at));
            problems.add(match at {
                Some(at) => format!("tasks: line {}: expected {}, got {}", at + 1, line(&expected.0, at), line(got, at)),
                None => "tasks: expected another end of a line than they have".to_owned(),
            });
        }
        Made::Contains(_) | Made::Text(_) => {}
    }
}
