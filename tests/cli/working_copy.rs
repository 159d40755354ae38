//! Which files travel, and whose repository is looked at.

use std::path::Path;
use std::process::Command;

use super::{PLAIN, Project, project, says};

fn git(directory: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=t", "-c", "user.email=t@example.com"]).args(arguments).current_dir(directory);
    let output = command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").output().expect("git runs");
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// The plan's line on the working copy.
fn line(project: &Project) -> String {
    let plan = project.windlass(&["plan", "--on", "engine"]).exits(0).stdout;
    plan.lines().find(|line| line.starts_with("note: the working copy: ")).expect("a line on the working copy").to_owned()
}

/// Whoever reads the plan sees what is about to leave the machine, and what is not.
#[test]
fn the_plan_says_what_travels_and_what_is_left_out() {
    let project = Project::new(&[(".cirrus.yml", PLAIN), (".gitignore", ".env\nout\n*.log\n"), ("big.iso", "x")]);
    project.write("kept.log", "12");
    git(&project.path(), &["init", "--quiet"]);
    git(&project.path(), &["add", "--force", "kept.log"]);
    project.write(".windlassignore", "*.iso\n");
    for name in [".env", "out/a", "out/b", "other.log"] {
        project.write(name, "x");
    }
    let bytes = PLAIN.len() + ".env\nout\n*.log\n".len() + "12".len() + "*.iso\n".len();
    let line = line(&project);
    says(&line, &[&format!("4 files, {bytes} bytes, and "), " of .git; left out: what Git ignores: .env, other.log, out/; "]);
    assert!(line.ends_with("1 file that .windlassignore names"), "{line}");
}

/// The rule that keeps the file out of Git lies above the project.
#[test]
fn a_project_in_a_part_of_a_repository_obeys_the_rules_above_it() {
    let above = Project::new(&[(".cirrus.yml", PLAIN), (".gitignore", ".env\n"), (".env", "x"), ("sub/.env", "SECRET=1")]);
    git(&above.path(), &["init", "--quiet"]);
    above.write("sub/.cirrus.yml", PLAIN);
    let mut command = above.command(&["plan", "--on", "engine"]);
    let output = command.current_dir(above.path().join("sub")).output().expect("windlass runs");
    let plan = String::from_utf8_lossy(&output.stdout);
    says(&plan, &["1 file, ", "left out: what Git ignores: .env", "whose history does not go along"]);
}

/// Anybody can put such a file into an archive: nothing of the repository that it names is read, shown or sent.
#[test]
fn a_git_file_that_names_a_stranger_s_repository_is_not_followed() {
    let private = project(PLAIN);
    git(&private.path(), &["init", "--quiet", "--initial-branch=hidden-branch"]);
    git(&private.path(), &["commit", "--quiet", "--allow-empty", "--message=a hidden message"]);
    let archive = Project::new(&[(
        ".cirrus.yml",
        "lint_task:\n  container: {image: busybox}\n  lint_script: echo $CIRRUS_CHANGE_MESSAGE\n",
    )]);
    std::fs::remove_dir_all(archive.path().join(".git")).expect("no repository of its own");
    archive.write(".git", &format!("gitdir: {}\n", private.path().join(".git").display()));
    let outcome = archive.windlass(&["plan", "--on", "engine"]).exits(0);
    let everything = format!("{}{}", outcome.stdout, outcome.stderr);
    assert!(!everything.contains("hidden"), "{everything}");
    says(&everything, &["does not name this directory as its own", "CIRRUS_CHANGE_IN_REPO"]);
}

/// What a clone borrows from another repository could be anybody's: the user says whether it may be sent.
#[test]
fn objects_of_another_repository_need_trust() {
    let source = project(PLAIN);
    source.commit();
    let shared = Project::new(&[(".cirrus.yml", PLAIN)]);
    let store = source.path().canonicalize().expect("its path").join(".git/objects");
    git(&shared.path(), &["init", "--quiet"]);
    shared.write(".git/objects/info/alternates", &format!("{}\n", store.display()));
    let ask = format!("send the Git objects in {} to its pods", store.display());
    says(&shared.windlass(&["plan", "--on", "engine"]).exits(0).stdout, &["still to be trusted", &ask]);
    says(&shared.windlass(&["run", "--on", "engine"]).exits(2).stderr, &[&ask, "--trust-project"]);
    assert!(!source.windlass(&["plan", "--on", "engine"]).exits(0).stdout.contains("to be trusted"));
}
