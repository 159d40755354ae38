use super::*;

fn glob(text: &str) -> Glob {
    Glob::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Whether one part matches a name.
fn part_matches(part: &str, name: &[u8]) -> bool {
    match glob(part).steps() {
        [Step::Name(known)] => known.as_bytes() == name,
        [Step::Like(like)] => like.matches(name),
        other => panic!("{part}: {other:?}"),
    }
}

#[test]
fn parts_match_names_as_in_the_language() {
    for (part, name, expected) in [
        ("*.log", "a.log", true),
        ("*.log", ".log", true),
        ("*.log", "a.logs", false),
        ("*", ".hidden", true),
        ("a*b*c", "a-b-b-c", true),
        ("a*b*c", "a-c-b", false),
        ("?", "é", true),
        ("??", "é", false),
        ("[a-c]x", "bx", true),
        ("[!a-c]x", "bx", false),
        ("[^a-c]x", "dx", true),
        ("[-a]", "-", true),
        ("[a-]", "-", true),
        ("[\\]]", "]", true),
        ("*.{jar,war}", "x.war", true),
        ("*.{jar,war}", "x.tar", false),
        ("{a,b{c,d}}e", "bde", true),
        ("{a,}b", "b", true),
        ("\\*", "*", true),
        ("\\*", "a", false),
        ("a,b}", "a,b}", true),
    ] {
        assert_eq!(part_matches(part, name.as_bytes()), expected, "{part} {name}");
    }
    assert!(part_matches("a?", b"a\xff") && part_matches("a*", b"a\xff\xfe") && !part_matches("a[b-z]", b"a\xff"));
}

#[test]
fn a_pattern_is_told_apart_at_its_slashes() {
    let name = |name: &str| Step::Name(name.to_owned());
    assert_eq!(glob("./a//b/../c/").steps(), [name("a"), name("c")]);
    assert!(matches!(glob("**/**/*.xml").steps(), [Step::Any, Step::Like(_)]));
    // As everywhere, two stars in a name are no more than one.
    assert!(matches!(glob("a**/b").steps(), [Step::Like(like), Step::Name(_)] if like.matches(b"ab")));
}

#[test]
fn what_is_no_pattern_below_the_directory_is_refused() {
    for text in ["", ".", "a/..", "./"] {
        assert_eq!(Glob::parse(text), Err(InvalidGlob::Empty), "{text:?}");
    }
    for text in ["..", "../x", "a/../../b", "**/../../x"] {
        assert_eq!(Glob::parse(text), Err(InvalidGlob::Outside(text.to_owned())));
    }
    assert!(matches!(Glob::parse("/x"), Err(InvalidGlob::Absolute(_))));
    for text in ["[", "[]", "[a", "{a", "{a/b,c}", "a\\", "a\0", "a\\/b", "\\.\\.", "\\.", "{{{{{{{{{a}}}}}}}}}"] {
        assert!(matches!(Glob::parse(text), Err(InvalidGlob::Syntax { .. })), "{text:?}");
    }
    assert_eq!(Glob::parse(&"a".repeat(LONGEST + 1)), Err(InvalidGlob::TooLong));
}

#[test]
fn an_absolute_pattern_counts_from_the_directory() {
    let below = |text: &str| Glob::below("/tmp/build/", text).map(|glob| glob.as_str().to_owned());
    assert_eq!(below("/tmp/build/dist/*.jar").as_deref(), Ok("dist/*.jar"));
    assert_eq!(below("/tmp/./x/../build/a").as_deref(), Ok("a"));
    assert_eq!(below("dist").as_deref(), Ok("dist"));
    for text in ["/tmp/buildings/a", "/tmp/build/../x", "/etc/passwd", "/"] {
        assert!(matches!(below(text), Err(InvalidGlob::Absolute(_))), "{text}");
    }
    assert_eq!(below("/tmp/build"), Err(InvalidGlob::Empty));
}

/// Whoever writes a pattern must not hold up whoever walks.
#[test]
fn a_pattern_of_stars_takes_no_time_that_grows_with_their_power() {
    let pattern = format!("{}b", "*a".repeat(300));
    assert!(!part_matches(&pattern, &b"a".repeat(255)));
    let nested = "{a,{a,{a,{a,{a,{a,{a,a}}}}}}}".repeat(40);
    assert!(part_matches(&nested, &b"a".repeat(40)));
}
