//! Copies that others make: of a signed bundle, to another registry and to a layout.

use super::support::peers::skopeo;
use super::{Place, says};

/// A signed bundle in the registry that does not know referrers: its repository, and its digest.
fn signed(place: &Place) -> (String, String) {
    place.packs();
    let (private, _) = place.key();
    let [registry, _] = place.registries();
    let repository = place.at(&registry, "signed");
    let digest = place.pushes("bundle", &format!("{repository}:3.0.0"));
    place.windlass(&["plugin", "sign", &format!("oci://{repository}:3.0.0"), "--key", &private]).exits(0);
    (repository, digest)
}

#[test]
#[ignore = "needs the registry and the programs that tests/run.sh starts and builds"]
fn what_oras_copies_keeps_its_signatures() {
    let place = Place::new();
    let (from, digest) = signed(&place);
    let from = format!("{from}:3.0.0");
    let verify = |what: &str| place.windlass(&["plugin", "verify", what, "--key", "ours.pub"]);
    for registry in place.registries() {
        let to = place.at(&registry, "copy:3.0.0");
        place.oras(&["copy", "--recursive", "--from-plain-http", "--to-plain-http", &from, &to]).exits(0);
        assert_eq!(verify(&format!("oci://{to}")).exits(0).stdout.trim(), digest, "{registry}");
    }
    place.oras(&["copy", "--recursive", "--from-plain-http", "--to-oci-layout", &from, "layout:3.0.0"]).exits(0);
    assert_eq!(verify("layout").exits(0).stdout.trim(), digest);
    says(&place.windlass(&["plugin", "ls", "--plugin", "./layout"]).exits(0).stdout, &[super::ONE, super::OTHER]);
    // And back again, from a layout that windlass wrote.
    place.windlass(&["plugin", "sign", "bundle", "--key", "ours.key"]).exits(0);
    let [registry, _] = place.registries();
    let to = place.at(&registry, "back:3.0.0");
    place.oras(&["copy", "--recursive", "--from-oci-layout", "--to-plain-http", "bundle:3.0.0", &to]).exits(0);
    assert_eq!(verify(&format!("oci://{to}")).exits(0).stdout.trim(), digest);
}

/// skopeo copies what it is told, and knows of no signatures beside: without them it is refused, with them it is not.
#[test]
#[ignore = "needs the registry and the programs that tests/run.sh starts and builds"]
fn what_skopeo_copies_is_verified_once_its_signatures_are_there() {
    let place = Place::new();
    let (from, digest) = signed(&place);
    let [registry, _] = place.registries();
    let to = place.at(&registry, "skopeo");
    let copy = |options: &[&str], to: &str, tag: &str| {
        let (from, to) = (format!("docker://{from}:{tag}"), format!("{to}:{tag}"));
        let insecure = ["--src-tls-verify=false", "--dest-tls-verify=false"];
        skopeo(&[&["copy", "--quiet", "--all"], &insecure[..], options, &[&from, &to]].concat()).exits(0);
    };
    let verify = |what: &str| place.windlass(&["plugin", "verify", what, "--key", "ours.pub"]);
    let (registry, signatures) = (format!("docker://{to}"), digest.replace(':', "-"));
    for (to, what) in [(registry.as_str(), format!("oci://{to}:3.0.0")), ("oci:layout", "layout".to_owned())] {
        let to = if to == "oci:layout" { format!("oci:{}", place.path().join("layout").display()) } else { to.to_owned() };
        copy(&["--preserve-digests"], &to, "3.0.0");
        says(&verify(&what).exits(2).stderr, &["it is not signed, or its signatures were not copied with it"]);
        // An old skopeo writes the list of signatures anew, and leaves out of which kind they are.
        copy(&[], &to, &signatures);
        assert_eq!(verify(&what).exits(0).stdout.trim(), digest, "{what}");
    }
}
