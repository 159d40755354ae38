//! The description of the JSON lines is true.

use crate::runs::{one_of_each, show};
use crate::sink::Sink;

#[test]
fn every_event_has_its_line_in_the_description_and_no_line_is_made_up() {
    let described: Vec<_> = include_str!("../../EVENTS.md").lines().filter(|line| line.starts_with('{')).collect();
    let sink = Sink::default();
    let course = one_of_each().into_iter().enumerate().map(|(n, event)| (1000 * n as u64, event)).collect();
    show(&mut windlass_report::Json::new(sink.clone()), &course);
    assert_eq!(described.join("\n"), sink.text().trim_end(), "EVENTS.md is to hold these lines:\n{}", sink.text());
}
