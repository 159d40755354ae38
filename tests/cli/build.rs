//! `windlass build` on a machine that has neither cluster nor engine: what would be done, and what cannot be taken.

use super::support::Project;

fn with_dockerfile() -> Project {
    Project::new(&[("Dockerfile", "FROM scratch\nCOPY Dockerfile /\n")])
}

#[test]
fn a_dry_run_shows_the_build_and_the_push() {
    let outcome = with_dockerfile().windlass(&["build", "-t", "r.example/app:1", "--dry-run"]).exits(0);
    for words in ["kaniko (built in", "oci-push (built in"] {
        assert!(outcome.stdout.contains(words), "`{words}` is missing: {}", outcome.stdout);
    }
    let outcome = with_dockerfile().windlass(&["build", "-t", "r.example/app:1", "--dry-run", "--no-push"]).exits(0);
    assert!(!outcome.stdout.contains("push "), "{}", outcome.stdout);
}

/// A daemon keeps what it builds to itself, so another push goes with it.
#[test]
fn the_push_fits_the_builder() {
    let arguments = ["build", "-t", "r.example/app:1", "--dry-run", "--builder", "docker-build"];
    let outcome = with_dockerfile().windlass(&arguments).exits(0);
    let chosen = outcome.stdout.contains("docker-push (built in") && !outcome.stdout.contains("oci-push (built in");
    assert!(chosen, "{}", outcome.stdout);
}

#[test]
fn your_login_goes_along_and_its_password_is_shown_nowhere() {
    let project = with_dockerfile();
    // me:hunter2-and-more
    project.write("docker/config.json", r#"{"auths": {"r.example": {"auth": "bWU6aHVudGVyMi1hbmQtbW9yZQ=="}}}"#);
    let mut command = project.command(&["build", "-t", "r.example/app:1", "--dry-run"]);
    let output = command.env("DOCKER_CONFIG", project.path().join("docker")).output().expect("windlass runs");
    let outcome = super::Outcome::new(&output).exits(0);
    assert!(outcome.stdout.contains("registry-login") && outcome.stdout.contains("REGISTRY_1_PASSWORD"), "{}", outcome.stdout);
    assert!(!outcome.everything().contains("hunter2"), "{}", outcome.everything());
}

#[test]
fn what_cannot_be_taken_says_where_and_what_to_do() {
    for (arguments, words) in [
        (&["-t", "r.example/Upper:1"][..], &["Upper", "gcr.io/my-project/app:1"][..]),
        (&["-t", "r.example/app:1", ".."], &["..", "not in this directory"]),
        (&["-t", "r.example/app:1", "-f", "missing"], &["missing"]),
        (&["-t", "r.example/app:1", "--secret", "hunter2"], &["id=ID,src=PATH"]),
        (&["-t", "r.example/app:1", "--login", "other.example"], &["docker login other.example"]),
        (&["-t", "r.example/app:1", "--cache-to", "type=gha"], &["`gha`", "type=registry"]),
        (&["-t", "r.example/app:1", "--builder", "kanikoo"], &["kanikoo"]),
    ] {
        let mut all = vec!["build", "--dry-run"];
        all.extend(arguments);
        let outcome = with_dockerfile().windlass(&all);
        assert_eq!(outcome.code, 2, "{arguments:?}: {}", outcome.everything());
        for word in words {
            assert!(outcome.stderr.contains(word), "{arguments:?}: `{word}` is missing: {}", outcome.stderr);
        }
        assert!(!outcome.everything().contains("hunter2"), "{}", outcome.everything());
    }
}
