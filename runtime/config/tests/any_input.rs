//! Whatever the bytes: tasks or diagnostics come back, and diagnostics can be shown.

use proptest::prelude::*;
use windlass_config::{Code, Context, Diagnostics, Source, Style, load, load_settings};

fn survives(bytes: Vec<u8>) {
    let source = Source::new("any.yml", bytes);
    let mut context = Context::default();
    context.built_in.insert("CIRRUS_BRANCH".to_owned(), "main".to_owned());
    let problems = match load(&source, &context) {
        Ok(configuration) => {
            assert!(!configuration.warnings.has_errors());
            configuration.warnings
        }
        Err(problems) => {
            assert!(problems.has_errors(), "refused without a reason");
            problems
        }
    };
    let shown = problems.render(Style::Colored, Some(80));
    assert_eq!(shown.is_empty(), problems.is_empty());
    assert!(serde_json::to_string(&problems).is_ok());
    if let Err(problems) = load_settings(&source) {
        assert!(!problems.render(Style::Plain, None).is_empty());
    }
}

/// Pieces of real files, to get past the parser.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("\n"),
        Just("  "),
        Just("a_task:\n  "),
        Just("task: "),
        Just("{"),
        Just("}"),
        Just("["),
        Just("]"),
        Just(", "),
        Just(": "),
        Just("- "),
        Just("container: {image: x}\n  "),
        Just("gke_container:\n    image: $A\n  "),
        Just("matrix:\n"),
        Just("<<: "),
        Just("&a "),
        Just("*a"),
        Just("env: {A: $B}\n  "),
        Just("only_if: "),
        Just("$CIRRUS_BRANCH =~ '.*'"),
        Just("!"),
        Just("\""),
        Just("'"),
        Just("|\n"),
        Just(">-\n"),
        Just("a_script: "),
        Just("a_step: {uses: x, with: {a: $A}}\n  "),
        Just("depends_on: a\n  "),
        Just("additional_containers:\n      - name: b\n        "),
        Just("memory: 4G\n  "),
        Just("%A%"),
        Just("${A"),
        Just("ü"),
        Just("\u{85}"),
        Just("\r\n"),
        Just("\t"),
        Just("\\\n"),
        Just("# "),
        Just("---\n"),
        Just("ENCRYPTED[a]"),
        Just("secrets:\n"),
        Just("clusters:\n"),
        Just("skip: changesInclude('**')\n  "),
        Just("always:\n    "),
        Just("timeout_in: 1h\n  "),
        Just("? "),
    ]
    .prop_map(str::to_owned)
}

/// Two texts as one: what one leaves open, the other does not close.
fn survives_joined(first: &str, second: &str) {
    let (alone, context) = (Source::new("first.yml", first), Context::default());
    let joined = alone.clone().joined([Source::new("second.yml", second)]);
    let is_yaml = |problems: &Diagnostics| problems.iter().all(|problem| problem.code() != Code::Syntax);
    match load(&joined, &context) {
        Ok(_) => assert!(load(&alone, &context).as_ref().err().is_none_or(is_yaml), "{first:?} is closed by {second:?}"),
        Err(problems) => {
            assert!(problems.has_errors() && !problems.errors().is_empty(), "refused without a reason");
            assert!(!problems.render(Style::Plain, None).is_empty() && serde_json::to_string(&problems).is_ok());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_end_in_a_result(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        survives(bytes);
    }

    #[test]
    fn any_text_ends_in_a_result(text in "\\PC{0,200}") {
        survives(text.into_bytes());
    }

    #[test]
    fn any_mix_of_real_pieces_ends_in_a_result(pieces in prop::collection::vec(piece(), 0..60)) {
        survives(pieces.concat().into_bytes());
    }

    #[test]
    fn any_two_mixes_end_in_a_result(one in prop::collection::vec(piece(), 0..30), two in prop::collection::vec(piece(), 0..30)) {
        survives_joined(&one.concat(), &two.concat());
    }

    #[test]
    fn a_real_file_with_a_byte_changed_ends_in_a_result(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = include_bytes!("cases/language/plugin-steps.yml").to_vec();
        let at = at.index(bytes.len());
        if cut {
            bytes.truncate(at);
        }
        if let Some(place) = bytes.get_mut(at) {
            *place = byte;
        }
        survives(bytes);
    }
}

#[test]
fn a_real_file_cut_in_two_ends_in_a_result() {
    let text = include_str!("cases/language/plugin-steps.yml");
    for at in (0..=text.len()).filter(|at| text.is_char_boundary(*at)) {
        let (one, two) = text.split_at(at);
        survives_joined(one, two);
    }
}
