//! A typed step as YAML text.

use super::Uses;
use super::shares::Amount;
use windlass_model::plugin::PluginKind;
use windlass_recogniser::{Field, Handed, Kind, Request};

/// How far a line is indented below its key.
const INDENT: &str = "  ";

/// The kind of plugin that a request is for.
pub(super) fn kind(request: &Request) -> PluginKind {
    match request.kind() {
        Kind::Login => PluginKind::Login,
        Kind::Build => PluginKind::Build,
        Kind::Push => PluginKind::Push,
    }
}

/// The lines of a step, the first its key; none is indented as a whole.
pub(super) fn step(name: &str, request: &Request, uses: &Uses, share: &[Amount]) -> Vec<String> {
    let plugin = uses.of(kind(request));
    let mut lines =
        vec![format!("{}:", scalar(&format!("{name}_step"))), format!("{INDENT}uses: {}", scalar(&plugin.to_string()))];
    let mut with = Vec::new();
    fields(&request.with(), 2, &mut with);
    if let Request::Build(build) = request {
        if uses.daemon && !build.docker_flags.is_empty() {
            with.push(format!("{INDENT}{INDENT}flags:"));
            with.extend(build.docker_flags.iter().map(|flag| format!("{INDENT}{INDENT}{INDENT}- {}", quoted(flag))));
        }
        with.extend(share.iter().map(|(field, amount)| format!("{INDENT}{INDENT}{field}: {amount}")));
    }
    if !with.is_empty() {
        lines.push(format!("{INDENT}with:"));
        lines.extend(with);
    }
    lines
}

fn fields(all: &[(String, Field)], depth: usize, lines: &mut Vec<String>) {
    let margin = INDENT.repeat(depth);
    for (name, field) in all {
        let key = format!("{margin}{}:", scalar(name));
        match field {
            Field::Text(text) => lines.push(format!("{key} {}", scalar(&text.to_string()))),
            Field::Number(text) => lines.push(format!("{key} {text}")),
            Field::Secret(variable, handed) => {
                let behind = match handed {
                    None => "",
                    Some(Handed::Words) => ".words",
                    Some(Handed::Word) => ".word",
                };
                lines.push(format!("{key} {}", scalar(&format!("{variable}{behind}"))));
            }
            Field::List(texts) | Field::References(texts) => {
                lines.push(key);
                lines.extend(texts.iter().map(|text| format!("{margin}{INDENT}- {}", scalar(&text.to_string()))));
            }
            Field::Map(more) => {
                lines.push(key);
                fields(more, depth + 1, lines);
            }
        }
    }
}

/// A text, in quotes where without them YAML or windlass would read something else.
fn scalar(text: &str) -> String {
    let first = |c: char| c.is_ascii_alphanumeric() || matches!(c, '$' | '/' | '.' | '_');
    let inside = |c: char| first(c) || matches!(c, '-' | ':' | '{' | '}' | '@' | '+' | '=' | '#');
    let plain = text.starts_with(first) && text.chars().all(inside) && !text.ends_with(':') && !text.contains("://{");
    let other = matches!(text.to_ascii_lowercase().as_str(), "true" | "false" | "yes" | "no" | "on" | "off" | "null")
        || text.starts_with(|c: char| c.is_ascii_digit() || c == '.')
            && text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '_' | 'e' | 'x'));
    if plain && (!other || text == ".") { text.to_owned() } else { quoted(text) }
}

/// In double quotes, escaped as JSON is, which YAML reads.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_stand_where_they_are_needed() {
        for text in ["gcr.io/p/a:$X", ".", "app/web", "$V", "${A}_b", "https://x/y.git#main", "a@sha256:00"] {
            assert_eq!(scalar(text), text);
        }
        for text in ["", "true", "No", "10", "1.5", "a b", "*", "{a}", "- x", "a: b", "a:", "#", "'", "%x%", "ä", "0x1"] {
            assert!(scalar(text).starts_with('"'), "{text}");
        }
    }
}
