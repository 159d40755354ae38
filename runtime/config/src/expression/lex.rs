//! Text to tokens.

use super::Invalid;
use crate::variables::name_length;
use std::ops::Range;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// `$V` or `${V}`.
    Variable(String),
    /// A quoted string, or a bare `true`, `false` or number.
    Text(String),
    /// A name before `(`.
    Word(String),
    Open,
    Close,
    Comma,
    Not,
    In,
    Equal,
    Differs,
    Matches,
    MatchesNot,
    And,
    Or,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: Kind,
    pub range: Range<usize>,
}

/// Longest first, so that `!=~` is not read as `!=` and `~`.
const OPERATORS: [(&str, Kind); 11] = [
    ("!=~", Kind::MatchesNot),
    ("==", Kind::Equal),
    ("!=", Kind::Differs),
    ("=~", Kind::Matches),
    ("!~", Kind::MatchesNot),
    ("&&", Kind::And),
    ("||", Kind::Or),
    ("!", Kind::Not),
    ("(", Kind::Open),
    (")", Kind::Close),
    (",", Kind::Comma),
];

pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Invalid> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(char) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if char.is_whitespace() {
            at += char.len_utf8();
            continue;
        }
        if let Some(length) = comment(text.get(at..).unwrap_or_default(), at)? {
            at += length;
            continue;
        }
        let (kind, length) = token(text, at, char)?;
        tokens.push(Token { kind, range: at..at + length });
        at += length;
    }
    Ok(tokens)
}

/// How much of the start of `rest` is a comment: `// …` to the end of the line, or `/* … */`.
fn comment(rest: &str, at: usize) -> Result<Option<usize>, Invalid> {
    if rest.starts_with("//") {
        return Ok(Some(rest.find('\n').unwrap_or(rest.len())));
    }
    let Some(inside) = rest.strip_prefix("/*") else {
        return Ok(None);
    };
    match inside.find("*/") {
        Some(end) => Ok(Some(end + 4)),
        None => Err(Invalid::new(at..at + 2, "this comment is never closed").help("end it with `*/`, or put text in quotes")),
    }
}

fn token(text: &str, at: usize, char: char) -> Result<(Kind, usize), Invalid> {
    let rest = text.get(at..).unwrap_or_default();
    if let Some((operator, kind)) = OPERATORS.iter().find(|(operator, _)| rest.starts_with(operator)) {
        return Ok((kind.clone(), operator.len()));
    }
    match char {
        '$' => variable(rest, at),
        '\'' | '"' => string(rest, at, char),
        _ if char.is_alphanumeric() || matches!(char, '_' | '.' | '-' | '/') => Ok(word(rest)),
        '=' => Err(Invalid::new(at..at + 1, "a single `=` is not an operator").help("compare with `==`")),
        '&' | '|' => {
            Err(Invalid::new(at..at + 1, format!("a single `{char}` is not an operator")).help(format!("write `{char}{char}`")))
        }
        _ => Err(Invalid::new(at..at + char.len_utf8(), format!("`{char}` has no meaning in an expression"))
            .help("put text in quotes")),
    }
}

fn variable(rest: &str, at: usize) -> Result<(Kind, usize), Invalid> {
    let after = rest.get(1..).unwrap_or_default();
    if let Some(inner) = after.strip_prefix('{') {
        let Some(end) = inner.find('}') else {
            return Err(Invalid::new(at..at + 2, "this `${` is never closed").help("write `${NAME}`"));
        };
        let name = inner.get(..end).unwrap_or_default();
        return Ok((Kind::Variable(name.to_owned()), end + 3));
    }
    match name_length(after) {
        0 => Err(Invalid::new(at..at + 1, "a variable's name has to follow `$`")),
        length => Ok((Kind::Variable(after.get(..length).unwrap_or_default().to_owned()), length + 1)),
    }
}

/// A quoted string. A backslash keeps its meaning for regular expressions, except before the quote, and before `\`, `n`
/// and `t` in double quotes.
fn string(rest: &str, at: usize, quote: char) -> Result<(Kind, usize), Invalid> {
    let mut value = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((offset, char)) = chars.next() {
        if char == quote {
            return Ok((Kind::Text(unquoted(&value).to_owned()), offset + 1));
        }
        if char != '\\' {
            value.push(char);
            continue;
        }
        match chars.peek().map(|(_, next)| *next) {
            Some(next) if next == quote => {
                value.push(next);
                chars.next();
            }
            Some('\\') if quote == '"' => {
                value.push('\\');
                chars.next();
            }
            Some('n') if quote == '"' => {
                value.push('\n');
                chars.next();
            }
            Some('t') if quote == '"' => {
                value.push('\t');
                chars.next();
            }
            _ => value.push('\\'),
        }
    }
    Err(Invalid::new(at..at + 1, "this quote is never closed"))
}

/// Text without the quotes that a quoted text has around it once more, as in `"'main'"`.
fn unquoted(mut text: &str) -> &str {
    while let Some(inner) = ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote)) {
        text = inner;
    }
    text
}

fn word(rest: &str) -> (Kind, usize) {
    let length =
        rest.find(|char: char| !(char.is_alphanumeric() || matches!(char, '_' | '.' | '-' | '/' | '*'))).unwrap_or(rest.len());
    let word = rest.get(..length).unwrap_or_default();
    let word = word.split_once("//").map_or(word, |(before, _)| before);
    let length = word.len();
    let kind = match word {
        "in" => Kind::In,
        "true" | "false" => Kind::Text(word.to_owned()),
        _ if word.starts_with(|char: char| char.is_ascii_digit()) => Kind::Text(word.to_owned()),
        _ => Kind::Word(word.to_owned()),
    };
    (kind, length)
}
