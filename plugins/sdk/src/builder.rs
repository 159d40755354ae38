//! What builders have in common that run as a command in a container of their own: where they find the context, what their
//! Dockerfile needs, and what their failures mean.

pub mod diagnosis;
pub mod dockerfile;
pub mod pod;

use crate::containers::{self, Container};
use crate::error::{Error, failed, unsupported};
use crate::plugin::{BuildRequest, BuildSecret};
use crate::secrets;

/// Where one build happens.
pub struct Workplace {
    /// The builder's container.
    pub container: Container,
    /// The context directory, absolute; or the URL of the repository that is the context, for builders that honour `git_context`.
    pub context: String,
    /// The Dockerfile, absolute; in a repository its path there.
    pub dockerfile: String,
    /// The step's own directory in memory.
    pub private: String,
    /// The step's own directory on disk, the same in every container.
    pub shared: String,
}

impl Workplace {
    /// Finds the container that the plugin brought, and the request's paths in it.
    ///
    /// # Errors
    /// When the container does not see the working copy, or the context is not in it.
    pub fn open(container: &str, request: &BuildRequest) -> Result<Self, Error> {
        Self::within(containers::open(container)?, request)
    }

    /// The same in the task's own container (the one that `container:` of the step names, if it does), whose user can read every file of the
    /// working copy. A builder that is not root cannot: the files have the modes and the owner that they have there.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn of_task(request: &BuildRequest) -> Result<Self, Error> {
        Self::within(containers::default()?, request)
    }

    fn within(container: Container, request: &BuildRequest) -> Result<Self, Error> {
        let dockerfile = request.dockerfile.as_deref().unwrap_or("Dockerfile");
        let (context, dockerfile) = if is_repository(&request.context) {
            (request.context.clone(), dockerfile.to_owned())
        } else {
            let context = below(&container.working_dir()?, &request.context, "context")?;
            let dockerfile = below(&context, dockerfile, "dockerfile")?;
            (context, dockerfile)
        };
        let private = containers::private_directory()?;
        let step = private.rsplit('/').next().unwrap_or("step");
        let shared = format!("{}/{step}", containers::shared_directory()?);
        Ok(Self { container, context, dockerfile, private, shared })
    }

    /// Refuses a Dockerfile that is not there, before the builder does it in its own words. One that is there and cannot be read here is left
    /// to the builder, which may have more rights: in a user namespace of its own, root reads what belongs to others.
    ///
    /// # Errors
    /// When there is none.
    pub fn check_dockerfile(&self, request: &BuildRequest) -> Result<(), Error> {
        /// Nobody writes one by hand that is larger.
        const MAX: u32 = 4 << 20;
        // A repository is the builder's to fetch.
        if is_repository(&request.context) || !matches!(self.container.read_file(&self.dockerfile, MAX), Ok(None)) {
            return Ok(());
        }
        let name = request.dockerfile.as_deref().unwrap_or("Dockerfile");
        Err(failed(format!("there is no {name} in the context `{}`; say where it is with `dockerfile`", request.context)))
    }

    /// The file that a build secret is read from.
    pub fn secret_file(&self, secret: &BuildSecret) -> String {
        format!("{}/secret-{}", self.private, secret.id)
    }

    /// Writes the request's secrets as files in memory, without seeing them.
    ///
    /// # Errors
    /// When a secret does not open or the container is not reached.
    pub fn write_secrets(&self, request: &BuildRequest) -> Result<(), Error> {
        for secret in &request.secrets {
            let handle = secrets::open(&secret.secret)?;
            self.container.write_file(&self.secret_file(secret), 0o600, &handle)?;
        }
        Ok(())
    }

    /// Removes them.
    ///
    /// # Errors
    /// When one cannot be removed or the container is not reached.
    pub fn remove_secrets(&self, request: &BuildRequest) -> Result<(), Error> {
        request.secrets.iter().try_for_each(|secret| self.container.remove_file(&self.secret_file(secret)))
    }
}

/// Refuses, before the run, what no builder can do: no tag, a tag that is a digest, an id of a secret that is no file name.
///
/// # Errors
/// The field and why.
pub fn check(request: &BuildRequest) -> Result<(), Error> {
    if request.tags.is_empty() {
        return Err(unsupported("tags", "give at least one: an image without a name cannot be pushed"));
    }
    if let Some(i) = request.tags.iter().position(|tag| tag.contains('@') || tag.trim().is_empty()) {
        return Err(unsupported(format!("tags[{i}]"), "an image is tagged with NAME or NAME:TAG"));
    }
    for secret in &request.secrets {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if secret.id.is_empty() || secret.id.starts_with('.') || !secret.id.chars().all(plain) {
            return Err(unsupported(format!("secrets.{}", secret.id), "an id has letters, digits, `_`, `-` and `.`"));
        }
    }
    Ok(())
}

/// Whether a context is the URL of a repository or an archive, and no directory; as docker tells them apart.
pub fn is_repository(context: &str) -> bool {
    context.contains("://") || context.starts_with("git@") || context.starts_with("github.com/")
}

/// The names of the secrets that a build opens, for its needs.
pub fn secret_names(request: &BuildRequest) -> Vec<String> {
    request.secrets.iter().map(|secret| secret.secret.clone()).collect()
}

/// A repository without tag and digest: `gcr.io/a/b` of `gcr.io/a/b:1`.
pub fn repository(reference: &str) -> &str {
    let name = reference.split('@').next().unwrap_or(reference);
    let last = name.rfind('/').map_or(0, |slash| slash + 1);
    name.get(last..).and_then(|end| end.find(':')).map_or(name, |colon| &name[..last + colon])
}

/// The registry's host of a reference: `docker.io` when it names none.
pub fn registry(reference: &str) -> &str {
    match reference.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => host,
        _ => "docker.io",
    }
}

/// The repository next to an image's own in which builders that keep single layers have their cache. Docker Hub has none below a repository,
/// so there it is the image's own, where keys and tags do not meet.
pub fn cache_repository(reference: &str) -> String {
    let repository = repository(reference);
    if registry(reference) == "docker.io" || repository.ends_with("/cache") {
        repository.to_owned()
    } else {
        format!("{repository}/cache")
    }
}

/// A path of the request below a directory. It may not lead out of it.
fn below(directory: &str, path: &str, field: &str) -> Result<String, Error> {
    if path.starts_with('/') {
        return Err(unsupported(field, format!("`{path}` is absolute; give it relative to the working directory")));
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_none() => {
                return Err(unsupported(
                    field,
                    format!("`{path}` leads out of `{directory}`, and the builder sees no more than that"),
                ));
            }
            ".." => {}
            part => parts.push(part),
        }
    }
    if parts.is_empty() { Ok(directory.to_owned()) } else { Ok(format!("{directory}/{}", parts.join("/"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_below_their_directory() {
        let path = |path: &str| below("/w", path, "context").map_err(|e| format!("{e:?}"));
        assert_eq!(path("."), Ok("/w".into()));
        assert_eq!(path("./a//b/../c"), Ok("/w/a/c".into()));
        assert!(path("a/../..").is_err_and(|e| e.contains("leads out")));
        assert!(path("/etc").is_err_and(|e| e.contains("absolute")));
    }

    #[test]
    fn a_repository_is_told_from_a_directory() {
        for url in ["https://example.com/a.git#main:dir", "git@example.com:a.git", "github.com/a/b", "git://h/a"] {
            assert!(is_repository(url), "{url}");
        }
        assert!(!is_repository("docker/app") && !is_repository("."));
    }

    #[test]
    fn the_cache_of_an_image_lies_next_to_it() {
        assert_eq!(cache_repository("gcr.io/my-project/my-app:abc"), "gcr.io/my-project/my-app/cache");
        assert_eq!(cache_repository("gcr.io/my-project/my-app:"), "gcr.io/my-project/my-app/cache");
        assert_eq!(cache_repository("gcr.io/my-project/cache"), "gcr.io/my-project/cache");
        assert_eq!(cache_repository("corp/app:1"), "corp/app");
    }

    #[test]
    fn references_are_taken_apart() {
        assert_eq!(repository("gcr.io/a/b:1"), "gcr.io/a/b");
        assert_eq!(repository("localhost:5000/a@sha256:00"), "localhost:5000/a");
        assert_eq!(repository("localhost:5000/a"), "localhost:5000/a");
        assert_eq!(
            (registry("gcr.io/a"), registry("a/b"), registry("a"), registry("localhost/a")),
            ("gcr.io", "docker.io", "docker.io", "localhost")
        );
    }
}
