//! Files that a plugin wrote.

use std::collections::BTreeMap;

use windlass_engine::ports::plugin::Value;

use crate::case::File;
use crate::pod::{Pod, told};
use crate::suite::Problems;

type Files = BTreeMap<String, Option<File>>;

/// Those in containers.
pub(super) fn of_containers(what: &str, expected: &BTreeMap<String, Files>, pod: &Pod, problems: &mut Problems) {
    for (container, files) in expected {
        for (path, expected) in files {
            let got = pod.file(container, path);
            let place = format!("{what}: {container}: {path}");
            compare(&place, expected.as_ref(), got.as_ref(), problems);
        }
    }
}

/// Those in the working copy.
pub(super) fn of_workspace(expected: &Files, pod: &Pod, problems: &mut Problems) {
    for (path, expected) in expected {
        let got = pod.workspace_file(path).map(Value::Bytes);
        compare(&format!("workspace: {path}"), expected.as_ref(), got.as_ref(), problems);
    }
}

fn compare(place: &str, expected: Option<&File>, got: Option<&Value>, problems: &mut Problems) {
    let is_expected = match (expected, got) {
        (None, None) => true,
        (Some(File::Secret(named)), Some(Value::Secret(name))) => name.as_str() == named.secret,
        (Some(File::Text(text)), Some(value)) => text_of(value) == Some(text.0.as_str()),
        (Some(File::Contains(part)), Some(value)) => text_of(value).is_some_and(|text| text.contains(&part.contains)),
        _ => false,
    };
    if !is_expected {
        let expected = match expected {
            None => "no file".to_owned(),
            Some(File::Text(text)) => format!("{:?}", text.0),
            Some(File::Contains(part)) => format!("something with {:?}", part.contains),
            Some(File::Secret(named)) => format!("the secret {}", named.secret),
        };
        let got = got.map_or("no file".to_owned(), told);
        problems.add(format!("{place}: expected {expected}, got {got}"));
    }
}

/// A secret that the plugin passed on has no text here.
fn text_of(value: &Value) -> Option<&str> {
    match value {
        Value::Text(text) => Some(text),
        Value::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
        Value::Secret(_) => None,
    }
}
