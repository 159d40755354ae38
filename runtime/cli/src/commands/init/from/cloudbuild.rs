//! `cloudbuild.yaml`: steps that run docker or Kaniko, and `images`.

use serde_yaml::Value;

use super::kaniko;
use super::reading::{Reading, Script, command, field, items, text};

/// What Cloud Build fills in, and what it is called here.
const NAMES: [(&str, &str); 5] = [
    ("COMMIT_SHA", "CIRRUS_CHANGE_IN_REPO"),
    ("REVISION_ID", "CIRRUS_CHANGE_IN_REPO"),
    ("BRANCH_NAME", "CIRRUS_BRANCH"),
    ("TAG_NAME", "CIRRUS_TAG"),
    ("REPO_NAME", "CIRRUS_REPO_NAME"),
];

/// Reads the steps as one job: they share a working copy and a daemon.
pub fn read(file: &Value) -> Reading {
    let mut reading = Reading::default();
    let given = file.get("substitutions").and_then(Value::as_mapping);
    reading.variables =
        given.into_iter().flatten().filter_map(|(key, value)| Some((text(key)?, renamed(&text(value)?)))).collect();
    let mut scripts = Vec::new();
    for (number, step) in file.get("steps").and_then(Value::as_sequence).into_iter().flatten().enumerate() {
        let image = field(step, "name").unwrap_or_default();
        let origin = format!("step {} ({})", field(step, "id").unwrap_or_else(|| (number + 1).to_string()), image);
        let arguments: Vec<String> = step.get("args").map(items).unwrap_or_default().iter().map(|one| renamed(one)).collect();
        let program = image.split(':').next().unwrap_or_default();
        if step.get("dir").is_some() || step.get("entrypoint").is_some() || step.get("script").is_some() {
            reading.leave(&origin, "`dir`, `entrypoint` and `script` have no typed form");
        } else if program.ends_with("/docker") || program == "docker" {
            scripts.push(Script { origin, text: command(&["docker"], &arguments) });
        } else if program.ends_with("kaniko-project/executor") {
            match kaniko::build(&arguments) {
                Ok(build) => scripts.push(Script { origin, text: build.commands() }),
                Err(why) => reading.leave(&origin, &why),
            }
        } else {
            reading.leave(&origin, "it runs another program than docker");
        }
    }
    for image in file.get("images").map(items).unwrap_or_default() {
        let text = command(&["docker", "push"], &[renamed(&image)]);
        scripts.push(Script { origin: "images".to_owned(), text });
    }
    reading.add("image", scripts);
    reading
}

/// With the variables as they are called here.
fn renamed(text: &str) -> String {
    NAMES.iter().fold(text.to_owned(), |text, (there, here)| super::steps::renamed(&text, there, here))
}
