//! A typed step as YAML text.

use windlass_recogniser::{Field, Request};

/// How far a line is indented below its key.
const INDENT: &str = "  ";

/// The lines of a step, the first its key; none is indented as a whole.
pub(super) fn step(name: &str, request: &Request, plugin: &str, docker: bool) -> Vec<String> {
    let mut lines = vec![format!("{}:", scalar(&format!("{name}_step"))), format!("{INDENT}uses: {}", scalar(plugin))];
    let mut with = request.with();
    if let Request::Build(build) = request
        && docker
        && !build.docker_flags.is_empty()
    {
        let flags = build.docker_flags.iter().map(|flag| format!("{INDENT}{INDENT}{INDENT}- {}", quoted(flag)));
        let flags: Vec<String> = flags.collect();
        lines.push(format!("{INDENT}with:"));
        fields(&std::mem::take(&mut with), 2, &mut lines);
        lines.push(format!("{INDENT}{INDENT}flags:"));
        lines.extend(flags);
    }
    if !with.is_empty() {
        lines.push(format!("{INDENT}with:"));
        fields(&with, 2, &mut lines);
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
            Field::Secret(variable) => lines.push(format!("{key} {}", scalar(variable))),
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
