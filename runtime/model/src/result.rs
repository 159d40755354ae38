//! What a step says of itself: named values, and remarks on lines of files.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::event::Level;
use crate::image::ImageReference;
use crate::path;
use crate::plugin::PushedImage;

/// What the variables of results begin with.
const PREFIX: &str = "WINDLASS_RESULT_";

/// The name of a result: capital letters, digits and `_`, the first a letter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResultName(String);

impl ResultName {
    /// The most characters of one.
    pub const LONGEST: usize = 64;

    /// Reads a name.
    ///
    /// # Errors
    /// When the text is none, with what a name is.
    pub fn parse(text: &str) -> Result<Self, String> {
        let fits = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        if text.len() <= Self::LONGEST && text.starts_with(|c: char| c.is_ascii_uppercase()) && text.chars().all(fits) {
            return Ok(Self(text.to_owned()));
        }
        Err(format!("a result's name has 1 to {} capital letters, digits and `_`, and begins with a letter", Self::LONGEST))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The variable by which later steps know a result of this name: it begins as no variable does that a program acts upon, whatever the step
    /// is called.
    pub fn variable(&self, step: &str) -> String {
        let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
        let step: String = step.chars().map(plain).collect();
        format!("{PREFIX}{step}_{}", self.0)
    }
}

impl fmt::Display for ResultName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A value and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "value")]
pub enum ResultValue {
    /// One line.
    Text(String),
    /// An image in a registry.
    Image(PushedImage),
    /// A digest.
    Digest(Digest),
    /// An address that a browser opens.
    Url(String),
    /// How many.
    Count(u64),
}

impl ResultValue {
    /// The most bytes of a text or an address.
    pub const LONGEST: usize = 4 << 10;

    /// One line of text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn text(text: String) -> Result<Self, String> {
        one_line("a text", &text, Self::LONGEST)?;
        Ok(Self::Text(text))
    }

    /// An image by its reference, which has no digest of its own, and its digest.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn image(reference: String, digest: &str) -> Result<Self, String> {
        one_line("a reference", &reference, Self::LONGEST)?;
        let parsed = ImageReference::parse(&reference).map_err(|e| e.to_string())?;
        if parsed.digest().is_some() {
            return Err("the image's reference has a digest, which stands beside it".to_owned());
        }
        let digest = Digest::parse(digest).map_err(|e| e.to_string())?;
        Ok(Self::Image(PushedImage { reference, digest }))
    }

    /// A digest.
    ///
    /// # Errors
    /// When it is none.
    pub fn digest(digest: &str) -> Result<Self, String> {
        Digest::parse(digest).map(Self::Digest).map_err(|e| e.to_string())
    }

    /// An address.
    ///
    /// # Errors
    /// When a browser would not open it, or it carries credentials.
    pub fn url(url: String) -> Result<Self, String> {
        one_line("an address", &url, Self::LONGEST)?;
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let host = rest.and_then(|rest| rest.split(['/', '?', '#']).next()).unwrap_or_default();
        if host.is_empty() || host.contains('@') || url.contains([' ', '"', '<', '>', '\\']) {
            return Err("an address begins with https:// or http:// and a host, without a user's name or blanks".to_owned());
        }
        Ok(Self::Url(url))
    }

    /// The value as a variable holds it; an image by its digest: `HOST/NAME:TAG@sha256:…`.
    pub fn in_variable(&self) -> String {
        match self {
            Self::Text(text) | Self::Url(text) => text.clone(),
            Self::Image(image) => format!("{}@{}", image.reference, image.digest),
            Self::Digest(digest) => digest.to_string(),
            Self::Count(count) => count.to_string(),
        }
    }

    /// The text in it that could hold a secret, if there is one.
    pub fn text_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::Text(text) | Self::Url(text) => Some(text),
            Self::Image(image) => Some(&mut image.reference),
            Self::Digest(_) | Self::Count(_) => None,
        }
    }
}

/// A remark on lines of a file of the project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annotation {
    /// The file, from the project's root.
    pub path: String,
    /// The first line, counted from 1.
    pub line: u32,
    /// The last, if they are several.
    pub end_line: Option<u32>,
    /// The first column, counted from 1.
    pub column: Option<u32>,
    /// The last.
    pub end_column: Option<u32>,
    /// How serious it is.
    pub level: Level,
    /// In a few words.
    pub title: Option<String>,
    /// In full; it may have several lines.
    pub message: String,
}

impl Annotation {
    /// The most bytes of a path, and of a message.
    pub const LONGEST: usize = 4 << 10;
    /// The most bytes of a title.
    pub const LONGEST_TITLE: usize = 256;

    /// The same with its path in one form, if all of it makes sense.
    ///
    /// # Errors
    /// What does not.
    pub fn checked(self) -> Result<Self, String> {
        one_line("a path", &self.path, Self::LONGEST)?;
        let path = path::normal(&self.path).trim_start_matches("./").to_owned();
        if path.is_empty() || path.starts_with('/') || path == ".." || path.starts_with("../") {
            return Err("its path is not that of a file in the project".to_owned());
        }
        let counted = [Some(self.line), self.end_line, self.column, self.end_column];
        if counted.contains(&Some(0)) {
            return Err("lines and columns are counted from 1".to_owned());
        }
        let one_line_only = self.end_line.is_none_or(|end| end == self.line);
        let backwards = self.end_line.is_some_and(|end| end < self.line)
            || one_line_only && self.end_column.is_some_and(|end| end < self.column.unwrap_or(1));
        if backwards {
            return Err("it ends before it begins".to_owned());
        }
        if let Some(title) = &self.title {
            one_line("a title", title, Self::LONGEST_TITLE)?;
        }
        fits("a message", &self.message, Self::LONGEST)?;
        if self.message.trim().is_empty() {
            return Err("its message is empty".to_owned());
        }
        Ok(Self { path, ..self })
    }

    /// Where it is: `src/main.rs:7:3`.
    pub fn place(&self) -> String {
        let column = self.column.map(|column| format!(":{column}")).unwrap_or_default();
        format!("{}:{}{column}", self.path, self.line)
    }
}

fn fits(what: &str, text: &str, longest: usize) -> Result<(), String> {
    if text.len() > longest { Err(format!("{what} has {} bytes, and at most {longest} are allowed", text.len())) } else { Ok(()) }
}

/// Refuses what would not stay on its line, in a terminal or in a file of variables.
fn one_line(what: &str, text: &str, longest: usize) -> Result<(), String> {
    fits(what, text, longest)?;
    if text.chars().any(char::is_control) { Err(format!("{what} has one line, without control characters")) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
