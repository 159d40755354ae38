//! What `windlass init` asks a person, and what it takes where nobody is there.

use std::io::{self, BufRead as _, Write as _};

use crate::failure::Failure;
use crate::trust::somebody_is_there;

/// Asks for a text. The default counts for an empty answer, and where nobody is there to answer.
///
/// # Errors
/// When there is neither an answer nor a default: `unknown` says so then, with the option to give.
pub(super) fn ask(question: &str, default: Option<String>, unknown: impl FnOnce() -> Failure) -> Result<String, Failure> {
    if !somebody_is_there() {
        return default.ok_or_else(unknown);
    }
    let mut stderr = io::stderr().lock();
    let shown = default.as_ref().map(|default| format!(" [{default}]")).unwrap_or_default();
    let _ = write!(stderr, "{}{}: ", windlass_model::text::one_line(question), windlass_model::text::one_line(&shown));
    let _ = stderr.flush();
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(|source| Failure::Unreadable {
        path: "standard input".into(),
        source,
        help: Vec::new(),
    })?;
    match (answer.trim(), default) {
        ("", default) => default.ok_or_else(unknown),
        (answer, _) => Ok(answer.to_owned()),
    }
}
