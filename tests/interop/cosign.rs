//! Signatures of windlass and of cosign: each verifies the other's, where a registry knows referrers and where it does not.

use super::{Place, says};

/// What cosign is told where there is neither a log nor a clock service, nor TLS.
const OFFLINE: [&str; 2] = ["--insecure-ignore-tlog=true", "--allow-http-registry"];

#[test]
#[ignore = "needs the registry and the programs that tests/run.sh starts and builds"]
fn cosign_accepts_what_windlass_signs() {
    let place = Place::new();
    place.packs();
    let (private, public) = place.key();
    for registry in place.registries() {
        for (layout, name) in [("bundle", "bundle:3.0.0"), ("one", "one:1.0.0")] {
            let to = place.at(&registry, name);
            let digest = place.pushes(layout, &to);
            let verify = [&["verify", "--key", &public], &OFFLINE[..], &[&to]].concat();
            place.cosign(&verify).exits(10);
            place.windlass(&["plugin", "sign", &format!("oci://{to}"), "--key", &private]).exits(0);
            says(&place.cosign(&verify).exits(0).stdout, &[&digest, "https://sigstore.dev/cosign/sign/v1"]);
        }
    }
}

#[test]
#[ignore = "needs the registry and the programs that tests/run.sh starts and builds"]
fn windlass_accepts_what_cosign_signs_and_nothing_else() {
    let place = Place::new();
    place.packs();
    let (_, other_key) = place.key();
    place.cosign(&["generate-key-pair"]).exits(0);
    for registry in place.registries() {
        let to = place.at(&registry, "theirs");
        let digest = place.pushes("bundle", &format!("{to}:3.0.0"));
        let (reference, signed) = (format!("oci://{to}:3.0.0"), format!("{to}@{digest}"));
        let verify = |key: &str| place.windlass(&["plugin", "verify", &reference, "--key", key]);
        says(&verify("cosign.pub").exits(2).stderr, &["it is not signed"]);
        let sign = ["sign", "--key", "cosign.key", "--tlog-upload=false", "--use-signing-config=false", "--allow-http-registry"];
        place.cosign(&[&sign[..], &["-y", &signed]].concat()).exits(0);
        assert_eq!(verify("cosign.pub").exits(0).stdout.trim(), digest);
        says(&verify(&other_key).exits(2).stderr, &["it is signed with another key"]);
    }
}

/// Where signatures are found by a tag, whoever may push can hang those of one artifact on another.
#[test]
#[ignore = "needs the registry and the programs that tests/run.sh starts and builds"]
fn a_signature_that_was_moved_approves_of_nothing() {
    let place = Place::new();
    place.packs();
    place.cosign(&["generate-key-pair"]).exits(0);
    let [registry, _] = place.registries();
    let to = place.at(&registry, "moved");
    let (signed, other) = (place.pushes("bundle", &format!("{to}:3.0.0")), place.pushes("one", &format!("{to}:1.0.0")));
    let sign = ["sign", "--key", "cosign.key", "--tlog-upload=false", "--use-signing-config=false", "--allow-http-registry"];
    place.cosign(&[&sign[..], &["-y", &format!("{to}@{signed}")]].concat()).exits(0);
    let list = |digest: &str| format!("{to}:{}", digest.replace(':', "-"));
    place.crane(&["copy", "--insecure", &list(&signed), &list(&other)]).exits(0);
    let verify = |tag: &str| place.windlass(&["plugin", "verify", &format!("oci://{to}:{tag}"), "--key", "cosign.pub"]);
    verify("3.0.0").exits(0);
    says(&verify("1.0.0").exits(2).stderr, &["is not approved", "another"]);
}
