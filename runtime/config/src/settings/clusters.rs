//! `clusters`: which kubeconfig context a cluster of the task file means.

use super::fields::Fields;
use super::pods::pods;
use crate::diagnostics::{Code, Diagnostic};
use crate::yaml::{Entry, Node};
use windlass_model::settings::ClusterMapping;
use windlass_model::task::ClusterKind;

const KEYS: [&str; 10] =
    ["cluster_name", "cluster_id", "zone", "location", "region", "kind", "context", "namespace", "kubeconfig", "pods"];

const KINDS: [(&str, ClusterKind); 4] =
    [("gke", ClusterKind::Gke), ("eks", ClusterKind::Eks), ("oke", ClusterKind::Oke), ("generic", ClusterKind::Generic)];

pub(super) fn mapping(item: &Node, fields: &Fields<'_>) -> Option<ClusterMapping> {
    let entries = fields.map(item, item.span, "a cluster", &KEYS)?;
    let find = |key: &str| entries.iter().find(|entry| &*entry.key.text == key);
    let text = |key: &str| find(key).and_then(|entry| fields.word(entry));
    let one_of = |keys: &[&str]| {
        let given: Vec<&Entry> = keys.iter().filter_map(|key| find(key)).collect();
        if let [first, second, ..] = given.as_slice() {
            let message = format!("`{}` and `{}` say the same thing", first.key.text, second.key.text);
            fields.push(
                Diagnostic::error(Code::RepeatedKey, second.key.span, message).help("keep the one that the task file uses"),
            );
        }
        given.first().and_then(|entry| fields.word(entry))
    };
    let kind = find("kind").and_then(|entry| fields.choice(entry, &KINDS));
    let (name, location) = (one_of(&["cluster_name", "cluster_id"]), one_of(&["zone", "location", "region"]));
    let (namespace, kubeconfig) = (text("namespace"), text("kubeconfig"));
    let pods = find("pods").map(|entry| pods(entry, fields)).unwrap_or_default();
    // Last, so that it hides no other problem.
    let Some(context) = find("context") else {
        fields.missing(
            entries,
            item.span,
            "a cluster",
            "context",
            "name the kubeconfig context; `kubectl config get-contexts` lists them",
        );
        return None;
    };
    Some(ClusterMapping { kind, name, location, context: fields.word(context)?, namespace, kubeconfig, pods })
}
