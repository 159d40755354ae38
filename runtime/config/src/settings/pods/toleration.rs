//! `tolerations`: the taints that the pods put up with.

use super::super::fields::Fields;
use super::names::{is_name, is_qualified};
use crate::yaml::{Entry, Node};
use windlass_model::pod_fields::{TaintEffect, Toleration};

const KEYS: [&str; 5] = ["key", "operator", "value", "effect", "tolerationSeconds"];

/// One of them. What Kubernetes would refuse is refused here, where it has a line.
pub(super) fn toleration(item: &Node, fields: &Fields<'_>) -> Option<Toleration> {
    let entries = fields.map(item, item.span, "a toleration", &KEYS)?;
    let find = |key: &str| entries.iter().find(|entry| &*entry.key.text == key);
    let checked = |name: &str, is_right: fn(&str) -> bool| {
        let Some(entry) = find(name) else { return Some(None) };
        let text = fields.text(entry)?;
        if !is_right(&text) {
            fields.invalid(entry, format!("`{name}` cannot be `{text}`"), "write it as `kubectl describe nodes` shows the taint");
            return None;
        }
        Some(Some(text))
    };
    let exists = match find("operator") {
        Some(entry) => fields.choice(entry, &[("Equal", false), ("Exists", true)]),
        None => Some(false),
    };
    let (key, value) = (checked("key", is_qualified), checked("value", |text| text.is_empty() || is_name(text)));
    let effect = match find("effect") {
        Some(entry) => fields.choice(entry, &TaintEffect::ALL.map(|effect| (effect.as_str(), effect))).map(Some),
        None => Some(None),
    };
    let seconds = match find("tolerationSeconds") {
        Some(entry) => seconds(entry, effect, fields).map(Some),
        None => Some(None),
    };
    // Each was read before one that is wrong ends it, so that all of them are told.
    let (exists, key, value, effect, seconds) = (exists?, key?, value?, effect?, seconds?);
    if let (true, Some(entry)) = (exists, find("value")) {
        fields.invalid(entry, "`operator: Exists` tolerates every value", "leave out `value`, or write `operator: Equal`");
        return None;
    }
    if key.is_none() && !exists {
        fields.missing(
            entries,
            item.span,
            "a toleration",
            "key",
            "name the taint's key, or write `operator: Exists` for every taint",
        );
        return None;
    }
    // `Equal` without a value is that of a taint without one.
    Some(Toleration { key, value: if exists { None } else { Some(value.unwrap_or_default()) }, effect, seconds })
}

/// `effect` is `None` for one that is wrong, which is told already.
fn seconds(entry: &Entry, effect: Option<Option<TaintEffect>>, fields: &Fields<'_>) -> Option<i64> {
    let text = fields.word(entry)?;
    let Ok(seconds) = text.parse::<i64>() else {
        fields.invalid(entry, format!("`tolerationSeconds` cannot be `{text}`"), "write a number of seconds: `300`");
        return None;
    };
    if effect? != Some(TaintEffect::NoExecute) {
        fields.invalid(
            entry,
            "`tolerationSeconds` goes with `effect: NoExecute` alone",
            "add that effect, or leave the seconds out",
        );
        return None;
    }
    Some(seconds)
}
