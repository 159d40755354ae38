//! What a plugin returned, and the variables that it set.

use std::collections::BTreeMap;

use windlass_engine::ports::plugin::StepResult;
use windlass_model::plugin::{BuiltImage, Credentials, ImageLocation, PushedImage};

use crate::case::{Built, Credential, Expect, Given, Location, Pushed, Variable};
use crate::pod::Pod;
use crate::suite::Problems;

/// Tells what of a result is not expected.
pub(super) fn compare(expect: &Expect, result: &StepResult, pod: &Pod, problems: &mut Problems) {
    if let Some(expected) = &expect.credentials {
        credentials(expected, &result.credentials, pod, problems);
    }
    if let Some(expected) = &expect.image {
        match &result.built {
            Some(got) => image(expected, got, problems),
            None => problems.add("image: expected one, and only a build returns one".to_owned()),
        }
    }
    if let Some(expected) = &expect.pushed {
        pushed(expected, &result.pushed, problems);
    }
}

fn credentials(expected: &[Credential], got: &[Credentials], pod: &Pod, problems: &mut Problems) {
    for expected in expected {
        let place = format!("credentials: {}", expected.registry);
        let Some(found) = got.iter().find(|got| got.registry == expected.registry) else {
            let there: Vec<&str> = got.iter().map(|got| got.registry.as_str()).collect();
            problems.add(format!("{place}: expected credentials for it, got some for {there:?}"));
            continue;
        };
        if found.username != expected.username {
            problems.add(format!("{place}: expected the user {:?}, got {:?}", expected.username, found.username));
        }
        let is_expected = match &expected.secret {
            Given::Secret(name) => found.secret.as_str() == name || same_bytes(pod, name, found.secret.as_str()),
            Given::Text(text) => pod.secret_bytes(found.secret.as_str()).is_some_and(|bytes| bytes == text.0.as_bytes()),
        };
        if !is_expected {
            // Neither of them is shown.
            let wanted = match &expected.secret {
                Given::Secret(name) => format!("the secret {name}"),
                Given::Text(_) => "the secret that the case says".to_owned(),
            };
            problems.add(format!("{place}: expected {wanted}, got another: {}", found.secret));
        }
    }
    let known = |got: &&Credentials| !expected.iter().any(|expected| expected.registry == got.registry);
    for more in got.iter().filter(known) {
        problems.add(format!("credentials: expected none for {}", more.registry));
    }
}

fn same_bytes(pod: &Pod, one: &str, other: &str) -> bool {
    pod.secret_bytes(one).is_some_and(|bytes| pod.secret_bytes(other) == Some(bytes))
}

fn image(expected: &Built, got: &BuiltImage, problems: &mut Problems) {
    let is_there = match (&expected.location, &got.location) {
        (Location::Daemon(pattern), ImageLocation::Daemon { reference: text })
        | (Location::Layout(pattern), ImageLocation::Layout { path: text }) => pattern.matches(text),
        (Location::Pushed, ImageLocation::Pushed) => true,
        _ => false,
    };
    if !is_there {
        problems.add(format!("image: location: expected {}, got {}", expected.location, in_words(&got.location)));
    }
    if !expected.references.is_empty() && expected.references != got.references {
        problems.add(format!("image: references: expected {:?}, got {:?}", expected.references, got.references));
    }
    if expected.digest.is_some() && expected.digest != got.digest {
        problems.add(format!("image: digest: expected {}, got {}", digest(&expected.digest), digest(&got.digest)));
    }
}

fn digest(digest: &Option<windlass_model::digest::Digest>) -> &str {
    digest.as_ref().map_or("none", |digest| digest.as_str())
}

fn in_words(location: &ImageLocation) -> String {
    match location {
        ImageLocation::Daemon { reference } => format!("{{daemon: {reference}}}"),
        ImageLocation::Layout { path } => format!("{{layout: {path}}}"),
        ImageLocation::Pushed => "pushed".to_owned(),
    }
}

fn pushed(expected: &[Pushed], got: &[PushedImage], problems: &mut Problems) {
    for expected in expected {
        match got.iter().find(|got| got.reference == expected.reference) {
            None => problems.add(format!("pushed: expected {}, which it did not push", expected.reference)),
            Some(got) if expected.digest.as_ref().is_some_and(|digest| *digest != got.digest) => {
                let (place, got) = (&expected.reference, got.digest.as_str());
                problems.add(format!("pushed: {place}: expected {}, got {got}", digest(&expected.digest)));
            }
            Some(_) => {}
        }
    }
    let known = |got: &&PushedImage| !expected.iter().any(|expected| expected.reference == got.reference);
    for more in got.iter().filter(known) {
        problems.add(format!("pushed: expected no {}", more.reference));
    }
}

/// Tells of variables that are not as expected.
pub(super) fn variables(expected: &BTreeMap<String, Variable>, got: &BTreeMap<String, (String, bool)>, problems: &mut Problems) {
    for (name, expected) in expected {
        let (value, sensitive) = match expected {
            Variable::Plain(value) => (value, false),
            Variable::Full(full) => (&full.value, full.sensitive),
        };
        let masked = |yes: bool| if yes { "masked" } else { "not masked" };
        match got.get(name) {
            None => problems.add(format!("variables: {name}: expected {:?}, and it was not set", value.0)),
            Some((got, _)) if *got != value.0 => {
                problems.add(format!("variables: {name}: expected {:?}, got {got:?}", value.0));
            }
            Some((_, is)) if *is != sensitive => {
                problems.add(format!("variables: {name}: expected it {}, and it is {}", masked(sensitive), masked(*is)));
            }
            Some(_) => {}
        }
    }
    for (name, (value, _)) in got.iter().filter(|(name, _)| !expected.contains_key(*name)) {
        problems.add(format!("variables: {name}: expected it not to be set, and it is {value:?}"));
    }
}
