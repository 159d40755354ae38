//! What the value of a key looks like, and how to write it: said wherever it looks otherwise.

/// What a key takes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    /// One text.
    Text,
    /// One text or several.
    Texts,
    /// A map.
    Map,
    /// A list of these.
    List(&'static str),
    /// The instructions of a task.
    Instructions,
    /// A command, as text or as its words.
    Command,
}

impl Shape {
    /// The end of a sentence that begins with the key: `takes …`.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Texts => "text or a list of texts".to_owned(),
            Self::Map => "a map".to_owned(),
            Self::List("") => "a list".to_owned(),
            Self::List(items) => format!("a list of {items}"),
            Self::Instructions => "instructions".to_owned(),
            Self::Command => "a command".to_owned(),
        }
    }

    /// How it is written.
    pub(crate) fn help(self) -> &'static str {
        match self {
            Self::Text => "write the text behind the key, in quotes if it begins with `{` or `[` or holds `: `",
            Self::Texts => "write the text behind the key, or each in a line below it, behind `- `",
            Self::Map => "write `name: value` lines below the key, indented",
            Self::List(_) => "write each item in a line below the key, behind `- `",
            Self::Instructions => "write instructions below the key, indented: `build_script: make`",
            Self::Command => "write a command behind the key, or each of its words in a line below it, behind `- `",
        }
    }
}
