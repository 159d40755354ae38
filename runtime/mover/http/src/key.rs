//! Keys: what a path or the name of an entry stands for in the store.

use crate::limits::KEY;
use crate::refusal::Refusal;

const NO_KEY: Refusal =
    Refusal::new(400, "the path is no key: it is empty, too long, not UTF-8, or has `.`, `..` or control characters");

/// The key of a path: decoded once, whatever the method, so that it reads what it wrote.
pub fn of_path(path: &str) -> Result<String, Refusal> {
    let decoded = decoded(path.strip_prefix('/').unwrap_or(path), false).ok_or(NO_KEY)?;
    if !is_fit(&decoded) || decoded.split('/').any(|part| matches!(part, "." | "..")) {
        return Err(NO_KEY);
    }
    Ok(format!("http/{decoded}"))
}

/// The key of an entry of the Actions cache, or the start of one. An entry belongs to a version, which has no slash here: whatever is in one, no other
/// begins alike.
pub fn of_entry(version: &str, name: &str) -> Option<String> {
    (is_fit(version) && is_fit(name)).then(|| format!("{}{name}", of_version(version)))
}

/// What the keys of all entries of a version begin with.
pub fn of_version(version: &str) -> String {
    format!("actions/{}/", version.replace('%', "%25").replace('/', "%2F"))
}

fn is_fit(text: &str) -> bool {
    !text.is_empty() && text.len() <= KEY && !text.chars().any(char::is_control)
}

/// Decodes what was percent-encoded: of a query with plus signs for spaces.
pub fn decoded(text: &str, query: bool) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'%' => bytes.push(hexadecimal(rest.next()?)? << 4 | hexadecimal(rest.next()?)?),
            b'+' if query => bytes.push(b' '),
            _ => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// The value of a name in a query.
pub fn in_query(query: &str, name: &str) -> Option<String> {
    let mut pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.find(|(found, _)| *found == name).and_then(|(_, value)| decoded(value, true))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_decoded_once() {
        for (path, key) in [
            ("/ac/00ff", "http/ac/00ff"),
            ("/a%2Fb", "http/a/b"),
            ("/a%252Fb", "http/a%2Fb"),
            ("/a+b%20c", "http/a+b c"),
            ("/%C3%BC", "http/ü"),
            ("//a//b/", "http//a//b/"),
            ("/...", "http/..."),
        ] {
            assert_eq!(of_path(path).as_deref(), Ok(key), "{path}");
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let long = format!("/{}", "a".repeat(KEY + 1));
        for path in [
            "/",
            "/..",
            "/a/../b",
            "/a/%2e%2E/b",
            "/a/./b",
            "/a%00b",
            "/a%0Ab",
            "/%7f",
            "/%ff",
            "/%",
            "/%4",
            "/%zz",
            "/%+1",
            &long,
        ] {
            assert_eq!(of_path(path), Err(NO_KEY), "{path}");
        }
    }

    #[test]
    fn no_version_begins_like_another() {
        assert_eq!(of_entry("v", "a/b").as_deref(), Some("actions/v/a/b"));
        assert_eq!(of_entry("v/a", "b").as_deref(), Some("actions/v%2Fa/b"));
        assert_eq!(of_entry("v%2Fa", "b").as_deref(), Some("actions/v%252Fa/b"));
        for (version, name) in [("", "a"), ("v", ""), ("v\0", "a"), ("v", "a\n")] {
            assert_eq!(of_entry(version, name), None);
        }
    }

    #[test]
    fn queries_are_read() {
        let query = "comp=block&blockid=YWI%2B%2F%3D%3D&x&sig=a+b";
        assert_eq!(in_query(query, "comp").as_deref(), Some("block"));
        assert_eq!(in_query(query, "blockid").as_deref(), Some("YWI+/=="));
        assert_eq!(in_query(query, "sig").as_deref(), Some("a b"));
        assert_eq!(in_query(query, "x").as_deref(), Some(""));
        assert_eq!(in_query(query, "omp"), None);
    }
}
