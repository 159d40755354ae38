use std::time::Duration;

use super::*;

#[test]
fn a_registry_is_a_host_and_nothing_else() {
    for text in ["gcr.io", "localhost:5000", "docker.io", "127.0.0.1:80", "[::1]:5000", "registry"] {
        assert!(registry(text, "f").is_ok(), "{text}");
    }
    for text in [
        "*",
        "https://gcr.io",
        "gcr.io/project",
        "",
        "gcr.io:",
        "gcr.io:0",
        "gcr.io:99999",
        "a b",
        "gcr.io\n",
        "-a",
        "[x]",
        "a..b",
    ] {
        assert!(registry(text, "f").is_err_and(|e| e.field == "f"), "{text}");
    }
    assert!(registry(&"a.".repeat(200), "f").is_err());
}

#[test]
fn a_user_name_fits_basic_authentication() {
    assert!(username("_json_key", "f").is_ok());
    for text in ["", "a:b", "a\nb", &"x".repeat(1025)] {
        assert!(username(text, "f").is_err(), "{text}");
    }
}

/// 1970 was taken in silence, and made windlass log in again before every step.
#[test]
fn an_expiry_lies_ahead() {
    let now = UNIX_EPOCH + Duration::from_secs(1000);
    assert_eq!(expiry(Expiry::At(1001), now, "f").ok(), Some(1001));
    assert_eq!(expiry(Expiry::After(60), now, "f").ok(), Some(1060));
    for wrong in [Expiry::At(0), Expiry::At(1000), Expiry::After(0), Expiry::After(u64::MAX)] {
        assert!(expiry(wrong, now, "f").is_err(), "{wrong:?}");
    }
}

fn wanted(push: bool) -> Wanted {
    Wanted { tags: vec!["corp.io/a:1".into(), "corp.io/a:2".into()], push, shared: "/windlass/shared/.windlass".into() }
}

fn image(location: images::Location, references: &[&str]) -> images::BuiltImage {
    let references = references.iter().map(|&reference| reference.to_owned()).collect();
    images::BuiltImage { location, references, digest: None }
}

#[test]
fn a_built_image_is_what_was_asked_for_where_it_may_be() {
    use images::Location::{Daemon, Layout, Pushed};
    let layout = |path: &str| image(Layout(path.into()), &["corp.io/a:1"]);
    assert!(built(layout("/windlass/shared/.windlass/step-1/image"), &wanted(false)).is_ok());
    assert!(built(image(Pushed, &["corp.io/a:1", "corp.io/a:2"]), &wanted(true)).is_ok());
    assert!(built(image(Daemon("corp.io/a:1".into()), &["corp.io/a:2"]), &wanted(false)).is_ok());
    for (wrong, field) in [
        (layout("relative"), "location"),
        (layout("/etc"), "location"),
        (layout("/windlass/shared/.windlass"), "location"),
        (layout("/windlass/shared/.windlass-other/x"), "location"),
        (layout("/windlass/shared/.windlass/../../secret"), "location"),
        (image(Daemon("Not An Image".into()), &["corp.io/a:1"]), "location"),
        (image(Pushed, &["corp.io/a:1"]), "location"),
        (image(Daemon("corp.io/a:1".into()), &[]), "references"),
        (image(Daemon("corp.io/a:1".into()), &["corp.io/a:1", "corp.io/other:1"]), "references[1]"),
        (image(Daemon("corp.io/a:1".into()), &["corp.io/a:1", "corp.io/a:1"]), "references[1]"),
        (images::BuiltImage { digest: Some("sha256:12".into()), ..image(Daemon("a".into()), &["corp.io/a:1"]) }, "digest"),
    ] {
        assert_eq!(built(wrong, &wanted(false)).err().map(|e| e.field).as_deref(), Some(field));
    }
}

#[test]
fn what_was_pushed_is_what_was_to_be_pushed() {
    let wanted = ["docker.io/library/a:1".to_owned(), "b:1".to_owned()].into();
    let digest = format!("sha256:{}", "0".repeat(64));
    let pushed = |images: &[(&str, &str)]| {
        let images =
            images.iter().map(|&(reference, digest)| images::PushedImage { reference: reference.into(), digest: digest.into() });
        super::pushed(images.collect(), &wanted)
    };
    assert!(pushed(&[("a:1", &digest), ("b:1", &digest)]).is_ok());
    for (images, field) in [
        (&[("c:1", digest.as_str())][..], "pushed[0]"),
        (&[("a:1", &digest), ("a:1", &digest)], "pushed[1]"),
        (&[("A", &digest)], "pushed[0]"),
        (&[("a:1", "sha256:1")], "pushed[0].digest"),
        (&[], "pushed"),
    ] {
        assert_eq!(pushed(images).err().map(|e| e.field).as_deref(), Some(field));
    }
}
