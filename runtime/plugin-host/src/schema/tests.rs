use serde_json::json;

use super::*;

fn schema() -> Schema {
    let json = json!({
        "type": "object", "additionalProperties": false, "required": ["registry"],
        "properties": {
            "registry": {"type": "string", "description": "a host"},
            "retries": {"type": "integer", "minimum": 0},
            "tags": {"type": "array", "items": {"type": "string"}},
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "mode": {"type": "string", "enum": ["min", "max"]},
            "insecure": {"type": "boolean"},
        },
    });
    Schema::read(&json).unwrap_or_else(|e| panic!("{e}"))
}

fn refusals(request: Value) -> Vec<(String, String)> {
    schema().check(&request).refused.into_iter().map(|refusal| (refusal.field, refusal.reason)).collect()
}

fn refusal(request: Value) -> (String, String) {
    match refusals(request).as_slice() {
        [one] => one.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn scalars_are_what_the_schema_takes_them_for() {
    let fitted = schema().check(&json!({"registry": 5000, "retries": "3", "tags": "a", "insecure": "true", "labels": {"v": 1}}));
    let expected = json!({"registry": "5000", "retries": 3, "tags": ["a"], "labels": {"v": "1"}, "insecure": true});
    assert_eq!(fitted, Fitted { request: expected, refused: Vec::new(), whole: true });
}

#[test]
fn refusals_name_the_path_and_the_nearest_key() {
    let slip = "there is no such key; did you mean `registry`, which is missing?";
    assert_eq!(refusal(json!({"registyr": "a"})), ("registyr".into(), slip.into()));
    let slip = "there is no such key; did you mean `tags`?";
    assert_eq!(refusal(json!({"registry": "a", "tag": "a"})), ("tag".into(), slip.into()));
    assert_eq!(refusal(json!({})), ("registry".into(), "it is missing".into()));
    assert_eq!(refusal(json!({"registry": "a", "tags": ["a", {}]})), ("tags[1]".into(), "it is a map; give a text".into()));
    assert_eq!(refusal(json!({"registry": "a", "labels": {"x": []}})), ("labels.x".into(), "it is a list; give a text".into()));
    assert_eq!(refusal(json!({"registry": "a", "mode": "mex"})).1, "`mex` is not one of its values; did you mean `max`?");
    assert_eq!(refusal(json!({"registry": "a", "retries": -1})).1, "-1 is less than 0");
}

#[test]
fn a_schema_that_is_not_understood_is_refused_whole() {
    let error = Schema::read(&json!({"type": "object", "properties": {"a": {"oneOf": []}}, "additionalProperties": false}));
    assert_eq!(error, Err("request.properties.a uses `oneOf`, a part of JSON Schema that windlass does not read".into()));
}

#[test]
fn all_that_does_not_fit_is_told_and_what_fits_is_kept() {
    let fitted = schema().check(&json!({"tags": ["a", {}], "labels": {"x": [], "y": "b"}, "colour": "red", "retries": "many"}));
    let fields: Vec<&str> = fitted.refused.iter().map(|refusal| refusal.field.as_str()).collect();
    assert_eq!(fields, ["colour", "registry", "retries", "tags[1]", "labels.x"]);
    assert_eq!((fitted.request, fitted.whole), (json!({"tags": ["a"], "labels": {"y": "b"}}), false));
    let fitted = schema().check(&json!({"registry": "a", "colour": "red"}));
    assert!(fitted.whole && fitted.refused.len() == 1, "without a key that nobody knows it is whole: {fitted:?}");
}
