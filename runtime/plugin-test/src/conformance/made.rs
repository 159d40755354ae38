//! The rules for what makes tasks: over requests made of its schema, those of its cases, and files of many forms.

use std::time::Instant;

use windlass_engine::ports::plugin::PluginError;
use windlass_model::plugin::Power;
use windlass_model::text;

use super::Survey;
use super::requests::{outcome, shown};
use super::runs::{MOST_INTERRUPTIONS, PLAIN};
use crate::attempt::{How, Refused};
use crate::case::{Case, Source, Text};
use crate::check::ends::told;
use crate::generate::{self, Request};
use crate::making::Making;
use crate::pod::{At, Manner};
use crate::subject::GRACE;
use crate::suite::{Outcome, Problems, Suite};

/// What files hold that nobody would expect, beside what they do.
const TEXTS: [&str; 10] = [
    "a\nb\n",
    "",
    "\n",
    "a",
    "a\r\nb\r\n",
    "a: [b, c]\nd: {e: f}\n",
    "# nothing\n\n  \t\n",
    "---\n...\n&a [*a]\n",
    "\u{feff}a\n\u{0}\u{1b}[2J\u{202e}\n\u{1f680}",
    "\"'`$(){}<>\\%!\n",
];

/// As many bytes as a file may have.
const LARGE: usize = 1 << 20;

fn file(text: impl Into<String>) -> Source {
    Source { path: "source.txt".to_owned(), text: Text(text.into()) }
}

/// All requests, each with one of the files, and each of the files.
fn asked(suite: &Suite) -> Vec<(Case, Source)> {
    let mut asked: Vec<(Case, Source)> = suite.cases.iter().filter_map(|case| Some((case.clone(), case.file.clone()?))).collect();
    let requests = generate::requests(&suite.subject.info, suite.seed);
    let files = || TEXTS.iter().cycle().map(|text| file(*text));
    let first = requests.first().map(|request| request.with.clone()).unwrap_or_default();
    asked.extend(files().take(TEXTS.len()).map(|file| (Case::of_request(first.clone()), file)));
    // What the author expects in a file leads further than what nobody does.
    let usual = suite.cases.iter().find_map(|case| case.file.clone());
    for (i, (request, odd)) in requests.into_iter().zip(files()).enumerate() {
        let file = usual.clone().filter(|_| i % 2 == 0).unwrap_or(odd);
        asked.push((Case::of_request(request.with), file));
    }
    asked
}

async fn survey(suite: &Suite) -> &Survey {
    let survey = async {
        let mut survey = Survey::default();
        for (case, file) in asked(suite) {
            let first = tasks(suite, &case, &file, PLAIN).await;
            if let Some(trap) = trapped(&first) {
                survey.traps.push(format!("{}: {trap}", shown_with(&case, &file)));
                // It would be the same trap again.
                continue;
            }
            let second = tasks(suite, &case, &file, PLAIN).await;
            survey.impure.extend(difference(&first, &second).map(|why| format!("{}: {why}", shown_with(&case, &file))));
        }
        survey
    };
    suite.survey.get_or_init(|| survey).await
}

/// Every request and every file has an answer.
pub(super) async fn every_request(suite: &Suite) -> Outcome {
    outcome(suite, &survey(suite).await.traps)
}

/// Each has one answer.
pub(super) async fn the_same(suite: &Suite) -> Outcome {
    outcome(suite, &survey(suite).await.impure)
}

/// So have large ones.
pub(super) async fn large(suite: &Suite) -> Outcome {
    let info = &suite.subject.info;
    let usual = suite.cases.iter().find_map(|case| case.file.clone()).unwrap_or_else(|| file(TEXTS[0]));
    let first = generate::requests(info, suite.seed).into_iter().next().map(|request| request.with).unwrap_or_default();
    let lines = if usual.text.0.is_empty() { "a\n".to_owned() } else { usual.text.0.clone() };
    let many = lines.repeat(LARGE / lines.len());
    let of_file = [many, "x".repeat(LARGE)].map(|text| (Case::of_request(first.clone()), file(text)));
    let of_request = generate::huge(info).into_iter().map(|request| (Case::of_request(request.with), usual.clone()));
    let mut traps = Vec::new();
    for (case, file) in of_file.into_iter().chain(of_request) {
        let done = tasks(suite, &case, &file, PLAIN).await;
        traps.extend(trapped(&done).map(|trap| format!("{}: {trap}", shown_with(&case, &file))));
    }
    outcome(suite, &traps)
}

/// A power is refused while it makes them.
pub(super) async fn refused(suite: &Suite, power: Power) -> Outcome {
    survived(suite, How { refused: Refused::One(power), ..PLAIN }, &format!("`{power}` is refused")).await
}

/// Answers that nobody would expect.
pub(super) async fn any_output(suite: &Suite) -> Outcome {
    survived(suite, How { manner: Manner::Babbling, ..PLAIN }, "hosts answer with what is long and no text").await
}

async fn survived(suite: &Suite, how: How, when: &str) -> Outcome {
    let mut problems = Problems::default();
    for (case, file) in runnable(suite).await {
        if let Some(trap) = trapped(&tasks(suite, &case, &file, how).await) {
            problems.add(format!("{}: expected an error or tasks when {when}, got {trap}", case.name));
        }
    }
    problems.outcome()
}

/// A stop at each call.
pub(super) async fn stops(suite: &Suite) -> Outcome {
    let mut problems = Problems::default();
    for (case, file) in runnable(suite).await {
        let plain = Making::new(&suite.subject, &case, &file, PLAIN);
        // What comes of it is told by other tests.
        let _ = plain.tasks().await;
        let calls = plain.pod.calls();
        for call in (0..calls).step_by(calls.div_ceil(MOST_INTERRUPTIONS).max(1)) {
            let begun = Instant::now();
            let done = tasks(suite, &case, &file, How { at: At::Stop(call), ..PLAIN }).await;
            if let Some(trap) = trapped(&done) {
                problems.add(format!("{}: expected an error or tasks when it is stopped at call {call}, got {trap}", case.name));
            }
            if begun.elapsed() >= GRACE {
                problems.add(format!(
                    "{}: expected it to return when it was stopped at call {call}, got none in {GRACE:?}",
                    case.name
                ));
                // The other calls would take as long.
                break;
            }
        }
    }
    problems.outcome()
}

/// The cases, and one for a plugin that has none.
async fn runnable(suite: &Suite) -> Vec<(Case, Source)> {
    let mut all: Vec<(Case, Source)> = suite.cases.iter().filter_map(|case| Some((case.clone(), case.file.clone()?))).collect();
    for (case, file) in asked(suite).into_iter().skip(all.len()) {
        if tasks(suite, &case, &file, PLAIN).await.is_ok() {
            all.push((case, file));
            break;
        }
    }
    all
}

async fn tasks(suite: &Suite, case: &Case, file: &Source, how: How) -> Result<String, PluginError> {
    Making::new(&suite.subject, case, file, how).tasks().await
}

fn trapped(outcome: &Result<String, PluginError>) -> Option<String> {
    match outcome {
        Err(error @ PluginError::Trapped { .. }) => Some(told(Err(error))),
        _ => None,
    }
}

/// Why two answers are not the same. Errors have no other way to be compared.
fn difference(first: &Result<String, PluginError>, second: &Result<String, PluginError>) -> Option<String> {
    let (first, second) = (format!("{first:?}"), format!("{second:?}"));
    let cut = |text: &str| text::shortened(text, 600).into_owned();
    (first != second).then(|| format!("expected the same tasks twice, got {} and {}", cut(&first), cut(&second)))
}

/// A request and a file as a case can have them.
fn shown_with(case: &Case, file: &Source) -> String {
    let request = shown(&Request { with: case.with.clone(), hints: None });
    format!("{request} and a file with {:?}", text::shortened(&file.text.0, 200))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No plugin can do this yet: nothing but what it reads tells one instance from another.
    #[test]
    fn two_answers_are_one_too_many() {
        assert_eq!(difference(&Ok("a".to_owned()), &Ok("a".to_owned())), None);
        assert_eq!(difference(&Err(PluginError::Cancelled), &Err(PluginError::Cancelled)), None);
        let why = difference(&Ok("a".to_owned()), &Ok("b".to_owned())).unwrap_or_default();
        assert!(why.starts_with("expected the same tasks twice"), "{why}");
    }
}
