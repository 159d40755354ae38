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

/// `COPY .` in a Dockerfile would publish it in the image.
#[test]
fn the_source_of_a_secret_is_left_out_whoever_names_it() {
    let project = Project::new(&[(".cirrus.yml", PLAIN)]);
    project.commit();
    project.write("key.json", "hunter2-hunter2");
    project.write("sub/own", "hunter2-hunter2");
    project.write(".settings", "NPM_TOKEN=hunter2-hunter2\nPLAIN=x\n");
    project.write("windlass.yaml", "secrets: {OTHER: {file: sub/own}}\n");
    git(&project.path(), &["add", "windlass.yaml"]);
    git(&project.path(), &["commit", "--quiet", "--message=settings"]);
    let options = ["--on", "engine", "--secret", "KEY=file:./sub/../key.json", "--env-file", ".settings"];
    let plan = project.windlass(&[&["plan"][..], &options].concat()).exits(0);
    let left_out = "left out: .settings, the source of the secret NPM_TOKEN; key.json, the source of the secret KEY; \
                    sub/own, the source of the secret OTHER";
    says(&plan.stdout, &["the working copy: 2 files, ", left_out]);
    assert!(!plan.everything().contains("committed"), "nobody is told to commit it: {}", plan.everything());
    // What is committed is known to all who have the repository, and no run changes that.
    project.commit();
    let plan = project.windlass(&[&["plan"][..], &options].concat()).exits(0);
    let everybody = "holds the secret KEY: everybody who can read the repository has it";
    says(
        &plan.stderr,
        &[&format!("warning: key.json is committed and {everybody}"), "warning: sub/own is", "warning: .settings is"],
    );
    says(&plan.stdout, &["the working copy: 5 files, "]);
}

/// What windlass says to do about a missing commit must not publish a secret.
#[test]
fn nobody_is_told_to_commit_the_source_of_a_secret() {
    let project = Project::new(&[(".cirrus.yml", PLAIN), ("key.json", "hunter2-hunter2")]);
    std::fs::remove_dir_all(project.path().join(".git")).expect("no repository");
    git(&project.path(), &["init", "--quiet"]);
    let plan = || project.windlass(&["plan", "--on", "engine", "--secret", "KEY=file:key.json"]).exits(0).everything();
    says(
        &plan(),
        &["commit first, but not key.json, the source of the secret KEY: name it in .gitignore, then git add --all && "],
    );
    git(&project.path(), &["add", "--all"]);
    says(
        &plan(),
        &["git rm --cached 'key.json' && git add --all", "(the next commit would publish it: git rm --cached key.json)"],
    );
    project.write(".gitignore", "key.json\n");
    git(&project.path(), &["rm", "--quiet", "--cached", "key.json"]);
    says(&plan(), &["commit first: git add --all && git commit", "what Git ignores: key.json"]);
}
