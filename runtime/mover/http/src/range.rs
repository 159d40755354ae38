//! Which bytes of a value are wanted.

/// What a `Range` header asks of a value.
#[derive(Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of it: also when the header asks for several parts, or for nothing that we know.
    All,
    /// From the first to the last of these.
    Part { first: u64, last: u64 },
    /// What it has not.
    Nothing,
}

/// Reads one.
pub fn wanted(header: Option<&str>, size: u64) -> Wanted {
    let Some((first, last)) = header.and_then(|text| text.strip_prefix("bytes=")).and_then(|range| range.split_once('-')) else {
        return Wanted::All;
    };
    let number = |text: &str| text.bytes().all(|c| c.is_ascii_digit()).then(|| text.parse::<u64>().ok()).flatten();
    let (first, last) = match (number(first), number(last)) {
        (Some(first), _) if last.is_empty() => (first, u64::MAX),
        (Some(first), Some(last)) if first <= last => (first, last),
        (_, Some(0)) if first.is_empty() => return Wanted::Nothing,
        (_, Some(count)) if first.is_empty() => (size.saturating_sub(count), u64::MAX),
        _ => return Wanted::All,
    };
    match size.checked_sub(1) {
        Some(end) if first <= end => Wanted::Part { first, last: last.min(end) },
        _ => Wanted::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read() {
        let part = |first, last| Wanted::Part { first, last };
        for (header, expected) in [
            ("bytes=0-0", part(0, 0)),
            ("bytes=2-4", part(2, 4)),
            ("bytes=2-", part(2, 9)),
            ("bytes=2-99", part(2, 9)),
            ("bytes=-3", part(7, 9)),
            ("bytes=-99", part(0, 9)),
            ("bytes=9-9", part(9, 9)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=4-2", Wanted::All),
            ("bytes=0-1,3-4", Wanted::All),
            ("bytes=+1-4", Wanted::All),
            ("bytes=-", Wanted::All),
            ("bytes=-1-4", Wanted::All),
            ("bytes=99999999999999999999-", Wanted::All),
            ("lines=1-2", Wanted::All),
        ] {
            assert_eq!(wanted(Some(header), 10), expected, "{header}");
        }
        assert_eq!(wanted(None, 10), Wanted::All);
        assert_eq!(wanted(Some("bytes=0-"), 0), Wanted::Nothing);
    }
}
