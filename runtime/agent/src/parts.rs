//! Parts of files that were found, many in one answer: asking for each would cost more than sending it.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::Path;

use lz4_flex::block;
use windlass_agent_protocol::found::{ANSWER, PARTS};
use windlass_agent_protocol::{Failure, Part, Response};

use crate::beneath;
use crate::files::{absolute, failure};

/// So much of the bytes tells whether the others are worth packing.
const SAMPLE: usize = 16 << 10;

/// Reads parts of files that were found below a directory, however long these are by now: what was added since is no part of them.
///
/// # Errors
/// When the directory's path is not absolute, more is asked for than one answer carries, a file has left the directory or is not the one that
/// was found, or the system refuses.
pub fn read(directory: &str, parts: &[Part]) -> Result<Response, Failure> {
    let base = absolute(directory)?;
    let base = base.canonicalize().map_err(|error| match (error.kind(), parts.first()) {
        (io::ErrorKind::NotFound, Some(first)) => Failure::Changed { path: shown(first) },
        _ => failure("reading", directory, &error),
    })?;
    let total = parts.iter().fold(0_usize, |sum, part| sum.saturating_add(length(part)));
    if total > ANSWER || parts.len() > PARTS {
        return Err(Failure::Invalid { reason: format!("{total} bytes of {} files at once", parts.len()) });
    }
    let mut bytes = vec![0; total];
    let mut rest = bytes.as_mut_slice();
    for part in parts {
        let (now, later) = rest.split_at_mut(length(part));
        rest = later;
        fill(&base, part, now)?;
    }
    Ok(match packed(&bytes) {
        Some(bytes) => Response::Parts { bytes, packed: true },
        None => Response::Parts { bytes, packed: false },
    })
}

fn length(part: &Part) -> usize {
    usize::try_from(part.length).unwrap_or(usize::MAX)
}

fn shown(part: &Part) -> String {
    String::from_utf8_lossy(&part.file.path).into_owned()
}

/// Reads one part into the room that it has.
fn fill(base: &Path, part: &Part, room: &mut [u8]) -> Result<(), Failure> {
    let changed = || Failure::Changed { path: shown(part) };
    let mut read = || -> io::Result<bool> {
        let Some(file) = beneath::open(base, Path::new(OsStr::from_bytes(&part.file.path)))? else { return Ok(false) };
        if !beneath::is_still(&file.metadata()?, &part.file) {
            return Ok(false);
        }
        match file.read_exact_at(room, part.offset) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            read => read.map(|()| true),
        }
    };
    if part.offset.saturating_add(u64::from(part.length)) > part.file.size {
        return Err(Failure::Invalid { reason: format!("{:?} had no such bytes when it was found", shown(part)) });
    }
    match read() {
        Ok(true) => Ok(()),
        Ok(false) => Err(changed()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(changed()),
        Err(error) if beneath::leads_out(&error) => Err(Failure::Outside { path: shown(part) }),
        Err(error) => Err(failure("reading", &shown(part), &error)),
    }
}

/// The bytes as a block of LZ4, if that is shorter by enough to be worth unpacking.
fn packed(bytes: &[u8]) -> Option<Vec<u8>> {
    let worth = |short: usize, long: usize| short < long - long / 8;
    let sample = bytes.get(..SAMPLE).unwrap_or(bytes);
    let packed = block::compress(sample);
    if !worth(packed.len(), sample.len()) {
        return None;
    }
    if sample.len() == bytes.len() {
        return Some(packed);
    }
    Some(block::compress(bytes)).filter(|packed| worth(packed.len(), bytes.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_packed_where_that_makes_them_fewer() {
        let text = b"the same line again and again\n".repeat(4096);
        let short = packed(&text).expect("text is packed");
        assert!(short.len() < text.len() / 4);
        assert_eq!(block::decompress(&short, text.len()).expect("a block"), text);
        let mut noise = vec![0; ANSWER];
        getrandom(&mut noise);
        assert_eq!(packed(&noise), None);
        assert_eq!(packed(b""), None);
        // What begins well and goes on otherwise.
        let mixed = [&text[..SAMPLE], &noise].concat();
        assert_eq!(packed(&mixed), None);
    }

    fn getrandom(bytes: &mut [u8]) {
        use std::io::Read as _;
        std::fs::File::open("/dev/urandom").and_then(|mut file| file.read_exact(bytes)).expect("random bytes");
    }
}
