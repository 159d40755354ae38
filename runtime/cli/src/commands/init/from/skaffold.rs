//! `skaffold.yaml`: `build.artifacts` that docker or Kaniko builds.

use serde_yaml::Value;

use super::reading::{Build, Reading, Script, field, items, text};

/// Reads the builds of every document.
pub fn read(documents: &[Value]) -> Reading {
    let mut reading = Reading::default();
    let artifacts = documents.iter().filter_map(|document| document.get("build")?.get("artifacts")?.as_sequence()).flatten();
    for artifact in artifacts {
        let Some(image) = field(artifact, "image") else { continue };
        let origin = format!("artifact {image}");
        let known = ["docker", "kaniko"].iter().find_map(|key| artifact.get(key));
        let others = ["buildpacks", "jib", "bazel", "ko", "custom"];
        if let Some(other) = others.iter().find(|key| artifact.get(key).is_some()) {
            reading.leave(&origin, &format!("`{other}` builds it, and windlass builds from Dockerfiles"));
            continue;
        }
        let empty = Value::Null;
        let how = known.unwrap_or(&empty);
        let arguments = how.get("buildArgs").and_then(Value::as_mapping);
        let pairs = arguments.into_iter().flatten().filter_map(|(key, value)| Some((text(key)?, text(value))));
        let build_args: Vec<String> =
            pairs.map(|(key, value)| value.map_or(key.clone(), |value| format!("{key}={value}"))).collect();
        if build_args.iter().any(|argument| argument.contains("{{")) {
            reading.leave(&origin, "its `buildArgs` hold templates, which only Skaffold fills in");
            continue;
        }
        let build = Build {
            context: field(artifact, "context"),
            dockerfile: field(how, "dockerfile").map(|file| below(&file, artifact)),
            target: field(how, "target"),
            tags: vec![format!("{image}:$CIRRUS_CHANGE_IN_REPO")],
            build_args,
            cache_from: how.get("cacheFrom").map(items).unwrap_or_default(),
            push: true,
            ..Build::default()
        };
        let name = image.rsplit('/').next().unwrap_or(&image).to_owned();
        reading.add(&name, vec![Script { origin, text: build.commands() }]);
    }
    reading
}

/// Skaffold counts a Dockerfile from the context, docker from where it runs.
fn below(file: &str, artifact: &Value) -> String {
    match field(artifact, "context") {
        Some(context) if context != "." => format!("{}/{file}", context.trim_end_matches('/')),
        _ => file.to_owned(),
    }
}
