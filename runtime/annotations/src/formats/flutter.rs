//! Events of `dart test`, one a line: a test that fails is told in three of them.

use std::collections::BTreeMap;

use serde::Deserialize;
use windlass_model::event::Level;

use super::{Number, Text, json_lines};
use crate::finding::{Finding, Findings};
use crate::place::of_address;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    #[serde(rename = "type", default)]
    kind: Text,
    test: Option<Test>,
    #[serde(default, rename = "testID")]
    test_id: Option<i64>,
    #[serde(default)]
    error: Text,
    #[serde(default)]
    result: Text,
}

#[derive(Deserialize)]
struct Test {
    id: i64,
    #[serde(default)]
    name: Text,
    #[serde(default)]
    url: Text,
    #[serde(default)]
    line: Number,
    #[serde(default)]
    column: Number,
}

/// Tests that can run at once.
const RUNNING: usize = 10_000;

pub(super) fn read(text: &str, findings: &mut Findings<'_>) -> Result<(), String> {
    let mut running: BTreeMap<i64, Finding> = BTreeMap::new();
    let mut strange = None;
    json_lines(text, |event: Events, at| {
        let events = match event {
            Events::One(event) => vec![*event],
            // `flutter test --machine` puts some of its own between them.
            Events::Several(events) => events,
        };
        for event in events {
            if event.kind.0.is_empty() {
                strange = strange.take().or(Some(at));
            }
            take(event, at, &mut running, findings);
        }
    })?;
    strange.map_or(Ok(()), |at| Err(format!("line {at}: it is no event of a test: it has no `type`")))
}

/// Takes what one event says of a test.
fn take(event: Event, at: u32, running: &mut BTreeMap<i64, Finding>, findings: &mut Findings<'_>) {
    let id = event.test_id.unwrap_or_default();
    match event.kind.0.as_str() {
        "testStart" if running.len() < RUNNING => {
            let Some(test) = event.test else { return };
            let (line, column, path) = (test.line.0, test.column.0, test.url.given().map(|url| of_address(&url)));
            running.insert(test.id, Finding { path, line, column, title: test.name.0, at, ..Finding::default() });
        }
        "error" => {
            if let Some(finding) = running.get_mut(&id) {
                finding.message = event.error.0;
            }
        }
        "testDone" => {
            if let Some(finding) = running.remove(&id).filter(|_| event.result.0 != "success") {
                findings.add(Level::Error, finding);
            }
        }
        _ => {}
    }
}

/// One event, or a list of them.
#[derive(Deserialize)]
#[serde(untagged)]
enum Events {
    Several(Vec<Event>),
    One(Box<Event>),
}
