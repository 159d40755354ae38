//! Tokens to commands: lists of pipelines of simple commands.

use std::ops::Range;

use crate::lex::{Operator, Token, lex};
use crate::refusal::Refusal;
use crate::word::Word;

/// A program with its arguments.
#[derive(Debug, Default)]
pub(crate) struct Simple {
    pub(crate) words: Vec<Word>,
    pub(crate) redirects: Vec<Redirect>,
}

/// A redirection: its sign, and what stands behind it.
#[derive(Debug)]
pub(crate) struct Redirect {
    pub(crate) operator: Range<usize>,
    pub(crate) here_string: bool,
    pub(crate) target: Option<Word>,
}

/// Commands joined by `|`.
#[derive(Debug)]
pub(crate) struct Pipeline {
    pub(crate) commands: Vec<Simple>,
    /// The first `|`.
    pub(crate) pipe: Option<Range<usize>>,
}

/// Pipelines joined by `&&` and `||`.
#[derive(Debug, Default)]
pub(crate) struct List {
    pub(crate) pipelines: Vec<Pipeline>,
    /// The `||`s, each before the pipeline of the same place in the list, counted from one.
    pub(crate) alternatives: Vec<(usize, Range<usize>)>,
}

/// A script, read.
#[derive(Debug, Default)]
pub(crate) struct Parsed {
    pub(crate) lists: Vec<List>,
    pub(crate) refusals: Vec<Refusal>,
    pub(crate) comments: Vec<Range<usize>>,
    /// Where the script stops being one, its last list: there is no telling what it does.
    pub(crate) unfinished: Option<List>,
}

/// Reads a script. What has no place here is refused, and reading goes on behind it.
pub(crate) fn parse(text: &str) -> Parsed {
    let (tokens, stopped) = lex(text);
    let mut parser = Parser::default();
    for token in tokens {
        parser.token(token);
    }
    parser.end_list();
    let mut parsed = parser.parsed;
    if let Some(refusal) = stopped {
        parsed.unfinished = parsed.lists.pop();
        parsed.refusals.push(refusal);
    }
    parsed
}

#[derive(Default)]
struct Parser {
    parsed: Parsed,
    list: List,
    pipeline: Vec<Simple>,
    pipe: Option<Range<usize>>,
    simple: Simple,
    /// A redirection that still waits for its word.
    waiting: Option<(Range<usize>, bool)>,
    /// `&&`, `||` or `|` came last, so the line goes on.
    open: bool,
}

impl Parser {
    fn token(&mut self, token: Token) {
        match token {
            Token::Comment(range) => self.parsed.comments.push(range),
            Token::Word(word) => {
                self.open = false;
                match self.waiting.take() {
                    Some((operator, here_string)) => {
                        self.simple.redirects.push(Redirect { operator, here_string, target: Some(word) });
                    }
                    None => self.simple.words.push(word),
                }
            }
            Token::Operator(operator, range) => self.operator(operator, range),
        }
    }

    fn operator(&mut self, operator: Operator, range: Range<usize>) {
        self.unfinished_redirect();
        match operator {
            Operator::Newline if self.open => {}
            Operator::Newline | Operator::Semicolon => self.end_list(),
            Operator::Redirect => self.waiting = Some((range, false)),
            Operator::HereString => self.waiting = Some((range, true)),
            Operator::Pipe => {
                self.end_simple();
                self.pipe.get_or_insert(range);
                self.open = true;
            }
            Operator::And => {
                self.end_pipeline();
                self.open = true;
            }
            Operator::Or => {
                self.end_pipeline();
                self.list.alternatives.push((self.list.pipelines.len(), range));
                self.open = true;
            }
            Operator::HereDocument | Operator::Other => {
                self.parsed.refusals.push(Refusal::no_form(range));
                self.end_list();
            }
        }
    }

    fn unfinished_redirect(&mut self) {
        if let Some((operator, here_string)) = self.waiting.take() {
            self.simple.redirects.push(Redirect { operator, here_string, target: None });
        }
    }

    fn end_simple(&mut self) {
        self.unfinished_redirect();
        let simple = std::mem::take(&mut self.simple);
        if !simple.words.is_empty() || !simple.redirects.is_empty() {
            self.pipeline.push(simple);
        }
    }

    fn end_pipeline(&mut self) {
        self.end_simple();
        let (commands, pipe) = (std::mem::take(&mut self.pipeline), self.pipe.take());
        if !commands.is_empty() {
            self.list.pipelines.push(Pipeline { commands, pipe });
        }
    }

    fn end_list(&mut self) {
        self.end_pipeline();
        self.open = false;
        let list = std::mem::take(&mut self.list);
        if !list.pipelines.is_empty() {
            self.parsed.lists.push(list);
        }
    }
}
