//! Writing: data to stdout, everything else to stderr.

use std::io::{self, IsTerminal as _, Write as _};

use crate::args::Color;
use crate::failure::Failure;

/// Writes data to stdout. A reader that has gone away (`| head`) is no failure.
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

/// Writes lines to stderr. There is nowhere to complain when it is gone.
pub fn progress(text: &str) {
    let mut stderr = anstream::stderr().lock();
    let _ = writeln!(stderr, "{}", text.trim_end_matches('\n'));
}

/// Writes one JSON document to stdout.
///
/// # Errors
/// As [`data`].
pub fn json(value: &impl serde::Serialize) -> Result<(), Failure> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|error| Failure::Output(error.into()))?;
    text.push(b'\n');
    data(&text)
}

/// Whether stderr gets colours.
pub fn stderr_is_colored(color: Color) -> bool {
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
            io::stderr().is_terminal() && !refused && !dumb
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
