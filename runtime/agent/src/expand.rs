//! Variables in values: `$V`, `${V}`, `${V:default}` and `%V%`.
//!
//! The rules are those of the CI service whose files windlass runs: its agent rewrites `%V%` to `${V}` and expands with
//! Go's `os.Expand`, looking into the container's environment before the task's.

use std::collections::HashMap;

/// The longest value that an expansion may make; Linux takes no more than 128 KiB in one string.
const LONGEST: usize = 1 << 20;

/// What a variable of the task holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Definition {
    /// Bytes to be used as they are: plain text or a secret.
    Verbatim(Vec<u8>),
    /// Text in which variables are expanded.
    Template(String),
}

/// A value has become too long: its variables multiply each other.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the value is longer than 1 MiB after expansion")]
pub struct TooLong;

/// Where variables are looked up.
#[derive(Debug)]
pub struct Scope<'a> {
    /// The container's own environment: looked into first.
    pub container: &'a HashMap<String, Vec<u8>>,
    /// The task's variables.
    pub own: &'a HashMap<String, Definition>,
}

impl Scope<'_> {
    /// Expands a template that is nobody's value.
    ///
    /// # Errors
    /// When the result is longer than 1 MiB.
    pub fn expand(&self, template: &str) -> Result<Vec<u8>, TooLong> {
        self.expand_within(template, &mut Vec::new())
    }

    /// The value of one of the task's own variables.
    ///
    /// # Errors
    /// When the result is longer than 1 MiB.
    pub fn value(&self, name: &str, definition: &Definition) -> Result<Vec<u8>, TooLong> {
        match definition {
            Definition::Verbatim(bytes) => Ok(bytes.clone()),
            Definition::Template(template) => self.expand_within(template, &mut vec![name.into()]),
        }
    }

    /// `open` names the variables whose values are being made.
    fn expand_within(&self, template: &str, open: &mut Vec<String>) -> Result<Vec<u8>, TooLong> {
        let mut out = Vec::new();
        let mut rest = template;
        while let Some(at) = rest.find(['$', '%']) {
            out.extend_from_slice(&rest.as_bytes()[..at]);
            rest = &rest[at..];
            let reference = Reference::at_start(rest);
            let (written, after) = rest.split_at(reference.length);
            match reference.name {
                None => out.extend_from_slice(reference.literal.as_bytes()),
                Some(name) if open.iter().any(|o| o == name) && !self.in_container(name) => {
                    out.extend_from_slice(written.as_bytes());
                }
                Some(name) => match self.look_up(name, open)? {
                    Some(value) => out.extend_from_slice(&value),
                    None => out.extend_from_slice(reference.literal.as_bytes()),
                },
            }
            if out.len() > LONGEST {
                return Err(TooLong);
            }
            rest = after;
        }
        out.extend_from_slice(rest.as_bytes());
        Ok(out)
    }

    fn in_container(&self, name: &str) -> bool {
        self.container.contains_key(name)
    }

    fn look_up(&self, name: &str, open: &mut Vec<String>) -> Result<Option<Vec<u8>>, TooLong> {
        if let Some(value) = self.container.get(name) {
            return Ok(Some(value.clone()));
        }
        match self.own.get(name) {
            None => Ok(None),
            Some(Definition::Verbatim(bytes)) => Ok(Some(bytes.clone())),
            Some(Definition::Template(template)) => {
                open.push(name.to_owned());
                let value = self.expand_within(template, open);
                open.pop();
                value.map(Some)
            }
        }
    }
}

/// A `$` or `%` and what belongs to it.
struct Reference<'a> {
    /// How much of the text it is, in bytes.
    length: usize,
    /// The variable, if it names one.
    name: Option<&'a str>,
    /// What stands for it when there is no variable: its default, or itself.
    literal: &'a str,
}

impl<'a> Reference<'a> {
    /// `text` begins with `$` or `%`.
    fn at_start(text: &'a str) -> Self {
        let body = &text[1..];
        if text.starts_with('%') {
            let name = word(body);
            if !name.is_empty() && body[name.len()..].starts_with('%') {
                return Self::to(name, name.len() + 2, "");
            }
            return Self::itself(text, 1);
        }
        if let Some(braced) = body.strip_prefix('{') {
            return match braced.find('}') {
                // Bad syntax is eaten, as `os.Expand` does.
                None => Self::itself("", 2),
                Some(end) => {
                    let inside = &braced[..end];
                    let (name, default) = inside.split_once(':').unwrap_or((inside, ""));
                    Self::to(name, end + 3, default)
                }
            };
        }
        let name = word(body);
        match body.chars().next() {
            Some('0'..='9' | '*' | '#' | '$' | '@' | '!' | '?' | '-') => Self::to(&body[..1], 2, ""),
            _ if name.is_empty() => Self::itself(text, 1),
            _ => Self::to(name, name.len() + 1, ""),
        }
    }

    fn to(name: &'a str, length: usize, default: &'a str) -> Self {
        let name = Some(name);
        let literal = default;
        Self { length, name, literal }
    }

    /// The first `length` bytes mean nothing; `shown` of them stays.
    fn itself(shown: &'a str, length: usize) -> Self {
        Self { length, name: None, literal: shown.get(..length).unwrap_or(shown) }
    }
}

/// The letters, digits and underscores that `text` begins with.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len());
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expand(template: &str) -> String {
        let container = HashMap::from([("PATH".to_owned(), b"/bin".to_vec())]);
        let own = HashMap::from([
            ("NAME".into(), Definition::Template("app".into())),
            ("TAG".into(), Definition::Template("$NAME:${V:1}".into())),
            ("PATH".into(), Definition::Template("/own:$PATH".into())),
            ("LOOP".into(), Definition::Template("<$LOOP>".into())),
            ("A".into(), Definition::Template("a$B".into())),
            ("B".into(), Definition::Template("b$A".into())),
            ("SECRET".into(), Definition::Verbatim(b"p$NAME%A%".to_vec())),
            ("EMPTY".into(), Definition::Verbatim(Vec::new())),
        ]);
        let scope = Scope { container: &container, own: &own };
        let value = scope.expand(template);
        String::from_utf8_lossy(&value.unwrap_or_default()).into_owned()
    }

    #[test]
    fn references_are_expanded() {
        for (template, expected) in [
            ("plain", "plain"),
            ("$NAME", "app"),
            ("${NAME}s", "apps"),
            ("%NAME%", "app"),
            ("$TAG", "app:1"),
            ("$UNKNOWN.", "."),
            ("${UNKNOWN:x:y}", "x:y"),
            ("${EMPTY:x}", ""),
            ("/x:${PATH}", "/x:/bin"),
            ("$LOOP", "<$LOOP>"),
            ("$A", "ab$A"),
            ("$SECRET", "p$NAME%A%"),
            ("100% $", "100% $"),
            ("%NO %NAME%", "%NO app"),
            ("$5.$$", "."),
            ("${", ""),
            ("a${NAME", "aNAME"),
            ("ü$NAMEü", "üappü"),
        ] {
            assert_eq!(expand(template), expected, "{template}");
        }
    }

    #[test]
    fn multiplying_variables_are_stopped() {
        let own: HashMap<_, _> = (0..40)
            .map(|n| {
                let next = n + 1;
                let template = format!("xx$V{next}$V{next}");
                (format!("V{n}"), Definition::Template(template))
            })
            .collect();
        let scope = Scope { container: &HashMap::new(), own: &own };
        assert_eq!(scope.expand("$V0"), Err(TooLong));
    }
}
