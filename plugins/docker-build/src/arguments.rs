//! From a request to the command line of `docker build`.

use windlass_plugin_sdk::{BuildRequest, Error, unsupported};

use crate::builder::Builder;
use crate::cache;

/// Refuses what no docker command can do, before anything is started.
pub(crate) fn check(request: &BuildRequest) -> Result<(), Error> {
    if request.tags.is_empty() {
        return Err(unsupported("tags", "give at least one: a daemon keeps images by their tags"));
    }
    if let Some(i) = request.tags.iter().position(|tag| tag.contains('@') || tag.trim().is_empty()) {
        return Err(unsupported(format!("tags[{i}]"), "an image is tagged with NAME or NAME:TAG"));
    }
    if request.platforms.len() > 1 {
        return Err(unsupported("platforms", "a daemon keeps an image of one platform; build each in its own step"));
    }
    for secret in &request.secrets {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if secret.id.is_empty() || secret.id.starts_with('.') || !secret.id.chars().all(plain) {
            return Err(unsupported(format!("secrets.{}", secret.id), "an id has letters, digits, `_`, `-` and `.`"));
        }
    }
    Ok(())
}

/// The file that docker writes the image's identity to.
pub(crate) fn id_file(directory: &str) -> String {
    format!("{directory}/image-id")
}

/// The file that a build secret is read from.
pub(crate) fn secret_file(directory: &str, id: &str) -> String {
    format!("{directory}/secret-{id}")
}

/// Program and arguments.
pub(crate) fn argv(request: &BuildRequest, builder: Builder, directory: &str) -> Vec<String> {
    let mut argv = Argv(vec!["docker".into(), "build".into()]);
    argv.pair("--iidfile", id_file(directory));
    if let Some(dockerfile) = &request.dockerfile {
        argv.pair("--file", dockerfile_path(&request.context, dockerfile));
    }
    argv.pairs("--tag", request.tags.iter().cloned());
    argv.pairs("--build-arg", request.build_args.iter().map(|(name, value)| format!("{name}={value}")));
    if let Some(seconds) = request.source_date_epoch {
        argv.pair("--build-arg", format!("SOURCE_DATE_EPOCH={seconds}"));
    }
    argv.pairs("--label", request.labels.iter().map(|(name, value)| format!("{name}={value}")));
    argv.pairs("--target", request.target.clone());
    argv.pairs("--platform", request.platforms.first().cloned());
    argv.pairs("--cache-from", cache::named(request).map(str::to_owned));
    if cache::is_in_image(request) {
        // BuildKit writes into an image what of it is of use as a cache only when it is told.
        argv.pairs("--build-arg", matches!(builder, Builder::BuildKit { .. }).then(|| "BUILDKIT_INLINE_CACHE=1".to_owned()));
    } else if let Some(to) = &request.cache.to {
        let mode = request.cache.mode.as_deref().unwrap_or("min");
        argv.pair("--cache-to", format!("type=registry,ref={to},mode={mode}"));
    }
    if request.no_cache {
        argv.0.push("--no-cache".into());
    }
    let secrets = request.secrets.iter();
    argv.pairs("--secret", secrets.map(|secret| format!("id={},src={}", secret.id, secret_file(directory, &secret.id))));
    argv.0.extend(request.extra_flags.iter().cloned());
    // Whatever it begins with, it is no flag.
    argv.0.push("--".into());
    argv.0.push(request.context.clone());
    argv.0
}

/// docker takes the Dockerfile of a directory relative to where it runs, and that of a repository relative to its root.
fn dockerfile_path(context: &str, dockerfile: &str) -> String {
    let remote = context.contains("://") || context.starts_with("git@") || context.starts_with("github.com/");
    if remote || context == "." || dockerfile.starts_with('/') {
        dockerfile.to_owned()
    } else {
        format!("{}/{dockerfile}", context.trim_end_matches('/'))
    }
}

struct Argv(Vec<String>);

impl Argv {
    fn pair(&mut self, flag: &str, value: String) {
        self.0.push(flag.to_owned());
        self.0.push(value);
    }

    fn pairs(&mut self, flag: &str, values: impl IntoIterator<Item = String>) {
        for value in values {
            self.pair(flag, value);
        }
    }
}

#[cfg(test)]
mod tests;
