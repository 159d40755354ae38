//! Fields of the shared build request that a plugin does not honour are refused before the run: nothing is dropped in silence.

use serde_json::Value;

use crate::manifest;
use crate::schema::Refusal;
use crate::source::BuiltIn;

/// The fields that a plugin may honour, by their names in manifests. `context`, `dockerfile` and `tags` every builder honours, and a
/// plugin's own keys it knows itself.
pub const BUILD_FIELDS: [&str; 15] = [
    "target",
    "build_args",
    "labels",
    "secrets",
    "platforms",
    "cache.to",
    "cache.from",
    "cache.mode",
    "no_cache",
    "source_date_epoch",
    "flags",
    "image",
    "cpu",
    "memory",
    "git_context",
];

/// Refuses the fields of a checked request that are not honoured.
pub(crate) fn check(honours: &[String], request: &Value, built_in: BuiltIn) -> Vec<Refusal> {
    let honoured = |field: &str| honours.iter().any(|honoured| honoured == field);
    let refused = BUILD_FIELDS.into_iter().filter(|field| is_given(request, field) && !honoured(field));
    refused.map(|field| refusal(field, built_in)).collect()
}

fn refusal(field: &str, built_in: BuiltIn) -> Refusal {
    let (what, instead) = match field {
        "git_context" => ("it takes no repository's URL", "give a directory of the working copy"),
        _ => ("it does not honour this field", "leave it out"),
    };
    let reason = match others(field, built_in).as_slice() {
        [] => format!("{what}; {instead}"),
        names => format!("{what}; {instead}, or use {}, which {}", list(names), verb(names)),
    };
    Refusal { field: shown(field).to_owned(), reason }
}

/// The built-in build plugins that honour a field.
fn others(field: &str, built_in: BuiltIn) -> Vec<String> {
    let manifests = built_in.iter().filter_map(|(_, bytes)| manifest::read(bytes).ok());
    manifests.filter(|manifest| manifest.honours.iter().any(|honoured| honoured == field)).map(|manifest| manifest.name).collect()
}

fn is_given(request: &Value, field: &str) -> bool {
    if field == "git_context" {
        return request.get("context").and_then(Value::as_str).is_some_and(is_repository);
    }
    let value = field.split('.').try_fold(request, |value, key| value.get(key));
    match value {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::Array(items)) => !items.is_empty(),
        Some(Value::Object(map)) => !map.is_empty(),
        Some(_) => true,
    }
}

/// Whether a context is the URL of a repository or an archive, as docker tells it from a directory.
fn is_repository(context: &str) -> bool {
    context.contains("://") || context.starts_with("git@") || context.starts_with("github.com/")
}

/// The field as the request has it.
fn shown(field: &str) -> &str {
    if field == "git_context" { "context" } else { field }
}

fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn verb(names: &[String]) -> &'static str {
    if names.len() == 1 { "does" } else { "do" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(honours: &[&str], request: &Value) -> Vec<String> {
        let honours: Vec<String> = honours.iter().map(|field| (*field).to_owned()).collect();
        check(&honours, request, &[]).into_iter().map(|refusal| refusal.field).collect()
    }

    #[test]
    fn what_is_given_and_not_honoured_is_refused_by_name() {
        let request = json!({"tags": ["a"], "labels": {"a": "b"}, "cache": {"from": ["c"]}});
        assert_eq!(refused(&["labels", "cache.from"], &request), [""; 0]);
        assert_eq!(refused(&["cache.from"], &request), ["labels"]);
        assert_eq!(refused(&["labels"], &request), ["cache.from"]);
        assert_eq!(refused(&[], &request), ["labels", "cache.from"]);
        assert_eq!(refused(&[], &json!({"tags": ["a"], "labels": {}, "no_cache": false})), [""; 0]);
    }

    #[test]
    fn a_repository_as_the_context_is_a_field_of_its_own() {
        assert_eq!(refused(&[], &json!({"context": "https://example.com/a.git"})), ["context"]);
        assert_eq!(refused(&["git_context"], &json!({"context": "git@example.com:a.git"})), [""; 0]);
        assert_eq!(refused(&[], &json!({"context": "docker/app"})), [""; 0]);
    }
}
