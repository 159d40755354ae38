//! Text to tokens, as a POSIX shell splits it.

mod expansion;

pub(crate) use expansion::{COMMAND, name_length};

use std::ops::Range;

use crate::refusal::Refusal;
use crate::word::{Part, Word};

/// A token and its place.
#[derive(Debug, Clone)]
pub(crate) enum Token {
    Word(Word),
    Operator(Operator, Range<usize>),
    Comment(Range<usize>),
}

/// What separates or redirects commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Newline,
    Semicolon,
    And,
    Or,
    Pipe,
    HereString,
    HereDocument,
    Redirect,
    /// `&`, `(`, `)`, `;;`, `|&`: known to a shell, without a typed form.
    Other,
}

const OPERATORS: [(&str, Operator); 22] = [
    ("&>>", Operator::Redirect),
    ("<<<", Operator::HereString),
    ("<<-", Operator::HereDocument),
    ("&&", Operator::And),
    ("||", Operator::Or),
    (";;", Operator::Other),
    ("|&", Operator::Other),
    ("&>", Operator::Redirect),
    (">>", Operator::Redirect),
    (">&", Operator::Redirect),
    (">|", Operator::Redirect),
    ("<<", Operator::HereDocument),
    ("<&", Operator::Redirect),
    ("<>", Operator::Redirect),
    ("|", Operator::Pipe),
    ("&", Operator::Other),
    (";", Operator::Semicolon),
    ("<", Operator::Redirect),
    (">", Operator::Redirect),
    ("(", Operator::Other),
    (")", Operator::Other),
    ("\n", Operator::Newline),
];

/// The tokens of a script, up to where it stops being one.
pub(crate) fn lex(text: &str) -> (Vec<Token>, Option<Refusal>) {
    let mut lexer = Lexer { text, at: 0 };
    let mut tokens = Vec::new();
    loop {
        match lexer.next() {
            Ok(Some(token)) => {
                // What follows is a text of its own, not commands.
                if let Token::Operator(Operator::HereDocument, range) = &token {
                    let refusal = Refusal::new(range.clone(), "begins a here-document, which has no typed form");
                    return (tokens, Some(refusal));
                }
                tokens.push(token);
            }
            Ok(None) => return (tokens, None),
            Err(refusal) => return (tokens, Some(refusal)),
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn next(&mut self) -> Result<Option<Token>, Refusal> {
        loop {
            let rest = self.rest();
            if rest.starts_with("\\\n") {
                self.at += 2;
            } else if rest.starts_with([' ', '\t']) {
                self.at += 1;
            } else {
                break;
            }
        }
        let (start, rest) = (self.at, self.rest());
        if rest.is_empty() {
            return Ok(None);
        }
        if rest.starts_with('#') {
            self.at += rest.find('\n').unwrap_or(rest.len());
            return Ok(Some(Token::Comment(start..self.at)));
        }
        // A number right before a redirection is the stream that it redirects.
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let behind = rest.get(digits..).unwrap_or_default();
        let skipped = if behind.starts_with(['<', '>']) { digits } else { 0 };
        let operator = OPERATORS.iter().find(|(sign, _)| rest.get(skipped..).is_some_and(|rest| rest.starts_with(sign)));
        if let Some((sign, operator)) = operator {
            self.at += skipped + sign.len();
            return Ok(Some(Token::Operator(*operator, start..self.at)));
        }
        self.word().map(|word| Some(Token::Word(word)))
    }

    fn word(&mut self) -> Result<Word, Refusal> {
        let start = self.at;
        let mut parts = Parts::default();
        while let Some(next) = self.peek() {
            let at = self.at;
            match next {
                ' ' | '\t' | '\n' | '|' | '&' | ';' | '<' | '>' | '(' | ')' => break,
                '\\' => {
                    self.at += 1;
                    match self.take() {
                        Some('\n') => {}
                        Some(escaped) => parts.literal(escaped, true),
                        None => parts.literal('\\', true),
                    }
                }
                '\'' => self.single_quoted(&mut parts)?,
                '"' => self.double_quoted(&mut parts)?,
                '$' | '`' => self.expansion(&mut parts, false)?,
                '*' | '?' | '[' => {
                    self.at += 1;
                    parts.opaque(at..self.at, "is a file name pattern, which has no typed form");
                }
                '{' if self.rest().len() > 1 && !self.rest().starts_with("{ ") && !self.rest().starts_with("{\n") => {
                    self.at += 1;
                    parts.opaque(at..self.at, "may be a list in braces, which has no typed form");
                }
                '\r' => {
                    self.at += 1;
                    parts.opaque(start..self.at, "ends with a carriage return, which a shell takes for a part of the word");
                }
                // In what looks like an assignment, several shells fill in a home directory behind these signs, too.
                '~' if at == start || self.text.get(..at).is_some_and(|before| before.ends_with(['=', ':'])) => {
                    self.at += 1;
                    parts.opaque(at..self.at, "is a home directory, which has no typed form");
                }
                other => {
                    self.at += other.len_utf8();
                    parts.literal(other, false);
                }
            }
        }
        Ok(Word { range: start..self.at, parts: parts.0 })
    }

    fn single_quoted(&mut self, parts: &mut Parts) -> Result<(), Refusal> {
        let start = self.at;
        let inside = self.rest().get(1..).unwrap_or_default();
        let length = inside.find('\'').ok_or_else(|| unclosed(start))?;
        parts.literals(inside.get(..length).unwrap_or_default(), true);
        self.at += length + 2;
        Ok(())
    }

    fn double_quoted(&mut self, parts: &mut Parts) -> Result<(), Refusal> {
        let start = self.at;
        self.at += 1;
        // Even an empty pair of quotes makes a word.
        parts.literals("", true);
        loop {
            match self.peek() {
                None => return Err(unclosed(start)),
                Some('"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some('\\') => {
                    self.at += 1;
                    match self.take() {
                        Some('\n') => {}
                        Some(escaped @ ('$' | '`' | '"' | '\\')) => parts.literal(escaped, true),
                        Some(other) => {
                            parts.literal('\\', true);
                            parts.literal(other, true);
                        }
                        None => return Err(unclosed(start)),
                    }
                }
                Some('$' | '`') => self.expansion(parts, true)?,
                Some(other) => {
                    self.at += other.len_utf8();
                    parts.literal(other, true);
                }
            }
        }
    }
}

fn unclosed(at: usize) -> Refusal {
    Refusal::new(at..at + 1, "is never closed")
}

/// The parts of a word under construction.
#[derive(Default)]
struct Parts(Vec<Part>);

impl Parts {
    fn literal(&mut self, char: char, quoted: bool) {
        self.literals(char.encode_utf8(&mut [0; 4]), quoted);
    }

    fn literals(&mut self, more: &str, as_quoted: bool) {
        match self.0.last_mut() {
            Some(Part::Literal { text, quoted }) if *quoted == as_quoted => text.push_str(more),
            _ => self.0.push(Part::Literal { text: more.to_owned(), quoted: as_quoted }),
        }
    }

    fn opaque(&mut self, range: Range<usize>, why: &'static str) {
        self.0.push(Part::Opaque { range, why });
    }
}
