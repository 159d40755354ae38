//! The formats by their names.

use std::fmt;

/// A format of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// `<issues>` of Android's lint.
    AndroidLint,
    /// The XML log of Boost.Test.
    Boost,
    /// JSON lines of `buf lint --error-format=json`.
    Buf,
    /// `<checkstyle>`, which many linters write.
    Checkstyle,
    /// JSON lines of the language's own.
    Cirrus,
    /// The JSON of ESLint.
    Eslint,
    /// JSON lines of `flutter test --machine`, which are those of `dart test`.
    Flutter,
    /// The JSON of golangci-lint.
    Golangci,
    /// `<testsuites>`, which nearly every test runner writes.
    Junit,
    /// The JSON of Qodana.
    Qodana,
    /// The JSON of RSpec.
    Rspec,
    /// The JSON of RuboCop.
    Rubocop,
    /// SARIF 2.1.
    Sarif,
    /// The JSON of SwiftFormat.
    SwiftFormat,
    /// The JSON of XCLogParser.
    XcLogParser,
}

impl Format {
    /// Every one, with its name.
    pub const ALL: [(Self, &str); 15] = [
        (Self::AndroidLint, "android-lint"),
        (Self::Boost, "boost"),
        (Self::Buf, "buf"),
        (Self::Checkstyle, "checkstyle"),
        (Self::Cirrus, "cirrus"),
        (Self::Eslint, "eslint"),
        (Self::Flutter, "flutter"),
        (Self::Golangci, "golangci"),
        (Self::Junit, "junit"),
        (Self::Qodana, "qodana"),
        (Self::Rspec, "rspec"),
        (Self::Rubocop, "rubocop"),
        (Self::Sarif, "sarif"),
        (Self::SwiftFormat, "swiftformat"),
        (Self::XcLogParser, "xclogparser"),
    ];

    /// The format of a name, whatever the case of its letters.
    pub fn parse(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        Self::ALL.into_iter().find(|(_, known)| *known == name).map(|(format, _)| format)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = Self::ALL.into_iter().find(|(format, _)| format == self).map(|(_, name)| name);
        f.write_str(name.unwrap_or_default())
    }
}
