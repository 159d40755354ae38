//! What is to be pushed, from where, under which reference.

use windlass_plugin_sdk::images::{BuiltImage, Location};
use windlass_plugin_sdk::{Error, PushRequest, failed, unsupported};

/// One reference to serve.
#[derive(Debug)]
pub(crate) struct Target {
    /// What the daemon calls the image.
    pub(crate) source: String,
    pub(crate) reference: String,
}

pub(crate) fn of(request: &PushRequest, images: Vec<BuiltImage>) -> Result<Vec<Target>, Error> {
    if images.is_empty() {
        return Err(failed("no step before this one built an image; add a build step, or push with a script"));
    }
    if !request.tags.is_empty() && images.len() > 1 {
        return Err(unsupported("tags", format!("{} images were built; give each its tags where it is built", images.len())));
    }
    let mut targets = Vec::new();
    for image in images {
        let references = if request.tags.is_empty() { &image.references } else { &request.tags };
        for reference in references {
            targets.push(target(&image, reference)?);
        }
    }
    Ok(targets)
}

fn target(image: &BuiltImage, reference: &str) -> Result<Target, Error> {
    match &image.location {
        Location::Daemon(source) => Ok(Target { source: source.clone(), reference: reference.to_owned() }),
        Location::Layout(path) => Err(failed(format!(
            "the image is an OCI layout in {path}, and docker pushes from its daemon only; let the build plugin push"
        ))),
        // A daemon cannot say what a registry serves, and nobody's word is enough for a push.
        Location::Pushed => Err(failed(
            "the build says that it pushed the image itself, which docker-push cannot check; use oci-push, which asks the registry",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(location: Location) -> BuiltImage {
        BuiltImage { location, references: vec!["a:1".into(), "a:2".into()], digest: Some("sha256:x".into()) }
    }

    fn request(tags: &[&str]) -> PushRequest {
        PushRequest { tags: tags.iter().map(|t| (*t).to_owned()).collect(), extra: "{}".into() }
    }

    #[test]
    fn an_image_goes_out_under_all_its_references_or_those_asked_for() {
        let daemon = || vec![built(Location::Daemon("a:1".into()))];
        let references = |tags: &[&str]| match of(&request(tags), daemon()) {
            Ok(targets) => {
                targets.into_iter().map(|Target { source, reference }| format!("{source} {reference}")).collect::<Vec<_>>()
            }
            Err(e) => panic!("{e:?}"),
        };
        assert_eq!(references(&[]), ["a:1 a:1", "a:1 a:2"]);
        assert_eq!(references(&["b:3"]), ["a:1 b:3"]);
    }

    #[test]
    fn what_cannot_be_pushed_says_why() {
        for (tags, images, word) in [
            (vec![], vec![], "no step before"),
            (vec!["b"], vec![built(Location::Pushed), built(Location::Pushed)], "2 images"),
            // The digest that a build gave was passed on, and the run said that it was pushed.
            (vec![], vec![built(Location::Pushed)], "use oci-push"),
            (vec![], vec![built(Location::Layout("/l".into()))], "/l"),
        ] {
            let error = format!("{:?}", of(&request(&tags), images));
            assert!(error.contains("Err") && error.contains(word), "{error}");
        }
    }
}
