use super::*;
use crate::power::is_reserved_variable;

fn annotation(path: &str) -> Annotation {
    Annotation {
        path: path.to_owned(),
        line: 7,
        end_line: None,
        column: None,
        end_column: None,
        level: Level::Warning,
        title: None,
        message: "unused".to_owned(),
    }
}

/// Whatever a step and its results are called, the variable is one that no program acts upon and that no other power sets by a pattern.
#[test]
fn the_variable_of_a_result_is_derived_and_kept_for_results() {
    let name = ResultName::parse("IMAGE").unwrap_or_else(|e| panic!("{e}"));
    for (step, expected) in [
        ("scan", "WINDLASS_RESULT_SCAN_IMAGE"),
        ("Build & test", "WINDLASS_RESULT_BUILD___TEST_IMAGE"),
        ("PATH=/x\nLD_PRELOAD", "WINDLASS_RESULT_PATH__X_LD_PRELOAD_IMAGE"),
        ("検", "WINDLASS_RESULT___IMAGE"),
        ("", "WINDLASS_RESULT__IMAGE"),
    ] {
        let variable = name.variable(step);
        assert_eq!(variable, expected);
        assert!(is_reserved_variable(&variable), "{variable}");
    }
    for none in ["", "image", "1A", "_A", "A-B", "A B", "A=B", "A\n", "Ä", &"A".repeat(65)] {
        assert!(ResultName::parse(none).is_err(), "{none:?}");
    }
}

#[test]
fn a_value_is_what_it_says() {
    let digest = format!("sha256:{}", "ab".repeat(32));
    let image = ResultValue::image("registry.example/app:1".into(), &digest).map(|value| value.in_variable());
    assert_eq!(image, Ok(format!("registry.example/app:1@{digest}")));
    assert_eq!(ResultValue::digest(&digest).map(|value| value.in_variable()), Ok(digest.clone()));
    assert_eq!(ResultValue::Count(u64::MAX).in_variable(), "18446744073709551615");
    for (wrong, said) in [
        (ResultValue::text("a\nb".into()), "one line"),
        (ResultValue::text("a\u{1b}[2J".into()), "one line"),
        (ResultValue::text("x".repeat(5000)), "5000 bytes"),
        (ResultValue::image("not an image".into(), &digest), "not an image"),
        (ResultValue::image(format!("a@{digest}"), &digest), "stands beside it"),
        (ResultValue::image("a".into(), "latest"), "latest"),
        (ResultValue::digest("sha256:12"), "sha256:12"),
        (ResultValue::url("javascript:alert(1)".into()), "https://"),
        (ResultValue::url("https://user:password@host/".into()), "without a user's name"),
        (ResultValue::url("https:///path".into()), "a host"),
        (ResultValue::url("https://host/a b".into()), "blanks"),
    ] {
        assert!(wrong.as_ref().is_err_and(|why| why.contains(said)), "{said}: {wrong:?}");
    }
    assert!(ResultValue::url("https://host:8443/a?b=c@d#e".into()).is_ok());
}

#[test]
fn an_annotation_is_about_a_file_of_the_project() {
    assert_eq!(annotation("./src//main.rs").checked().map(|found| found.place()), Ok("src/main.rs:7".to_owned()));
    let column = Annotation { column: Some(3), ..annotation("a") };
    assert_eq!(column.checked().map(|found| found.place()), Ok("a:7:3".to_owned()));
    let long = "x".repeat(5000);
    for path in ["", ".", "..", "../outside", "/etc/passwd", "a/../../b", "a\nb", "a\u{1b}[2J", &long] {
        assert!(annotation(path).checked().is_err(), "{path:?}");
    }
    for wrong in [
        Annotation { line: 0, ..annotation("a") },
        Annotation { column: Some(0), ..annotation("a") },
        Annotation { end_line: Some(6), ..annotation("a") },
        Annotation { column: Some(5), end_column: Some(4), ..annotation("a") },
        Annotation { title: Some("a\nb".into()), ..annotation("a") },
        Annotation { title: Some("x".repeat(257)), ..annotation("a") },
        Annotation { message: long.clone(), ..annotation("a") },
        Annotation { message: " \n".into(), ..annotation("a") },
    ] {
        assert!(wrong.clone().checked().is_err(), "{wrong:?}");
    }
    let over_lines = Annotation { end_line: Some(8), column: Some(5), end_column: Some(4), ..annotation("a") };
    assert!(over_lines.checked().is_ok(), "a column of another line");
}
