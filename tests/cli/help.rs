//! Help, version and completions.

use super::{PLAIN, project, says};

#[test]
fn help_is_data_and_shows_what_to_type() {
    let project = project(PLAIN);
    for command in ["check", "plan", "run", "convert", "doctor", "gc", "ls", "trust", "plugin", "completions", "man"] {
        let outcome = project.windlass(&[command, "--help"]).exits(0);
        says(&outcome.stdout, &["Examples:", &format!("windlass {command}")]);
        assert_eq!(outcome.stderr, "", "{command}");
    }
    let codes = ["Exit codes:", "3 cluster or container engine", "130 interrupted"];
    says(&project.windlass(&["--help"]).exits(0).stdout, &codes);
}

#[test]
fn without_a_command_windlass_shows_its_help_and_fails() {
    let outcome = project(PLAIN).windlass(&[]).exits(2);
    says(&outcome.stderr, &["Usage: windlass", "Examples:"]);
    assert_eq!(outcome.stdout, "");
}

/// `windlass help run` is what people type first.
#[test]
fn help_of_a_command_can_be_asked_for_in_both_ways() {
    let project = project(PLAIN);
    for command in ["run", "gc"] {
        let asked = project.windlass(&["help", command]).exits(0).stdout;
        assert_eq!(asked, project.windlass(&[command, "--help"]).exits(0).stdout);
    }
    says(&project.windlass(&["help", "plugin", "inspect"]).exits(0).stdout, &["windlass plugin inspect shell"]);
}

/// Every command and every option has its place in the manual.
#[test]
fn every_command_has_a_manual_page() {
    let project = project(PLAIN);
    says(&project.windlass(&["man"]).exits(0).stdout, &[".TH windlass 1", "windlass\\-run(1)"]);
    project.windlass(&["man", "--directory", "man/man1"]).exits(0);
    for page in ["windlass", "windlass-run", "windlass-gc", "windlass-plugin-inspect"] {
        let text = std::fs::read_to_string(project.path().join(format!("man/man1/{page}.1"))).expect("a page");
        says(&text, &["Examples:"]);
    }
}

/// What cannot be written is named: the directory for pages, the file that `convert` was to change.
#[test]
fn what_cannot_be_written_is_named() {
    let project = project(PLAIN);
    let told = project.windlass(&["man", "--directory", "/proc/nowhere"]).exits(2).stderr;
    says(&told, &["/proc/nowhere cannot be written: "]);
}

/// A manual page and a shell offer of a command what it takes, and nothing else.
#[test]
fn manual_pages_and_completions_have_what_a_command_takes() {
    let project = project(PLAIN);
    project.windlass(&["man", "--directory", "man"]).exits(0);
    for (command, words, option, takes) in [
        ("plan", "plan", "pull-policy", true),
        ("ls", "ls", "pull-policy", false),
        ("run", "run", "trust-project", true),
        ("convert", "convert", "trust-project", false),
        ("man", "man", "settings", false),
        ("plugin-ls", "plugin ls", "use", false),
    ] {
        let page = std::fs::read_to_string(project.path().join(format!("man/windlass-{command}.1"))).expect("a page");
        assert_eq!(page.contains(&format!("\\-\\-{}", option.replace('-', "\\-"))), takes, "{command} {option}: {page}");
        let flag = format!("--{option}");
        let words: Vec<&str> = words.split(' ').chain(["--"]).collect();
        assert_eq!(offered(&project, &words).contains(&flag), takes, "{command} {option}");
    }
}

/// A shell that has read the script asks windlass itself: here what it would offer behind these words.
fn offered(project: &crate::support::Project, words: &[&str]) -> Vec<String> {
    project.write("kubeconfig", &super::kubeconfig(&["staging", "production"]));
    let mut command = project.command(&["--", "windlass"]);
    command.args(words).env("WINDLASS_COMPLETE", "fish").env("KUBECONFIG", project.path().join("kubeconfig"));
    let output = command.output().expect("windlass runs");
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    lines.lines().filter_map(|line| line.split('\t').next()).map(str::to_owned).collect()
}

#[test]
fn a_shell_completes_tasks_contexts_plugins_and_commands() {
    let project = project(
        "lint_task:\n  alias: l\n  container: {image: a}\n  only_if: 'false'\n  x_script: y\nbuild_task:\n  container: {image: a}\n  x_script: y\n",
    );
    project.write("other.yml", "elsewhere_task:\n  container: {image: a}\n  x_script: y\n");
    for (words, expected) in [
        (&["run", ""][..], &["build", "lint"][..]),
        (&["plan", "bu"], &["build"]),
        (&["-f", "other.yml", "plan", ""], &["elsewhere"]),
        (&["run", "--context", ""], &["production", "staging"]),
        (&["plugin", "inspect", "kan"], &["kaniko"]),
        (&["run", "--use", "push="], &["push=docker-push", "push=oci-push"]),
        (&["run", "--on", ""], &["engine", "kube"]),
        (&["doc"], &["doctor"]),
    ] {
        let offered = offered(&project, words);
        for name in expected {
            assert!(offered.iter().any(|one| one == name), "{name} is missing behind {words:?}: {offered:?}");
        }
    }
    // A file that cannot be read offers nothing, and says nothing between two keystrokes.
    project.write(".cirrus.yml", "- broken");
    assert!(!offered(&project, &["run", ""]).iter().any(|one| one == "build"));
}

#[test]
fn every_shell_gets_what_it_needs_to_ask() {
    let project = project(PLAIN);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        says(&project.windlass(&["completions", shell]).exits(0).stdout, &["windlass", "WINDLASS_COMPLETE"]);
    }
    let told = project.windlass(&["completions", "tcsh"]).exits(2).stderr;
    says(&told, &["tcsh", "[possible values: bash, elvish, fish, powershell, zsh]"]);
    assert!(!told.contains("tip:"), "{told}");
}
