//! Tasks from several texts that are read as one: each problem is told with the name and the line of the text that it is in.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

use windlass_config::{Code, Configuration, Context, Diagnostics, Findings, Place, Severity, Source, Style, load};

const MADE: &str = "ci.star (as ./ci.wasm makes it)";
const TASK: &str = "a_task:\n  container: {image: busybox}\n  say_script: echo a\n";

fn source(file: &str, made: &[&str]) -> Source {
    Source::new(".cirrus.yml", file).joined(made.iter().map(|text| Source::new(MADE, *text)))
}

fn read(file: &str, made: &[&str]) -> Result<Configuration, Diagnostics> {
    load(&source(file, made), &Context::default())
}

fn tasks(file: &str, made: &[&str]) -> Vec<String> {
    let read = read(file, made).unwrap_or_else(|problems| panic!("{file:?} {made:?}: {problems}"));
    read.tasks.into_iter().map(|task| task.name).collect()
}

/// The kind of each problem, and where it is.
fn places(file: &str, made: &[&str]) -> Vec<(String, String, u64, u64)> {
    let problems = match read(file, made) {
        Ok(read) => panic!("{file:?} {made:?}: {read:?}"),
        Err(problems) => serde_json::to_value(&problems).expect("JSON"),
    };
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    let number = |value: &serde_json::Value| value.as_u64().unwrap_or_default();
    let one = |problem: &serde_json::Value| {
        (text(&problem["code"]), text(&problem["file"]), number(&problem["line"]), number(&problem["column"]))
    };
    problems.as_array().expect("a list").iter().map(one).collect()
}

fn task(name: &str) -> String {
    TASK.replace("a_task", &format!("{name}_task"))
}

#[test]
fn tasks_of_all_texts_stand_in_their_order() {
    let (b, c) = (task("b"), task("c"));
    for file in [TASK, TASK.trim_end(), &format!("{TASK}\n\n# the end\n"), &format!("{TASK}---\n"), &format!("---\n{TASK}...\n")]
    {
        assert_eq!(tasks(file, &[&b, &c]), ["a", "b", "c"], "{file:?}");
    }
    for made in
        [format!("---\n{b}"), format!("# made\n--- # by hand\n{b}...\n"), format!("%YAML 1.2\n---\n{b}"), format!("\n\n{b}\n")]
    {
        assert_eq!(tasks(TASK, &[&made, &c]), ["a", "b", "c"], "{made:?}");
    }
    assert_eq!(tasks("? a_task\n: {container: {image: 'a:1'}, say_script: a}\n", &[&b]), ["a", "b"]);
    assert_eq!(tasks("", &[&b, "", "# nothing\n"]), ["b"]);
    assert_eq!(tasks(TASK, &["", "---\n", "~\n# nothing".get(2..).unwrap_or_default()]), ["a"]);
}

/// A text that is alone may be written as YAML allows it: JSON, or indented.
#[test]
fn one_text_that_says_something_is_read_as_it_is() {
    let json = r#"{"a_task": {"container": {"image": "busybox"}, "say_script": "echo a"}}"#;
    let indented = TASK.lines().map(|line| format!("  {line}\n")).collect::<String>();
    for made in [json, &indented] {
        assert_eq!(tasks("# all tasks are made\n", &[made]), ["a"]);
        let found = places(TASK, &[made]);
        assert!(matches!(found.as_slice(), [(code, file, 1, _)] if code == "syntax" && file == MADE), "{found:?}");
        let found = places(made, &[TASK]);
        assert!(matches!(found.as_slice(), [(code, file, 1, _)] if code == "syntax" && file == ".cirrus.yml"), "{found:?}");
    }
}

/// The keys of all roots meet as repeated keys of one file do.
#[test]
fn root_keys_meet_as_repeated_ones() {
    let file = format!(
        "env: {{WHO: file, ONLY: file}}\ncontainer: {{image: 'a:1'}}\n{}",
        TASK.replace("  container: {image: busybox}\n", "")
    );
    let made = "env: {WHO: made}\nb_task:\n  say_script: echo $WHO\n";
    let one = load(&Source::new("f", format!("{file}\n{made}")), &Context::default()).expect("tasks");
    let joined = read(&file, &[made]).expect("tasks");
    let shown = |read: &Configuration| {
        read.tasks.iter().map(|task| format!("{} {:?} {:?}", task.name, task.env, task.instance)).collect::<Vec<_>>()
    };
    assert_eq!(shown(&joined), shown(&one));
    assert!(shown(&joined).iter().all(|task| task.contains("made") && task.contains("ONLY")), "{:?}", shown(&joined));
}

#[test]
fn anchors_are_for_the_texts_behind_them() {
    let file = "box: &box {image: 'a:1'}\na_task: {container: *box, say_script: a}\n";
    let made = "b_task: {container: *box, say_script: b}\nshared: &shared {say_script: c}\n";
    assert_eq!(tasks(file, &[made, "c_task: {container: *box, <<: *shared}\n"]), ["a", "b", "c"]);
    let found = places("a_task: {container: *shared, say_script: a}\n", &[made]);
    assert!(matches!(found.as_slice(), [(code, file, 1, _)] if code == "syntax" && file == ".cirrus.yml"), "{found:?}");
}

/// Whatever one text leaves open, the other neither closes it nor goes on with it; and it is told where it is.
#[test]
fn no_text_swallows_another() {
    let b = task("b");
    let open = [
        ("a_task: {container: {image: 'a:1'},\n", 1),
        ("a_task:\n  say_script: [a,\n", 2),
        ("a_task:\n  say_script: \"echo\n", 2),
        ("a_task:\n  say_script: 'echo\n", 2),
    ];
    for (text, _) in open {
        let closing = format!("say_script: a}}\n'\"]\n{b}");
        for made in [b.as_str(), &closing] {
            let found = places(text, &[made]);
            assert!(
                found.iter().all(|(code, file, ..)| code == "syntax" && file == ".cirrus.yml"),
                "{text:?} {made:?}: {found:?}"
            );
        }
        let found = places(TASK, &[text, &b]);
        assert!(found.iter().all(|(code, file, ..)| code == "syntax" && file == MADE), "{text:?}: {found:?}");
    }
    // Nothing but the sign that closes what the text before has opened.
    for (text, made) in [
        ("a_task: {container: {image: 'a:1'}, say_script: a", "}\n"),
        ("a_task:\n  container: {image: 'a:1'}\n  say_script: [a", "]\n"),
        ("a_task:\n  container: {image: 'a:1'}\n  say_script: [a\n", "]\n"),
    ] {
        let found = places(text, &[made]);
        assert!(!found.is_empty() && found.iter().all(|(_, file, ..)| file == ".cirrus.yml"), "{text:?} {made:?}: {found:?}");
    }
    // What goes on with the last thing of the text before.
    let unfinished = [
        ("a_task:\n  container: {image: 'a:1'}\n", "  say_script: a\n"),
        ("a_task:\n", "  container: {image: 'a:1'}\n  say_script: a\n"),
        ("a_task:\n  container: {image: 'a:1'}\n  say_script: |\n    a\n", "    b\n"),
        ("a_task:\n  container: {image: 'a:1'}\n  say_script:\n    - a\n", "    - b\n"),
        ("a_task:\n  container: {image: 'a:1'}\n  say_script: a\n", "    b\n"),
        ("? a_task\n", ": {container: {image: 'a:1'}, say_script: a}\n"),
        ("a_task: &a\n", "  {container: {image: 'a:1'}, say_script: a}\n"),
        ("a_task: {container: {image: 'a:1'}, say_script: a}\nmore:\n", "- 1\n- 2\n"),
    ];
    for (file, made) in unfinished {
        let found = places(file, &[made]);
        let said = read(file, &[made]).expect_err("problems");
        assert!(found.iter().all(|(_, file, ..)| file == MADE), "{file:?} {made:?}: {found:?} {said}");
        let both = places(TASK, &[&file.replace("a_task", "c_task"), made]);
        assert!(both.iter().all(|(_, file, ..)| file == MADE), "{file:?} {made:?}: {both:?}");
    }
}

#[test]
fn a_second_document_is_none() {
    let found = places(&format!("{TASK}---\n{}", task("c")), &[&task("b")]);
    assert!(matches!(found.as_slice(), [(code, file, 4, 1)] if code == "syntax" && file == ".cirrus.yml"), "{found:?}");
    let found = places(TASK, &[&format!("{}---\n{}", task("b"), task("c"))]);
    assert!(matches!(found.as_slice(), [(code, file, 4, 1)] if code == "syntax" && file == MADE), "{found:?}");
}

#[test]
fn a_root_that_is_no_map_is_told_in_its_own_text() {
    for text in ["- a\n", "just words\n", "[a]\n"] {
        let found = places(text, &[TASK]);
        assert!(
            matches!(found.as_slice(), [(code, file, 1, _)] if code == "wrong-type" && file == ".cirrus.yml"),
            "{text:?} {found:?}"
        );
        let found = places(TASK, &[text]);
        assert!(matches!(found.as_slice(), [(_, file, 1, _)] if file == MADE), "{text:?} {found:?}");
    }
}

#[test]
fn problems_are_told_with_the_name_and_line_of_their_text() {
    let made = "b_task:\n  container: {image: 'b:1'}\n  depends_on: [c]\n  timeout_in: 'ü?'\n  say_script: b\n";
    let file = format!("{TASK}  unknown: 1\n");
    let found = places(&file, &[made]);
    let expected = [("unknown-key", ".cirrus.yml", 4, 3), ("unknown-task", MADE, 3, 16), ("invalid-value", MADE, 4, 15)];
    let expected = expected.map(|(code, file, line, column)| (code.to_owned(), file.to_owned(), line, column));
    assert_eq!(found, expected);
    let problems = read(&file, &[made]).expect_err("problems");
    let shown = problems.render(Style::Plain, None);
    for line in [".cirrus.yml:4:3", &format!("{MADE}:4:15"), "4 |   timeout_in: 'ü?'", "4 |   unknown: 1"] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    assert_eq!(problems.errors(), [(MADE.to_owned(), 2)]);
    assert_eq!(problems.file(), ".cirrus.yml");
}

/// A place and what it is related to may be in two texts: each is shown with its own.
#[test]
fn a_related_place_is_shown_in_its_own_text() {
    let file = "list: &list [a, b]\n";
    let made = "b_task:\n  container: {image: 'b:1', <<: *list}\n  say_script: b\n";
    let shown = read(file, &[made]).expect_err("problems").render(Style::Plain, None);
    assert!(shown.contains(&format!("{MADE}:2:29")) && shown.contains(".cirrus.yml:1:"), "{shown}");
    assert!(shown.contains("1 | list: &list [a, b]") && shown.contains("2 |   container"), "{shown}");
}

#[test]
fn notes_are_told_by_text() {
    let with = |name: &str| format!("{name}_task:\n  container: {{image: 'a:1', kvm: true}}\n  say_script: a\n");
    let read = read(&with("a"), &[&with("b")]).expect("tasks");
    let notes = read.warnings.notes();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].contains("(.cirrus.yml:2;") && notes[1].contains(&format!("({MADE}:2;")), "{notes:?}");
}

/// What is found out later has its place by the line that tasks and steps have.
#[test]
fn lines_of_tasks_and_steps_lead_to_their_text() {
    let source = source(TASK, &[&task("b"), &task("c")]);
    let lines = source.lines();
    let read = load(&source, &Context::default()).expect("tasks");
    let found: Vec<_> = read.tasks.iter().map(|task| (task.name.as_str(), lines.place(task.line))).collect();
    assert_eq!(found, [("a", (None, 1)), ("b", (Some(MADE), 1)), ("c", (Some(MADE), 1))]);
    assert_eq!(read.tasks.iter().map(|task| lines.text(task.line)).collect::<Vec<_>>(), [0, 1, 2]);
    let step = read.tasks[1].steps.last().expect("a step").line;
    assert_eq!(lines.words(step), format!("line 3 of {MADE}"));
    let mut findings = Findings::of(&source).expect("a file");
    assert_eq!(findings.position(Place::Line(step)), (3, 3));
    findings.push(Severity::Error, Code::PluginRequest, Place::Line(step), "no", Vec::new());
    let shown = findings.into_diagnostics().render(Style::Plain, None);
    assert!(shown.contains(&format!("{MADE}:3:3")), "{shown}");
}

#[test]
fn what_is_no_text_and_what_is_too_much_is_told_of_the_right_one() {
    let raw = |made: &[u8]| load(&Source::new(".cirrus.yml", TASK).joined([Source::new(MADE, made)]), &Context::default());
    for (made, code, column) in [(&b"a: \xff\n"[..], "not-text", 4), (b"a: \0\n", "not-text", 4)] {
        let problems = serde_json::to_value(raw(made).expect_err("a problem")).expect("JSON");
        assert_eq!((&problems[0]["code"], &problems[0]["file"]), (&code.into(), &MADE.into()));
        assert_eq!((&problems[0]["line"], &problems[0]["column"]), (&1.into(), &column.into()));
    }
    let large = "#".repeat((1 << 20) - 20);
    let problems = serde_json::to_value(raw(large.as_bytes()).expect_err("a problem")).expect("JSON");
    assert_eq!((&problems[0]["code"], &problems[0]["file"]), (&"too-large".into(), &MADE.into()));
}
