//! The shapes in which a secret turns up in a text.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};

/// Bytes that a value must have to be masked. Shorter ones turn up in ordinary words, and the gaps would give them away.
pub const SHORTEST_MASKED: usize = 4;

/// Longer forms are looked for in pieces of so many bytes, so that neither memory nor what waits at a chunk's end grows with a secret, and
/// a part of one is masked, too.
pub(crate) const PIECE: usize = 64;

/// The widths at which `base64`, OpenSSL and PEM writers break lines.
const WIDTHS: [usize; 2] = [76, 64];

/// Whether a value is ever masked: what is too short without the white space at its ends is not.
pub fn is_masked(value: &[u8]) -> bool {
    value.trim_ascii().len() >= SHORTEST_MASKED
}

/// Everything to look for if `value` is not to be seen: the value, its lines, both as the inside of a JSON string, and its base64. Sorted.
///
/// Values are taken without white space at their ends, so that it does not matter whether a file ends in a newline, nor
/// that an unquoted variable loses its indentation. A backslash and an `n` count as a line's end too: several
/// shells' `echo` makes one of them.
pub(crate) fn forms(value: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    let whole = value.trim_ascii();
    add_plain(&mut forms, whole);
    for line in whole.split(|byte| matches!(byte, b'\n' | b'\r')) {
        if line.len() < whole.len() {
            add_plain(&mut forms, line.trim_ascii());
        }
        for piece in split_escaped(line) {
            add(&mut forms, piece.trim_ascii());
        }
    }
    if is_masked(value) {
        add_base64(&mut forms, value, whole);
    }
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// A form, or the pieces that cover it but for white space between them: one that began with a line's end would keep every such end waiting.
fn add(forms: &mut Vec<Vec<u8>>, form: &[u8]) {
    if form.len() < SHORTEST_MASKED {
        return;
    }
    let mut rest = form;
    while let Some((piece, more)) = rest.split_at_checked(PIECE) {
        // What repeats is common in what is long: no need to keep each.
        if forms.last().is_none_or(|before| before != piece) {
            forms.push(piece.to_vec());
        }
        rest = more.trim_ascii_start();
    }
    if !rest.is_empty() {
        let last = form.get(form.len().saturating_sub(PIECE)..).unwrap_or(form);
        let trimmed = last.trim_ascii_start();
        forms.push(if trimmed.len() < SHORTEST_MASKED { last } else { trimmed }.to_vec());
    }
}

/// The form, and the inside of the JSON strings that hold it, where those differ: some writers escape what HTML gives a meaning.
fn add_plain(forms: &mut Vec<Vec<u8>>, plain: &[u8]) {
    add(forms, plain);
    if plain.len() < SHORTEST_MASKED {
        return;
    }
    let quoted = json(plain, false);
    if quoted != plain {
        add(forms, &quoted);
    }
    let of_html = json(plain, true);
    if of_html != quoted {
        add(forms, &of_html);
    }
}

/// The inside of a JSON string.
fn json(plain: &[u8], of_html: bool) -> Vec<u8> {
    let mut quoted = Vec::with_capacity(plain.len());
    for &byte in plain {
        let short = match byte {
            b'"' | b'\\' => byte,
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x08 => b'b',
            0x0c => b'f',
            0..0x20 => {
                quoted.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
                continue;
            }
            b'<' | b'>' | b'&' if of_html => {
                quoted.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
                continue;
            }
            _ => {
                quoted.push(byte);
                continue;
            }
        };
        quoted.extend_from_slice(&[b'\\', short]);
    }
    quoted
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

fn add_base64(forms: &mut Vec<Vec<u8>>, value: &[u8], whole: &[u8]) {
    for before in 0..3 {
        for encoded in encoded_after(before, whole) {
            add(forms, encoded.as_bytes());
        }
    }
    // A value encoded alone may come in lines.
    for encoded in encoded_after(0, value) {
        for width in WIDTHS {
            if encoded.len() > width {
                encoded.as_bytes().chunks(width).for_each(|line| add(forms, line));
            }
        }
    }
}

/// The letters of base64, in both alphabets, that depend on `value` alone when `before` (0 to 2) other bytes come before it, and any bytes
/// after it: three bytes make four letters, and the letters at a value's edges depend on its neighbours.
fn encoded_after(before: usize, value: &[u8]) -> [String; 2] {
    let mut bytes = vec![0; before];
    bytes.extend_from_slice(value);
    let own = (before * 8).div_ceil(6)..bytes.len() * 8 / 6;
    [BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD]
        .map(|alphabet| alphabet.encode(&bytes).get(own.clone()).unwrap_or_default().to_owned())
}
