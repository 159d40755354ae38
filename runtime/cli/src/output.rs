//! Writing: data to stdout, everything else to stderr. All of it is masked by one [`redactor`]; what people read is cleaned of what acts
//! on a terminal or on a CI system.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::LazyLock;

use windlass_model::text;
use windlass_redact::Redactor;

use crate::args::Color;
use crate::failure::Failure;

static REDACTOR: LazyLock<Redactor> = LazyLock::new(Redactor::new);

/// The secrets that this process knows. A value is added before anything else is done with it.
pub fn redactor() -> &'static Redactor {
    &REDACTOR
}

/// Writes a text for people to stdout. What others wrote into it is on one line already where it has to be.
///
/// # Errors
/// As [`data`].
pub fn text(text: &str) -> Result<(), Failure> {
    data(text::lines(&redactor().text(text)).as_bytes())
}

/// Writes the text of a file to stdout: as it is where something reads it, harmless where a person does.
///
/// # Errors
/// As [`data`].
pub fn file(bytes: &[u8]) -> Result<(), Failure> {
    if io::stdout().is_terminal() { self::text(&String::from_utf8_lossy(bytes)) } else { data(bytes) }
}

/// Writes bytes to stdout as they are. A reader that has gone away (`| head`) is no failure.
///
/// # Errors
/// When stdout cannot be written for any other reason, such as a full disk.
pub fn data(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Output(error)),
        _ => Ok(()),
    }
}

/// Writes one line to stderr, whatever it is made of.
pub fn line(line: &str) {
    stderr(&text::one_line(&redactor().text(line)));
}

/// Writes lines to stderr. What others wrote into them is on one line already.
pub fn progress(lines: &str) {
    stderr(&text::lines(&redactor().text(lines)));
}

/// Writes to stderr what a renderer made, colours included. It lets no other escape through.
pub fn rendered(text: &str) {
    stderr(&coloured(&redactor().text(text)));
}

/// Cleans all but escapes, where those are known to be windlass' own colours.
pub fn coloured(text: &str) -> String {
    let parts: Vec<_> = text.split('\u{1b}').map(text::lines).collect();
    parts.join("\u{1b}")
}

/// There is nowhere to complain when it is gone.
fn stderr(text: &str) {
    let mut stderr = anstream::stderr().lock();
    let _ = writeln!(stderr, "{}", text.trim_end_matches('\n'));
}

/// Writes one JSON document to stdout.
///
/// # Errors
/// As [`data`].
pub fn json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let broken = |error: serde_json::Error| Failure::Output(error.into());
    let mut value = serde_json::to_value(value).map_err(broken)?;
    mask(&mut value);
    let mut document = serde_json::to_string_pretty(&value).map_err(broken)?;
    document.push('\n');
    data(text::json(&document).as_bytes())
}

/// Masks in texts and names alone: a secret may look like a number or a bracket.
pub fn mask(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) => *text = redactor().text(text).into_owned(),
        serde_json::Value::Array(items) => items.iter_mut().for_each(mask),
        serde_json::Value::Object(fields) => {
            fields.values_mut().for_each(mask);
            let holds_secret = |name: &String| matches!(redactor().text(name), std::borrow::Cow::Owned(_));
            if fields.keys().any(holds_secret) {
                let all = std::mem::take(fields);
                *fields = all.into_iter().map(|(name, value)| (redactor().text(&name).into_owned(), value)).collect();
            }
        }
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Number(_) => {}
    }
}

/// Whether stderr gets colours.
pub fn stderr_is_colored(color: Color) -> bool {
    is_colored(color, &io::stderr())
}

/// Whether stdout gets colours.
pub fn stdout_is_colored(color: Color) -> bool {
    is_colored(color, &io::stdout())
}

fn is_colored(color: Color, stream: &impl io::IsTerminal) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
            stream.is_terminal() && !refused && !dumb
        }
    }
}

/// Columns and rows of the terminal that stderr is.
pub fn size() -> Option<(usize, usize)> {
    terminal_size::terminal_size_of(io::stderr()).map(|(width, height)| (usize::from(width.0), usize::from(height.0)))
}

/// Its width in columns.
pub fn width() -> Option<usize> {
    size().map(|(columns, _)| columns)
}
