//! A case for every plugin: the first request made of its schema that it takes.

use windlass_model::digest::Digest;
use windlass_model::pattern::Pattern;
use windlass_model::plugin::{ImagePlace, PluginKind};

use super::runs::PLAIN;
use crate::attempt::Attempt;
use crate::case::{Built, Case, Location};
use crate::generate;
use crate::suite::Suite;

/// The first request made of the schema that the plugin takes, as a case.
pub(super) async fn base(suite: &Suite) -> Option<&Case> {
    let find = async {
        let info = &suite.subject.info;
        for request in generate::requests(info, suite.seed) {
            let mut case = Case::of_request(request.with);
            let dockerfile = request.hints.and_then(|hints| hints.dockerfile);
            case.workspace.extend(dockerfile.map(|text| ("Dockerfile".to_owned(), text)));
            if info.kind == PluginKind::Push {
                case.images.push(image(info.takes.iter().next().copied()));
            }
            if let (Ok(_), _) = Attempt::prepare(&suite.subject, &case, PLAIN).await {
                return Some(case);
            }
        }
        None
    };
    suite.base.get_or_init(|| find).await.as_ref()
}

/// An image that a push may be given.
fn image(place: Option<ImagePlace>) -> Built {
    let reference = "registry.example/app:1".to_owned();
    Built {
        location: match place {
            Some(ImagePlace::Layout) => Location::Layout(Pattern("/windlass/shared/.windlass/image".to_owned())),
            Some(ImagePlace::Pushed) => Location::Pushed,
            Some(ImagePlace::Daemon) | None => Location::Daemon(Pattern(reference.clone())),
        },
        references: vec![reference],
        digest: Some(Digest::from_sha256([7; 32])),
    }
}
