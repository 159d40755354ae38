//! From a request to Podman's command lines.

use windlass_plugin_sdk::BuildRequest;
use windlass_plugin_sdk::builder::{Workplace, cache_repository};

/// Podman with a store in the container's own file system: a store on a volume, which may be mounted `nosuid`, cannot pass secrets to a `RUN`.
const PODMAN: [&str; 5] = [
    "podman",
    "--remote=false",
    "--storage-driver=vfs",
    "--root=/var/tmp/podman-build/root",
    "--runroot=/var/tmp/podman-build/run",
];

/// The files of one step, beside its secrets.
pub(crate) struct Files {
    /// Which registries are reached how.
    pub(crate) registries: String,
    /// Where Podman writes the image's identity.
    pub(crate) image: String,
    /// Where it writes the manifest's digest.
    pub(crate) digest: String,
}

impl Files {
    pub(crate) fn of(place: &Workplace) -> Self {
        Self {
            registries: format!("{}/registries.conf", place.private),
            // On disk, where writing it makes the directory that the layout goes to.
            image: format!("{}/podman-image", place.shared),
            digest: format!("{}/podman-digest", place.private),
        }
    }
}

/// The OCI layout that is left for a push step.
pub(crate) fn layout(place: &Workplace) -> String {
    format!("{}/image", place.shared)
}

fn podman(command: &str) -> Vec<String> {
    PODMAN.into_iter().chain([command]).map(str::to_owned).collect()
}

/// Builds the image into Podman's store.
pub(crate) fn build(request: &BuildRequest, place: &Workplace, files: &Files) -> Vec<String> {
    let mut argv = podman("build");
    argv.extend(flags(request));
    argv.extend(request.secrets.iter().map(|secret| format!("--secret=id={},src={}", secret.id, place.secret_file(secret))));
    argv.push(format!("--iidfile={}", files.image));
    argv.push(format!("--file={}", place.dockerfile));
    argv.extend(request.extra_flags.iter().cloned());
    argv.push(place.context.clone());
    argv
}

/// What of the request is a flag as it stands.
fn flags(request: &BuildRequest) -> Vec<String> {
    // As a child of the agent, Podman has no control group of its own to start containers in; chroot needs none.
    let mut flags = vec!["--isolation=chroot".to_owned()];
    flags.extend(request.tags.iter().map(|tag| format!("--tag={tag}")));
    flags.extend(request.build_args.iter().map(|(name, value)| format!("--build-arg={name}={value}")));
    flags.extend(request.labels.iter().map(|(name, value)| format!("--label={name}={value}")));
    flags.extend(request.target.iter().map(|target| format!("--target={target}")));
    flags.extend(request.source_date_epoch.iter().map(|seconds| format!("--timestamp={seconds}")));
    if request.no_cache {
        flags.push("--no-cache".into());
    } else {
        flags.extend(cache(request));
    }
    flags
}

/// Podman keeps each step as an image of its own, in a repository that it reads and writes. An image alone is no cache to it: it becomes
/// the repository next to that image.
fn cache(request: &BuildRequest) -> Vec<String> {
    let (to, from) = (&request.cache.to, &request.cache.from);
    let written = to.iter().chain(from).next().map(|reference| cache_repository(reference));
    let mut read: Vec<String> = from.iter().map(|reference| cache_repository(reference)).collect();
    read.extend(written.clone());
    read.dedup();
    let reads = read.into_iter().map(|repository| format!("--cache-from={repository}"));
    written.iter().map(|repository| format!("--cache-to={repository}")).chain(reads).collect()
}

/// Where the image goes: to its registries when the next step would push it under the same tags, else to the layout.
pub(crate) fn destinations(request: &BuildRequest, place: &Workplace) -> Vec<String> {
    if request.push {
        request.tags.iter().map(|tag| format!("docker://{tag}")).collect()
    } else {
        vec![format!("oci:{}:image", layout(place))]
    }
}

/// Sends an image of Podman's store somewhere.
pub(crate) fn push(image: &str, destination: &str, files: &Files) -> Vec<String> {
    let mut argv = podman("push");
    argv.extend([format!("--digestfile={}", files.digest), image.to_owned(), destination.to_owned()]);
    argv
}

#[cfg(test)]
mod tests {
    use windlass_plugin_sdk::Cache;

    use super::*;

    fn request() -> BuildRequest {
        BuildRequest { tags: vec!["gcr.io/a/b:1".into(), "gcr.io/a/b:2".into()], ..BuildRequest::default() }
    }

    #[test]
    fn what_is_honoured_is_a_flag() {
        let request = BuildRequest {
            target: Some("test".into()),
            build_args: vec![("A".into(), "b=c d".into())],
            labels: vec![("l".into(), "m".into())],
            no_cache: true,
            source_date_epoch: Some(7),
            ..request()
        };
        let expected = "--isolation=chroot --tag=gcr.io/a/b:1 --tag=gcr.io/a/b:2 --build-arg=A=b=c d --label=l=m --target=test \
                        --timestamp=7 --no-cache";
        assert_eq!(flags(&request).join(" "), expected);
    }

    #[test]
    fn a_cache_is_the_repository_next_to_what_is_named() {
        let shown = |to: Option<&str>, from: &[&str]| {
            let from = from.iter().map(|reference| (*reference).to_owned()).collect();
            cache(&BuildRequest { cache: Cache { to: to.map(str::to_owned), from, mode: None }, ..request() }).join(" ")
        };
        assert_eq!(shown(None, &[]), "");
        assert_eq!(shown(None, &["g.io/app:green"]), "--cache-to=g.io/app/cache --cache-from=g.io/app/cache");
        assert_eq!(
            shown(Some("g.io/c"), &["g.io/d"]),
            "--cache-to=g.io/c/cache --cache-from=g.io/d/cache --cache-from=g.io/c/cache"
        );
    }
}
