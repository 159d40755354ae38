//! The shapes in which a secret turns up in output.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// The shortest text that is masked. Shorter ones turn up in ordinary words, and the gaps would give them away.
pub const SHORTEST: usize = 4;

/// How much of a value is looked for in base64. What is longer is a file, and begins with what tells it.
const ENCODED: usize = 16 << 10;

/// The widths at which `base64`, OpenSSL and PEM writers break lines.
const WIDTHS: [usize; 2] = [76, 64];

/// Everything to look for if `value` is not to be seen: the value, its lines, and its base64.
///
/// Values are taken without white space at their ends, so that it does not matter whether a file ends in a newline, nor
/// that an unquoted variable loses its indentation. A backslash and an `n` count as a line's end too: several
/// shells' `echo` makes one of them.
#[must_use]
pub fn forms(value: &[u8]) -> BTreeSet<Vec<u8>> {
    let mut forms = BTreeSet::new();
    let whole = value.trim_ascii();
    add(&mut forms, whole);
    for line in whole.split(|byte| matches!(byte, b'\n' | b'\r')) {
        add(&mut forms, line.trim_ascii());
        for piece in split_escaped(line) {
            add(&mut forms, piece.trim_ascii());
        }
    }
    if whole.len() >= SHORTEST {
        add_encoded(&mut forms, value, whole);
    }
    forms
}

fn add(forms: &mut BTreeSet<Vec<u8>>, form: &[u8]) {
    if form.len() >= SHORTEST {
        forms.insert(form.to_vec());
    }
}

/// The parts between the escapes `\n` and `\r`.
fn split_escaped(mut line: &[u8]) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    while let Some(at) = line.windows(2).position(|pair| matches!(pair, br"\n" | br"\r")) {
        pieces.push(&line[..at]);
        line = &line[at + 2..];
    }
    if !pieces.is_empty() {
        pieces.push(line);
    }
    pieces
}

fn add_encoded(forms: &mut BTreeSet<Vec<u8>>, value: &[u8], whole: &[u8]) {
    let start = &whole[..whole.len().min(ENCODED)];
    for before in 0..3 {
        let (standard, url) = encode_after(before, start);
        add(forms, standard.as_bytes());
        add(forms, url.as_bytes());
    }
    // A value encoded alone may come in lines.
    let start = &value[..value.len().min(ENCODED)];
    let (encoded, _) = encode_after(0, start);
    for width in WIDTHS {
        if encoded.len() > width {
            for line in encoded.as_bytes().chunks(width) {
                add(forms, line);
            }
        }
    }
}

/// The characters of base64, in both alphabets, that depend on `value` alone when `before` (0 to 2) other bytes come
/// before it, and any bytes after it.
fn encode_after(before: usize, value: &[u8]) -> (String, String) {
    let mut bytes = vec![0; before];
    bytes.extend_from_slice(value);
    let first = (before * 8).div_ceil(6);
    let end = bytes.len() * 8 / 6;
    let cut = |text: String| text.get(first..end).unwrap_or_default().to_owned();
    (cut(STANDARD_NO_PAD.encode(&bytes)), cut(URL_SAFE_NO_PAD.encode(&bytes)))
}
