//! Text of a repository that acts on a terminal or on a CI system: it is shown, and acts on nothing.

use super::{Outcome, Project, project};

/// Clears a screen, writes to the clipboard, begins a line of its own, commands a CI system, and turns a sentence round; as YAML writes it.
const HOSTILE: &str = r"::error::a\e[2J\e]52;c;ZXZpbA==\a\r\n::error::b\n##vso[x]\u202ec\u2066d\u200be\u2028f\x9b";

/// A task file that has it wherever a text goes that windlass shows.
fn tasks() -> String {
    format!(
        "\"{HOSTILE}_task\":\n  name: \"{HOSTILE}\"\n  container: {{image: \"busybox\"}}\n  \"{HOSTILE}_key\": x\n  \
         env: {{KEY: \"ENCRYPTED[x]\", A: \"{HOSTILE}\"}}\n  \"{HOSTILE}_script\": \"echo {HOSTILE}\"\n\
         b_task:\n  name: \"::error::{HOSTILE}\"\n  container: {{image: b}}\n  skip: true\n  x_script: y\n"
    )
}

#[track_caller]
fn acts_on_nothing(what: &str, outcome: &Outcome) {
    for text in [&outcome.stdout, &outcome.stderr] {
        for line in text.split('\n') {
            assert!(!line.trim_start().starts_with("::"), "{what}: {line:?} in\n{text}");
            assert!(!line.contains("##vso["), "{what}: {line:?}");
            let acts = |c: char| {
                c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\u{2028}')
            };
            assert!(!line.contains(acts), "{what}: {line:?}");
        }
    }
}

#[test]
fn no_text_of_a_task_file_acts() {
    let project = project(&tasks());
    let mut shown = String::new();
    for command in [
        &["check"][..],
        &["check", "--output", "json"],
        &["check", "--strict"],
        &["plan"],
        &["plan", "--output", "json"],
        &["plan", "no such task"],
        &["plan", "-e", "KEY=v"],
        &["run"],
        &["doctor", "--on", "engine"],
    ] {
        let outcome = project.windlass(command);
        acts_on_nothing(&command.join(" "), &outcome);
        shown.push_str(&outcome.everything());
    }
    // It was there to be shown: what is replaced is replaced visibly.
    assert!(shown.contains(": :error::a\u{fffd}[2J") && shown.contains("\\u202e"), "{shown}");
}

#[test]
fn no_name_of_a_file_acts() {
    let name = "::error::\u{1b}[2J\n::error::x\u{202e}.yml";
    let project = Project::new(&[(name, "a_task:\n  contianer: {image: a}\n  x_script: y\n"), ("b\u{1b}[2J\n::error::", "x")]);
    project.write("new\n::error::\u{202e}", "not committed");
    for command in [&["check", "-f", name][..], &["check", "-f", "::error::\u{1b}[2J"], &["plan", "-f", name]] {
        let outcome = project.windlass(command);
        acts_on_nothing(&format!("{command:?}"), &outcome);
    }
}

#[test]
fn no_text_of_windlass_yaml_acts() {
    let project = project("a_task:\n  container: {image: a}\n  x_script: y\n");
    project.write("windlass.yaml", &format!("\"{HOSTILE}\": 1\nregistries: {{\"{HOSTILE}\": {{ca_file: \"{HOSTILE}\"}}}}\n"));
    for command in ["check", "plan", "ls"] {
        acts_on_nothing(command, &project.windlass(&[command]));
    }
}

/// A value given for a name that says that it is a secret is masked in whatever is printed.
#[test]
fn a_secret_given_in_place_is_masked_in_errors() {
    let project = project("a_task:\n  container: {image: a}\n  x_script: y\n");
    let outcome = project.windlass(&["plan", "-e", "MY_TOKEN=visible-token-77", "no visible-token-77"]).exits(2);
    assert!(!outcome.everything().contains("visible-token-77"), "{}", outcome.everything());
    assert!(outcome.stderr.contains("HIDDEN-BY-WINDLASS"), "{}", outcome.stderr);
}
