//! A GitHub workflow: Docker's actions, and `run` scripts.

use std::collections::BTreeMap;

use serde_yaml::Value;

use super::reading::{Build, Reading, Script, command, field, lines, text};

/// What GitHub knows, and what it is called here.
const NAMES: [(&str, &str); 6] = [
    ("github.sha", "CIRRUS_CHANGE_IN_REPO"),
    ("github.ref_name", "CIRRUS_BRANCH"),
    ("github.head_ref", "CIRRUS_BRANCH"),
    ("github.repository", "CIRRUS_REPO_FULL_NAME"),
    ("github.repository_owner", "CIRRUS_REPO_OWNER"),
    ("github.actor", "CIRRUS_REPO_OWNER"),
];

/// Actions that make ready what is so here.
const NOT_NEEDED: [&str; 5] = [
    "actions/checkout",
    "docker/setup-buildx-action",
    "docker/setup-qemu-action",
    "docker/setup-docker-action",
    "sigstore/cosign-installer",
];

/// Reads every job.
pub fn read(file: &Value) -> Reading {
    let mut reading = Reading::default();
    let empty = serde_yaml::Mapping::new();
    for (key, job) in file.get("jobs").and_then(Value::as_mapping).unwrap_or(&empty) {
        let name = text(key).unwrap_or_default();
        for of in [file, job] {
            let given: Vec<(String, String)> = of
                .get("env")
                .and_then(Value::as_mapping)
                .into_iter()
                .flatten()
                .filter_map(|(key, value)| Some((text(key)?, text(value)?)))
                .collect();
            for (name, value) in given {
                if let Ok(value) = here(&value, &mut reading) {
                    reading.variables.insert(name, value);
                }
            }
        }
        let mut images = BTreeMap::new();
        let mut scripts = Vec::new();
        for (number, step) in job.get("steps").and_then(Value::as_sequence).into_iter().flatten().enumerate() {
            let what = field(step, "name").or_else(|| field(step, "uses")).unwrap_or_else(|| (number + 1).to_string());
            let origin = format!("job {name}, step {what}");
            match of_step(step, &mut images, &mut reading) {
                Ok(Some(text)) => scripts.push(Script { origin, text }),
                Ok(None) => {}
                Err(why) => reading.leave(&origin, &why),
            }
        }
        reading.add(&name, scripts);
    }
    reading
}

/// The commands that do what a step does; `None` where nothing has to be done.
fn of_step(step: &Value, images: &mut BTreeMap<String, Vec<String>>, reading: &mut Reading) -> Result<Option<String>, String> {
    let empty = Value::Null;
    let with = step.get("with").unwrap_or(&empty);
    let Some(uses) = field(step, "uses") else {
        let run = field(step, "run").ok_or("it neither runs nor uses anything")?;
        return here(&run, reading).map(Some);
    };
    let action = uses.split('@').next().unwrap_or_default();
    match action {
        "docker/metadata-action" => {
            let of = lines(with.get("images"), &[',']);
            images.insert(field(step, "id").unwrap_or_default(), of);
            Ok(None)
        }
        "docker/login-action" => {
            let get = |key: &str| field(with, key).unwrap_or_default();
            let password = here(&get("password"), reading)?;
            let user = here(&get("username"), reading)?;
            let login = command(&["docker", "login", "--password-stdin", "--username"], &[user]);
            let registry = field(with, "registry").map(|registry| here(&registry, reading)).transpose()?;
            let registry = registry.map(|registry| format!(" \"{registry}\"")).unwrap_or_default();
            Ok(Some(format!("echo \"{password}\" | {login}{registry}")))
        }
        "docker/build-push-action" => build(with, images, reading).map(|build| Some(build.commands())),
        _ if NOT_NEEDED.contains(&action) => Ok(None),
        _ => Err(format!("the action {action} has no typed form")),
    }
}

fn build(with: &Value, images: &BTreeMap<String, Vec<String>>, reading: &mut Reading) -> Result<Build, String> {
    if let Some(key) =
        ["secrets", "outputs", "build-contexts", "ssh", "add-hosts", "secret-files"].iter().find(|key| with.get(key).is_some())
    {
        return Err(format!("`{key}` of docker/build-push-action is not taken over; write it by hand"));
    }
    let mut all = |key: &str, separators: &[char]| -> Result<Vec<String>, String> {
        let mut found = Vec::new();
        for line in lines(with.get(key), separators) {
            match outputs(&line) {
                Some(id) if key == "tags" => {
                    let of =
                        images.get(id).ok_or_else(|| format!("`{line}` comes from a step that is not docker/metadata-action"))?;
                    for image in of {
                        found.push(format!("{}:$CIRRUS_CHANGE_IN_REPO", here(image, reading)?));
                    }
                }
                // What the action says of the commit; a build does not depend on it.
                Some(_) if key == "labels" => {}
                _ => found.push(here(&line, reading)?),
            }
        }
        Ok(found)
    };
    let of_github = |cache: &String| !cache.contains("type=gha") && !cache.contains("type=inline");
    let mut build = Build {
        tags: all("tags", &[','])?,
        build_args: all("build-args", &[])?,
        labels: all("labels", &[])?,
        platforms: all("platforms", &[','])?,
        cache_from: all("cache-from", &[])?.into_iter().filter(of_github).collect(),
        cache_to: all("cache-to", &[])?.into_iter().filter(of_github).collect(),
        context: all("context", &[])?.pop(),
        dockerfile: all("file", &[])?.pop(),
        target: all("target", &[])?.pop(),
        push: false,
    };
    // Anything but a plain no, an expression too, means that some runs push.
    build.push = with.get("push").is_some_and(|push| text(push).is_some_and(|push| push != "false"));
    Ok(build)
}

/// The step whose tags or labels an expression is.
fn outputs(text: &str) -> Option<&str> {
    let inside = text.trim().strip_prefix("${{")?.strip_suffix("}}")?.trim();
    let (id, output) = inside.strip_prefix("steps.")?.split_once(".outputs.")?;
    matches!(output, "tags" | "labels").then_some(id)
}

/// A text with its expressions as variables.
///
/// # Errors
/// Names the first expression that has no counterpart.
fn here(text: &str, reading: &mut Reading) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        let (expression, more) = after.split_once("}}").ok_or("an expression has no end")?;
        let expression = expression.trim();
        let variable = match expression.split_once('.') {
            Some(("secrets", name)) => {
                reading.secrets.insert(name.to_owned());
                name.to_owned()
            }
            Some(("env" | "vars", name)) => name.to_owned(),
            _ if expression == "github.token" => {
                reading.secrets.insert("GITHUB_TOKEN".to_owned());
                "GITHUB_TOKEN".to_owned()
            }
            _ => match NAMES.iter().find(|(there, _)| *there == expression) {
                Some((_, here)) => (*here).to_owned(),
                None => return Err(format!("`${{{{ {expression} }}}}` has no counterpart")),
            },
        };
        if !variable.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(format!("`${{{{ {expression} }}}}` has no counterpart"));
        }
        out.push_str(before);
        out.push_str(&format!("${{{variable}}}"));
        rest = more;
    }
    out.push_str(rest);
    Ok(out)
}
