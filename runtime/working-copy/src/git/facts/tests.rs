use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::*;
use crate::git::Program;

fn of(directory: &Path) -> Program {
    Program::of(directory).expect("its own repository")
}

/// A real repository whose behaviour does not depend on who runs the test.
struct Repository(TempDir);

impl Repository {
    fn new() -> Self {
        let repository = Self(tempfile::tempdir().expect("a temporary directory"));
        repository.git(&["init", "-q", "-b", "main"]);
        repository
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args([
                "-c",
                "user.name=t",
                "-c",
                "user.email=t@example.com",
                "-c",
                "commit.gpgsign=false",
                "-c",
                "tag.gpgsign=false",
            ])
            .args(arguments)
            .current_dir(self.path())
            .output()
            .expect("git runs");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }

    fn commit(&self, path: &str, message: &str) -> String {
        self.write(path, message);
        self.git(&["add", "--all"]);
        self.git(&["commit", "-q", "-m", message]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn facts(&self) -> Facts {
        gather(&of(self.path())).expect("facts")
    }
}

fn changed(repository: &Repository, since: Option<&str>) -> Option<Vec<String>> {
    repository.facts().changed_files(&of(repository.path()), since).expect("an answer")
}

fn files(names: &[&str]) -> Option<Vec<String>> {
    Some(names.iter().map(|name| (*name).to_owned()).collect())
}

#[test]
fn a_checkout_tells_commit_branch_tag_message_and_origin() {
    let repository = Repository::new();
    repository.commit("a", "first");
    let sha = repository.commit("b", "second line one\n\nbody");
    repository.git(&["tag", "v1.0"]);
    repository.git(&["remote", "add", "origin", "git@github.com:corp/app.git"]);
    repository.git(&["update-ref", "refs/remotes/origin/trunk", "HEAD"]);
    repository.git(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk"]);
    let facts = repository.facts();
    assert_eq!(facts.head, Some(Change { sha, message: "second line one\n\nbody".into() }));
    assert_eq!(facts.branch.as_deref(), Some("main"));
    assert_eq!(facts.tag.as_deref(), Some("v1.0"));
    assert_eq!(facts.default_branch.as_deref(), Some("trunk"));
    assert_eq!(facts.origin.map(|o| o.full_name()).as_deref(), Some("corp/app"));
    assert_eq!(facts.uncommitted, Vec::<String>::new());
}

#[test]
fn a_new_repository_has_a_branch_but_no_commit() {
    let repository = Repository::new();
    repository.write("new", "");
    let facts = repository.facts();
    assert_eq!((facts.head, facts.branch.as_deref()), (None, Some("main")));
    assert_eq!(facts.uncommitted, ["new"]);
}

#[test]
fn a_detached_checkout_has_no_branch_and_no_tag() {
    let repository = Repository::new();
    repository.commit("a", "first");
    repository.git(&["checkout", "-q", "--detach"]);
    let facts = repository.facts();
    assert_eq!((facts.branch, facts.tag), (None, None));
}

#[test]
fn a_directory_outside_of_any_repository_is_told_apart_from_a_failure() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    assert!(matches!(gather(&of(directory.path())), Err(Absent::NotACheckout)));
}

#[test]
fn what_changed_is_counted_from_the_last_green_commit_with_what_is_not_committed() {
    let repository = Repository::new();
    let green = repository.commit("a", "first");
    repository.commit("dir/b", "second");
    repository.commit("c", "third");
    assert_eq!(changed(&repository, Some(&green)), files(&["c", "dir/b"]));
    assert_eq!(changed(&repository, None), files(&["c"]), "without a green commit: HEAD's own files");
    repository.write("a", "edited");
    repository.write("d e", "new");
    assert_eq!(changed(&repository, None), files(&["a", "c", "d e"]));
}

#[test]
fn a_green_commit_that_git_does_not_have_is_passed_over() {
    let repository = Repository::new();
    repository.commit("a", "first");
    repository.commit("b", "second");
    let gone = "0123456789012345678901234567890123456789";
    assert_eq!(changed(&repository, Some(gone)), files(&["b"]));
    assert_eq!(changed(&repository, Some("--output=/tmp/x")), files(&["b"]), "not an identity, so never an argument");
}

#[test]
fn the_first_commit_changed_all_of_its_files() {
    let repository = Repository::new();
    repository.commit("dir/a", "first");
    assert_eq!(changed(&repository, None), files(&["dir/a"]));
}

#[test]
fn in_a_shallow_clone_nobody_knows_what_the_outermost_commit_changed() {
    let repository = Repository::new();
    repository.commit("a", "first");
    repository.commit("b", "second");
    let clone = Repository(tempfile::tempdir().expect("a temporary directory"));
    clone.git(&["clone", "-q", "--depth", "1", &format!("file://{}", repository.path().display()), "."]);
    assert_eq!(changed(&clone, None), None);
}

#[test]
fn paths_are_relative_to_the_top_from_any_directory() {
    let repository = Repository::new();
    repository.commit("dir/a", "first");
    repository.commit("top", "second");
    repository.write("dir/new", "");
    repository.write("other", "");
    let git = of(&repository.path().join("dir"));
    let facts = gather(&git).expect("facts");
    assert_eq!(facts.changed_files(&git, None).expect("an answer"), files(&["dir/new", "other", "top"]));
}
