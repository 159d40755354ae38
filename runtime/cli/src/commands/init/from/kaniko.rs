//! The arguments of Kaniko's `executor`, as the docker commands that do the same.

use super::reading::Build;

/// The build that these arguments ask for.
///
/// # Errors
/// Names the first argument that has no counterpart.
pub fn build(arguments: &[String]) -> Result<Build, String> {
    let mut build = Build { push: true, ..Build::default() };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let (name, value) = match argument.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (argument.as_str(), None),
        };
        let mut value = || value.clone().or_else(|| rest.next().cloned()).ok_or_else(|| format!("{name} has no value"));
        match name {
            "--context" | "-c" => build.context = Some(context(&value()?)),
            "--dockerfile" | "-f" => build.dockerfile = Some(context(&value()?)),
            "--destination" | "-d" => build.tags.push(value()?),
            "--target" => build.target = Some(value()?),
            "--build-arg" => build.build_args.push(value()?),
            "--label" => build.labels.push(value()?),
            "--no-push" => build.push = false,
            // What only says how Kaniko works, or is so without it.
            "--cache"
            | "--cache-ttl"
            | "--snapshot-mode"
            | "--snapshotMode"
            | "--use-new-run"
            | "--verbosity"
            | "--cleanup"
            | "--reproducible"
            | "--single-snapshot"
            | "--compressed-caching"
            | "--log-format" => {}
            "--cache-repo" => build.cache_from.push(value()?),
            other => return Err(format!("`{other}` of Kaniko has no typed form")),
        }
    }
    Ok(build)
}

/// Where the working copy is, there and here.
fn context(given: &str) -> String {
    let local = given.strip_prefix("dir://").unwrap_or(given);
    let roots = ["${CI_PROJECT_DIR}", "$CI_PROJECT_DIR", "/workspace"];
    let below = roots.iter().find_map(|root| local.strip_prefix(root)).unwrap_or(local);
    match below.trim_start_matches('/') {
        "" => ".".to_owned(),
        _ if below == local => local.to_owned(),
        rest => rest.to_owned(),
    }
}
