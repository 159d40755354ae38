//! What was found for one artifact, by all of its patterns: judged before any byte is asked for.

use std::collections::BTreeMap;

use windlass_agent_client::ClientError;
use windlass_agent_client::protocol::{self, Failure as Refusal, FoundFile, Why};
use windlass_model::artifact::{FilePath, MOST_FILES};
use windlass_model::event::Failure;
use windlass_model::quantity::MebiBytes;
use windlass_model::text::{LONGEST_NAME, shortened, size};

use super::super::step::task_failure;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    files: BTreeMap<Vec<u8>, FoundFile>,
    passed_over: BTreeMap<Vec<u8>, Why>,
    more: u64,
}

impl Found {
    /// Takes what one pattern found, and says how many files that was.
    pub(super) fn room(&mut self, found: protocol::Found) -> Result<usize, ClientError> {
        let here = found.files.len();
        self.files.extend(found.files.into_iter().map(|file| (file.path.clone(), file)));
        if self.files.len() > MOST_FILES as usize {
            return Err(Refusal::TooMany { most: MOST_FILES }.into());
        }
        self.passed_over.extend(found.passed_over.into_iter().map(|over| (over.path, over.why)));
        self.more += found.more;
        Ok(here)
    }

    /// What is no file, each in a sentence.
    pub(super) fn passed_over(&self) -> Vec<String> {
        let sentence = |(path, why): (&Vec<u8>, &Why)| {
            let help = match why {
                Why::Directory => format!("; write {}/** for the files in it", shown(path)),
                Why::Dangling | Why::Pipe | Why::Socket | Why::Device => String::new(),
            };
            format!("{} is not collected: it is {why}{help}", shown(path))
        };
        let mut all: Vec<String> = self.passed_over.iter().map(sentence).collect();
        if self.more > 0 {
            all.push(format!("{} more are not collected: they are no files", self.more));
        }
        all
    }

    /// The files under the names that they are to have.
    ///
    /// # Errors
    /// When a name cannot be one here, or they are more bytes together than may be collected.
    pub(super) fn files(self, most: MebiBytes) -> Result<Vec<(FilePath, FoundFile)>, super::Uncollected> {
        let refused = |message| super::Uncollected::Refused(task_failure(message));
        let total = self.files.values().fold(0_u64, |sum, file| sum.saturating_add(file.size));
        if total > most.bytes()
            && let Some(biggest) = self.files.values().max_by_key(|file| file.size)
        {
            return Err(super::Uncollected::Refused(too_large(self.files.len(), total, most, biggest)));
        }
        let named = |(path, file): (Vec<u8>, FoundFile)| match FilePath::parse(&path) {
            Ok(name) => Ok((name, file)),
            Err(error) => Err(refused(format!("{} cannot be collected: {error}; rename it, or name other files", shown(&path)))),
        };
        self.files.into_iter().map(named).collect()
    }
}

fn too_large(files: usize, total: u64, most: MebiBytes, biggest: &FoundFile) -> Failure {
    let what = if files == 1 { "1 file".to_owned() } else { format!("{files} files") };
    let message = format!(
        "{what} of {} together, and at most {} may be collected; the biggest is {} ({})",
        size(total),
        size(most.bytes()),
        shown(&biggest.path),
        size(biggest.size)
    );
    let help = "name fewer files, or set `artifacts: {max_size: …}` in windlass.yaml".to_owned();
    Failure { help: Some(help), ..task_failure(message) }
}

/// A path of a container, as a sentence can hold it.
fn shown(path: &[u8]) -> String {
    shortened(&String::from_utf8_lossy(path), LONGEST_NAME).into_owned()
}

#[cfg(test)]
mod tests {
    use windlass_agent_client::protocol::{PassedOver, Stamp};

    use super::*;
    use crate::run::artifacts::Uncollected;

    fn found(files: &[(&[u8], u64)]) -> Found {
        let stamp = Stamp { device: 1, inode: 1, modified: (0, 0) };
        let files = files.iter().map(|(path, size)| FoundFile { path: path.to_vec(), size: *size, stamp }).collect();
        let mut found = Found::default();
        found.room(protocol::Found { files, ..protocol::Found::default() }).unwrap_or_else(|error| panic!("{error}"));
        found
    }

    fn refusal(found: Found, most: MebiBytes) -> String {
        match found.files(most) {
            Err(Uncollected::Refused(failure)) => failure.message,
            Err(_) => panic!("another error"),
            Ok(files) => panic!("{files:?}"),
        }
    }

    #[test]
    fn too_much_is_refused_before_a_byte_is_asked_for_and_the_biggest_is_named() {
        let one = MebiBytes(1);
        let message = refusal(found(&[(b"a", 5), (b"core.1", 2 << 20), (b"b", 7)]), one);
        assert_eq!(message, "3 files of 2.0 MiB together, and at most 1.0 MiB may be collected; the biggest is core.1 (2.0 MiB)");
        // Sizes that no disk has do not add up to a small one.
        refusal(found(&[(b"a", u64::MAX), (b"b", u64::MAX)]), one);
        assert!(found(&[(b"a", 1 << 20)]).files(one).is_ok());
    }

    #[test]
    fn names_that_lead_elsewhere_or_hide_something_are_refused() {
        for name in [&b"../a"[..], b"/etc/passwd", b"a/../../b", b"a\nb", b"\x1b[2J", b"caf\xe9", b"a\0", b""] {
            let message = refusal(found(&[(b"fine", 1), (name, 1)]), MebiBytes(1));
            assert!(message.contains("cannot be collected") && windlass_model::text::is_fit(&message), "{message:?}");
        }
    }

    #[test]
    fn what_is_no_file_is_told() {
        let over = |path: &[u8], why| PassedOver { path: path.to_vec(), why };
        let passed_over = vec![over(b"dist", Why::Directory), over(b"p\x1b", Why::Pipe)];
        let mut found = Found::default();
        let here = found.room(protocol::Found { passed_over, more: 3, ..protocol::Found::default() });
        assert!(matches!(here, Ok(0)));
        assert_eq!(
            found.passed_over(),
            [
                "dist is not collected: it is a directory; write dist/** for the files in it",
                "p\u{fffd} is not collected: it is a pipe",
                "3 more are not collected: they are no files"
            ]
        );
    }
}
