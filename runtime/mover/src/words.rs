//! Failures of the container, in words.

use std::io;

use windlass_mover_protocol::Failed;

/// A name as it can be shown.
pub(crate) fn shown(path: &[u8]) -> String {
    String::from_utf8_lossy(path).into_owned()
}

/// What the system refused to do.
pub(crate) fn refused(doing: &str, path: &[u8], error: &io::Error) -> Failed {
    let path = shown(path);
    Failed::Container(match error.kind() {
        io::ErrorKind::StorageFull => format!("{doing} `{path}`: the disk is full"),
        io::ErrorKind::QuotaExceeded => format!("{doing} `{path}`: the disk quota is used up"),
        _ => format!("{doing} `{path}`: {error}"),
    })
}

/// A number of bytes, in the largest unit that leaves it above one.
pub(crate) fn size(bytes: u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    match units.into_iter().find(|(exponent, _)| bytes >> exponent > 0) {
        Some((exponent, unit)) => {
            let tenths = (u128::from(bytes) * 10) >> exponent;
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (bytes, words) in
            [(0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KiB"), (5 << 20, "5.0 MiB"), (u64::MAX, "17179869183.9 GiB")]
        {
            assert_eq!(size(bytes), words);
        }
    }

    #[test]
    fn a_full_disk_is_called_that() {
        let full = io::Error::from(rustix::io::Errno::NOSPC);
        assert_eq!(refused("writing", b"a/b", &full), Failed::Container("writing `a/b`: the disk is full".into()));
    }
}
