use std::fs;

use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use super::*;

/// A user's home with the files that programs keep in it.
struct Home(TempDir);

impl Home {
    fn with(files: &[(&str, &str)]) -> Self {
        let home = tempfile::tempdir().expect("a directory");
        for (name, text) in files {
            let path = home.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
            fs::write(path, text).expect("a file");
        }
        Self(home)
    }

    /// With variables of which the values are below the home.
    fn configured(&self, variables: &[(&str, &str)]) -> Configured {
        let home = self.0.path();
        Configured::of(|name| match name {
            "HOME" => Some(home.into()),
            other => variables.iter().find(|(name, _)| *name == other).map(|(_, value)| home.join(value).into()),
        })
    }

    async fn login(&self, variables: &[(&str, &str)], registry: &str, repository: &str) -> Option<String> {
        let login = self.configured(variables).login(registry, repository).await.expect("no error")?;
        Some(match &login.secret {
            Secret::Password(secret) => format!("{}:{}", login.user, secret.expose_secret()),
            Secret::Identity(secret) => format!("identity {}", secret.expose_secret()),
            Secret::Bearer(secret) => format!("bearer {}", secret.expose_secret()),
        })
    }

    async fn error(&self, registry: &str) -> String {
        self.configured(&[]).login(registry, "a").await.expect_err("an error").to_string()
    }
}

#[tokio::test]
async fn the_longest_scope_wins() {
    let home = Home::with(&[(
        ".docker/config.json",
        r#"{"auths": {
            "gcr.io": {"auth": "YTox"}, "gcr.io/p/a": {"auth": "Yjoy"}, "https://index.docker.io/v1/": {"auth": "aHViOjM="},
            "https://corp:5000/v2/": {"username": "c", "password": "4"}, "r.io": {"auth": "PHRva2VuPjo=", "identitytoken": "5"},
            "s.io": {"registrytoken": "6"}, "empty.io": {}, "key.io": {"auth": "X2pzb25fa2V5OnsiYSI6ImIifQ"}
        }}"#,
    )]);
    for (registry, repository, expected) in [
        ("gcr.io", "p", Some("a:1")),
        ("gcr.io", "p/ab", Some("a:1")),
        ("gcr.io", "p/a", Some("b:2")),
        ("gcr.io", "p/a/b", Some("b:2")),
        ("docker.io", "library/busybox", Some("hub:3")),
        ("registry-1.docker.io", "library/busybox", Some("hub:3")),
        ("corp:5000", "x", Some("c:4")),
        ("corp", "x", None),
        ("r.io", "x", Some("identity 5")),
        ("s.io", "x", Some("bearer 6")),
        ("key.io", "x", Some(r#"_json_key:{"a":"b"}"#)),
        ("empty.io", "x", None),
        ("other.io", "x", None),
    ] {
        assert_eq!(home.login(&[], registry, repository).await.as_deref(), expected, "{registry}/{repository}");
    }
}

/// Proves that what a user names comes first, and that no file hides the logins of another.
#[tokio::test]
async fn files_are_looked_into_in_order() {
    let auth = |host: &str, pair: &str| format!(r#"{{"auths": {{"{host}": {{"auth": "{pair}"}}}}}}"#);
    let home = Home::with(&[
        (".docker/config.json", &auth("r.io", "ZG9ja2VyOjE=")),
        (".config/containers/auth.json", &auth("r.io", "cG9kbWFuOjI=")),
        ("run/containers/auth.json", &auth("r.io", "cnVuOjM=")),
        ("own/config.json", &auth("r.io", "b3duOjQ=")),
        ("named.json", &auth("s.io", "bmFtZWQ6NQ==")),
        ("empty.json", ""),
    ]);
    let (run, own, named) = (("XDG_RUNTIME_DIR", "run"), ("DOCKER_CONFIG", "own"), ("REGISTRY_AUTH_FILE", "named.json"));
    assert_eq!(home.login(&[], "r.io", "a").await.as_deref(), Some("podman:2"));
    assert_eq!(home.login(&[run], "r.io", "a").await.as_deref(), Some("run:3"));
    assert_eq!(home.login(&[run, own, named], "r.io", "a").await.as_deref(), Some("own:4"));
    assert_eq!(home.login(&[run, own, named], "s.io", "a").await.as_deref(), Some("named:5"));
    assert_eq!(home.login(&[("REGISTRY_AUTH_FILE", "empty.json"), own], "r.io", "a").await.as_deref(), Some("own:4"));
    assert_eq!(home.login(&[("REGISTRY_AUTH_FILE", "none.json"), own], "r.io", "a").await.as_deref(), Some("own:4"));
}

#[tokio::test]
async fn a_broken_file_is_said_by_its_place_and_not_repeated() {
    for (text, words) in [
        (r#"{"auths": {"r.io": {"auth": "hunter2!"}}}"#, "the `auth` of r.io"),
        (r#"{"auths": {"r.io": {"auth": "aHVudGVyMg=="}}}"#, "the `auth` of r.io"),
        (r#"{"auths": {"r.io": "hunter2!"}}"#, "line 1, column"),
        ("hunter2!", "line 1, column 1"),
        (r#"{"credHelpers": {"r.io": "../hunter"}}"#, "which is no name"),
        (r#"{"credsStore": "a b"}"#, "which is no name"),
        (r#"{"credsStore": "not-there"}"#, "there is no such program"),
    ] {
        let error = Home::with(&[(".docker/config.json", text)]).error("r.io").await;
        assert!(error.contains(words) && error.contains("config.json") && !error.contains("hunter2"), "{error}");
    }
    let directory = Home::with(&[(".docker/config.json/x", "")]).error("r.io").await;
    assert!(directory.contains("it is a directory, and not a file"), "{directory}");
}

#[test]
fn a_login_is_told_by_name_and_place_and_never_by_what_proves_it() {
    let login = |user: &str, secret: Secret| Login { user: user.into(), secret, source: "x.json".into() };
    let password = |text: &str| Secret::Password(text.to_owned().into());
    for (login, words) in [
        (login("ci", password("hunter2")), "user `ci` (from x.json)"),
        (login("ghp_hunter2", password("x-oauth-basic")), "the credentials from x.json"),
        (login("ghp_hunter2", password("")), "the credentials from x.json"),
        (login("", Secret::Identity("hunter2".to_owned().into())), "the token from x.json"),
    ] {
        assert_eq!(login.to_string(), words);
        assert!(!format!("{login:?}").contains("hunter2"), "{login:?}");
    }
}
