use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::collection::vec;
use proptest::prelude::*;
use windlass_agent_protocol::MASK;

use super::{Automaton, Masking, forms, mask_text};

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

fn masked_in_chunks(automaton: &Arc<Automaton>, text: &[u8], cuts: &[usize]) -> Vec<u8> {
    let mut masking = Masking::new(Arc::clone(automaton));
    let mut out = Vec::new();
    let mut rest = text;
    for cut in cuts {
        let (now, later) = rest.split_at((*cut).min(rest.len()));
        masking.push(now, &mut out);
        rest = later;
    }
    masking.push(rest, &mut out);
    masking.finish(&mut out);
    out
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Few letters, so that patterns overlap, contain each other and repeat.
    #[test]
    fn any_split_gives_what_the_definition_says(
        forms in vec(vec(b'a'..b'd', 2..7), 1..6),
        text in vec(b'a'..b'd', 0..80),
        cuts in vec(0usize..9, 0..30),
    ) {
        let automaton = Arc::new(Automaton::new(&forms));
        let masked = masked_in_chunks(&automaton, &text, &cuts);
        prop_assert_eq!(masked, reference(&forms, &text));
    }

    #[test]
    fn no_form_of_a_secret_survives_a_split(
        secret in "[!-~]{4,40}(\n[ -~]{0,60}){0,4}",
        before in "[a-z ]{0,20}",
        after in "[a-z ]{0,20}",
        cuts in vec(0usize..25, 0..40),
        encoded in any::<bool>(),
    ) {
        let forms = forms(secret.as_bytes());
        // Pieces of the mask itself are no secrets worth keeping.
        prop_assume!(!forms.iter().any(|f| MASK.as_bytes().windows(f.len()).any(|w| w == f)));
        let text = match encoded {
            true => STANDARD.encode(format!("{before}{secret}{after}")),
            false => format!("{before}{secret}{after}"),
        };
        let automaton = Arc::new(Automaton::new(&forms));
        let masked = masked_in_chunks(&automaton, text.as_bytes(), &cuts);
        prop_assert_eq!(&masked, &reference(&forms.iter().cloned().collect::<Vec<_>>(), text.as_bytes()));
        let masked = String::from_utf8_lossy(&masked);
        prop_assert!(masked.contains(MASK));
        for (number, piece) in masked.split(MASK).enumerate() {
            for form in &forms {
                let found = piece.as_bytes().windows(form.len()).any(|w| w == form);
                prop_assert!(!found, "{:?} survives in piece {}", form, number);
            }
        }
    }
}

const KEY: &str = "{\n  \"type\": \"service_account\",\n  \"private_key\": \"-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0B\\nAQEFAASCBKcwggSjAgEAAoIB\\n-----END PRIVATE KEY-----\\n\"\n}\n";

fn masked(secret: &str, text: &str) -> String {
    mask_text(&Arc::new(Automaton::new(forms(secret.as_bytes()))), text)
}

#[test]
fn a_key_is_masked_however_a_shell_prints_it() {
    let one_line = KEY.split_whitespace().collect::<Vec<_>>().join(" ");
    let unescaped = KEY.replace("\\n", "\n");
    for printed in [KEY, &one_line, &unescaped] {
        let masked = masked(KEY, printed);
        for part in ["service_account", "MIIEvQ", "AQEFAAS"] {
            assert!(!masked.contains(part), "{part} in {masked}");
        }
    }
}

#[test]
fn base64_in_lines_is_masked() {
    let encoded = STANDARD.encode(KEY);
    for width in [64, 76] {
        let lines: Vec<&str> =
            encoded.as_bytes().chunks(width).map(|line| std::str::from_utf8(line).unwrap_or_default()).collect();
        let masked = masked(KEY, &lines.join("\n"));
        for line in &lines[..lines.len() - 1] {
            assert!(!masked.contains(line), "{line} in {masked}");
        }
    }
}

#[test]
fn a_docker_login_is_masked() {
    let auth = STANDARD.encode("_json_key:hunter2hunter2");
    let masked = masked("hunter2hunter2", &format!("{{\"auth\": \"{auth}\"}}"));
    assert!(masked.starts_with("{\"auth\": \"X2pzb25fa2V5"), "{masked}");
    assert!(masked.contains(MASK), "{masked}");
    let tail = &auth[auth.len() - 8..];
    assert!(!masked.contains(tail), "{masked}");
}

#[test]
fn ordinary_output_is_not_held_back() {
    let automaton = Arc::new(Automaton::new(forms(KEY.as_bytes())));
    let mut masking = Masking::new(automaton);
    let mut out = Vec::new();
    masking.push(b"Password: ", &mut out);
    assert_eq!(out, b"Password: ");
}

#[test]
fn a_secret_that_arrives_late_is_masked_in_what_is_held_back_too() {
    let first = Arc::new(Automaton::new(["abcdefgh"]));
    let second = Arc::new(Automaton::new(["abcdefgh", "defg"]));
    let mut masking = Masking::new(first);
    let mut out = Vec::new();
    masking.push(b"xabcde", &mut out);
    assert_eq!(out, b"x");
    masking.switch(&second);
    masking.push(b"fg.", &mut out);
    masking.finish(&mut out);
    assert_eq!(out, format!("xabc{MASK}.").into_bytes());
}
