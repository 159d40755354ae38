use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use secrecy::ExposeSecret as _;
use tempfile::TempDir;

use super::*;

/// A helper that is this shell script.
fn helper(script: &str) -> (TempDir, Helper) {
    let directory = tempfile::tempdir().expect("a directory");
    let program = directory.path().join("docker-credential-test");
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).expect("a program");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("may be run");
    let path = format!("{}:/usr/bin:/bin", directory.path().display());
    let helper = Helper::new("test", "config.json".into(), Some(path.into())).expect("a name");
    (directory, helper)
}

async fn error(script: &str) -> String {
    let (_directory, helper) = helper(script);
    helper.get("r.io").await.expect_err("an error").to_string()
}

#[tokio::test]
async fn a_helper_is_asked_for_a_key_and_gives_a_login() {
    let (_directory, asked) = helper(r#"read key; echo "{\"ServerURL\":\"$key\",\"Username\":\"$1\",\"Secret\":\"$key\"}""#);
    let login = asked.get("https://index.docker.io/v1/").await.expect("no error").expect("a login");
    assert_eq!(login.to_string(), "user `get` (from the credential helper docker-credential-test)");
    assert!(matches!(&login.secret, Secret::Password(key) if key.expose_secret() == "https://index.docker.io/v1/"));
    let (_directory, token) = helper(r#"echo '{"Username":"<token>","Secret":"refresh"}'"#);
    let login = token.get("r.io").await.expect("no error").expect("a login");
    assert!(matches!(&login.secret, Secret::Identity(token) if token.expose_secret() == "refresh"));
    let (_directory, none) = helper("echo credentials not found in native keychain; exit 1");
    assert!(none.get("r.io").await.expect("no error").is_none());
}

#[tokio::test]
async fn a_helper_that_fails_is_named_and_what_it_holds_is_not_shown() {
    for (script, words) in [
        ("echo no keychain; exit 1", "failed: no keychain"),
        (r#"echo '{"Username":"me","Secret":"hunter2"}'; exit 1"#, "failed; run"),
        ("echo hunter2", "does not answer as such helpers do"),
        ("yes hunter2", "does not answer as such helpers do"),
        ("exit 3", "failed; run"),
    ] {
        let error = error(script).await;
        assert!(error.contains(words) && error.contains("docker-credential-test") && !error.contains("hunter2"), "{error}");
    }
}

#[tokio::test]
async fn a_helper_that_hangs_is_not_waited_for() {
    let (_directory, mut hanging) = helper("sleep 600");
    hanging.time = Duration::from_millis(200);
    let error = hanging.get("r.io").await.expect_err("an error");
    assert!(matches!(error, CredentialsError::HelperHangs { .. }), "{error}");
}

/// Proves that nothing is left of a helper that nobody waits for any more, nor of what it started.
#[tokio::test]
async fn a_helper_is_ended_with_what_it_started() {
    let (directory, hanging) = helper(r#"cd "$(dirname "$0")"; sleep 600 & echo $$ $! > new; mv new pids; wait"#);
    let pids = directory.path().join("pids");
    let started = async {
        while !pids.exists() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        found = hanging.get("r.io") => panic!("it waits: {found:?}"),
        () = started => {}
    }
    let pids = fs::read_to_string(pids).expect("it started");
    assert_eq!(pids.split_whitespace().count(), 2, "{pids}");
    for pid in pids.split_whitespace() {
        until_ended(pid).await;
    }
}

/// Waits until there is no such process, or nobody but its parent has to know that it has ended.
async fn until_ended(pid: &str) {
    let lives = || {
        let stat = fs::read_to_string(Path::new("/proc").join(pid).join("stat")).unwrap_or_default();
        stat.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with(['Z', 'X']))
    };
    let gone = async {
        while lives() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), gone).await.expect("it ends");
}
