//! The file that `CIRRUS_ENV` names: variables for the steps that follow, one a line.

/// Reads `NAME=VALUE` lines. One line that is none makes the whole file worth nothing.
pub(crate) fn parse(bytes: &[u8]) -> Result<Vec<(String, String)>, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())?;
    text.lines().enumerate().map(|(i, line)| variable(line).ok_or_else(|| explain(i, line))).collect()
}

fn variable(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once('=')?;
    (!name.is_empty() && !name.contains(char::is_whitespace)).then(|| (name.to_owned(), value.to_owned()))
}

/// Names the line, and not what it holds: that may be a secret.
fn explain(index: usize, line: &str) -> String {
    let what = if line.trim().is_empty() { "is empty" } else { "is not NAME=VALUE" };
    format!("line {} {what}", index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_variables() {
        let found = parse(b"A=1\nB=x=y z\nC=\n");
        assert_eq!(found, Ok(vec![("A".into(), "1".into()), ("B".into(), "x=y z".into()), ("C".into(), String::new())]));
        assert_eq!(parse(b""), Ok(vec![]));
    }

    #[test]
    fn one_bad_line_spoils_the_file_and_is_named_without_its_text() {
        assert_eq!(parse(b"A=1\nhunter2\n"), Err("line 2 is not NAME=VALUE".into()));
        assert_eq!(parse(b"A=1\n\nB=2\n"), Err("line 2 is empty".into()));
    }
}
