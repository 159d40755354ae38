//! Tokens to a tree.

use super::Invalid;
use super::lex::{Kind, Token};
use std::ops::Range;

#[derive(Debug)]
pub(super) struct Tree {
    pub shape: Shape,
    pub range: Range<usize>,
}

#[derive(Debug)]
pub(super) enum Shape {
    Text(String),
    Variable(String),
    Call(String, Vec<Tree>),
    Not(Box<Tree>),
    Binary(Operator, Box<Tree>, Box<Tree>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    Differs,
    Matches,
    MatchesNot,
    In,
}

impl Operator {
    fn of(kind: &Kind) -> Option<Self> {
        Some(match kind {
            Kind::Or => Self::Or,
            Kind::And => Self::And,
            Kind::Equal => Self::Equal,
            Kind::Differs => Self::Differs,
            Kind::Matches => Self::Matches,
            Kind::MatchesNot => Self::MatchesNot,
            Kind::In => Self::In,
            _ => return None,
        })
    }

    fn binding(self) -> u8 {
        match self {
            Self::Or => 1,
            Self::And => 2,
            Self::Equal | Self::Differs | Self::Matches | Self::MatchesNot => 3,
            Self::In => 4,
        }
    }
}

/// Parentheses and negations deeper than this are no longer read; recursion relies on it.
const DEEPEST: usize = 64;

/// Operators in one expression. Chains nest to the left, so evaluation recurses once for each.
const MOST_OPERATORS: usize = 500;

pub(super) fn parse(tokens: &[Token], end: usize) -> Result<Tree, Invalid> {
    let mut parser = Parser { tokens, at: 0, end, depth: 0, operators: 0 };
    let tree = parser.expression(0)?;
    match parser.peek() {
        None => Ok(tree),
        Some(extra) => Err(Invalid::new(extra.range.clone(), "the expression should have ended here")
            .help("is an operator missing before it, or a quote around it?")),
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    end: usize,
    depth: usize,
    operators: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<&'a Token> {
        let token = self.tokens.get(self.at);
        self.at += 1;
        token
    }

    fn expression(&mut self, weakest: u8) -> Result<Tree, Invalid> {
        let mut left = self.operand()?;
        while let Some(operator) = self.peek().and_then(|token| Operator::of(&token.kind)) {
            if operator.binding() <= weakest {
                break;
            }
            let place = self.next().map_or(0..0, |token| token.range.clone());
            self.operators += 1;
            if self.operators > MOST_OPERATORS {
                return Err(Invalid::new(place, "the expression is too long"));
            }
            let right = self.expression(operator.binding())?;
            let range = left.range.start..right.range.end;
            left = Tree { shape: Shape::Binary(operator, Box::new(left), Box::new(right)), range };
        }
        Ok(left)
    }

    fn operand(&mut self) -> Result<Tree, Invalid> {
        let Some(token) = self.next() else {
            return Err(Invalid::new(self.end.saturating_sub(1)..self.end, "the expression ends where a value is expected"));
        };
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Invalid::new(token.range.clone(), "the expression nests too deeply"));
        }
        let tree = self.operand_from(token);
        self.depth -= 1;
        tree
    }

    fn operand_from(&mut self, token: &Token) -> Result<Tree, Invalid> {
        let range = token.range.clone();
        match &token.kind {
            Kind::Text(text) => Ok(Tree { shape: Shape::Text(text.clone()), range }),
            Kind::Variable(name) => Ok(Tree { shape: Shape::Variable(name.clone()), range }),
            Kind::Not => {
                let operand = self.operand()?;
                let range = range.start..operand.range.end;
                Ok(Tree { shape: Shape::Not(Box::new(operand)), range })
            }
            Kind::Open => {
                let inner = self.expression(0)?;
                let close = self.close(&range)?;
                Ok(Tree { shape: inner.shape, range: range.start..close.end })
            }
            Kind::Word(name) => self.call(name, range),
            _ => Err(Invalid::new(range, "a value is expected here")),
        }
    }

    fn call(&mut self, name: &str, range: Range<usize>) -> Result<Tree, Invalid> {
        if self.peek().map(|token| &token.kind) != Some(&Kind::Open) {
            return Err(Invalid::new(range, format!("`{name}` is neither text nor a variable"))
                .help(format!("write '{name}' for text, or ${name} for a variable")));
        }
        let open = self.next().map_or(0..0, |token| token.range.clone());
        let mut arguments = Vec::new();
        if self.peek().map(|token| &token.kind) != Some(&Kind::Close) {
            arguments.push(self.expression(0)?);
            while self.peek().map(|token| &token.kind) == Some(&Kind::Comma) {
                self.at += 1;
                arguments.push(self.expression(0)?);
            }
        }
        let close = self.close(&open)?;
        Ok(Tree { shape: Shape::Call(name.to_owned(), arguments), range: range.start..close.end })
    }

    fn close(&mut self, open: &Range<usize>) -> Result<Range<usize>, Invalid> {
        match self.next() {
            Some(token) if token.kind == Kind::Close => Ok(token.range.clone()),
            Some(token) => Err(Invalid::new(token.range.clone(), "a `)` or an operator is expected here")),
            None => Err(Invalid::new(open.clone(), "this parenthesis is never closed")),
        }
    }
}
