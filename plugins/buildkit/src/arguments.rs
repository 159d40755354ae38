//! From a request to the command line of `buildctl build`.

use serde_json::Value;
use windlass_plugin_sdk::builder::{Workplace, is_repository};
use windlass_plugin_sdk::registries::Registry;
use windlass_plugin_sdk::{BuildRequest, Error, failed, unsupported};

use crate::daemon::Meeting;
use crate::{cache, registries};

/// Refuses what BuildKit does not do.
pub(crate) fn check(request: &BuildRequest) -> Result<(), Error> {
    match request.cache.mode.as_deref() {
        None | Some("max" | "min") => {}
        Some(_) => return Err(unsupported("cache.mode", "write `max` for every stage, or `min` for the last")),
    }
    let in_lists = request.tags.iter().chain(&request.cache.to).chain(&request.cache.from);
    match in_lists.into_iter().find(|reference| reference.contains([',', '"'])) {
        Some(reference) => {
            Err(unsupported("tags", format!("`{reference}` is not an image reference: it has a comma or a quotation mark")))
        }
        None => Ok(()),
    }
}

/// The OCI layout that BuildKit leaves.
pub(crate) fn layout(place: &Workplace) -> String {
    format!("{}/image", place.shared)
}

/// The file that the client writes the manifest's digest to, among others.
pub(crate) fn metadata_file(place: &Workplace) -> String {
    format!("{}/metadata.json", place.private)
}

/// The digest in that file: the manifest's, or for several platforms the index's.
pub(crate) fn digest(metadata: &[u8]) -> Result<String, Error> {
    let known: Value = serde_json::from_slice(metadata).unwrap_or_default();
    let digest = known.get("containerimage.digest").and_then(Value::as_str);
    digest
        .map(str::to_owned)
        .ok_or_else(|| failed("buildctl succeeded but reported no digest; a flag such as --output made something else"))
}

/// One build.
pub(crate) struct Invocation<'a> {
    pub(crate) request: &'a BuildRequest,
    pub(crate) place: &'a Workplace,
    pub(crate) meeting: &'a Meeting,
    pub(crate) registries: &'a [Registry],
}

impl Invocation<'_> {
    /// Program and arguments.
    pub(crate) fn argv(&self) -> Vec<String> {
        let (request, place) = (self.request, self.place);
        let mut argv = vec![self.meeting.client(), "--addr".into(), self.meeting.address()];
        argv.extend(["build", "--frontend=dockerfile.v0", "--progress=plain"].map(str::to_owned));
        argv.push(format!("--metadata-file={}", metadata_file(place)));
        argv.push(format!("--output={}", self.output()));
        argv.extend(self.sources());
        let option = |name: &str, value: &str| format!("--opt={name}={value}");
        argv.extend(request.target.iter().map(|target| option("target", target)));
        argv.extend(request.build_args.iter().map(|(name, value)| option(&format!("build-arg:{name}"), value)));
        argv.extend(request.source_date_epoch.iter().map(|seconds| option("build-arg:SOURCE_DATE_EPOCH", &seconds.to_string())));
        argv.extend(request.labels.iter().map(|(name, value)| option(&format!("label:{name}"), value)));
        if !request.platforms.is_empty() {
            argv.push(option("platform", &request.platforms.join(",")));
        }
        argv.extend(request.secrets.iter().map(|secret| format!("--secret=id={},src={}", secret.id, place.secret_file(secret))));
        argv.extend(cache::flags(request));
        argv.extend(self.registries.iter().filter_map(registries::flags));
        argv.extend(request.extra_flags.iter().cloned());
        argv
    }

    fn sources(&self) -> Vec<String> {
        let Workplace { context, dockerfile, .. } = self.place;
        if is_repository(context) {
            return vec![format!("--opt=context={context}"), format!("--opt=filename={dockerfile}")];
        }
        let (directory, name) = dockerfile.rsplit_once('/').unwrap_or((context, dockerfile));
        vec![format!("--local=context={context}"), format!("--local=dockerfile={directory}"), format!("--opt=filename={name}")]
    }

    /// No attestation is asked for, so one platform gives a manifest and no index. Both ways give the same digest.
    fn output(&self) -> String {
        let request = self.request;
        let rewrite = if request.source_date_epoch.is_some() { ",rewrite-timestamp=true" } else { "" };
        if request.push {
            // A value with commas is quoted as a whole, with its name.
            format!("type=image,\"name={}\",push=true,oci-mediatypes=true{rewrite}", request.tags.join(","))
        } else {
            format!("type=oci,tar=false,dest={}{rewrite}", layout(self.place))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_read_from_what_the_client_writes() {
        let written = br#"{"containerimage.config.digest": "sha256:2a", "containerimage.descriptor": {"digest": "sha256:76"}, "containerimage.digest": "sha256:76"}"#;
        assert_eq!(digest(written).ok().as_deref(), Some("sha256:76"));
        assert!(digest(b"").is_err());
    }

    #[test]
    fn what_would_change_the_meaning_of_a_list_is_refused() {
        let request = |tag: &str| BuildRequest { tags: vec![tag.into()], ..BuildRequest::default() };
        assert!(check(&request("r/a:1")).is_ok());
        assert!(check(&request("r/a:1,r/b")).is_err());
    }
}
