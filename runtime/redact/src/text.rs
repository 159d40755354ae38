//! Texts that are complete, such as messages: whoever wrote them may have cut them, and with them a secret.

use std::borrow::Cow;

use crate::forms::SHORTEST_MASKED;
use crate::patterns::Patterns;

/// What stands where a text was cut, before how much is missing.
const CUT: &str = " … ";

impl Patterns {
    /// A complete text without secrets: the same text when it holds none. What begins a secret is masked, too, where the text ends or was cut:
    /// the rest may have been cut off before anybody knew that it is one.
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let data = text.as_bytes();
        let mut found = self.find(data);
        let ends = text.match_indices(CUT).map(|(at, _)| at).chain([data.len()]);
        for end in ends {
            let begun = self.undecided(&data[..end]);
            if begun >= SHORTEST_MASKED {
                found.push(end - begun..end);
            }
        }
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        found.sort_unstable_by_key(|range| range.start);
        found.dedup_by(|next, kept| {
            let joined = next.start <= kept.end;
            if joined {
                kept.end = kept.end.max(next.end);
            }
            joined
        });
        Cow::Owned(String::from_utf8_lossy(&Self::replace(data, found)).into_owned())
    }
}
