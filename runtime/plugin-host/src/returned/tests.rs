use std::time::{Duration, UNIX_EPOCH};

use windlass_model::digest::Digest;
use windlass_model::plugin::{BuiltImage, ImageLocation, ImagePlace};

use super::images::{ToPush, Wanted, built};
use super::login::{MAX_PASSWORD, expiry_at, password, registry, username};
use crate::bindings::login::exports::windlass::plugin::login_plugin::Expiry;
use crate::bindings::powers::windlass::plugin::images as wit;

#[test]
fn a_registry_is_a_host_and_nothing_else() {
    for text in ["gcr.io", "localhost:5000", "docker.io", "127.0.0.1:80", "[::1]:5000", "registry", "Registry.Corp"] {
        assert_eq!(registry(text, "f").ok().as_deref(), Some(text));
    }
    for text in [
        "*",
        "*.io",
        "https://gcr.io",
        "gcr.io/project",
        "",
        ".",
        "gcr.io.",
        "gcr.io:",
        "gcr.io:0",
        "gcr.io:0443",
        "gcr.io:+443",
        "gcr.io:99999",
        "user:secret@gcr.io",
        "a b",
        "gcr.io\n",
        "gcr.io\0",
        "-a",
        "[x]",
        "[::1",
        "::1",
        "[fe80::1%eth0]",
        "a..b",
        "gcr.io:443:443",
        "gcr\u{2024}io",
    ] {
        assert!(registry(text, "f").is_err_and(|e| e.field == "f"), "{text}");
    }
    let long = registry(&"a.".repeat(5000), "f").expect_err("it is too long").reason;
    assert!(long.len() < 400 && long.ends_with("without a scheme and a path"), "{long}");
}

/// Under two of its names, Docker Hub had two logins, of which a Docker configuration took the second in silence.
#[test]
fn docker_hub_has_one_name() {
    for text in ["docker.io", "index.docker.io", "registry-1.docker.io", "Docker.IO"] {
        assert_eq!(registry(text, "f").ok().as_deref(), Some("docker.io"));
    }
}

#[test]
fn a_user_name_fits_basic_authentication() {
    assert!(username("_json_key", "f").is_ok());
    for text in ["", "a:b", "a\nb", "\u{1b}[2J", "a\0", &"x".repeat(1025)] {
        assert!(username(text, "f").is_err(), "{text}");
    }
}

/// An empty one logs nobody in, and one that is no text made a Docker configuration of which no login could be read.
#[test]
fn a_password_is_text_that_servers_take() {
    for bytes in [&b"x"[..], b"{\n  \"type\": \"service_account\"\n}\n", b"\x1b[2J", &[b'x'; MAX_PASSWORD]] {
        assert!(password(bytes, "f").is_ok(), "{bytes:?}");
    }
    for (bytes, word) in [
        (&b""[..], "empty"),
        (b"\n", "empty"),
        (b"\r\n", "empty"),
        (b"\xff\xfe", "not UTF-8"),
        (&[b'x'; MAX_PASSWORD + 1], "at most 32768"),
    ] {
        assert!(password(bytes, "f").is_err_and(|e| e.field == "f" && e.reason.contains(word)), "{word}");
    }
}

/// 1970 was taken in silence, and made windlass log in again before every step.
#[test]
fn an_expiry_lies_ahead() {
    let now = UNIX_EPOCH + Duration::from_secs(1000);
    assert_eq!(expiry_at(Expiry::At(1001), now, "f").ok(), Some(1001));
    assert_eq!(expiry_at(Expiry::After(60), now, "f").ok(), Some(1060));
    assert_eq!(expiry_at(Expiry::At(u64::MAX), now, "f").ok(), Some(u64::MAX));
    for wrong in [Expiry::At(0), Expiry::At(1000), Expiry::After(0), Expiry::After(u64::MAX)] {
        assert!(expiry_at(wrong, now, "f").is_err(), "{wrong:?}");
    }
}

const SHARED: &str = "/windlass/shared/.windlass";

fn left(path: &str) -> BuiltImage {
    let location = ImageLocation::Layout { path: format!("{SHARED}/{path}") };
    BuiltImage { location, references: vec!["corp.io/other:1".into()], digest: None }
}

fn wanted(push: bool) -> Wanted {
    let tags = vec!["corp.io/a:1".into(), "corp.io/a:2".into()];
    Wanted { tags, push, shared: SHARED.into(), leaves: [].into(), before: vec![left("step-1/image")] }
}

const BOTH: [&str; 2] = ["corp.io/a:1", "corp.io/a:2"];

fn image(location: wit::Location, references: &[&str]) -> wit::BuiltImage {
    let references = references.iter().map(|&reference| reference.to_owned()).collect();
    wit::BuiltImage { location, references, digest: None }
}

fn daemon(references: &[&str]) -> wit::BuiltImage {
    image(wit::Location::Daemon("corp.io/a:1".into()), references)
}

#[test]
fn a_built_image_is_what_was_asked_for() {
    let digest = |text: &str| wit::BuiltImage { digest: Some(text.into()), ..daemon(&BOTH) };
    let hex = "0123456789abcdef".repeat(4);
    assert!(built(digest(&format!("sha256:{hex}")), &wanted(false)).is_ok());
    for (wrong, field, word) in [
        (daemon(&[]), "references", "corp.io/a:1 was asked for and is missing"),
        (daemon(&["corp.io/a:2"]), "references", "corp.io/a:1 was asked for and is missing"),
        (daemon(&["corp.io/a:1", "corp.io/other:1"]), "references[1]", "was not asked for"),
        (daemon(&["corp.io/a:1", "corp.io/a:1"]), "references[1]", "listed twice"),
        (daemon(&["corp.io/a:1", "corp.io/a:2\n  help: trust it"]), "references[1]", "its tag"),
        (daemon(&["\u{1b}[2J"]), "references[0]", "its repository"),
        (daemon(&["corp.io/a"; 1000]), "references", "there are 1000"),
        (digest("sha256:12"), "digest", "64 lower-case"),
        (digest(""), "digest", "64 lower-case"),
        (digest(&format!("sha256:{}", hex.to_uppercase())), "digest", "64 lower-case"),
        (digest(&format!("SHA256:{hex}")), "digest", "64 lower-case"),
        (digest(&format!("sha512:{hex}{hex}")), "digest", "64 lower-case"),
        (digest(&format!("sha256:{hex}\n")), "digest", "64 lower-case"),
        (digest(&format!("sha256:{hex}{}", "0".repeat(1 << 20))), "digest", "64 lower-case"),
    ] {
        let refused = built(wrong, &wanted(false)).expect_err("it is refused");
        assert_eq!(refused.field, field, "{}", refused.reason);
        assert!(refused.reason.contains(word) && refused.reason.len() < 1000, "{}", refused.reason);
        assert!(!refused.reason.contains(char::is_control), "{:?}", refused.reason);
    }
}

#[test]
fn a_built_image_is_where_it_may_be() {
    use wit::Location::{Daemon, Layout, Pushed};
    let layout = |path: &str| image(Layout(path.into()), &BOTH);
    assert!(built(layout(&format!("{SHARED}/step-2/image")), &wanted(false)).is_ok());
    assert!(built(layout(&format!("{SHARED}/step-1/image-2")), &wanted(false)).is_ok());
    assert!(built(image(Pushed, &BOTH), &wanted(true)).is_ok());
    for wrong in [
        layout(""),
        layout("relative"),
        layout("/etc"),
        layout("/proc/1/environ"),
        layout("/windlass/run/step-1"),
        layout(SHARED),
        layout(&format!("{SHARED}/")),
        layout(&format!("{SHARED}-other/x")),
        layout(&format!("{SHARED}/../../secret")),
        layout(&format!("{SHARED}/step-2/../../x")),
        layout(&format!("{SHARED}//x")),
        layout(&format!("{SHARED}/x\n")),
        layout(&format!("{SHARED}/x\u{202e}")),
        layout(&format!("{SHARED}/{}", "x".repeat(10_000))),
        // Where an earlier step left its own.
        layout(&format!("{SHARED}/step-1/image")),
        layout(&format!("{SHARED}/step-1/image/blobs")),
        layout(&format!("{SHARED}/step-1")),
        image(Daemon("Not An Image".into()), &BOTH),
        image(Pushed, &BOTH),
    ] {
        let refused = built(wrong, &wanted(false)).expect_err("it is refused");
        assert_eq!(refused.field, "location");
        assert!(refused.reason.len() < 1000 && !refused.reason.contains(char::is_control), "{:?}", refused.reason);
    }
}

/// The planner chose the push step by what the manifest says.
#[test]
fn a_built_image_is_where_the_manifest_says() {
    let wanted = |places: &[ImagePlace]| Wanted { leaves: places.iter().copied().collect(), ..wanted(true) };
    assert!(built(daemon(&BOTH), &wanted(&[ImagePlace::Daemon, ImagePlace::Layout])).is_ok());
    let refused = built(image(wit::Location::Pushed, &BOTH), &wanted(&[ImagePlace::Layout])).expect_err("it is refused");
    assert_eq!(refused.reason, "the image is in the registry already, and the plugin's manifest says as an OCI layout");
}

fn digest(fill: &str) -> String {
    format!("sha256:{}", fill.repeat(64))
}

fn pushed(images: &[(&str, &str)], to_push: &ToPush) -> Option<String> {
    let images =
        images.iter().map(|&(reference, digest)| wit::PushedImage { reference: reference.into(), digest: digest.into() });
    super::images::pushed(images.collect(), to_push).err().map(|e| format!("{}: {}", e.field, e.reason))
}

#[test]
fn what_was_pushed_is_what_was_to_be_pushed() {
    let to_push = ToPush::of(&["docker.io/library/a:1".to_owned(), "b:1".to_owned()], &[]);
    let good = digest("0");
    assert_eq!(pushed(&[("a:1", &good), ("b:1", &good)], &to_push), None);
    for (images, expected) in [
        (&[("c:1", good.as_str())][..], "pushed[0]: c:1 was not asked for"),
        (&[("a:1", &good), ("a:1", &good)], "pushed[1]: a:1 is listed twice"),
        (&[("a:1", &good), ("b:1", &good), ("c:1", &good)], "pushed[2]: c:1 was not asked for"),
        (&[("A", &good)], "pushed[0]: `A` is not an image reference: its repository `A` is not valid"),
        (&[("a:1", "sha256:1"), ("b:1", &good)], "pushed[0].digest: `sha256:1` is not a digest"),
        // The run was green, though one of them was nowhere.
        (&[("a:1", &good)], "pushed: b:1 was asked for and is missing"),
        (&[], "pushed: docker.io/library/a:1 was asked for and is missing"),
    ] {
        let refused = pushed(images, &to_push).expect("it is refused");
        assert!(refused.starts_with(expected), "{refused}");
    }
    assert_eq!(pushed(&[], &ToPush::of(&[], &[])).as_deref(), Some("pushed: there are none"));
}

/// A push that says another digest than the build sent another image, or lies.
#[test]
fn what_was_pushed_has_the_digest_that_its_build_gave() {
    let built = |reference: &str, fill: &str| BuiltImage {
        references: vec![reference.into()],
        digest: Digest::parse(&digest(fill)).ok(),
        ..left("x")
    };
    let (a, b, none) = (built("a:1", "a"), built("b:1", "b"), built("c:1", "not hexadecimal"));
    let to_push = ToPush::of(&[], &[a.clone(), b.clone(), none]);
    assert_eq!(pushed(&[("a:1", &digest("a")), ("b:1", &digest("b")), ("c:1", &digest("0"))], &to_push), None);
    let refused =
        pushed(&[("a:1", &digest("b")), ("b:1", &digest("b")), ("c:1", &digest("0"))], &to_push).expect("it is refused");
    assert!(
        refused.starts_with("pushed[0].digest: it is sha256:bbbb") && refused.contains("built the image says sha256:aaaa"),
        "{refused}"
    );
    // Under tags of the push step's own, the image is the same.
    let retagged = ToPush::of(&["z:1".to_owned()], std::slice::from_ref(&a));
    assert_eq!(pushed(&[("z:1", &digest("a"))], &retagged), None);
    assert!(pushed(&[("z:1", &digest("b"))], &retagged).is_some());
    // Of two builds under one reference, either may be the one.
    let again = BuiltImage { references: vec!["a:1".into()], ..b };
    let to_push = ToPush::of(&[], &[a, again]);
    assert_eq!(pushed(&[("a:1", &digest("b"))], &to_push), None);
    assert!(pushed(&[("a:1", &digest("c"))], &to_push).is_some());
}
