//! JSON lines.

use std::time::Duration;

use windlass_model::event::RunEvent;
use windlass_report::{Json, ReportError, Reporter};

use crate::runs::{Course, failed_run, one_of_each, output, show};
use crate::sink::{Closed, Sink};

fn json(course: &Course) -> String {
    let sink = Sink::default();
    show(&mut Json::new(sink.clone()), course);
    sink.text()
}

#[test]
fn a_run_is_one_object_a_line() {
    insta::assert_snapshot!(json(&failed_run()));
}

#[test]
fn every_event_comes_back_from_its_line() {
    for event in one_of_each() {
        let line = json(&vec![(7, event.clone())]);
        let mut object: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&line).unwrap();
        assert_eq!(object.remove("at_ms"), Some(7.into()), "{line}");
        let back: RunEvent = serde_json::from_value(object.into()).unwrap();
        assert_eq!(back, event);
    }
}

#[test]
fn a_character_cut_by_a_chunk_is_put_together_and_invalid_bytes_are_replaced() {
    let euro = "€".as_bytes();
    let text = json(&vec![(0, output("t", "s", &euro[..1])), (1, output("t", "s", [&euro[1..], b"\xff\n"].concat()))]);
    assert_eq!(
        text,
        "{\"at_ms\":1,\"event\":\"output\",\"task\":\"t\",\"task_id\":5,\"step\":\"s\",\"step_id\":0,\"data\":\"€\u{fffd}\\n\"}\n"
    );
}

#[test]
fn a_reader_that_went_away_is_told_from_a_failure() {
    let mut json = Json::new(Closed);
    let mut outcome = Ok(());
    // More than any buffer holds, so that the error comes out of serialising as well.
    for _ in 0..1000 {
        outcome = outcome.and(json.event(Duration::ZERO, &output("t", "s", [b'x', b'\n'].repeat(10_000))));
    }
    assert!(matches!(outcome, Err(ReportError::Closed)), "{outcome:?}");
}
