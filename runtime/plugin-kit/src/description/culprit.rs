//! Which member of a manifest is wrong: the manifest is made of a file that somebody wrote, and its own places are nobody's.

use serde_json::{Value, json};

use super::check;

/// The member of a manifest that is wrong: the first that makes a good one bad.
pub(super) fn culprit(manifest: &Value) -> Option<String> {
    let good = json!({"manifest": 1, "name": "a", "version": "1", "kind": "step", "request": {"type": "object", "properties": {}, "additionalProperties": false}});
    let with = |base: &Value, member: &str, value: &Value| {
        let mut changed = base.clone();
        changed[member] = value.clone();
        changed
    };
    let is_bad = |manifest: &Value| check(manifest).is_err();
    let members =
        ["kind", "name", "version", "description"].into_iter().find(|name| is_bad(&with(&good, name, &manifest[*name])));
    if let Some(member) = members {
        return Some(member.to_owned());
    }
    // What the others may say hangs on the kind.
    let good = with(&good, "kind", &manifest["kind"]);
    let inside = |member: &str, name: &str| {
        let names = manifest[member].as_object()?;
        let one = |at: &str| names.get(at).map(|value| json!({at: value}));
        names.keys().find(|at| one(at).is_some_and(|one| is_bad(&with(&good, member, &one)))).map(|at| format!("{name}.{at}"))
    };
    inside("powers", "powers")
        .or_else(|| inside("facts", "facts"))
        .or_else(|| {
            let lists = ["powers", "honours", "leaves", "takes", "facts"].into_iter();
            lists
                .filter(|name| manifest.get(*name).is_some())
                .find(|name| is_bad(&with(&good, name, &manifest[*name])))
                .map(str::to_owned)
        })
        .or_else(|| {
            let fields = manifest["request"]["properties"].as_object()?;
            let one =
                |field: &str, form: &Value| with(&good, "request", &with(&good["request"], "properties", &json!({field: form})));
            let bad = fields.iter().find(|(field, form)| is_bad(&one(field, form)));
            bad.map(|(field, _)| format!("request.properties.{field}"))
        })
        .or_else(|| is_bad(&with(&good, "request", &manifest["request"])).then(|| "request".to_owned()))
}
