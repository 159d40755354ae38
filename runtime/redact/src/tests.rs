use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD, Engine as _};
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::forms::forms;

mod growth;

fn masked_in_chunks(patterns: &Patterns, chunks: &[&[u8]]) -> Vec<u8> {
    let mut stream = MaskedStream::default();
    let mut shown = Vec::new();
    for chunk in chunks {
        shown.extend(stream.push(patterns, chunk).unwrap_or_else(|| chunk.to_vec()));
    }
    shown.extend(stream.finish(patterns));
    shown
}

fn chunks<'t>(text: &'t [u8], cuts: &[usize]) -> Vec<&'t [u8]> {
    let (mut rest, mut chunks) = (text, Vec::new());
    for cut in cuts {
        let (now, later) = rest.split_at((*cut).min(rest.len()));
        chunks.push(now);
        rest = later;
    }
    chunks.push(rest);
    chunks
}

/// What masking means, said in the slowest way: cover every occurrence, then replace every run.
fn reference(forms: &[Vec<u8>], text: &[u8]) -> Vec<u8> {
    let mut covered = vec![false; text.len()];
    for form in forms {
        for (at, window) in text.windows(form.len()).enumerate() {
            if window == form {
                covered[at..at + form.len()].fill(true);
            }
        }
    }
    let mut out = Vec::new();
    for (at, byte) in text.iter().enumerate() {
        if !covered[at] {
            out.push(*byte);
        } else if at == 0 || !covered[at - 1] {
            out.extend_from_slice(MASK.as_bytes());
        }
    }
    out
}

fn all_forms(values: &[Vec<u8>]) -> Vec<Vec<u8>> {
    values.iter().flat_map(|value| forms(value)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Few letters, so that secrets overlap, repeat and begin one another all the time.
    #[test]
    fn any_split_gives_what_the_definition_says(
        values in vec(vec(b'a'..b'd', 3..9), 1..6),
        text in vec(b'a'..b'd', 0..80),
        cuts in vec(0usize..9, 0..30),
    ) {
        let patterns = Patterns::of(&values);
        let expected = reference(&all_forms(&values), &text);
        prop_assert_eq!(&masked_in_chunks(&patterns, &chunks(&text, &cuts)), &expected);
        prop_assert_eq!(&patterns.mask(&text).unwrap_or_else(|| text.clone()), &expected);
    }

    #[test]
    fn a_search_finds_a_secret_however_its_stream_is_cut(
        values in vec(vec(b'a'..b'd', 3..9), 1..6),
        text in vec(b'a'..b'd', 0..80),
        cuts in vec(0usize..9, 0..30),
    ) {
        let patterns = Patterns::of(&values);
        let mut search = Search::default();
        chunks(&text, &cuts).iter().for_each(|chunk| search.push(&patterns, chunk));
        prop_assert_eq!(search.found(), patterns.mask(&text).is_some());
    }

    /// Secrets of several pieces, of which parts turn up, too.
    #[test]
    fn any_split_of_long_secrets_gives_what_the_definition_says(
        value in vec(prop_oneof![Just(b'a'), Just(b'b'), Just(b' '), Just(b'\n')], 200..400),
        (from, to) in (0usize..100, 0usize..100),
        cuts in vec(0usize..90, 0..12),
    ) {
        let values = [value];
        let whole = &values[0];
        let text = [b"<", whole.as_slice(), b"> ", &whole[from..whole.len() - to], b" ."].concat();
        let patterns = Patterns::of(&values);
        let shown = masked_in_chunks(&patterns, &chunks(&text, &cuts));
        prop_assert_eq!(&shown, &reference(&all_forms(&values), &text));
    }

    #[test]
    fn no_form_of_a_secret_survives_a_split(
        secret in "[!-~]{4,90}(\n[ -~]{0,60}){0,4}",
        before in "[a-z ]{0,20}",
        after in "[a-z ]{0,20}",
        cuts in vec(0usize..25, 0..40),
        encoded in any::<bool>(),
    ) {
        let values = [secret.clone().into_bytes()];
        let forms = all_forms(&values);
        // Pieces of the mask itself are no secrets worth keeping.
        prop_assume!(!forms.iter().any(|f| MASK.as_bytes().windows(f.len()).any(|w| w == f)));
        let text = match encoded {
            true => BASE64_STANDARD.encode(format!("{before}{secret}{after}")),
            false => format!("{before}{secret}{after}"),
        };
        let shown = masked_in_chunks(&Patterns::of(&values), &chunks(text.as_bytes(), &cuts));
        prop_assert_eq!(&shown, &reference(&forms, text.as_bytes()));
        let shown = String::from_utf8_lossy(&shown);
        prop_assert!(shown.contains(MASK));
        for piece in shown.split(MASK) {
            for form in &forms {
                prop_assert!(!piece.as_bytes().windows(form.len()).any(|w| w == form), "{:?} survives", form);
            }
        }
    }

    #[test]
    fn no_byte_outside_of_secrets_is_lost(words in vec("[a-z ]{1,12}", 1..20), cuts in vec(1usize..9, 1..30)) {
        let patterns = Patterns::of([b"0123456789"]);
        let text = words.join("0123456789");
        let cuts: Vec<_> = cuts.iter().copied().cycle().take(text.len()).collect();
        let shown = masked_in_chunks(&patterns, &chunks(text.as_bytes(), &cuts));
        prop_assert_eq!(String::from_utf8_lossy(&shown), words.join(MASK));
    }

    /// Proves that it does not matter in which order secrets become known.
    #[test]
    fn what_is_added_later_is_looked_for_like_the_rest(values in vec("[ab]{3,70}", 1..6), text in "[abc]{0,99}") {
        let redactor = Redactor::new();
        values.iter().for_each(|value| redactor.add([value]));
        prop_assert_eq!(redactor.text(&text), Patterns::of(&values).text(&text));
    }
}

#[test]
fn a_text_without_secrets_is_not_copied() {
    let redactor = Redactor::new();
    redactor.add(["hunter22"]);
    assert!(matches!(redactor.text("hunter2 and hunter1"), Cow::Borrowed(_)));
    assert_eq!(redactor.text("é hunter22!"), format!("é {MASK}!"));
}

#[test]
fn a_secret_is_found_in_the_forms_that_tools_print() {
    let redactor = Redactor::new();
    let secret = "-----BEGIN KEY-----\r\nAbC+/d\"EfG??>>\n-----END KEY-----\n";
    redactor.add([secret]);
    for shown in [
        secret.to_owned(),
        secret.trim_end().to_owned(),
        "AbC+/d\"EfG??>>".to_owned(),
        serde_json::to_string(secret).unwrap(),
        serde_json::to_string(secret).unwrap().replace('>', "\\u003e"),
        BASE64_STANDARD.encode(secret),
        BASE64_URL_SAFE_NO_PAD.encode(secret),
    ] {
        let masked = redactor.text(&shown).into_owned();
        assert!(masked.contains(MASK) && !masked.contains("AbC") && masked.len() < MASK.len() + 12, "{masked}");
    }
}

/// Proves that what is quoted for JSON here is what a kept library makes of it.
#[test]
fn json_is_quoted_as_a_library_does() {
    let text: String = (0..=255_u8).map(char::from).chain("€".chars()).collect();
    let quoted = serde_json::to_string(&text).unwrap();
    let redactor = Redactor::new();
    redactor.add([&text]);
    assert_eq!(redactor.text(&quoted), format!("\"{MASK}\""));
}

#[test]
fn a_password_is_found_in_the_base64_of_a_longer_text() {
    for secret in ["correct horse", "four"] {
        let redactor = Redactor::new();
        redactor.add([secret]);
        for user in ["a", "ab", "abc"] {
            let auth = BASE64_STANDARD.encode(format!("{user}:{secret}"));
            assert!(redactor.text(&auth).contains(MASK), "{auth}");
        }
    }
}

const KEY: &str = "{\n  \"type\": \"service_account\",\n  \"private_key\": \"-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0B\\nAQEFAASCBKcwggSjAgEAAoIB\\n-----END PRIVATE KEY-----\\n\"\n}\n";

#[test]
fn a_key_is_masked_however_a_shell_prints_it() {
    let one_line = KEY.split_whitespace().collect::<Vec<_>>().join(" ");
    let unescaped = KEY.replace("\\n", "\n");
    for printed in [KEY, &one_line, &unescaped] {
        let masked = Patterns::of([KEY]).text(printed).into_owned();
        for part in ["service_account", "MIIEvQ", "AQEFAAS"] {
            assert!(!masked.contains(part), "{part} in {masked}");
        }
    }
}

#[test]
fn base64_in_lines_is_masked() {
    let encoded = BASE64_STANDARD.encode(KEY);
    for width in [64, 76] {
        let lines: Vec<&str> =
            encoded.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap_or_default()).collect();
        let masked = Patterns::of([KEY]).text(&lines.join("\n")).into_owned();
        assert!(masked.len() < encoded.len() / 2, "{masked}");
        for line in &lines[..lines.len() - 1] {
            assert!(!masked.contains(line), "{line} in {masked}");
        }
    }
}

#[test]
fn ordinary_output_is_not_held_back() {
    let long = "line of a long file\n".repeat(50);
    let patterns = Patterns::of([KEY, &long]);
    let mut stream = MaskedStream::default();
    assert_eq!(stream.push(&patterns, b"Password: "), None);
    assert_eq!(stream.push(&patterns, b"all done\n"), None);
}

#[test]
fn only_what_may_become_a_secret_waits() {
    let patterns = Patterns::of(["opensesame"]);
    let mut stream = MaskedStream::default();
    assert_eq!(stream.push(&patterns, b"nothing like it"), None);
    assert_eq!(stream.push(&patterns, b"nothing like op").as_deref(), Some(&b"nothing like "[..]));
    assert_eq!(stream.push(&patterns, b"era").as_deref(), Some(&b"opera"[..]));
}

#[test]
fn secrets_that_overlap_or_touch_are_one_mask_wherever_the_text_is_cut() {
    let patterns = Patterns::of(["abcdef", "defghi", "jklm"]);
    let text = b"<abcdefghijklm>";
    for cut in 0..text.len() {
        let (left, right) = text.split_at(cut);
        let shown = String::from_utf8(masked_in_chunks(&patterns, &[left, right])).unwrap();
        assert_eq!(shown, format!("<{MASK}>"), "cut at {cut}");
    }
}

#[test]
fn a_secret_that_arrives_late_is_masked_in_what_is_held_back_too() {
    let mut stream = MaskedStream::default();
    assert_eq!(stream.push(&Patterns::of(["abcdefgh"]), b"xabcde").as_deref(), Some(&b"x"[..]));
    let both = Patterns::of(["abcdefgh", "defg"]);
    assert_eq!(stream.push(&both, b"fg.").as_deref(), Some(format!("abc{MASK}.").as_bytes()));
}

/// Proves that a message that was cut inside a secret does not show the part that is left.
#[test]
fn what_is_left_of_a_secret_at_a_cut_is_masked() {
    let long = String::from_utf8(vec![b'k'; 30]).unwrap_or_default() + "-and-more";
    let patterns = Patterns::of(["opensesame", &long]);
    for (text, shown) in [
        ("it said openses".to_owned(), format!("it said {MASK}")),
        ("it said opens … 12 bytes more".to_owned(), format!("it said {MASK} … 12 bytes more")),
        (format!("opensesame {} … (9 more bytes)", &long[..33]), format!("{MASK} {MASK} … (9 more bytes)")),
        ("it is open … (3 more bytes), ope".to_owned(), format!("it is {MASK} … (3 more bytes), ope")),
    ] {
        assert_eq!(patterns.text(&text), shown);
    }
}

#[test]
fn white_space_and_what_is_too_short_is_no_secret() {
    for value in ["", "abc", " ab \n", "\n\n\n\n\n\n"] {
        assert!(!is_masked(value.as_bytes()) && Patterns::of([value]).is_empty(), "{value:?}");
    }
    assert!(is_masked(b"abcd"));
}

#[test]
fn every_clone_learns_a_new_secret_and_none_shows_it() {
    let redactor = Redactor::new();
    let clone = redactor.clone();
    redactor.add(["first-secret"]);
    redactor.add(["second-secret", "first-secret", "abc"]);
    assert_eq!(clone.text("first-secret second-secret abc"), format!("{MASK} {MASK} abc"));
    assert_eq!(format!("{clone:?}"), "Redactor { secrets: 3, .. }");
}
