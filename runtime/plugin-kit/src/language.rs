//! The languages and the kinds of plugin, by the words that people write.

use std::fmt;

use windlass_model::plugin::PluginKind;

/// A language that plugins are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// With the SDK crate.
    Rust,
    /// With the stock toolchain.
    Go,
    /// On QuickJS, by componentize-qjs.
    JavaScript,
    /// On CPython, by componentize-py.
    Python,
}

impl Language {
    /// All of them, in the order of what their plugins weigh.
    pub const ALL: [Self; 4] = [Self::Rust, Self::JavaScript, Self::Go, Self::Python];

    /// The word that names it on a command line and in `windlass-plugin.yaml`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::Go => "go",
            Self::JavaScript => "javascript",
            Self::Python => "python",
        }
    }

    /// The language of a word, which may be a common short one.
    pub fn of_word(word: &str) -> Option<Self> {
        match word {
            "rs" => Some(Self::Rust),
            "golang" => Some(Self::Go),
            "js" => Some(Self::JavaScript),
            "py" => Some(Self::Python),
            _ => Self::ALL.into_iter().find(|language| language.as_str() == word),
        }
    }

    /// Whether a component imports every interface of its world, whether its code uses it or not: the interpreter looks functions up
    /// while it runs.
    pub(crate) fn imports_its_whole_world(self) -> bool {
        matches!(self, Self::JavaScript | Self::Python)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rust => "Rust",
            Self::Go => "Go",
            Self::JavaScript => "JavaScript",
            Self::Python => "Python",
        })
    }
}

/// The kinds of plugin by their words.
pub const KINDS: [(&str, PluginKind); 5] = [
    ("step", PluginKind::Step),
    ("login", PluginKind::Login),
    ("build", PluginKind::Build),
    ("push", PluginKind::Push),
    ("config", PluginKind::Config),
];

/// The kind of a word.
pub(crate) fn kind_of_word(word: &str) -> Option<PluginKind> {
    KINDS.into_iter().find(|(known, _)| *known == word).map(|(_, kind)| kind)
}
