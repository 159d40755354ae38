//! What the module of a plugin has to export. componentize-qjs looks an export up when it is called: one that is not there is a trap on the
//! user's machine, which names nothing.

use windlass_model::plugin::PluginKind;

use crate::description;
use crate::language::KINDS;

/// The functions of a kind.
fn functions(kind: PluginKind) -> &'static [&'static str] {
    match kind {
        PluginKind::Step => &["requirements", "run", "cleanup"],
        PluginKind::Login => &["requirements", "login", "cleanup"],
        PluginKind::Build => &["requirements", "build", "cleanup"],
        PluginKind::Push => &["requirements", "push", "cleanup"],
        PluginKind::Config => &["generate"],
    }
}

/// Checks that a module exports the object of its kind, and that the object's functions are somewhere in it. A module that passes on what
/// others export (`export *`) may have any.
///
/// # Errors
/// What is missing, and what to write.
pub(super) fn check(text: &str, kind: PluginKind) -> Result<(), String> {
    let words = words(text);
    let exported = exported(&words);
    if exported.contains(&"*") {
        return Ok(());
    }
    let wanted = object(kind);
    if !exported.contains(&wanted.as_str()) {
        let other = KINDS.into_iter().find(|(_, other)| exported.contains(&object(*other).as_str()));
        return Err(match other {
            Some((word, _)) => format!(
                "it exports `{}`, and {} says `kind: {kind}`; write `kind: {word}` there, or export `{wanted}`",
                object_of(word),
                description::FILE
            ),
            None => format!(
                "it exports no `{wanted}`, as the module of a {kind} plugin does; write `export const {wanted} = {{ … }}`"
            ),
        });
    }
    // What is spread or imported into the object has its functions elsewhere.
    let elsewhere = text.contains("...") || words.windows(3).any(|three| three[0] == "export" && three[1] == "{");
    let missing = functions(kind).iter().find(|name| !words.contains(name));
    match missing.filter(|_| !elsewhere) {
        Some(name) => Err(format!("`{wanted}` has no function `{name}`, which a {kind} plugin needs; add it")),
        None => Ok(()),
    }
}

/// The object that a module exports for a plugin of a kind.
fn object(kind: PluginKind) -> String {
    object_of(&kind.to_string())
}

fn object_of(kind: &str) -> String {
    format!("{kind}Plugin")
}

/// The names that a module exports, and `*` where it passes on those of another.
fn exported<'t>(words: &[&'t str]) -> Vec<&'t str> {
    let mut names = Vec::new();
    for (at, _) in words.iter().enumerate().filter(|(_, word)| **word == "export") {
        let rest = words.get(at + 1..).unwrap_or_default();
        match rest {
            ["*", ..] => names.push("*"),
            ["{", inside @ ..] => {
                let inside: Vec<&str> = inside.iter().copied().take_while(|word| *word != "}").collect();
                // The last word of `inner as outer`.
                names.extend(inside.split(|word| *word == ",").filter_map(|one| one.last().copied()));
            }
            ["async", "function", name, ..] | ["const" | "let" | "var" | "function" | "class", name, ..] => names.push(name),
            _ => {}
        }
    }
    names
}

/// Names and single signs, without comments and without what stands in quotes.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if matches!(c, '"' | '\'' | '`') {
            quoted(rest, c)
        } else if is_of_name(c) {
            rest.find(|c| !is_of_name(c)).unwrap_or(rest.len())
        } else {
            c.len_utf8()
        };
        let (word, after) = rest.split_at(length);
        if is_of_name(c) || matches!(c, '*' | '{' | '}' | ',') && !word.starts_with("/*") {
            words.push(word);
        }
        rest = after;
    }
    words
}

fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$')
}

/// The length of a text with its quotes.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return at + c.len_utf8(),
            // Only a template goes on in the next line; a lone quote is one of a regular expression.
            '\n' if quote != '`' => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_module_exports_is_found_however_it_is_written() {
        for text in [
            "export const stepPlugin = { requirements: r, run: shown((x) => {}), cleanup() {} };",
            "const stepPlugin = {};\nexport { stepPlugin };",
            "export { inner as stepPlugin, other } from './inner.mjs';",
            "export * from './inner.mjs';",
            "export class stepPlugin { static requirements() {} static run() {} static cleanup() {} }",
            "import { base } from './base.mjs';\nexport const stepPlugin = { ...base };",
            "// don't\nexport /* the */ const stepPlugin = { requirements, run, cleanup };",
        ] {
            assert_eq!(check(text, PluginKind::Step), Ok(()), "{text}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        for (text, said) in [
            ("export const loginPlugin = {};", "it exports `loginPlugin`, and windlass-plugin.yaml says `kind: step`"),
            ("const stepPlugin = {};", "it exports no `stepPlugin`"),
            ("// export const stepPlugin = {};\nlet s = 'export const stepPlugin';", "it exports no `stepPlugin`"),
            ("export default {};", "write `export const stepPlugin"),
            ("export const stepPlugin = { requirements() {}, cleanup() {} };", "no function `run`"),
        ] {
            let why = check(text, PluginKind::Step).expect_err(text);
            assert!(why.contains(said), "{why}");
        }
        let push = "export const pushPlugin = { requirements, cleanup };";
        assert!(check(push, PluginKind::Push).expect_err(push).contains("no function `push`"));
    }
}
