//! Text that others wrote, made fit to be shown: it stays on its line, moves no cursor, hides nothing, and commands nobody.
//!
//! Names of tasks, messages of plugins, labels of pods, file names, answers of servers: whoever wrote them could otherwise clear a
//! screen, write to a clipboard, turn a sentence round, begin a line of their own, or speak to the CI system that reads the log.

use std::borrow::Cow;

/// Characters of one line that are shown; the rest is counted.
pub const LONGEST_LINE: usize = 4096;

/// Characters that are shown of a name, a path or a reference inside a sentence.
pub const LONGEST_NAME: usize = 200;

/// What stands where a character was that must not be shown: to leave it out would hide that there was something.
const REPLACED: char = '\u{fffd}';

/// The text on one line of bounded length.
pub fn one_line(text: &str) -> Cow<'_, str> {
    shortened(text, LONGEST_LINE)
}

/// The text on one line of at most so many characters, with a word on how many there were.
pub fn shortened(text: &str, longest: usize) -> Cow<'_, str> {
    let shown = shown_part(text, longest);
    if shown.len() == text.len() {
        return on_one_line(text);
    }
    let more = text.len() - shown.len();
    Cow::Owned(format!("{} … ({more} more bytes)", on_one_line(shown)))
}

/// A name as somebody gave it, without what follows a `=`: that is a value, given where a name belongs.
pub fn given_name(given: &str) -> Cow<'_, str> {
    given.split_once('=').map_or(Cow::Borrowed(given), |(name, _)| Cow::Owned(format!("{name}=…")))
}

/// The name of a task that others wrote down, in an annotation or a label, where it can have a quarter of a megabyte.
pub fn name_of_task(text: &str) -> Cow<'_, str> {
    shortened(text, LONGEST_NAME)
}

/// The text with its own line breaks, each line as harmless as by [`one_line`], but of any length.
pub fn lines(text: &str) -> Cow<'_, str> {
    if is_plain(text) || text.split('\n').all(|line| matches!(on_one_line(line), Cow::Borrowed(_))) {
        return Cow::Borrowed(text);
    }
    let lines: Vec<Cow<'_, str>> = text.split('\n').map(on_one_line).collect();
    Cow::Owned(lines.join("\n"))
}

/// JSON with everything escaped that [`one_line`] would not show. The document stays the same.
pub fn json(document: &str) -> Cow<'_, str> {
    // All of it is part of strings: JSON has none of it anywhere else.
    let acts = |c: char| is_unfit(c) && c != '\n';
    let mut command = hashes(document);
    if command.is_none() && !document.contains(acts) {
        return Cow::Borrowed(document);
    }
    let mut escaped = String::with_capacity(document.len() + 16);
    for (at, c) in document.char_indices() {
        let commands = command == Some(at);
        if commands {
            command = document.get(at + 1..).and_then(hashes).map(|next| at + 1 + next);
        }
        if commands || acts(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// A number of bytes for a person.
pub fn size(bytes: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    match UNITS.iter().find(|(unit, _)| bytes >= *unit) {
        Some((unit, name)) => {
            let tenths = bytes / (unit / 10).max(1);
            format!("{}.{} {name}", tenths / 10, tenths % 10)
        }
        None => format!("{bytes} bytes"),
    }
}

/// Whether a text can be shown as it is, on one line: nothing in it does something instead of being seen.
pub fn is_fit(text: &str) -> bool {
    !text.chars().any(is_unfit)
}

/// What a character is shown as.
pub fn shown(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => ' ',
        c if is_unfit(c) => REPLACED,
        c => c,
    }
}

/// Whether a character does something instead of being seen: controls, separators of lines, what changes the direction of text, and
/// what has neither width nor meaning. Joiners stay: emoji and several scripts are written with them.
fn is_unfit(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{206f}'
            | '\u{2028}' | '\u{2029}'
            | '\u{ad}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2065}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}

fn shown_part(text: &str, longest: usize) -> &str {
    match text.char_indices().nth(longest) {
        Some((end, _)) => text.get(..end).unwrap_or(text),
        None => text,
    }
}

fn on_one_line(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let clean: Cow<'_, str> =
        if text.chars().any(is_unfit) { Cow::Owned(text.chars().map(shown).collect()) } else { Cow::Borrowed(text) };
    if !speaks_to_ci(&clean) {
        return clean;
    }
    Cow::Owned(silenced(&clean))
}

/// The common case at the least cost: printable ASCII that cannot be a command.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && !speaks_to_ci(text)
}

/// Whether a CI system would take the text for a command: `::error…` of GitHub at the beginning of a line, `##vso[…`, `##[…` and
/// `##teamcity[…` anywhere in it.
fn speaks_to_ci(text: &str) -> bool {
    text.trim_start().starts_with("::") || hashes(text).is_some()
}

/// The place between the two signs of a `##word[`.
fn hashes(text: &str) -> Option<usize> {
    let is_command = |after: &str| after.trim_start_matches(|c: char| c.is_ascii_alphabetic()).starts_with('[');
    let mut signs = text.match_indices('#').map(|(at, _)| at + 1);
    signs.find(|&second| text.get(second..).and_then(|rest| rest.strip_prefix('#')).is_some_and(is_command))
}

/// The same to a person, and nothing to a machine.
fn silenced(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(at) = text.find("::").filter(|_| text.trim_start().starts_with("::")) {
        text.insert(at + 1, ' ');
    }
    while let Some(at) = hashes(&text) {
        text.insert(at, ' ');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that does something instead of being seen.
    const HOSTILE: &str = "a\u{1b}]52;c;ZXZpbA==\u{7}b\u{1b}[2Jc\rd\ne\u{202e}f\u{2066}g\u{200f}h\u{61c}i\u{200b}j\u{2028}k\u{9b}l\u{feff}m\u{e0041}n";

    #[test]
    fn a_text_without_anything_odd_is_the_same_text() {
        for text in ["", "lint go", "prüfen: ✔ 検査", "👩\u{200d}💻", "a # b ## c", "## Heading [x]", "std::fmt"] {
            assert!(matches!(one_line(text), Cow::Borrowed(same) if same == text), "{text:?}");
            assert!(matches!(lines(text), Cow::Borrowed(_)), "{text:?}");
        }
        assert!(matches!(lines("a\n  b\n"), Cow::Borrowed("a\n  b\n")));
    }

    #[test]
    fn what_acts_instead_of_being_seen_is_replaced() {
        let shown = one_line(HOSTILE);
        assert_eq!(
            shown,
            "a\u{fffd}]52;c;ZXZpbA==\u{fffd}b\u{fffd}[2Jc d e\u{fffd}f\u{fffd}g\u{fffd}h\u{fffd}i\u{fffd}j k\u{fffd}l\u{fffd}m\u{fffd}n"
        );
        assert!(!shown.chars().any(is_unfit));
        assert_eq!(lines("a\u{202e}\n\u{1b}b"), "a\u{fffd}\n\u{fffd}b");
    }

    /// A name may be the first thing of a line, with or without blanks before it.
    #[test]
    fn nothing_speaks_to_a_ci_system() {
        for (text, shown) in [
            ("::error file=a::b", ": :error file=a::b"),
            ("  ::stop-commands::x", "  : :stop-commands::x"),
            ("\n::warning::x", " : :warning::x"),
            ("\u{200b}::x", "\u{fffd}::x"),
            ("a ##vso[task.setvariable]b", "a # #vso[task.setvariable]b"),
            ("##[error]x", "# #[error]x"),
            ("##teamcity[x] ##vso[y]", "# #teamcity[x] # #vso[y]"),
            ("###[error]", "## #[error]"),
        ] {
            assert_eq!(one_line(text), shown, "{text:?}");
        }
        assert_eq!(lines("ok\n::error::x"), "ok\n: :error::x");
    }

    #[test]
    fn a_long_text_is_cut_with_a_word_on_how_much() {
        let long = "é".repeat(200_000);
        let shown = one_line(&long);
        assert!(shown.ends_with(&format!(" … ({} more bytes)", 2 * (200_000 - LONGEST_LINE))), "{}", shown.len());
        assert!(shown.len() < 3 * LONGEST_LINE);
        assert_eq!(shortened("abcdef", 3), "abc … (3 more bytes)");
    }

    #[test]
    fn json_stays_the_same_document() -> Result<(), serde_json::Error> {
        let hostile = format!("{HOSTILE} ##vso[a] ###[b]");
        let document = serde_json::to_string_pretty(&serde_json::json!({ "name": hostile }))?;
        let shown = json(&document);
        assert!(
            !shown.chars().any(|c| is_unfit(c) && c != '\n') && !shown.contains("##vso[") && !shown.contains("##["),
            "{shown}"
        );
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown)?["name"], hostile);
        assert!(matches!(json("{\"a\": \"é\"}"), Cow::Borrowed(_)));
        Ok(())
    }
}
