//! How a plugin ended.

use windlass_engine::ports::plugin::PluginError;

use crate::case::Expected;
use crate::suite::Problems;

/// Tells an end that is not the expected one.
pub(super) fn compare(what: &str, expected: &Expected, got: Result<(), &PluginError>, problems: &mut Problems) {
    let is_expected = match (expected, got) {
        (Expected::Ok, Ok(())) => true,
        (Expected::Failed(text), Err(PluginError::Failed { message, .. })) => message.contains(text),
        (Expected::Failed(text), Err(error @ PluginError::Invalid { .. })) => error.to_string().contains(text),
        (Expected::Unsupported(expected), Err(PluginError::Unsupported { field, also, .. })) => {
            std::iter::once(field).chain(also.iter().map(|(field, _)| field)).any(|field| field == expected)
        }
        (Expected::Denied(expected), Err(PluginError::Denied { power, .. })) => power.as_str() == expected,
        (Expected::Infrastructure(text), Err(PluginError::Infrastructure { message, .. })) => message.contains(text),
        _ => false,
    };
    if !is_expected {
        problems.add(format!("{what}: expected {}, got {}", in_words(expected), told(got)));
    }
}

/// Tells an exit code that is not the expected one.
pub(super) fn exit_code(expected: Option<i32>, got: Option<&PluginError>, problems: &mut Problems) {
    let code = match got {
        Some(PluginError::Failed { exit_code, .. }) => *exit_code,
        _ => None,
    };
    if let Some(expected) = expected.filter(|expected| code != Some(*expected)) {
        let code = code.map_or("none".to_owned(), |code| code.to_string());
        problems.add(format!("exit-code: expected {expected}, got {code}"));
    }
}

fn in_words(expected: &Expected) -> String {
    match expected {
        Expected::Ok => "ok".to_owned(),
        Expected::Failed(text) => format!("failed with {text:?}"),
        Expected::Unsupported(field) => format!("unsupported: {field}"),
        Expected::Denied(power) => format!("denied: {power}"),
        Expected::Infrastructure(text) => format!("infrastructure with {text:?}"),
    }
}

/// An end in the words of a case.
pub(crate) fn told(got: Result<(), &PluginError>) -> String {
    let Err(error) = got else { return "ok".to_owned() };
    match error {
        PluginError::Failed { message, exit_code, .. } => {
            let code = exit_code.map(|code| format!(" (exit code {code})")).unwrap_or_default();
            format!("failed: {message:?}{code}")
        }
        PluginError::Unsupported { field, reason, also, .. } => {
            let also: String = also.iter().map(|(field, reason)| format!("; {field}: {reason}")).collect();
            format!("unsupported: {field}: {reason}{also}")
        }
        PluginError::Denied { power, detail, .. } if detail.is_empty() => format!("denied: {power}"),
        PluginError::Denied { power, detail, .. } => format!("denied: {power} ({detail})"),
        PluginError::Infrastructure { message, .. } => format!("infrastructure: {message:?}"),
        PluginError::Cancelled => "cancelled".to_owned(),
        PluginError::Trapped { export, cause, frames, .. } => {
            let frames: String = frames.iter().take(4).map(|frame| format!("\n    in {frame}")).collect();
            format!("a trap in `{export}`: {cause}{frames}")
        }
        other => other.to_string(),
    }
}
