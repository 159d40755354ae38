//! From a request to the command line of `buildah bud`.

use windlass_plugin_sdk::builder::Workplace;
use windlass_plugin_sdk::{BuildRequest, Error, unsupported};

use crate::cache;
use crate::flags::Flags;
use crate::format::Format;

/// Refuses what no Buildah does.
pub(crate) fn check(request: &BuildRequest) -> Result<(), Error> {
    if request.platforms.len() > 1 {
        let reason = "the plugin buildah builds for one platform at a time; build each in its own step, or use buildkit";
        return Err(unsupported("platforms", reason));
    }
    if request.cache.mode.as_deref() == Some("min") {
        return Err(unsupported("cache.mode", "buildah caches every step: leave it out, or write `max`"));
    }
    Ok(())
}

/// The file that Buildah writes the image's id to.
pub(crate) fn image_id_file(place: &Workplace) -> String {
    format!("{}/image-id", place.private)
}

/// One build.
pub(crate) struct Invocation<'a> {
    pub(crate) request: &'a BuildRequest,
    pub(crate) place: &'a Workplace,
    pub(crate) flags: &'a Flags,
    pub(crate) format: Format,
}

impl Invocation<'_> {
    /// What follows the program.
    pub(crate) fn argv(&self) -> Vec<String> {
        let (request, place) = (self.request, self.place);
        // Of the ways to run a command, chroot is the one that needs no container within the container.
        let mut argv = vec!["bud".to_owned(), "--isolation=chroot".into(), format!("--format={}", self.format.word())];
        argv.push(format!("--file={}", place.dockerfile));
        argv.push(format!("--iidfile={}", image_id_file(place)));
        argv.extend(request.tags.iter().map(|tag| format!("--tag={tag}")));
        argv.extend(request.build_args.iter().map(|(name, value)| format!("--build-arg={name}={value}")));
        argv.extend(request.labels.iter().map(|(name, value)| format!("--label={name}={value}")));
        argv.extend(request.target.iter().map(|target| format!("--target={target}")));
        argv.extend(request.platforms.iter().map(|platform| format!("--platform={platform}")));
        argv.extend(request.source_date_epoch.iter().map(|seconds| format!("--timestamp={seconds}")));
        argv.extend(request.secrets.iter().map(|secret| format!("--secret=id={},src={}", secret.id, place.secret_file(secret))));
        if request.no_cache {
            argv.push("--no-cache".into());
        }
        argv.extend(cache::flags(request, self.flags));
        argv.extend(request.extra_flags.iter().cloned());
        argv.push(place.context.clone());
        argv
    }
}
