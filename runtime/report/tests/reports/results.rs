//! What steps say of themselves.

use windlass_model::result::ResultValue;
use windlass_report::{Palette, Plain, usual_next_command};

use crate::runs::{annotated, artifact_file, collected, finished, image_value, outline, result, show, started};
use crate::screen::Screen;
use crate::sink::Sink;

/// Later steps and people know a result by the same value; an annotation begins with its place, as compilers write it.
#[test]
fn results_and_annotations_are_told_and_results_are_listed_at_the_end() {
    let mut course = vec![
        (0, started(vec![outline("app", &["test"])])),
        (1, result("app", "test", "IMAGE", image_value("registry.example/app:1"))),
        (2, result("app", "test", "TESTS", ResultValue::Count(7))),
        (3, result("app", "test", "TESTS", ResultValue::Count(8))),
        (4, annotated("app", "test", "src/main.rs", 7, "a\n==> b\u{1b}[2J")),
    ];
    course.extend((0..60).map(|n| (5, result("app", "build", &format!("N{n}"), ResultValue::Count(n)))));
    course.push((6, finished(0, &[], 6)));
    let sink = Sink::default();
    show(&mut Plain::new(sink.clone(), Box::new(usual_next_command)), &course);
    let shown = sink.text();
    let digest = "ab".repeat(32);
    for line in [
        &format!("==> app/test says IMAGE: registry.example/app:1@sha256:{digest}\n"),
        "==> app/test: warning: src/main.rs:7:9: unused: a ==> b\u{fffd}[2J\n",
        &format!(
            "\nresults:\n  IMAGE registry.example/app:1@sha256:{digest} (task app, step test)\n  TESTS 8 (task app, step test)\n"
        ),
        "\n  N47 47 (task app, step build)\n  and 12 more, which are above and in --output json\n",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
}

#[test]
fn an_annotation_stays_on_a_terminal_with_its_level() {
    let mut screen = Screen::new(80, 24, Palette::Colour);
    let course =
        vec![(0, started(vec![outline("app", &["test"])])), (4, annotated("app", "test", "src/main.rs", 7, "a\u{1b}[2Jb"))];
    screen.show(&course, 10);
    let shown = screen.contents();
    assert!(shown.contains(" warning app/test: src/main.rs:7:9: unused: a") && shown.contains("[2Jb"), "{shown}");
}

/// The names are those of the repository and of what ran in the pod.
#[test]
fn artifacts_are_told_when_they_are_whole_and_listed_at_the_end() {
    let mut course = vec![
        (0, started(vec![outline("app", &["logs"])])),
        (1, artifact_file("app", "logs", "a\u{1b}[2J.log", 1)),
        (2, collected("app", "logs", 1, 2048)),
    ];
    course.extend((0..60).map(|n| (3, collected("app", &format!("n{n}\u{202e}"), 2, n))));
    course.push((6, finished(1, &[], 6)));
    let sink = Sink::default();
    show(&mut Plain::new(sink.clone(), Box::new(usual_next_command)), &course);
    let shown = sink.text();
    for line in [
        "==> app/logs collected 1 file, 2.0 KiB in .windlass/artifacts/vbhy5pla/app/logs\n",
        "\nartifacts:\n  logs 1 file, 2.0 KiB in .windlass/artifacts/vbhy5pla/app/logs (task app)\n",
        "\n  n48\u{fffd} 2 files, 48 bytes in .windlass/artifacts/vbhy5pla/app/n48\u{fffd} (task app)\n  and 11 more, which `windlass artifacts ls` lists\n",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown}");
    let mut screen = Screen::new(120, 24, Palette::Colour);
    screen.show(&course[..3].to_vec(), 10);
    assert!(
        screen.contents().contains(" kept app/logs: 1 file, 2.0 KiB in .windlass/artifacts/vbhy5pla/app/logs"),
        "{}",
        screen.contents()
    );
}
