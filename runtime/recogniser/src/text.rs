//! Text with variables, as fields of requests hold it.

use std::fmt;

/// Text in which variables may stand. Two texts are equal when a shell makes the same of both, however they are spelled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text(Vec<Segment>);

/// A part of a [`Text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Text that stands for itself.
    Literal(String),
    /// A variable.
    Variable(Variable),
}

/// A variable in a text.
#[derive(Debug, Clone, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// It stands in quotes. Without them a shell splits its value at spaces.
    pub quoted: bool,
    /// It was written `${NAME}`.
    pub(crate) braces: bool,
}

impl PartialEq for Variable {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Text {
    pub(crate) fn of_literal(literal: &str) -> Self {
        let mut text = Self::default();
        text.push_literal(literal);
        text
    }

    pub(crate) fn of_variable(name: &str) -> Self {
        Self(vec![Segment::Variable(Variable { name: name.to_owned(), quoted: true, braces: false })])
    }

    pub(crate) fn push_literal(&mut self, literal: &str) {
        match self.0.last_mut() {
            _ if literal.is_empty() => {}
            Some(Segment::Literal(last)) => last.push_str(literal),
            _ => self.0.push(Segment::Literal(literal.to_owned())),
        }
    }

    pub(crate) fn push_variable(&mut self, variable: Variable) {
        self.0.push(Segment::Variable(variable));
    }

    fn push(&mut self, segment: Segment) {
        match segment {
            Segment::Literal(literal) => self.push_literal(&literal),
            variable @ Segment::Variable(_) => self.0.push(variable),
        }
    }

    pub(crate) fn then(mut self, more: Self) -> Self {
        more.0.into_iter().for_each(|segment| self.push(segment));
        self
    }

    /// The text, when it has no variables.
    pub fn literal(&self) -> Option<&str> {
        match self.0.as_slice() {
            [] => Some(""),
            [Segment::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// Its parts.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }

    /// Its variables.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.0.iter().filter_map(|segment| if let Segment::Variable(variable) = segment { Some(variable) } else { None })
    }

    /// The variable that it is, when it is nothing else.
    pub fn sole_variable(&self) -> Option<&Variable> {
        match self.0.as_slice() {
            [Segment::Variable(variable)] => Some(variable),
            _ => None,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Both sides of the first such character that stands for itself.
    pub(crate) fn split_once(&self, separator: char) -> Option<(Self, Self)> {
        let at = self.0.iter().position(|segment| matches!(segment, Segment::Literal(text) if text.contains(separator)))?;
        let Some(Segment::Literal(text)) = self.0.get(at) else { return None };
        let (before, after) = text.split_once(separator)?;
        let head = Self(self.0.get(..at)?.to_vec()).then(Self::of_literal(before));
        let tail = Self::of_literal(after).then(Self(self.0.get(at + 1..)?.to_vec()));
        Some((head, tail))
    }

    pub(crate) fn split(&self, separator: char) -> Vec<Self> {
        let mut parts = Vec::new();
        let mut rest = self.clone();
        while let Some((head, tail)) = rest.split_once(separator) {
            parts.push(head);
            rest = tail;
        }
        parts.push(rest);
        parts
    }

    pub(crate) fn starts_with(&self, prefix: &str) -> bool {
        matches!(self.0.first(), Some(Segment::Literal(text)) if text.starts_with(prefix))
    }

    pub(crate) fn strip_prefix(&self, prefix: &str) -> Option<Self> {
        let Some(Segment::Literal(text)) = self.0.first() else { return None };
        let rest = text.strip_prefix(prefix)?;
        Some(Self::of_literal(rest).then(Self(self.0.get(1..)?.to_vec())))
    }

    /// Without such characters at its end.
    pub(crate) fn trim_end(&self, char: char) -> Self {
        match self.0.split_last() {
            Some((Segment::Literal(text), before)) => Self(before.to_vec()).then(Self::of_literal(text.trim_end_matches(char))),
            _ => self.clone(),
        }
    }

    /// Without its first `length` bytes, which are known to be literal.
    pub(crate) fn skip(&self, length: usize) -> Self {
        match self.0.split_first() {
            Some((Segment::Literal(text), more)) => {
                Self::of_literal(text.get(length..).unwrap_or_default()).then(Self(more.to_vec()))
            }
            _ => self.clone(),
        }
    }

    /// What stands behind `prefix`, variables included.
    pub(crate) fn strip_text(&self, prefix: &Self) -> Option<Self> {
        let Some((last, whole)) = prefix.0.split_last() else { return Some(self.clone()) };
        if self.0.get(..whole.len())? != whole {
            return None;
        }
        let rest = Self(self.0.get(whole.len()..)?.to_vec());
        match last {
            Segment::Literal(text) => rest.strip_prefix(text),
            variable @ Segment::Variable(_) if rest.0.first() == Some(variable) => Some(Self(rest.0.get(1..)?.to_vec())),
            Segment::Variable(_) => None,
        }
    }

    /// With every variable as `${NAME}`: the form whose expansion depends on nothing around it.
    pub fn exact(&self) -> String {
        let spell = |segment: &Segment| match segment {
            Segment::Literal(text) => text.clone(),
            Segment::Variable(variable) => format!("${{{}}}", variable.name),
        };
        self.0.iter().map(spell).collect()
    }
}

/// As a person writes it: `$NAME`, with braces where they were written or where a letter follows.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, segment) in self.0.iter().enumerate() {
            let joined = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let runs_on = matches!(self.0.get(at + 1), Some(Segment::Literal(text)) if text.starts_with(joined));
            match segment {
                Segment::Literal(text) => f.write_str(text)?,
                Segment::Variable(variable) if variable.braces || runs_on => write!(f, "${{{}}}", variable.name)?,
                Segment::Variable(variable) => write!(f, "${}", variable.name)?,
            }
        }
        Ok(())
    }
}
