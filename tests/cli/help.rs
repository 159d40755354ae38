//! Help, version and completions.

use super::{PLAIN, project, says};

#[test]
fn help_is_data_and_shows_what_to_type() {
    let project = project(PLAIN);
    for command in ["check", "plan", "run", "convert", "doctor", "gc", "ls", "trust", "plugin", "completions"] {
        let outcome = project.windlass(&[command, "--help"]).exits(0);
        says(&outcome.stdout, &["Examples:", &format!("windlass {command}")]);
        assert_eq!(outcome.stderr, "", "{command}");
    }
    says(&project.windlass(&["--help"]).exits(0).stdout, &["Exit codes:", "130 interrupted"]);
}

#[test]
fn without_a_command_windlass_shows_its_help_and_fails() {
    let outcome = project(PLAIN).windlass(&[]).exits(2);
    says(&outcome.stderr, &["Usage: windlass", "Examples:"]);
    assert_eq!(outcome.stdout, "");
}

#[test]
fn completions_of_every_shell_know_the_commands() {
    let project = project(PLAIN);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let outcome = project.windlass(&["completions", shell]).exits(0);
        says(&outcome.stdout, &["windlass", "doctor", "--secret".trim_start_matches('-')]);
    }
    says(&project.windlass(&["completions", "tcsh"]).exits(2).stderr, &["tcsh", "bash"]);
}
