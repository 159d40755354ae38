//! What others wrote stays on its line and acts on nothing, whichever field of an event it comes in.

use windlass_model::event::{RunEvent, StepOutcome, TaskOutcome};
use windlass_report::{Json, Palette, Plain, Reporter, Size, Terminal, usual_next_command};

use crate::runs::{
    Course, failure, finished, one_of_each, outline, output, show, started, step_finished, step_started, task_finished,
    task_started,
};
use crate::sink::Sink;

/// Clears a screen, writes to the clipboard, begins lines of its own, commands two CI systems, and turns a sentence round.
const HOSTILE: &str =
    "::error::x\u{1b}[2J\u{1b}]52;c;ZXZpbA==\u{7}\r::error::y\n::set-output name=a::b\n##vso[task.x]\u{202e}z\u{2028}::e::";

/// Puts the text before every text of a JSON value, tags excepted: what begins a name begins a line.
fn plant(value: &mut serde_json::Value) {
    const NAMES_OF_VARIANTS: [&str; 6] = ["event", "result", "level", "kind", "run", "data"];
    match value {
        serde_json::Value::String(text) if !text.starts_with("sha256:") => *text = format!("{HOSTILE}{text}"),
        serde_json::Value::Array(items) => items.iter_mut().for_each(plant),
        serde_json::Value::Object(fields) => {
            let texts = fields.iter_mut().filter(|(name, _)| !NAMES_OF_VARIANTS.contains(&name.as_str()));
            texts.for_each(|(_, value)| plant(value));
        }
        _ => {}
    }
}

fn hostile() -> Course {
    let mut course: Course = one_of_each()
        .into_iter()
        .map(|event| {
            let mut value = serde_json::to_value(event).unwrap();
            plant(&mut value);
            (1, serde_json::from_value::<RunEvent>(value).unwrap())
        })
        .collect();
    let failed = || failure(HOSTILE);
    course.insert(0, (0, started(vec![outline(HOSTILE, &[HOSTILE])])));
    course.push((2, step_finished(HOSTILE, HOSTILE, StepOutcome::Failed(failed()), 1)));
    course.push((3, task_finished(HOSTILE, TaskOutcome::Failed(failed()), 1)));
    course.push((4, finished(1, &[HOSTILE], 4)));
    course
}

/// Whether a terminal or a CI system would act on the text.
#[track_caller]
fn acts_on_nothing(text: &str) {
    for line in text.split('\n') {
        assert!(!line.trim_start().starts_with("::"), "{line:?}");
        assert!(!line.contains("##vso["), "{line:?}");
        let acts = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}');
        assert!(!line.contains(acts), "{line:?}");
    }
}

#[test]
fn no_field_of_any_event_acts_in_the_plain_log() {
    let sink = Sink::default();
    show(&mut Plain::new(sink.clone(), Box::new(usual_next_command)), &hostile());
    acts_on_nothing(&sink.text());
}

/// Windlass' own sequences, which redraw the live lines, are taken out before looking: `ESC [ digits letter` and no others.
#[test]
fn no_field_of_any_event_acts_on_the_terminal() {
    let sink = Sink::default();
    let size = Box::new(|| Size { columns: 200, rows: 60 });
    let mut terminal = Terminal::new(sink.clone(), size, Palette::Plain, Box::new(usual_next_command));
    let mut seen = 0;
    for (at, event) in hostile() {
        terminal.event(std::time::Duration::from_secs(at), &event).unwrap();
        seen += 1;
    }
    terminal.finish().unwrap();
    assert!(seen > 10);
    let text = sink.text();
    for sequence in ["\u{1b}[2J", "\u{1b}]52", "\u{202e}", "\u{2028}", "##vso["] {
        assert!(!text.contains(sequence), "{sequence:?} in {text:?}");
    }
    assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{text:?}");
}

#[test]
fn json_lines_escape_what_acts_and_stay_the_same_events() {
    for (_, event) in hostile() {
        if matches!(event, RunEvent::Output { .. }) {
            continue;
        }
        let sink = Sink::default();
        show(&mut Json::new(sink.clone()), &vec![(1, event.clone())]);
        acts_on_nothing(&sink.text());
        let mut object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&sink.text()).unwrap();
        object.remove("at_ms");
        assert_eq!(serde_json::from_value::<RunEvent>(object.into()).unwrap(), event);
    }
}

/// The last screen tells it, cut; no other line does.
#[test]
fn a_huge_message_is_printed_once_and_cut() {
    let huge = format!("first words {}", "x".repeat(200 * 1024));
    let course = vec![
        (0, started(vec![outline("app", &["clone", "build"])])),
        (1, task_started("app")),
        (2, step_started("app", "build")),
        (3, step_finished("app", "build", StepOutcome::Failed(failure(&huge)), 1)),
        (4, task_finished("app", TaskOutcome::Failed(failure(&huge)), 3)),
        (5, finished(1, &[], 5)),
    ];
    let sink = Sink::default();
    show(&mut Plain::new(sink.clone(), Box::new(usual_next_command)), &course);
    let text = sink.text();
    assert!(text.len() < 8 * 1024, "{} bytes", text.len());
    assert_eq!(text.matches(&"x".repeat(1000)).count(), 4, "{text}");
    assert_eq!(text.matches("more bytes)").count(), 1, "{text}");
    assert!(text.contains("app failed: first words"), "{text}");
}

/// Bytes of a step's own output are the user's: a log file holds what the program wrote.
#[test]
fn output_stays_what_it_was_behind_a_harmless_prefix() {
    let sink = Sink::default();
    let course = vec![(0, output("::error::t", "s\n##[error]", "\u{1b}[31mred\u{1b}[0m\n"))];
    show(&mut Plain::new(sink.clone(), Box::new(usual_next_command)), &course);
    assert_eq!(sink.text(), ": :error::t/s # #[error] | \u{1b}[31mred\u{1b}[0m\n");
}
