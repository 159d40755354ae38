//! SARIF, which static analysers share.

use serde::Deserialize;

use super::{Number, Text, json, level};
use crate::finding::{Finding, Findings};
use crate::place::of_address;

#[derive(Deserialize)]
struct Document {
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    results: Option<Vec<Outcome>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outcome {
    #[serde(default)]
    rule_id: Text,
    #[serde(default)]
    level: Text,
    #[serde(default)]
    message: Message,
    #[serde(default)]
    locations: Vec<Location>,
    #[serde(default)]
    suppressions: Option<Vec<serde::de::IgnoredAny>>,
}

#[derive(Deserialize, Default)]
struct Message {
    #[serde(default)]
    text: Text,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    physical_location: Option<Physical>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Physical {
    artifact_location: Option<Artifact>,
    #[serde(default)]
    region: Region,
}

#[derive(Deserialize)]
struct Artifact {
    #[serde(default)]
    uri: Text,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct Region {
    #[serde(default)]
    start_line: Number,
    #[serde(default)]
    start_column: Number,
    #[serde(default)]
    end_line: Number,
    #[serde(default)]
    end_column: Number,
}

pub(super) fn read(text: &str, findings: &mut Findings<'_>) -> Result<(), String> {
    let document: Document = json(text)?;
    for outcome in document.runs.into_iter().filter_map(|run| run.results).flatten() {
        // Somebody looked at it and said that it is nothing.
        if outcome.suppressions.is_some_and(|suppressions| !suppressions.is_empty()) {
            continue;
        }
        let place = outcome.locations.into_iter().find_map(|location| location.physical_location);
        let (artifact, region) = place.map_or((None, Region::default()), |place| (place.artifact_location, place.region));
        let finding = Finding {
            path: artifact.and_then(|artifact| artifact.uri.given()).map(|uri| of_address(&uri)),
            line: region.start_line.0,
            column: region.start_column.0,
            end_line: region.end_line.0,
            // It is the first one behind.
            end_column: region.end_column.0.saturating_sub(1),
            title: outcome.rule_id.0,
            message: outcome.message.text.0,
            ..Finding::default()
        };
        // Without a word it is a warning.
        findings.add(level(&outcome.level.0), finding);
    }
    Ok(())
}
