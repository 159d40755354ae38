//! What came, held against what a case expects. Each difference is a text of a line or more, which says both.

pub(crate) mod ends;
mod files;
mod made;
mod needs;
mod results;
mod said;

use windlass_engine::ports::plugin::PluginError;
use windlass_model::event::Level;
use windlass_model::nearest::nearest;
use windlass_model::plugin::{PluginKind, Requirements};
use windlass_model::pod::MAIN;

use crate::attempt::{Attempt, End, How, Refused};
use crate::case::Case;
use crate::pod::{At, Manner, Pod};
use crate::subject::Subject;
use crate::suite::Problems;

/// Runs a case, and tells all that is not as it expects.
pub(crate) async fn case(subject: &Subject, case: &Case) -> Problems {
    if subject.info.kind == PluginKind::Config {
        return made::case(subject, case).await;
    }
    let how = How { manner: Manner::Exact, at: At::Never, refused: Refused::Nothing };
    let (needs, attempt) = Attempt::prepare(subject, case, how).await;
    let mut problems = Problems::default();
    problems.hide(case.secrets.values().map(|secret| secret.0.clone().into_bytes()));
    if let Err(why) = impossible(case) {
        problems.add(why);
        return problems;
    }
    if case.file.is_some() || case.expect.tasks.is_some() {
        problems.add("file: only a config plugin makes tasks from one; leave `file` and `tasks` out");
        return problems;
    }
    let Some(attempt) = attempt else {
        refused(case, &needs, &mut problems);
        return problems;
    };
    if let (Some(expected), Ok(needs)) = (&case.expect.needs, &needs) {
        needs::compare(expected, needs, &mut problems);
    }
    for name in needs.iter().flat_map(|needs| &needs.secrets) {
        if attempt.pod.secret_bytes(name.as_str()).is_none() {
            problems.add(format!("it asks for the secret {name}; give it a value under `secrets`"));
        }
    }
    if let Some(name) = containers(case).find(|name| !attempt.pod.has_container(name)) {
        problems.add(format!("there is no container {name}: the plugin brings none of that name"));
    }
    let End::Returned(result) = attempt.work().await else { return problems };
    let pod = &attempt.pod;
    problems.hide(pod.all_secrets());
    ends::compare("result", &case.expect.result, result.as_ref().map(|_| ()), &mut problems);
    ends::exit_code(case.expect.exit_code, result.as_ref().err(), &mut problems);
    if let Ok(result) = &result {
        results::compare(&case.expect, result, pod, &mut problems);
    }
    files::of_containers("files", &case.expect.files, pod, &mut problems);
    files::of_workspace(&case.expect.workspace, pod, &mut problems);
    let cleaned = attempt.clean_up().await;
    problems.hide(pod.all_secrets());
    ends::compare("cleanup: result", &case.expect.cleanup.result, cleaned.as_ref().copied(), &mut problems);
    files::of_containers("cleanup: files", &case.expect.cleanup.files, pod, &mut problems);
    what_was_done(case, pod, &mut problems);
    let brought = needs.iter().flat_map(|needs| &needs.containers).map(|required| required.container.name.as_str());
    for name in unknown(case, &brought.chain([MAIN]).collect::<Vec<_>>(), pod) {
        problems.add(name);
    }
    problems
}

/// Containers that a case describes and that nobody knows: neither does the pod have them by itself, nor did the plugin reach for one that
/// the task might have brought. Most probably the name is misspelt, and what stands there says nothing.
fn unknown(case: &Case, known: &[&str], pod: &Pod) -> Vec<String> {
    let is_known =
        |name: &String| known.contains(&name.as_str()) || pod.has_reached(name) || containers(case).any(|named| named == name);
    let told = |name: &String| {
        let near = nearest(name, known.iter().copied())
            .map_or_else(|| format!("there are: {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
        format!("containers: {name}: the plugin brings no container of that name, and did nothing in one; {near}")
    };
    case.containers.keys().filter(|name| !is_known(name)).map(told).collect()
}

/// What a case says that cannot be.
fn impossible(case: &Case) -> Result<(), String> {
    let outside = case.workspace.keys().chain(case.expect.workspace.keys()).find(|path| !crate::pod::is_inside(path));
    match outside {
        Some(path) => {
            Err(format!("workspace: {path:?} is no path below the root of the working copy; write it like src/main.go"))
        }
        None => Ok(()),
    }
}

/// The containers that a case names.
fn containers(case: &Case) -> impl Iterator<Item = &String> {
    case.expect
        .files
        .keys()
        .chain(case.expect.cleanup.files.keys())
        .chain(case.expect.cleanup.commands.keys())
        .chain(&case.container)
}

/// The plugin refused the request before the run.
fn refused(case: &Case, needs: &Result<Requirements, PluginError>, problems: &mut Problems) {
    let ended = needs.as_ref().map(|_| ());
    ends::compare("result", &case.expect.result, ended, problems);
    ends::exit_code(case.expect.exit_code, needs.as_ref().err(), problems);
}

/// What a plugin did on the way.
fn what_was_done(case: &Case, pod: &Pod, problems: &mut Problems) {
    let log = pod.log();
    for expected in &case.expect.log {
        if !log.iter().any(|(_, line)| line.contains(expected)) {
            let lines: Vec<String> = log.iter().map(|(level, line)| format!("\n    {}: {line}", word(*level))).collect();
            let got = if lines.is_empty() { "no line".to_owned() } else { lines.concat() };
            problems.add(format!("log: expected a line with {expected:?}, got {got}"));
        }
    }
    if let Some(expected) = &case.expect.variables {
        results::variables(expected, &pod.variables(), problems);
    }
    said::compare(&case.expect, pod, problems);
    pod.wrong_calls().into_iter().for_each(|wrong| problems.add(wrong));
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}
