use std::fmt::Write as _;

use windlass_model::result::Annotation;

use super::*;

/// A project with these files, seen from a working directory.
struct Project(&'static [&'static str]);

const DIRECTORY: &str = "/tmp/cirrus-ci-build/";

impl Places for Project {
    fn known(&self, path: &str) -> Option<String> {
        let path = path.strip_prefix(DIRECTORY).unwrap_or(path).trim_start_matches("./");
        let named = |file: &&&str| **file == path || !path.contains('/') && file.rsplit('/').next() == Some(path);
        self.0.iter().find(named).map(|file| (*file).to_owned())
    }

    fn likely(&self, path: &str) -> Option<String> {
        let path = path.strip_prefix(DIRECTORY).unwrap_or(path);
        (!path.starts_with('/') && !path.contains(' ')).then(|| path.to_owned())
    }
}

const NOTHING: Project = Project(&[]);

fn shown(annotation: &Annotation) -> String {
    let Annotation { end_line, end_column, level, title, message, .. } = annotation;
    let mut line = annotation.place();
    if let Some(end) = end_line {
        let _ = write!(line, "-{end}");
    }
    if let Some(end) = end_column {
        let _ = write!(line, "..{end}");
    }
    let title = title.as_ref().map(|title| format!(" {title}:")).unwrap_or_default();
    format!("{line} {level:?}{title} {}", message.replace('\n', "|")).to_lowercase()
}

fn remarks(format: &str, report: &str, project: &Project) -> Vec<String> {
    let format = Format::parse(format).unwrap_or_else(|| panic!("{format}"));
    let read = read(format, "out/report", report.as_bytes(), project).unwrap_or_else(|error| panic!("{format}: {error}"));
    assert_eq!(read.more, 0);
    read.annotations.iter().map(shown).collect()
}

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../samples/", $name))
    };
}

#[test]
fn tests_that_failed_are_where_they_failed() {
    let python = Project(&["tests/test_calc.py"]);
    let expected = [
        "tests/test_calc.py:5 error tests.test_calc.test_adds: assert -1 == 3| +  where -1 = add(1, 2)",
        "tests/test_calc.py:12 error tests.test_calc.test_error: failed on setup with \"runtimeerror: no <database> & no network\"",
    ];
    assert_eq!(remarks("junit", sample!("pytest-xunit1.xml"), &python), expected);
    assert_eq!(remarks("JUnit", sample!("pytest-xunit2.xml"), &python), expected, "without `file` the traceback says it");
    let java = Project(&["src/test/java/org/example/GreeterTest.java"]);
    assert_eq!(
        remarks("junit", sample!("surefire.xml"), &java),
        [
            "src/test/java/org/example/greetertest.java:14 error org.example.greetertest.greets: expected: <hello, anna> but was: <hello, null>",
            "src/test/java/org/example/greetertest.java:20 error org.example.greetertest.refuses: java.lang.illegalstateexception"
        ]
    );
    assert_eq!(
        remarks("junit", sample!("gotestsum.xml"), &Project(&["calc_test.go"])),
        ["calc_test.go:11 error example.org/calc.testadd: failed"]
    );
    // Where nothing names a place, it is that of the test in the report.
    assert_eq!(remarks("junit", sample!("gotestsum.xml"), &NOTHING), ["out/report:7 error example.org/calc.testadd: failed"]);
}

#[test]
fn linters_that_write_what_test_runners_do_are_understood() {
    let project = Project(&["src/a.js", "src/calc.py"]);
    assert_eq!(
        remarks("junit", sample!("ruff-junit.xml"), &project),
        [
            "src/calc.py:1:1 error /tmp/cirrus-ci-build/src/calc.org.ruff.i001: import block is un-sorted or un-formatted",
            "src/calc.py:1:8 error /tmp/cirrus-ci-build/src/calc.org.ruff.f401: `os` imported but unused"
        ]
    );
    let eslint = remarks("junit", sample!("eslint-junit.xml"), &project);
    assert_eq!(eslint.len(), 3);
    assert!(eslint.iter().any(|line| line.starts_with("src/a.js:4:12 error")), "{eslint:?}");
}

#[test]
fn linters_say_file_line_and_rule() {
    let project = Project(&["src/a.js", "src/calc.py"]);
    let eslint = [
        "src/a.js:1:7..12 warning no-unused-vars: 'unused' is assigned a value but never used.",
        "src/a.js:3:9..10 error eqeqeq: expected '===' and instead saw '=='.",
        "src/a.js:4:12..18 error no-undef: 'missing' is not defined.",
    ];
    assert_eq!(remarks("eslint", sample!("eslint.json"), &project), eslint);
    assert_eq!(remarks("sarif", sample!("eslint.sarif"), &project), eslint, "two forms of one report");
    assert_eq!(
        remarks("checkstyle", sample!("eslint-checkstyle.xml"), &project).first().map(String::as_str),
        Some("src/a.js:1:7 warning eslint.rules.no-unused-vars: 'unused' is assigned a value but never used. (no-unused-vars)")
    );
    assert_eq!(
        remarks("sarif", sample!("ruff.sarif"), &project),
        [
            "src/calc.py:1:1..9 error i001: import block is un-sorted or un-formatted",
            "src/calc.py:1:8..9 error f401: `os` imported but unused"
        ]
    );
    assert_eq!(
        remarks("golangci", sample!("golangci.json"), &NOTHING),
        [
            "cmd/main.go:21:15 error errcheck: error return value of `f.close` is not checked",
            "cmd/run.go:5:1 warning revive: exported: func run should have a comment"
        ]
    );
    assert_eq!(
        remarks("rubocop", sample!("rubocop.json"), &NOTHING),
        [
            "lib/calc.rb:3:8..12 warning style/stringliterals: style/stringliterals: prefer single-quoted strings.",
            "lib/calc.rb:9:1..3 error lint/syntax: lint/syntax: unexpected token"
        ]
    );
    assert_eq!(
        remarks("android-lint", sample!("android-lint.xml"), &NOTHING),
        [
            "app/src/main/res/values/strings.xml:4:13 warning unusedresources: unused resources: the resource `r.string.old` appears to be unused",
            "app/build.gradle:1 info gradledependency: obsolete gradle dependency: a newer version is available"
        ]
    );
}

#[test]
fn every_other_format_of_the_language_is_read() {
    assert_eq!(
        remarks("boost", sample!("boost.xml"), &Project(&["test/numbers.cpp"])),
        [
            "test/numbers.cpp:12 error adds: check add(1, 2) == 3 has failed [-1 != 3]",
            "out/report:1 error throws: std::runtime_error: no"
        ]
    );
    assert_eq!(
        remarks("buf", sample!("buf.json"), &NOTHING).first().map(String::as_str),
        Some(
            "proto/user.proto:6:10..21 error field_lower_snake_case: field name \"displayname\" should be lower_snake_case, such as \"display_name\"."
        )
    );
    assert_eq!(
        remarks("cirrus", sample!("cirrus.json"), &NOTHING),
        [
            "src/main.c:3:1-4..9 error does not compile|main.c:3:1: error",
            "src/main.c:9 info took long",
            "out/report:4 warning says no place"
        ]
    );
    assert_eq!(
        remarks("flutter", sample!("flutter.json"), &NOTHING),
        ["test/counter_test.dart:6:5 error counter starts at zero: expected: <0>|  actual: <1>"]
    );
    assert_eq!(
        remarks("qodana", sample!("qodana.json"), &NOTHING),
        ["src/main.java:12:20 error nullability: method invocation 'size' may produce 'nullpointerexception'"]
    );
    assert_eq!(
        remarks("rspec", sample!("rspec.json"), &NOTHING),
        ["spec/calc_spec.rb:6 error calc adds: expected: 3|     got: -1||(compared using ==)"]
    );
    assert_eq!(
        remarks("swiftformat", sample!("swiftformat.json"), &NOTHING),
        ["sources/app/main.swift:4 warning trailingspace: remove trailing space at end of a line."]
    );
    assert_eq!(remarks("xclogparser", sample!("xclogparser.json"), &Project(&["app/View Controller.swift"])).len(), 1);
}

fn refused(format: Format, report: &[u8]) -> String {
    match read(format, "report", report, &NOTHING) {
        Err(error) => error.to_string(),
        Ok(report) => panic!("{format}: {report:?}"),
    }
}

/// The words for whoever named the wrong format, or whose tool wrote something else.
#[test]
fn what_is_no_report_says_where() {
    for (format, name) in Format::ALL {
        for report in [&b"\xff\xfe"[..], b"no report", b"<", b"{", b"[1]"] {
            assert!(!refused(format, report).is_empty(), "{name}");
        }
        assert_eq!(Format::parse(&name.to_uppercase()), Some(format));
        assert_eq!(format.to_string(), name);
    }
    assert_eq!(
        refused(Format::Junit, b"<?xml version='1.0'?>\n<html></html>"),
        "line 2: it begins with <html> where <testsuites> belongs"
    );
    assert!(refused(Format::Checkstyle, b"<checkstyle>\n<file>\n</checkstyle>").starts_with("line 3: "));
    assert!(refused(Format::Eslint, b"[\n{\"filePath\": 1}]").contains("line 2"));
    assert!(refused(Format::Junit, b"<testsuites><testsuite>").contains("ends in the middle"));
    assert_eq!(refused(Format::Junit, &vec![b' '; LARGEST as usize + 1]), "it has more than 32 MiB");
    assert!(Format::parse("junit5").is_none());
}

/// Entities that grow, or that name files: none is known, so none is read.
#[test]
fn entities_are_never_expanded() {
    let bomb = "<?xml version='1.0'?>\n<!DOCTYPE testsuites [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>\n<!ENTITY c SYSTEM 'file:///etc/passwd'>]>\n";
    for body in [
        "<testsuites><testcase name='&b;'><failure/></testcase></testsuites>",
        "<testsuites>&b;</testsuites>",
        "<testsuites>&c;</testsuites>",
    ] {
        let refused = refused(Format::Junit, format!("{bomb}{body}").as_bytes());
        assert!(refused.starts_with("line 4: "), "{refused}");
    }
    let fine = remarks(
        "junit",
        "<testsuites><testcase name='a&#98;&lt;'><failure>&amp;&#x41;</failure></testcase></testsuites>",
        &NOTHING,
    );
    assert_eq!(fine, ["out/report:1 error ab<: &a"]);
}

#[test]
fn what_is_deep_wide_or_long_is_bounded() {
    let deep = format!("<testsuites>{}", "<testsuite>".repeat(1_000_000));
    assert!(refused(Format::Junit, deep.as_bytes()).contains("64 deep"));
    let wide = format!("<testsuites {}/>", (0..200_000).map(|n| format!("a{n}='' ")).collect::<String>());
    assert!(refused(Format::Junit, wide.as_bytes()).contains("64 attributes"));
    let deep = "[".repeat(1_000_000);
    for format in [Format::Eslint, Format::Sarif, Format::Cirrus, Format::Flutter, Format::SwiftFormat] {
        refused(format, deep.as_bytes());
        refused(format, format!("{{\"runs\": [], \"x\": {deep}").as_bytes());
    }
    let long = format!(
        "<testsuites><testcase name='{0}'><failure message='{0}'>{0}</failure></testcase></testsuites>",
        "é\u{1b}".repeat(200_000)
    );
    let long = read(Format::Junit, "report", long.as_bytes(), &NOTHING).unwrap_or_else(|error| panic!("{error}"));
    let one = long.annotations.first().unwrap_or_else(|| panic!("no remark"));
    assert!(one.message.len() <= Annotation::LONGEST && one.message.ends_with('…'));
    assert!(
        one.title.as_ref().is_some_and(|title| title.len() <= Annotation::LONGEST_TITLE && windlass_model::text::is_fit(title))
    );
    let many = format!("<checkstyle><file name='a.c'>{}</file></checkstyle>", "<error line='1' message='m'/>".repeat(MOST + 5));
    let many = read(Format::Checkstyle, "report", many.as_bytes(), &NOTHING).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((many.annotations.len(), many.more), (MOST, 5));
}

/// Paths and numbers that nobody has: a remark without them is better than none.
#[test]
fn what_makes_no_sense_is_left_out_of_a_remark() {
    let hostile = r#"{"message": "m", "path": "/etc/passwd", "start_line": -1, "end_line": 99999999999, "start_column": 1.5, "end_column": null}
{"message": "m", "path": "../../x", "start_line": 7, "end_line": 3}
{"message": "", "path": "a\u0000b"}"#;
    let report = read(Format::Cirrus, "report", hostile.as_bytes(), &Outside).unwrap_or_else(|error| panic!("{error}"));
    let lines: Vec<_> = report.annotations.iter().map(Annotation::place).collect();
    assert_eq!(lines, ["report:1", "report:2", "report:3"]);
}

/// All that is named lies elsewhere.
struct Outside;

impl Places for Outside {
    fn known(&self, _: &str) -> Option<String> {
        None
    }

    fn likely(&self, _: &str) -> Option<String> {
        None
    }
}
