//! From a request to Makisu's command line.

use windlass_plugin_sdk::builder::Workplace;
use windlass_plugin_sdk::{BuildRequest, Error, failed, unsupported};

use crate::access::Access;
use crate::cache::Cache;
use crate::{MAKISU, pod};

/// Refuses what Makisu cannot do.
pub(crate) fn check(request: &BuildRequest) -> Result<(), Error> {
    // It splits the pair at every `=` and wants two parts.
    if let Some((name, _)) = request.build_args.iter().find(|(name, value)| name.contains('=') || value.contains('=')) {
        let reason = "makisu takes no `=` in a build argument's value; choose another value, or use kaniko, buildkit or buildah";
        return Err(unsupported(format!("build_args.{name}"), reason));
    }
    if request.cache.mode.as_deref() == Some("min") {
        return Err(unsupported("cache.mode", "makisu caches the layers of every stage: leave it out, or write `max`"));
    }
    Ok(())
}

/// One build.
pub(crate) struct Invocation<'a> {
    pub(crate) request: &'a BuildRequest,
    pub(crate) place: &'a Workplace,
    pub(crate) cache: Option<&'a Cache>,
    pub(crate) access: &'a Access,
    pub(crate) archive: &'a str,
}

impl Invocation<'_> {
    /// Program and arguments.
    pub(crate) fn argv(&self) -> Result<Vec<String>, Error> {
        let (context, dockerfile) = pod::sources(self.place)?;
        let tag = self.request.tags.first().ok_or_else(|| failed("an image without a tag cannot be built"))?;
        let mut argv = vec![MAKISU.to_owned(), "--log-fmt=console".into(), "build".into()];
        argv.extend([format!("--file={dockerfile}"), format!("--dest={}", self.archive)]);
        // A RUN, and a second stage, write to the container's own root.
        argv.push("--modifyfs=true".into());
        argv.push(format!("--storage={}/makisu-storage", self.place.shared));
        argv.push("--blacklist=/windlass".into());
        if self.access.has_certificates {
            argv.push("--blacklist=/etc/docker".into());
        }
        argv.push(format!("--registry-config={}", self.access.file));
        argv.extend(self.request.build_args.iter().map(|(name, value)| format!("--build-arg={name}={value}")));
        argv.extend(self.request.target.iter().map(|target| format!("--target={target}")));
        match self.cache {
            Some(cache) => argv.extend(cache.flags()),
            // Nothing of a cache outlives the pod, so none is kept.
            None => argv.extend([format!("--tag={tag}"), "--local-cache-ttl=0".into()]),
        }
        argv.extend(self.request.extra_flags.iter().cloned());
        argv.push(context);
        Ok(argv)
    }
}
