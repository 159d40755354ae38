//! The one question that a person is asked.

use std::collections::BTreeSet;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use windlass_model::text;

use super::ask::Ask;
use crate::output;

/// Whether there is somebody to ask.
pub fn somebody_is_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// What is asked for, one line each.
pub fn lines(asks: &BTreeSet<Ask>) -> Vec<String> {
    asks.iter().map(|ask| text::one_line(&ask.to_string()).into_owned()).collect()
}

/// Asks. Anything but a plain yes is a no.
pub fn ask(asks: &[String], before: bool) -> bool {
    let new = if before { "now asks for more than you have trusted" } else { "asks for more than its own files and its pods" };
    output::progress(&format!("This project {new}:"));
    for line in asks {
        output::progress(&format!("  - {line}"));
    }
    let mut stderr = io::stderr().lock();
    let _ = write!(stderr, "Do you trust it? [y/N] ");
    let _ = stderr.flush();
    let mut answer = String::new();
    let read = io::stdin().lock().read_line(&mut answer);
    read.is_ok() && matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A question whose text the repository can rewrite is no question.
    #[test]
    fn what_is_asked_for_cannot_change_how_it_is_shown() {
        let argv = vec!["\u{1b}[2J\u{202e}\r\nsh".to_owned()];
        let lines =
            lines(&[Ask::Command { secret: "A".into(), argv, files: Default::default(), links: Default::default() }].into());
        let moves = |char: char| char.is_control() || char == '\u{202e}';
        assert!(lines[0].contains("sh") && lines.len() == 1 && !lines[0].contains(moves), "{lines:?}");
    }
}
