//! The forms in which problems come out.

use windlass_config::{Code, Context, Diagnostics, Severity, Source, Style, load, load_settings};

fn problems(text: &str) -> Diagnostics {
    match load(&Source::new("dir/.cirrus.yml", text), &Context::default()) {
        Ok(configuration) => configuration.warnings,
        Err(problems) => problems,
    }
}

#[test]
fn machines_get_code_place_message_and_help() {
    let problems = problems("ü_task:\n  container: {image: \"a:1\", memory: 4GiB}\n  a_script: x\n");
    let json = serde_json::to_value(&problems).unwrap_or_else(|error| panic!("{error}"));
    let expected = serde_json::json!([{
        "code": "invalid-value",
        "severity": "error",
        "file": "dir/.cirrus.yml",
        "line": 2,
        "column": 37,
        "length": 4,
        "message": "`4GiB` is not an amount of memory",
        "help": ["write whole mebibytes or gibibytes: `512Mb`, `4G`, or a bare number (GiB below 100, else MiB)"],
    }]);
    assert_eq!(json, expected);
}

#[test]
fn a_problem_of_the_whole_file_has_no_line() {
    let problems = problems(&"x".repeat(2_000_000));
    let json = serde_json::to_value(&problems).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(json[0]["code"], "too-large");
    assert!(json[0].get("line").is_none());
}

#[test]
fn colours_are_there_only_when_asked_for() {
    let problems = problems("a_task: 1\n");
    assert!(!problems.render(Style::Plain, None).contains('\u{1b}'));
    assert!(problems.render(Style::Colored, None).contains('\u{1b}'));
    assert_eq!(problems.to_string(), problems.render(Style::Plain, None));
}

#[test]
fn control_characters_of_the_file_do_not_reach_the_terminal() {
    let shown = problems("\"a\\u001b[31m_task\": 1\n").render(Style::Plain, None);
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
}

#[test]
fn columns_count_characters_and_carets_stand_under_the_place() {
    let shown = problems("a_task:\n  container: {image: \"a:1\"}\n  name: \"ünïcödé\"\n  timeout_in: \"日本\"\n")
        .render(Style::Plain, None);
    assert!(shown.contains("dir/.cirrus.yml:4:15"), "{shown}");
}

#[test]
fn strict_turns_warnings_into_errors_and_leaves_notes() {
    let source = Source::new("f", "a_task: {container: {image: \"a:1\", kvm: true}, unknown: 1, a_script: x}\n");
    let strict = Context { strict: true, ..Context::default() };
    let problems = load(&source, &strict).err().unwrap_or_else(|| panic!("refused"));
    let found: Vec<(Code, Severity)> = problems.iter().map(|problem| (problem.code(), problem.severity())).collect();
    assert_eq!(found, [(Code::Ignored, Severity::Note), (Code::UnknownKey, Severity::Error)]);
    assert!(load(&source, &Context::default()).is_ok());
}

#[test]
fn a_secret_written_into_the_settings_is_not_repeated_on_the_screen() {
    let source = Source::new("windlass.yaml", "secrets:\n  TOKEN: hunter2\n");
    let problems = load_settings(&source).err().unwrap_or_else(|| panic!("refused"));
    let shown = problems.render(Style::Plain, None);
    assert!(shown.contains("windlass.yaml:2:3") && !shown.contains("hunter2"), "{shown}");
    let json = serde_json::to_string(&problems).unwrap_or_default();
    assert!(!json.contains("hunter2"), "{json}");
}
