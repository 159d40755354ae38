//! From a request to Podman's command lines.

use windlass_plugin_sdk::BuildRequest;
use windlass_plugin_sdk::builder::Workplace;

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
    flags.extend(request.no_cache.then(|| "--no-cache".to_owned()));
    flags
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
    use windlass_plugin_sdk::{Cache, Resources};

    use super::*;

    #[test]
    fn every_honoured_field_is_a_flag() {
        let request = BuildRequest {
            context: ".".into(),
            dockerfile: None,
            target: Some("test".into()),
            tags: vec!["gcr.io/a/b:1".into(), "gcr.io/a/b:2".into()],
            build_args: vec![("A".into(), "b=c d".into())],
            labels: vec![("l".into(), "m".into())],
            secrets: vec![],
            platforms: vec![],
            cache: Cache { to: None, from: vec![], mode: None },
            no_cache: true,
            source_date_epoch: Some(7),
            extra_flags: vec![],
            image: None,
            resources: Resources::default(),
            dockerfile_text: None,
            push: false,
            extra: "{}".into(),
        };
        let expected = "--isolation=chroot --tag=gcr.io/a/b:1 --tag=gcr.io/a/b:2 --build-arg=A=b=c d --label=l=m --target=test \
                        --timestamp=7 --no-cache";
        assert_eq!(flags(&request).join(" "), expected);
    }
}
