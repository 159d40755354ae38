use super::{Invalid, Patterns, World, evaluate};
use crate::variables::{Binding, Scope};

fn scope() -> Scope {
    let mut scope = Scope::default();
    for (name, value) in [
        ("CIRRUS_BRANCH", "release/1.2"),
        ("CIRRUS_CHANGE_MESSAGE", "Fix it\n\n[skip ci]"),
        ("RELEASE", "release/.*"),
        ("YES", "true"),
        ("DIR", "docs"),
        ("EMPTY", ""),
        ("SELF", "$CIRRUS_BRANCH"),
    ] {
        scope.set(name, Binding::Text(value.to_owned()));
    }
    scope.set("TOKEN", Binding::Secret);
    scope
}

fn value(text: &str) -> Result<bool, Invalid> {
    let files = ["docs/a.md".to_owned(), "src/x.rs".to_owned()];
    let scope = scope();
    let patterns = Patterns::new(Some(&files));
    let world = World { scope: &scope, patterns: &patterns };
    evaluate(text, &world).map(|outcome| outcome.value)
}

#[test]
fn expressions_have_the_value_the_service_gave_them() {
    for (text, expected) in [
        ("true", true),
        ("$YES", true),
        ("!$YES", false),
        ("$CIRRUS_BRANCH == 'release/1.2'", true),
        ("$CIRRUS_BRANCH == \"release/1.2\" && $UNSET == ''", true),
        ("${CIRRUS_BRANCH} != 'main'", true),
        ("$CIRRUS_BRANCH =~ 'RELEASE/.*'", true),
        ("$CIRRUS_BRANCH =~ 'release'", false),
        ("$CIRRUS_BRANCH =~ $RELEASE", true),
        ("$CIRRUS_BRANCH !=~ $RELEASE", false),
        ("$CIRRUS_CHANGE_MESSAGE =~ '.*\\[skip ci\\].*'", true),
        ("$CIRRUS_CHANGE_MESSAGE =~ 'fix it\\n.*'", true),
        ("$CIRRUS_CHANGE_MESSAGE =~ \"fix it\\n.*\"", true),
        ("'[skip ci]' in $CIRRUS_CHANGE_MESSAGE", true),
        ("$SELF == $CIRRUS_BRANCH", true),
        ("false || true && false", false),
        ("(false || true) && true", true),
        ("true || false && false", true),
        ("!'x' in 'y'", false),
        ("changesInclude('docs/*', 'nothing')", true),
        ("changesIncludeOnly('docs/**')", false),
        ("!changesIncludeOnly('docs/**') || false", true),
        ("changesIncludeOnly('docs/**', '**.rs')", true),
        ("$TOKEN != ''", true),
        ("  true\n  || false\n", true),
        ("1", true),
        ("changesInclude('$DIR/**')", true),
        ("changesInclude(\"${DIR}/*.md\", 'other')", true),
        ("changesIncludeOnly('%DIR%/**', 'src/*')", true),
        ("changesInclude('lib$DIR/**')", false),
        ("changesInclude('**/a.md')", true),
        ("changesInclude('**/docs/a.md')", false),
        ("true // and a reason", true),
        ("// a reason\n$YES && // another\n true", true),
        ("$YES /* in\nthe middle */ == 'true'", true),
        ("'http://x' == 'http://x'", true),
        ("$CIRRUS_BRANCH == \"'release/1.2'\"", true),
        ("$CIRRUS_BRANCH == '\"release/1.2\"'", true),
        ("\"''\" == ''", true),
    ] {
        // `!` binds tighter than `in`, so `!'x' in 'y'` negates text, which is an error: see below.
        if text.starts_with("!'x'") {
            assert!(value(text).is_err());
            continue;
        }
        assert_eq!(value(text), Ok(expected), "{text}");
    }
}

#[test]
fn expressions_without_a_value_say_where_and_why() {
    for (text, part, message) in [
        ("$UNSET", "$UNSET", "`UNSET` is not set"),
        ("$CIRRUS_BRANCH == main", "main", "neither text nor a variable"),
        ("$CIRRUS_BRANCH = 'x'", "=", "single `=`"),
        ("true & true", "&", "single `&`"),
        ("(true", "(", "never closed"),
        ("true)", ")", "ended here"),
        ("true true", "true", "ended here"),
        ("'x", "'", "never closed"),
        ("${X", "${", "never closed"),
        ("true ||", "|", "ends where"),
        ("$YES =~ '('", "'('", "cannot be read"),
        ("$YES =~ '(?!x)y'", "'(?!x)y'", "cannot be read"),
        ("changed('x')", "changed('x')", "no function"),
        ("changesInclude()", "changesInclude()", "at least one"),
        ("'maybe'", "'maybe'", "neither true nor false"),
        ("", "", "ends where"),
        ("$YES ; true", ";", "has no meaning"),
        ("true /* true", "/*", "never closed"),
    ] {
        let error = value(text).map_or_else(|error| error, |value| panic!("{text} is {value}"));
        assert!(error.message.contains(message), "{text}: {}", error.message);
        assert_eq!(text.get(error.range.clone()), Some(part), "{text}: {error:?}");
    }
}

#[test]
fn deep_and_long_expressions_are_refused_not_recursed_into() {
    for text in ["(".repeat(100_000), "!".repeat(100_000), "true||".repeat(100_000), "f(".repeat(100_000)] {
        assert!(value(&text).is_err());
    }
}

#[test]
fn comparing_with_a_glob_is_doubted() {
    let scope = scope();
    let patterns = Patterns::new(None);
    let world = World { scope: &scope, patterns: &patterns };
    let outcome = evaluate("$CIRRUS_BRANCH == 'release/*'", &world).unwrap_or_else(|error| panic!("{error:?}"));
    assert!(!outcome.value);
    assert_eq!(outcome.suspicions.len(), 1);
}

/// A condition that many tasks inherit, or a matrix multiplies, must not compile its patterns again for each of them.
#[test]
fn a_pattern_is_compiled_once_however_often_it_is_asked() {
    let files: Vec<String> = (0..2_000).map(|at| format!("services/s{}/src/file{at}.rs", at % 50)).collect();
    let scope = scope();
    let patterns = Patterns::new(Some(&files));
    let world = World { scope: &scope, patterns: &patterns };
    let text =
        "changesInclude('docs/**', '**/*.md', 'services/s7/**') && changesIncludeOnly('**.rs') && $CIRRUS_BRANCH =~ 'rel.*'";
    for _ in 0..500 {
        assert_eq!(evaluate(text, &world).map(|outcome| outcome.value), Ok(true));
    }
    assert_eq!(patterns.compiled(), 5);
}

/// A variable that nobody set leaves a pattern that matches nothing, so it has to be said.
#[test]
fn a_variable_that_is_not_set_is_told_in_a_path_pattern() {
    let scope = scope();
    let patterns = Patterns::new(None);
    let outcome = evaluate("changesInclude('$NOWHERE/**')", &World { scope: &scope, patterns: &patterns });
    let messages: Vec<String> =
        outcome.map(|outcome| outcome.suspicions).unwrap_or_default().into_iter().map(|s| s.message).collect();
    assert!(messages.iter().any(|message| message.contains("`NOWHERE` is not set")), "{messages:?}");
}
