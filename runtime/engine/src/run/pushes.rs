//! The images that a script pushed, read from what its clients write. Only what the script's own commands push is believed: anybody can write
//! such a line.

use std::sync::Arc;

use windlass_model::digest::Digest;
use windlass_model::docker::PushPattern;
use windlass_model::plugin::PushedImage;

/// A line longer than this is none of a client's.
const LONGEST: usize = 1024;

/// Repositories whose pushes may be under way at once.
const MOST: usize = 64;

/// Reads one process's output for pushes.
#[derive(Debug)]
pub(super) struct Pushes {
    allowed: Arc<[PushPattern]>,
    line: Vec<u8>,
    /// The line is too long.
    cut: bool,
    under_way: Vec<Repository>,
}

/// A repository that something is pushed to.
#[derive(Debug)]
struct Repository {
    name: String,
    /// A digest was told for it already; another tag may follow.
    told: bool,
}

impl Pushes {
    /// For the output of a script that pushes what these say.
    pub(super) fn new(allowed: Arc<[PushPattern]>) -> Self {
        Self { allowed, line: Vec::new(), cut: false, under_way: Vec::new() }
    }

    /// Takes the next bytes; the images that were pushed by then.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Vec<PushedImage> {
        if self.allowed.is_empty() {
            return Vec::new();
        }
        let mut found = Vec::new();
        // A terminal's progress ends its states with a carriage return.
        for piece in bytes.split_inclusive(|byte| matches!(byte, b'\n' | b'\r')) {
            let (piece, ended) = match piece.split_last() {
                Some((b'\n' | b'\r', piece)) => (piece, true),
                _ => (piece, false),
            };
            self.cut |= self.line.len() + piece.len() > LONGEST;
            if self.cut {
                self.line.clear();
            } else {
                self.line.extend_from_slice(piece);
            }
            if ended {
                let line = std::mem::take(&mut self.line);
                if !std::mem::take(&mut self.cut) {
                    found.extend(self.line(&plain(&line)));
                }
            }
        }
        found
    }

    fn line(&mut self, line: &str) -> Option<PushedImage> {
        let line = line.trim();
        if let Some((_, name)) = line.split_once("he push refers to ").and_then(|(_, rest)| rest.split_once("repository [")) {
            self.begins(name.strip_suffix(']')?);
            return None;
        }
        if let Some((tag, rest)) = line.split_once(": digest: ") {
            let (digest, size) = rest.split_once(" size: ")?;
            size.parse::<u64>().ok()?;
            return self.ends(tag, Digest::parse(digest).ok()?);
        }
        // BuildKit, `#12 pushing manifest for REFERENCE@DIGEST 0.3s done`; and Buildah, `Successfully pushed REFERENCE@DIGEST`.
        let rest = match line.split_once("pushing manifest for ") {
            Some((before, rest)) if before.starts_with('#') && rest.ends_with("done") => rest,
            Some(_) => return None,
            None => line.strip_prefix("Successfully pushed ")?,
        };
        let (reference, digest) = rest.split_whitespace().next()?.split_once('@')?;
        let reference = reference.strip_prefix("docker:").unwrap_or(reference).trim_start_matches("//");
        let (name, tag) = match reference.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => (name, tag),
            _ => (reference, "latest"),
        };
        let digest = Digest::parse(digest).ok()?;
        self.allows(name, tag).then(|| PushedImage { reference: reference.to_owned(), digest })
    }

    /// Docker names the repository first. One that is done makes room.
    fn begins(&mut self, name: &str) {
        self.under_way.retain(|known| !known.told && known.name != name);
        if self.under_way.len() < MOST {
            self.under_way.push(Repository { name: name.to_owned(), told: false });
        }
    }

    /// At the end it names the tag only. When pushes run side by side, it is clear whose it is only if one can have that tag.
    fn ends(&mut self, tag: &str, digest: Digest) -> Option<PushedImage> {
        let allowed = Arc::clone(&self.allowed);
        let mut fitting =
            self.under_way.iter_mut().filter(|known| allowed.iter().any(|pattern| pattern.allows(&known.name, tag)));
        let (only, None) = (fitting.next()?, fitting.next()) else { return None };
        only.told = true;
        Some(PushedImage { reference: format!("{}:{tag}", only.name), digest })
    }

    fn allows(&self, name: &str, tag: &str) -> bool {
        self.allowed.iter().any(|pattern| pattern.allows(name, tag))
    }
}

/// A line without its colours.
fn plain(line: &[u8]) -> String {
    let line = String::from_utf8_lossy(line);
    let mut plain = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        match character {
            // `ESC [ … letter`
            '\u{1b}' => {
                if characters.next() == Some('[') {
                    characters.by_ref().find(|character| matches!(character, '@'..='~'));
                }
            }
            character => plain.push(character),
        }
    }
    plain
}

#[cfg(test)]
mod tests;
