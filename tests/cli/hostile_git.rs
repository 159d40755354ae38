//! Repositories that anybody may have made: looking at one runs nothing that it names.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{PLAIN, Project};

/// A project in whose tree lies a program that leaves a mark, in no way reachable but by git.
struct Trap {
    project: Project,
    elsewhere: tempfile::TempDir,
}

impl Trap {
    fn new() -> Self {
        let trap = Self {
            project: Project::new(&[(".cirrus.yml", PLAIN), ("a.txt", "a\n")]),
            elsewhere: tempfile::tempdir().expect("a directory"),
        };
        let program = format!("#!/bin/sh\ntouch '{}'\nexit 1\n", trap.mark().display());
        trap.project.write("evil.sh", &program);
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(trap.program(), mode).expect("the program is made runnable");
        trap.project.commit();
        trap
    }

    fn mark(&self) -> PathBuf {
        self.elsewhere.path().join("mark")
    }

    fn program(&self) -> PathBuf {
        self.project.path().join("evil.sh")
    }

    /// Git as a person runs it there.
    fn git(&self, arguments: &[&str]) {
        self.git_in(&self.project.path(), arguments);
    }

    fn git_in(&self, directory: &Path, arguments: &[&str]) -> String {
        let mut command = Command::new("git");
        command.args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(arguments).current_dir(directory);
        // What git makes of the trap is not what is tested here.
        let output = command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").output().expect("git runs");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn config(&self, key: &str, value: &str) {
        self.git(&["config", key, value]);
    }

    /// Names the program where git expects one.
    fn names(&self, key: &str) {
        self.config(key, &self.program().display().to_string());
    }

    /// Makes git look into the file again.
    fn touch(&self, name: &str) {
        self.project.write(name, "a\n");
        let file = std::fs::File::options().append(true).open(self.project.path().join(name)).expect("the file");
        file.set_modified(std::time::UNIX_EPOCH).expect("its time is set");
    }

    fn sprung(&self) -> bool {
        std::fs::remove_file(self.mark()).is_ok()
    }
}

/// How a repository names the program, and the plain command of git that runs it then.
type Case = (&'static str, fn(&Trap), &'static [&'static str]);

const CASES: &[Case] = &[
    ("fsmonitor", |trap| trap.names("core.fsmonitor"), &["status"]),
    (
        "fsmonitor of an included file",
        |trap| {
            trap.project.write("more", &format!("[core]\n\tfsmonitor = {}\n", trap.program().display()));
            trap.config("include.path", "../more");
        },
        &["status"],
    ),
    (
        "a hook",
        |trap| {
            let hook = trap.project.path().join(".git/hooks/post-index-change");
            std::fs::create_dir_all(hook.parent().expect("a parent")).expect("a directory");
            std::fs::copy(trap.program(), hook).expect("a hook");
            trap.touch("a.txt");
        },
        &["status"],
    ),
    (
        "a hook of the tree",
        |trap| {
            trap.project.write("hooks/x", "");
            std::fs::copy(trap.program(), trap.project.path().join("hooks/post-index-change")).expect("a hook");
            trap.config("core.hooksPath", "hooks");
            trap.touch("a.txt");
        },
        &["status"],
    ),
    ("a filter", |trap| filter(trap, "evil", "clean"), &["diff", "HEAD"]),
    ("a filter process", |trap| filter(trap, "evil", "process"), &["diff", "HEAD"]),
    ("a required filter of an odd name", |trap| filter(trap, "a=b.c", "clean"), &["diff", "HEAD"]),
    (
        "a program that compares",
        |trap| {
            trap.names("diff.external");
            trap.project.write("a.txt", "b\n");
        },
        &["diff", "HEAD"],
    ),
    (
        "a driver that compares",
        |trap| {
            trap.project.write(".gitattributes", "*.txt diff=evil\n");
            trap.names("diff.evil.command");
            trap.names("diff.evil.textconv");
            trap.project.write("a.txt", "b\n");
        },
        &["diff", "HEAD"],
    ),
    (
        "the program that checks signatures",
        |trap| {
            let commit = trap.git_in(&trap.project.path(), &["cat-file", "commit", "HEAD"]);
            let signed =
                commit.replacen("\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n", 1);
            trap.project.write("signed", &format!("{signed}\n"));
            let id = trap.git_in(&trap.project.path(), &["hash-object", "-t", "commit", "-w", "signed"]);
            trap.git(&["update-ref", "HEAD", &id]);
            trap.config("log.showSignature", "true");
            trap.names("gpg.program");
        },
        &["log", "-1"],
    ),
    (
        "the far end of a partial clone",
        |trap| {
            trap.config("core.repositoryformatversion", "1");
            trap.config("extensions.partialClone", "origin");
            trap.config("remote.origin.promisor", "true");
            trap.config("remote.origin.url", &trap.project.path().display().to_string());
            trap.names("remote.origin.uploadpack");
            let head = trap.git_in(&trap.project.path(), &["rev-parse", "HEAD"]);
            std::fs::remove_file(trap.project.path().join(".git/objects").join(&head[..2]).join(&head[2..])).expect("the commit");
        },
        &["log", "-1"],
    ),
    (
        "the way to the far end of a partial clone",
        |trap| {
            trap.config("core.repositoryformatversion", "1");
            trap.config("extensions.partialClone", "origin");
            trap.config("remote.origin.promisor", "true");
            trap.config("remote.origin.url", "ssh://host/x");
            trap.config("protocol.ssh.allow", "always");
            trap.names("core.sshCommand");
            let head = trap.git_in(&trap.project.path(), &["rev-parse", "HEAD"]);
            std::fs::remove_file(trap.project.path().join(".git/objects").join(&head[..2]).join(&head[2..])).expect("the commit");
        },
        &["log", "-1"],
    ),
    (
        "a submodule",
        |trap| {
            let lib = trap.project.path().join("lib");
            std::fs::create_dir_all(&lib).expect("a directory");
            trap.git_in(&lib, &["init", "--quiet"]);
            trap.git_in(&lib, &["commit", "--quiet", "--allow-empty", "--message=x"]);
            trap.git(&["add", "lib"]);
            trap.git(&["commit", "--quiet", "--message=x"]);
            trap.git_in(&lib, &["config", "core.fsmonitor", &trap.program().display().to_string()]);
        },
        &["status"],
    ),
];

fn filter(trap: &Trap, name: &str, key: &str) {
    trap.project.write(".gitattributes", &format!("*.txt filter={name}\n"));
    trap.names(&format!("filter.{name}.{key}"));
    trap.config(&format!("filter.{name}.required"), "true");
    trap.touch("a.txt");
}

/// The commands that look at a project. Those that would run something fail before that, for want of an engine.
const LOOKING: [&[&str]; 8] = [
    &["check"],
    &["check", "--output", "json"],
    &["plan"],
    &["convert"],
    &["run"],
    &["doctor", "--on", "engine"],
    &["ls", "--on", "engine"],
    &["gc", "--on", "engine"],
];

/// Git itself runs the program of each of these repositories, which shows that the trap is one; windlass does not.
#[test]
fn nothing_that_a_repository_names_is_run() {
    for (what, set, plain) in CASES {
        let trap = Trap::new();
        set(&trap);
        trap.sprung();
        trap.git(plain);
        assert!(trap.sprung(), "{what}: git {plain:?} runs nothing, so this shows nothing");
        set_again(&trap, what);
        for command in LOOKING {
            trap.project.windlass(command);
            assert!(!trap.sprung(), "{what}: windlass {command:?} ran it");
        }
    }
}

/// Plain git refreshed its index; the file is to be looked into again.
fn set_again(trap: &Trap, what: &str) {
    if what.contains("hook") || what.contains("filter") {
        trap.touch("a.txt");
    }
}

/// A directory of a pull request that is a repository itself, with a task file in it.
#[test]
fn a_committed_directory_that_looks_like_a_repository_is_none() {
    let trap = Trap::new();
    let docs = trap.project.path().join("docs");
    for directory in ["objects", "refs", "work"] {
        trap.project.write(&format!("docs/{directory}/.keep"), "");
    }
    trap.project.write("docs/HEAD", "ref: refs/heads/main\n");
    let config = format!(
        "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = work\n\tfsmonitor = {}\n",
        trap.program().display()
    );
    trap.project.write("docs/config", &config);
    trap.project.write("docs/.cirrus.yml", PLAIN);
    trap.project.commit();
    trap.git_in(&docs, &["add", "--all"]);
    trap.git_in(&docs, &["status"]);
    assert!(trap.sprung(), "git runs nothing there, so this shows nothing");
    for command in ["check", "plan", "run", "convert"] {
        let outcome = trap.project.windlass(&[command, "-f", "docs/.cirrus.yml"]);
        assert!(!trap.sprung(), "{command}: {}", outcome.everything());
        assert!(outcome.stderr.contains("cannot use bare repository"), "{command}: {}", outcome.stderr);
    }
}

/// Whom git does not trust, windlass does not read either; the task file is all that counts then.
#[test]
fn what_git_refuses_because_of_its_owner_stays_refused() {
    let project = Project::new(&[(".cirrus.yml", PLAIN)]);
    let mut command = project.command(&["check"]);
    let output = command.env("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1").env("GIT_CONFIG_GLOBAL", "/dev/null").output();
    let output = output.expect("windlass runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("dubious ownership") && said.contains("not set"), "{said}");
}

/// A place that the user's own environment names is where git looks, as in any other command.
#[test]
fn the_users_own_git_dir_is_used() {
    let project = Project::new(&[(
        ".cirrus.yml",
        "a_task:\n  container: {image: a}\n  only_if: $CIRRUS_BRANCH == 'other'\n  x_script: y\n",
    )]);
    let elsewhere = Project::new(&[("x", "")]);
    let made = Command::new("git").args(["checkout", "--quiet", "-b", "other"]).current_dir(elsewhere.path()).status();
    assert!(made.expect("git runs").success());
    let mut command = project.command(&["check"]);
    command.env("GIT_DIR", elsewhere.path().join(".git")).env("GIT_WORK_TREE", project.path());
    let output = command.output().expect("windlass runs");
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 task"), "{}", String::from_utf8_lossy(&output.stderr));
}
