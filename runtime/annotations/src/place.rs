//! Where a remark belongs: reports name files as the machine saw that they were made on.

/// The files of the project, for whoever knows them.
pub trait Places {
    /// The path of a file from the project's root, by a path that a report names: absolute or relative, or no more than a name. `None` when the
    /// project has no such file.
    fn known(&self, path: &str) -> Option<String>;

    /// The path from the project's root of a file that need not be there: it may have been made in the container. `None` when it lies elsewhere.
    fn likely(&self, path: &str) -> Option<String>;
}

/// The first place in a text that the project has: `src/main.rs:7`, as compilers and stack traces write it.
pub(crate) fn guess(text: &str, places: &dyn Places) -> Option<(String, u32)> {
    mentioned(text).find_map(|(path, line)| Some((places.known(path)?, line)))
}

/// The last line of a file that a text names: where a traceback ends.
pub(crate) fn last_line_of(text: &str, path: &str) -> Option<u32> {
    mentioned(text).filter(|(named, _)| *named == path).map(|(_, line)| line).last()
}

/// What looks like a place in a text.
fn mentioned(text: &str) -> impl Iterator<Item = (&str, u32)> {
    /// More are in no text that a person reads.
    const MOST: usize = 200;
    let in_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '/' | '-' | '+' | '@' | '~' | '$' | '\\');
    let place = move |(at, _): (usize, &str)| {
        let (before, after) = (&text[..at], &text[at + 1..]);
        let start =
            before.rfind(|c: char| !in_path(c)).map_or(0, |end| end + before[end..].chars().next().map_or(0, char::len_utf8));
        let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let (path, line) = (&before[start..], after[..digits].parse().ok().filter(|line| *line > 0)?);
        path.trim_start_matches('.').contains('.').then_some((path, line))
    };
    text.match_indices(':').filter_map(place).take(MOST)
}

/// A path out of an address: `file:///a%20b` is `/a b`.
pub(crate) fn of_address(address: &str) -> String {
    let path = address.strip_prefix("file://").unwrap_or(address);
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        let code = after
            .get(..2)
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code.filter(|_| *byte == b'%') {
            Some(code) => {
                bytes.push(code);
                rest = &after[2..];
            }
            None => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_as_tools_write_them() {
        let found: Vec<_> =
            mentioned("a.rs:7:3: x\n\tat A.b(Foo.java:12)\n  ./c/d.py:5: E\nhttp://x.y:80/z 12:30:00 k:1 ü.go:3").collect();
        assert_eq!(found, [("a.rs", 7), ("Foo.java", 12), ("./c/d.py", 5), ("//x.y", 80), ("ü.go", 3)]);
        assert_eq!(last_line_of("t.py:1: x\nu.py:3:\nt.py:9: y", "t.py"), Some(9));
    }

    #[test]
    fn an_address_is_a_path() {
        assert_eq!(of_address("file:///a%20b/%C3%BC.c"), "/a b/ü.c");
        assert_eq!(of_address("src/a%2.c%"), "src/a%2.c%");
        assert_eq!(of_address("%ff"), "%ff");
    }
}
