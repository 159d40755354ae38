//! Secrets in events.

use windlass_model::event::StepOutcome;
use windlass_redact::{MASK, Redactor};
use windlass_report::{Json, Plain, Redacting, usual_next_command};

use crate::runs::{one_of_each, output, run_id, show, step_finished};
use crate::sink::Sink;

/// Puts `secret` into every text of a JSON value, tags excepted.
fn plant(value: &mut serde_json::Value, secret: &str) {
    const NAMES_OF_VARIANTS: [&str; 4] = ["event", "result", "level", "kind"];
    match value {
        serde_json::Value::String(text) if !text.starts_with("sha256:") && text != run_id().as_str() => {
            *text = format!("{text} {secret}.");
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| plant(item, secret)),
        serde_json::Value::Object(fields) => {
            let texts = fields.iter_mut().filter(|(name, _)| !NAMES_OF_VARIANTS.contains(&name.as_str()));
            texts.for_each(|(_, value)| plant(value, secret));
        }
        _ => {}
    }
}

#[test]
fn no_field_of_any_event_shows_a_secret() {
    let redactor = Redactor::new();
    redactor.add(["opensesame"]);
    for event in one_of_each() {
        let mut value = serde_json::to_value(&event).unwrap();
        plant(&mut value, "opensesame");
        let planted = value.to_string().matches("opensesame").count();
        let sink = Sink::default();
        let mut reporter = Redacting::new(redactor.clone(), Json::new(sink.clone()));
        show(&mut reporter, &vec![(0, serde_json::from_value(value).unwrap())]);
        let shown = sink.text();
        assert!(!shown.contains("opensesame"), "{shown}");
        // Output whose end is no line end takes a second line, which names the task and the step again.
        assert!(shown.matches(MASK).count() >= planted, "{shown}");
    }
}

#[test]
fn a_secret_learnt_during_the_run_is_masked_from_then_on_in_each_stream_by_itself() {
    let redactor = Redactor::new();
    let sink = Sink::default();
    let mut reporter = Redacting::new(redactor.clone(), Plain::new(sink.clone(), Box::new(usual_next_command)));
    redactor.add(["opensesame"]);
    let course = vec![
        (0, output("t", "a", "say open")),
        (1, output("t", "b", "say open")),
        (2, output("t", "a", "sesame\n")),
        (3, output("t", "b", " the door\n")),
    ];
    show(&mut reporter, &course);
    assert_eq!(sink.text(), format!("t/a | say {MASK}\nt/b | say open the door\n"));
}

#[test]
fn what_was_held_back_is_shown_when_the_run_breaks_off() {
    let redactor = Redactor::new();
    redactor.add(["opensesame"]);
    let sink = Sink::default();
    let mut reporter = Redacting::new(redactor, Json::new(sink.clone()));
    show(&mut reporter, &vec![(40, output("t", "a", "open"))]);
    assert_eq!(
        sink.text(),
        "{\"at_ms\":40,\"event\":\"output\",\"task\":\"t\",\"task_id\":5,\"step\":\"a\",\"step_id\":2,\"data\":\"open\"}\n"
    );
}

#[test]
fn a_step_that_goes_to_the_background_does_not_let_half_a_secret_out() {
    let redactor = Redactor::new();
    redactor.add(["opensesame"]);
    let sink = Sink::default();
    let mut reporter = Redacting::new(redactor, Plain::new(sink.clone(), Box::new(usual_next_command)));
    let course = vec![
        (0, output("t", "daemon", "open")),
        (1, step_finished("t", "daemon", StepOutcome::Background, 1)),
        (2, output("t", "daemon", "sesame\n")),
    ];
    show(&mut reporter, &course);
    assert_eq!(sink.text(), format!("==> t/daemon runs in the background\nt/daemon | {MASK}\n"));
}
