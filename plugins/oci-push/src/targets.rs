//! What is to be sent, from where, under which references.

use windlass_plugin_sdk::images::{BuiltImage, Location};
use windlass_plugin_sdk::{Error, failed, unsupported};

/// One image.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// In a directory of the pod.
    Layout { path: String, digest: Option<String>, references: Vec<String> },
    /// The build pushed it, and says as what.
    Pushed { digest: String, references: Vec<String> },
}

pub(crate) fn of(tags: &[String], images: Vec<BuiltImage>) -> Result<Vec<Target>, Error> {
    if images.is_empty() {
        return Err(failed("no step before this one built an image; add a build step"));
    }
    if !tags.is_empty() && images.len() > 1 {
        return Err(unsupported("tags", format!("{} images were built; give each its tags where it is built", images.len())));
    }
    images.into_iter().map(|image| target(tags, image)).collect()
}

fn target(tags: &[String], image: BuiltImage) -> Result<Target, Error> {
    let references = if tags.is_empty() { image.references.clone() } else { tags.to_vec() };
    match (image.location, image.digest) {
        (Location::Layout(path), digest) => Ok(Target::Layout { path, digest, references }),
        (Location::Daemon(name), _) => Err(unsupported(
            "uses",
            format!("{name} is in a docker daemon, and oci-push sends OCI layouts; push it with docker-push"),
        )),
        (Location::Pushed, None) => Err(failed("the build pushed the image but did not report its digest")),
        (Location::Pushed, Some(digest)) => match references.iter().find(|reference| !image.references.contains(reference)) {
            Some(other) => Err(unsupported(
                "tags",
                format!("the build pushed the image itself, and not as {other}; give it that tag where it is built"),
            )),
            None => Ok(Target::Pushed { digest, references }),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(location: Location) -> BuiltImage {
        BuiltImage { location, references: vec!["a:1".into(), "a:2".into()], digest: Some("sha256:x".into()) }
    }

    fn layout(references: &[&str]) -> Target {
        let references = references.iter().map(|&reference| reference.to_owned()).collect();
        Target::Layout { path: "/l".into(), digest: Some("sha256:x".into()), references }
    }

    #[test]
    fn a_layout_goes_out_under_all_its_references_or_those_asked_for() {
        let one = || vec![built(Location::Layout("/l".into()))];
        assert!(matches!(of(&[], one()).as_deref(), Ok([found]) if *found == layout(&["a:1", "a:2"])));
        assert!(matches!(of(&["b:3".into()], one()).as_deref(), Ok([found]) if *found == layout(&["b:3"])));
    }

    #[test]
    fn what_was_pushed_is_checked_under_the_references_it_has() {
        let found = of(&["a:2".into()], vec![built(Location::Pushed)]);
        let expected = Target::Pushed { digest: "sha256:x".into(), references: vec!["a:2".into()] };
        assert!(matches!(found.as_deref(), Ok([found]) if *found == expected));
    }

    #[test]
    fn what_cannot_be_pushed_says_what_can() {
        let unnamed = BuiltImage { digest: None, ..built(Location::Pushed) };
        for (tags, images, word) in [
            (vec![], vec![], "no step before"),
            (vec!["b"], vec![built(Location::Pushed), built(Location::Pushed)], "2 images"),
            (vec!["b"], vec![built(Location::Pushed)], "not as b"),
            (vec![], vec![built(Location::Daemon("a:1".into()))], "docker-push"),
            (vec![], vec![unnamed], "did not report its digest"),
        ] {
            let tags: Vec<String> = tags.into_iter().map(str::to_owned).collect();
            let error = format!("{:?}", of(&tags, images));
            assert!(error.contains("Err") && error.contains(word), "{error}");
        }
    }
}
