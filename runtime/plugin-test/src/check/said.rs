//! The results that a plugin said, and what it remarked about lines of files.

use std::collections::BTreeMap;

use windlass_model::result::Annotation;

use crate::case::{Expect, Remark, Severity, Text};
use crate::pod::Pod;
use crate::suite::Problems;

pub(super) fn compare(expect: &Expect, pod: &Pod, problems: &mut Problems) {
    if let Some(expected) = &expect.results {
        results(expected, &pod.results(), problems);
    }
    if let Some(expected) = &expect.annotations {
        annotations(expected, &pod.annotations(), problems);
    }
}

fn results(expected: &BTreeMap<String, Text>, got: &BTreeMap<String, String>, problems: &mut Problems) {
    for (name, Text(expected)) in expected {
        match got.get(name) {
            None => problems.add(format!("results: {name}: expected {expected:?}, and it was not said")),
            Some(got) if got != expected => problems.add(format!("results: {name}: expected {expected:?}, got {got:?}")),
            Some(_) => {}
        }
    }
    for (name, value) in got.iter().filter(|(name, _)| !expected.contains_key(*name)) {
        problems.add(format!("results: {name}: expected it not to be said, and it is {value:?}"));
    }
}

fn annotations(expected: &[Remark], got: &[Annotation], problems: &mut Problems) {
    let word = |annotation: &Annotation| Severity::of(annotation.level);
    for (at, expected) in expected.iter().enumerate() {
        let Some(got) = got.get(at) else {
            problems.add(format!("annotations: expected one of {}, got no more than {at}", expected.path));
            continue;
        };
        let fits = expected.path == got.path
            && expected.line.is_none_or(|line| line == got.line)
            && expected.severity.is_none_or(|severity| severity == word(got))
            && expected.message.as_ref().is_none_or(|message| got.message.contains(message));
        if !fits {
            let line = expected.line.map(|line| format!(":{line}")).unwrap_or_default();
            let severity = expected.severity.map(|severity| format!("{severity}, ")).unwrap_or_default();
            let message = expected.message.as_deref().unwrap_or_default();
            problems.add(format!(
                "annotations: expected {severity}{}{line}: {message:?}, got {}, {}: {:?}",
                expected.path,
                word(got),
                got.place(),
                got.message
            ));
        }
    }
    for more in got.iter().skip(expected.len()) {
        problems.add(format!("annotations: expected no more, got {}, {}: {:?}", word(more), more.place(), more.message));
    }
}
