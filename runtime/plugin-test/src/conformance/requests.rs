//! The rules for `requirements`, over requests made of the plugin's schema and those of its cases.

use std::collections::BTreeSet;

use windlass_engine::ports::plugin::PluginError;
use windlass_model::plugin::{Power, Requirements};
use windlass_model::text;
use windlass_plugin_host::Tried;

use crate::check::ends::told;
use crate::generate::{self, Request};
use crate::subject::Subject;
use crate::suite::{Outcome, Problems, Suite};

/// How much of a request is shown.
const SHOWN: usize = 600;

/// What came of all requests, each asked twice.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    pub(super) traps: Vec<String>,
    pub(super) impure: Vec<String>,
}

/// One answer.
pub(super) struct Answer {
    outcome: Result<Requirements, PluginError>,
    tried: BTreeSet<Power>,
}

async fn ask(subject: &Subject, request: &Request) -> Answer {
    let tried = Tried::default();
    let outcome = subject.host.requirements_watched(&subject.info, &request.with, request.hints.as_ref(), &tried).await;
    Answer { outcome, tried: tried.powers() }
}

async fn survey(suite: &Suite) -> &Survey {
    let survey = async {
        let mut survey = Survey::default();
        let of_cases = suite.cases.iter().map(|case| Request { with: case.with.clone(), hints: None });
        for request in generate::requests(&suite.subject.info, suite.seed).into_iter().chain(of_cases) {
            let first = ask(&suite.subject, &request).await;
            if let Some(trap) = trapped(&first.outcome) {
                survey.traps.push(format!("{}: {trap}", shown(&request)));
                // It would be the same trap again.
                continue;
            }
            let second = ask(&suite.subject, &request).await;
            survey.impure.extend(impurity(&first, &second).map(|why| format!("{}: {why}", shown(&request))));
        }
        survey
    };
    suite.survey.get_or_init(|| survey).await
}

/// Every request has an answer.
pub(super) async fn total(suite: &Suite) -> Outcome {
    outcome(suite, &survey(suite).await.traps)
}

/// Each has one answer.
pub(super) async fn pure(suite: &Suite) -> Outcome {
    outcome(suite, &survey(suite).await.impure)
}

/// Very large ones, too.
pub(super) async fn huge(suite: &Suite) -> Outcome {
    let requests = generate::huge(&suite.subject.info);
    if requests.is_empty() {
        return Outcome::Ignored("no field of its request can be large".to_owned());
    }
    let mut traps = Vec::new();
    for request in requests {
        let answer = ask(&suite.subject, &request).await;
        traps.extend(trapped(&answer.outcome).map(|trap| format!("{}: {trap}", shown(&request))));
    }
    outcome(suite, &traps)
}

pub(super) fn outcome(suite: &Suite, found: &[String]) -> Outcome {
    let mut problems = Problems::default();
    for case in &suite.cases {
        problems.hide(case.secrets.values().map(|secret| secret.0.clone().into_bytes()));
    }
    found.iter().for_each(|problem| problems.add(problem));
    problems.outcome()
}

fn trapped(outcome: &Result<Requirements, PluginError>) -> Option<String> {
    match outcome {
        Err(error @ PluginError::Trapped { .. }) => Some(format!("expected needs or an error, got {}", told(Err(error)))),
        _ => None,
    }
}

/// Why an answer is not a matter of the request alone.
pub(super) fn impurity(first: &Answer, second: &Answer) -> Option<String> {
    if let Some(power) = first.tried.union(&second.tried).next() {
        return Some(format!(
            "it called `{power}` in `requirements`, where no power works; what it needs is to follow from the request"
        ));
    }
    // Errors have no other way to be compared.
    let (first, second) = (format!("{:?}", first.outcome), format!("{:?}", second.outcome));
    (first != second).then(|| format!("expected the same answer twice, got {first} and {second}"))
}

/// A request as a case can have it.
pub(super) fn shown(request: &Request) -> String {
    let dockerfile = request.hints.as_ref().and_then(|hints| hints.dockerfile.as_deref());
    let dockerfile = dockerfile.map(|text| format!(" and the Dockerfile {text:?}")).unwrap_or_default();
    format!("with: {}{dockerfile}", text::shortened(&request.with.to_string(), SHOWN))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(field: &str) -> Answer {
        let error = PluginError::Unsupported { plugin: "x".into(), field: field.into(), reason: String::new(), also: Vec::new() };
        Answer { outcome: Err(error), tried: BTreeSet::new() }
    }

    /// No plugin can do this yet: nothing but the powers tells one instance from another.
    #[test]
    fn two_answers_are_one_too_many() {
        assert_eq!(impurity(&answer("a"), &answer("a")), None);
        let why = impurity(&answer("a"), &answer("b")).expect("they differ");
        assert!(why.starts_with("expected the same answer twice"), "{why}");
        let why = impurity(&Answer { tried: [Power::Environment].into(), ..answer("a") }, &answer("a")).expect("it peeked");
        assert!(why.starts_with("it called `environment`"), "{why}");
    }
}
