//! Input that nobody writes by accident ends in a clear error, before it costs anything.
//!
//! What bounds the cost is counted in the reader (bytes, nodes, copies, work), so each test asks for the refusal by name
//! rather than for a time.

use windlass_config::{Code, Configuration, Context, Diagnostics, Source, Style, load, load_settings};

fn outcome(text: impl Into<Vec<u8>>) -> Result<Configuration, Diagnostics> {
    load(&Source::new("hostile.yml", text), &Context::default())
}

fn refused(text: impl Into<Vec<u8>>, code: Code) -> String {
    let problems = match outcome(text) {
        Err(problems) => problems,
        Ok(configuration) => panic!("accepted with {} tasks", configuration.tasks.len()),
    };
    assert!(problems.iter().any(|problem| problem.code() == code), "{problems}");
    problems.render(Style::Plain, None)
}

/// Ten aliases of ten aliases, nine times over.
fn laughs(levels: usize) -> String {
    let mut text = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for level in 1..levels {
        let below = vec![format!("*a{}", level - 1); 10].join(", ");
        text.push_str(&format!("a{level}: &a{level} [{below}]\n"));
    }
    text
}

#[test]
fn a_billion_laughs_stop_where_they_grow_too_large() {
    let shown = refused(laughs(10), Code::TooMuchExpansion);
    assert!(shown.contains("hostile.yml:6:"), "{shown}");
    assert!(refused(laughs(3000), Code::TooMuchExpansion).len() < 10_000);
}

#[test]
fn merges_multiply_no_better_than_aliases() {
    let mut text = "a0: &a0 {env: {A: 1}}\n".to_owned();
    for level in 1..40 {
        text.push_str(&format!("a{level}: &a{level} {{<<: *a{0}, <<: *a{0}, <<: *a{0}}}\n", level - 1));
    }
    refused(text, Code::TooMuchExpansion);
}

#[test]
fn nesting_has_a_limit_in_every_notation() {
    let deep = 10_000;
    for text in [
        "[".repeat(deep),
        "{a: ".repeat(deep),
        "- ".repeat(deep),
        (0..1000).map(|level| format!("{}a:\n", " ".repeat(level))).collect(),
    ] {
        refused(text, Code::Syntax);
    }
}

#[test]
fn nesting_through_anchors_counts_too() {
    let mut text = "a0: &a0 [x]\n".to_owned();
    for level in 1..10_000 {
        text.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    refused(text, Code::TooMuchExpansion);
}

#[test]
fn fifty_megabytes_are_too_many() {
    let shown = refused(vec![b'a'; 50 * 1024 * 1024], Code::TooLarge);
    assert!(shown.len() < 1000, "{shown}");
}

#[test]
fn more_values_than_the_limit_are_refused_while_reading() {
    refused("- a\n".repeat(250_000), Code::TooMuchExpansion);
}

#[test]
fn bytes_that_are_not_utf8_are_named_with_their_place() {
    let shown = refused(b"a_task:\n  name: \xff\n".to_vec(), Code::NotText);
    assert!(shown.contains("0xff") && shown.contains("hostile.yml:2:9"), "{shown}");
    let shown = refused(b"\xff\xfea\x00".to_vec(), Code::NotText);
    assert!(shown.contains("UTF-16"), "{shown}");
    refused(vec![0xff; 900_000], Code::NotText);
}

#[test]
fn a_nul_is_named_with_its_place() {
    let shown = refused("a_task:\n  name: \0\n", Code::NotText);
    assert!(shown.contains("hostile.yml:2:9"), "{shown}");
}

#[test]
fn matrices_cannot_multiply_without_end() {
    let matrix = "    matrix: [{A: 1}, {A: 2}, {A: 3}, {A: 4}, {A: 5}, {A: 6}, {A: 7}, {A: 8}, {A: 9}, {A: 10}]\n";
    let text = format!("a_task:\n  container: {{image: x}}\n  env:\n{}  a_script: x\n", matrix.repeat(20));
    refused(text, Code::TooMuchExpansion);
    let many = "a_task: {matrix: [{b_script: x}, {c_script: x}], container: {image: x}}\n".repeat(10_000);
    refused(many, Code::TooMuchExpansion);
}

#[test]
fn a_large_environment_is_not_copied_into_every_task() {
    let env: String = (0..20_000).map(|at| format!("  V{at}: x\n")).collect();
    let tasks = "a_task: {container: {image: x}, a_script: x}\n".repeat(400);
    refused(format!("env:\n{env}{tasks}"), Code::TooMuchExpansion);
}

#[test]
fn variables_cannot_grow_without_end() {
    let a = "$B".repeat(1000);
    let b = "$A".repeat(1000);
    let text = format!("a_task:\n  env: {{A: {a}, B: {b}}}\n  name: $A\n  container: {{image: $B}}\n  a_script: x\n");
    refused(text, Code::TooMuchExpansion);
}

#[test]
fn many_variables_that_each_grow_are_paid_together() {
    let value = "x".repeat(60_000);
    let files: String = (0..5_000).map(|at| format!("  f{at}_file: {{path: $A, from_contents: y}}\n")).collect();
    refused(format!("a_task:\n  container: {{image: x}}\n  env: {{A: {value}}}\n{files}"), Code::TooMuchExpansion);
}

#[test]
fn patterns_cannot_take_forever() {
    let message = "a".repeat(50_000);
    let tasks: String = (0..300)
        .map(|at| format!("t{at}_task: {{only_if: \"$M =~ '((a{{1,30}}){{1,30}})*b'\", container: {{image: x}}}}\n"))
        .collect();
    refused(format!("env: {{M: {message}}}\n{tasks}"), Code::InvalidExpression);
    refused("a_task: {only_if: \"'a' =~ '((((a{100}){100}){100}){100})'\", container: {image: x}}\n", Code::InvalidExpression);
}

#[test]
fn very_many_problems_are_cut_and_counted() {
    let keys: String = (0..20_000).map(|at| format!("  unknown{at}: x\n")).collect();
    let text = format!("a_task:\n  container: {{image: x}}\n  a_script: x\n{keys}  timeout_in: never\n");
    let shown = refused(text, Code::InvalidValue);
    assert!(shown.contains("more problems in hostile.yml"), "{}", shown.len());
}

#[test]
fn one_enormous_line_is_shown_in_part() {
    let text = format!("a_task: {{container: {{image: x}}, timeout_in: never, a_script: {}}}", "x".repeat(500_000));
    assert!(refused(text, Code::InvalidValue).len() < 20_000);
}

#[test]
fn settings_have_the_same_limits() {
    let source = Source::new("windlass.yaml", laughs(10));
    assert!(load_settings(&source).is_err());
    let source = Source::new("windlass.yaml", vec![b'['; 2_000_000]);
    assert!(load_settings(&source).is_err());
}

#[test]
fn a_task_names_only_so_many_secrets() {
    let env: String = (0..40_000).map(|at| format!("    A: ENCRYPTED[{at}]\n")).collect();
    refused(format!("a_task:\n  container: {{image: x}}\n  env:\n{env}"), Code::TooMuchExpansion);
}
