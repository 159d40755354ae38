//! From a request to the executor's command line.

use windlass_plugin_sdk::builder::{Workplace, cache_repository};
use windlass_plugin_sdk::registries::Registry;
use windlass_plugin_sdk::{BuildRequest, Error, unsupported};

use crate::executor::Executor;
use crate::{EXECUTOR, pod};

/// Refuses what no Kaniko does.
pub(crate) fn check(request: &BuildRequest) -> Result<(), Error> {
    if request.platforms.len() > 1 {
        return Err(unsupported("platforms", "kaniko builds for one platform at a time; build each in its own step"));
    }
    if request.cache.mode.as_deref() == Some("min") {
        return Err(unsupported("cache.mode", "kaniko caches the layers of every stage: leave it out, or write `max`"));
    }
    if request.source_date_epoch.is_some_and(|seconds| seconds != 0) {
        return Err(unsupported("source_date_epoch", "kaniko sets every timestamp to 0 or none: write 0"));
    }
    let image = request.image.as_deref().unwrap_or(pod::IMAGE);
    if !request.secrets.is_empty() && image == pod::IMAGE {
        let reason = "kaniko v1.24.0 has no build secrets; use an image of osscontainertools/kaniko as `image`, or the plugin buildkit or buildah";
        return Err(unsupported("secrets", reason));
    }
    Ok(())
}

/// The file that the executor writes the manifest's digest to.
pub(crate) fn digest_file(place: &Workplace) -> String {
    format!("{}/digest", place.private)
}

/// The OCI layout that it leaves.
pub(crate) fn layout(place: &Workplace) -> String {
    format!("{}/image", place.shared)
}

/// Without it, releases of osscontainertools/kaniko before 1.28 take `--secret` and then pass over the mount with a warning. Later ones always
/// mount, and do not know the variable any more.
const MOUNT_SECRETS: (&str, &str) = ("FF_KANIKO_RUN_MOUNT_SECRET", "true");

/// One build.
pub(crate) struct Invocation<'a> {
    pub(crate) request: &'a BuildRequest,
    pub(crate) place: &'a Workplace,
    pub(crate) registries: &'a [Registry],
    pub(crate) executor: &'a Executor,
}

impl Invocation<'_> {
    /// Program and arguments.
    pub(crate) fn argv(&self) -> Vec<String> {
        let (request, place) = (self.request, self.place);
        let mut argv = vec![EXECUTOR.to_owned(), "--log-format=text".into()];
        // Without it the next build of the container would start from what this one leaves in its root.
        argv.push("--cleanup".into());
        argv.push(format!("--context=dir://{}", place.context));
        argv.push(format!("--dockerfile={}", place.dockerfile));
        argv.push(format!("--digest-file={}", digest_file(place)));
        argv.extend(request.tags.iter().map(|tag| format!("--destination={tag}")));
        if !request.push {
            argv.extend(["--no-push".to_owned(), format!("--oci-layout-path={}", layout(place))]);
        }
        argv.extend(request.build_args.iter().map(|(name, value)| format!("--build-arg={name}={value}")));
        argv.extend(request.labels.iter().map(|(name, value)| format!("--label={name}={value}")));
        argv.extend(request.target.iter().map(|target| format!("--target={target}")));
        argv.extend(request.platforms.iter().map(|platform| format!("--custom-platform={platform}")));
        if request.source_date_epoch.is_some() {
            argv.push("--reproducible".into());
        }
        let secret = |secret| format!("--secret=id={},src={}", id(secret), place.secret_file(secret));
        argv.extend(request.secrets.iter().map(secret));
        argv.extend(cache(request, self.executor));
        argv.extend(self.registries.iter().flat_map(registry_flags));
        argv.extend(request.extra_flags.iter().cloned());
        argv
    }

    /// Variables of the executor itself; a `RUN` gets those of its image alone.
    pub(crate) fn env(&self) -> Option<(&'static str, &'static str)> {
        (!self.request.secrets.is_empty()).then_some(MOUNT_SECRETS)
    }
}

fn id(secret: &windlass_plugin_sdk::BuildSecret) -> &str {
    &secret.id
}

/// Kaniko keeps layers in a repository, by keys of its own. A cache that is only read from an image is none for it: it becomes the cache next to
/// that image, which is read and written.
fn cache(request: &BuildRequest, executor: &Executor) -> Vec<String> {
    let reference = request.cache.to.as_deref().or(request.cache.from.first().map(String::as_str));
    let Some(reference) = reference.filter(|_| !request.no_cache) else { return Vec::new() };
    let mut flags = vec!["--cache=true".to_owned(), format!("--cache-repo={}", cache_repository(reference))];
    if executor.knows("--cache-copy-layers") {
        flags.push("--cache-copy-layers".into());
    }
    flags
}

fn registry_flags(registry: &Registry) -> Vec<String> {
    let host = &registry.host;
    let mut flags = Vec::new();
    if registry.insecure {
        flags.extend([format!("--insecure-registry={host}"), format!("--skip-tls-verify-registry={host}")]);
    }
    flags.extend(registry.certificate.iter().map(|file| format!("--registry-certificate={host}={file}")));
    if host == "docker.io" {
        flags.extend(registry.mirrors.iter().map(|mirror| format!("--registry-mirror={mirror}")));
    } else {
        flags.extend(registry.mirrors.iter().map(|mirror| format!("--registry-map={host}={mirror}")));
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registries_become_flags() {
        let registry = |host: &str| Registry {
            host: host.into(),
            insecure: host.contains(':'),
            certificate: (host == "gcr.io").then(|| "/ca.crt".to_owned()),
            mirrors: if host == "docker.io" { vec!["mirror.corp".into()] } else { vec![] },
            credentials: None,
        };
        let flags = |host: &str| registry_flags(&registry(host)).join(" ");
        assert_eq!(flags("gcr.io"), "--registry-certificate=gcr.io=/ca.crt");
        assert_eq!(flags("r:5000"), "--insecure-registry=r:5000 --skip-tls-verify-registry=r:5000");
        assert_eq!(flags("docker.io"), "--registry-mirror=mirror.corp");
    }

    #[test]
    fn flags_of_newer_executors_are_used_where_they_are() {
        let newer = Executor::with_help("      --cache-copy-layers   Caches copy layers\n      --secret multi-arg");
        assert!(newer.knows("--secret") && newer.knows("--cache-copy-layers") && !newer.knows("--cache-copy"));
    }
}
