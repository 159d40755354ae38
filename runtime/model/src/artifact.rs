//! Artifacts: files that a step of a task collects, for whoever ran it.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::cache::StoreLocation;
use crate::digest::Digest;
use crate::quantity::MebiBytes;

/// The most files that one artifact has.
pub const MOST_FILES: u32 = 20_000;

/// The most bytes that the files of one artifact have together, unless settings say otherwise: 1 GiB.
pub const MAX_SIZE: MebiBytes = MebiBytes(1024);

/// What a step collects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ArtifactPlan {
    /// Where the files go, below the directory of the run: that of the task, then that of the artifact. Unique in the run.
    pub directory: String,
    /// Patterns of files, relative to the working directory or below it. Without any, nothing is collected.
    pub paths: Vec<String>,
    /// What the file says that they hold, as `text/plain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// What the file says that they report, as `junit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// The most bytes that they have together.
    pub max_size: MebiBytes,
    /// Where they are kept beside the machine that windlass runs on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<StoreLocation>,
}

/// A file that was collected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArtifactFile {
    /// Its path below the artifact's directory, which is the one that it had below the working directory.
    pub path: FilePath,
    /// Its size in bytes.
    pub size: u64,
    /// The SHA-256 of its bytes.
    pub digest: Digest,
}

/// A path that stays below its directory on every system, and can be shown and written into a list as it is: UTF-8, without control characters,
/// `.`, `..` and empty parts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FilePath(String);

/// Why a path is none of those.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidFilePath {
    /// Other systems and lists have no such names.
    #[error("the name is not UTF-8")]
    NotText,
    /// It could be taken for something else where it is shown.
    #[error("the name holds control characters, or characters that hide or turn round what stands beside them")]
    NotShown,
    /// It would be written elsewhere.
    #[error("the name leads out of the directory")]
    Outside,
    /// No file system takes it.
    #[error("the name is empty, or longer than {} bytes", FilePath::LONGEST)]
    Length,
}

impl FilePath {
    /// The most bytes of one.
    pub const LONGEST: usize = 4096;

    /// Reads a path.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(path: &[u8]) -> Result<Self, InvalidFilePath> {
        if path.is_empty() || path.len() > Self::LONGEST {
            return Err(InvalidFilePath::Length);
        }
        let text = std::str::from_utf8(path).map_err(|_| InvalidFilePath::NotText)?;
        if text.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(InvalidFilePath::Outside);
        }
        if !crate::text::is_fit(text) {
            return Err(InvalidFilePath::NotShown);
        }
        Ok(Self(text.to_owned()))
    }

    /// The path.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for FilePath {
    type Error = InvalidFilePath;

    fn try_from(path: String) -> Result<Self, InvalidFilePath> {
        Self::parse(path.as_bytes())
    }
}

impl From<FilePath> for String {
    fn from(path: FilePath) -> Self {
        path.0
    }
}

/// The name of a directory for something that a person gave any name: letters, digits, `-`, `_` and `.` stay, and where anything else stood, a few
/// digits at the end tell it from others that look alike.
pub fn directory_name(name: &str) -> String {
    /// Longer ones meet the limits of file systems.
    const LONGEST: usize = 80;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut plain: String = name.chars().map(|c| if fits(c) { c } else { '-' }).take(LONGEST).collect();
    if plain == name && !name.is_empty() && !name.starts_with('.') {
        return plain;
    }
    while plain.contains("--") {
        plain = plain.replace("--", "-");
    }
    let plain = plain.trim_matches(['-', '.']);
    let digits = &Digest::of(name).short()[..6].to_owned();
    if plain.is_empty() { digits.clone() } else { format!("{plain}-{digits}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_could_lead_elsewhere_or_hide_something_is_none() {
        for good in ["a", "a/b.c", ".hidden", "a b", "ü/é", "a..b", "...", "C:x"] {
            assert_eq!(FilePath::parse(good.as_bytes()).map(String::from).as_deref(), Ok(good));
        }
        for (bad, why) in [
            (&b""[..], InvalidFilePath::Length),
            (&[b'a'; 5000], InvalidFilePath::Length),
            (b"/a", InvalidFilePath::Outside),
            (b"a//b", InvalidFilePath::Outside),
            (b"a/", InvalidFilePath::Outside),
            (b"..", InvalidFilePath::Outside),
            (b"a/../b", InvalidFilePath::Outside),
            (b"./a", InvalidFilePath::Outside),
            (b"a\xff", InvalidFilePath::NotText),
            (b"a\nb", InvalidFilePath::NotShown),
            (b"a\0", InvalidFilePath::NotShown),
            (b"\x1b[2J", InvalidFilePath::NotShown),
            ("a\u{202e}b".as_bytes(), InvalidFilePath::NotShown),
        ] {
            assert_eq!(FilePath::parse(bad), Err(why), "{}", String::from_utf8_lossy(bad));
        }
        assert!(serde_json::from_str::<FilePath>("\"../x\"").is_err());
    }

    #[test]
    fn a_directory_is_called_as_what_it_is_for_and_never_leads_elsewhere() {
        assert_eq!(directory_name("unit-tests_1.2"), "unit-tests_1.2");
        let names =
            ["", ".", "..", "../..", "a/b", "a b", "a-b", "a  b", "Test (os:linux)", "\u{202e}", ".index.json", &"x".repeat(300)];
        let made: std::collections::BTreeSet<String> = names.iter().map(|name| directory_name(name)).collect();
        assert_eq!(made.len(), names.len(), "{made:?}");
        for name in &made {
            assert!(
                FilePath::parse(name.as_bytes()).is_ok() && !name.contains('/') && !name.starts_with('.') && name.len() < 100
            );
        }
        assert!(directory_name("Test (os:linux)").starts_with("Test-os-linux-"), "{made:?}");
    }
}
