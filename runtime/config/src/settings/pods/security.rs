//! `securityContext`: what containers may do to their node, and the groups of their pod.

use super::super::fields::Fields;
use super::{group, id};
use crate::yaml::Entry;
use std::collections::BTreeSet;
use windlass_model::pod_fields::PodFields;
use windlass_model::settings::{Seccomp, SecurityContext};

const KEYS: [&str; 10] = [
    "privileged",
    "runAsUser",
    "runAsGroup",
    "runAsNonRoot",
    "fsGroup",
    "supplementalGroups",
    "allowPrivilegeEscalation",
    "readOnlyRootFilesystem",
    "capabilities",
    "seccompProfile",
];

pub(super) fn context(entry: &Entry, fields: &Fields<'_>, pod: &mut PodFields) -> SecurityContext {
    let mut context = SecurityContext::default();
    let Some(entries) = fields.map(&entry.value, fields.place(entry), "`securityContext`", &KEYS) else { return context };
    for field in entries {
        match &*field.key.text {
            "privileged" => context.privileged = fields.flag(field),
            "runAsUser" => context.run_as_user = id(field, fields),
            "runAsNonRoot" => context.run_as_non_root = fields.flag(field),
            "allowPrivilegeEscalation" => context.allow_privilege_escalation = fields.flag(field),
            "readOnlyRootFilesystem" => context.read_only_root = fields.flag(field),
            "capabilities" => (context.add, context.drop) = capabilities(field, fields),
            "seccompProfile" => context.seccomp = seccomp(field, fields),
            key @ ("runAsGroup" | "fsGroup" | "supplementalGroups") => group(key, field, fields, pod),
            _ => {}
        }
    }
    contradictions(entries, &context, fields);
    context
}

/// What no node can do, and API servers or kubelets refuse.
fn contradictions(entries: &[Entry], context: &SecurityContext, fields: &Fields<'_>) {
    let contradiction = |key: &str, message: &str| {
        if let Some(entry) = entries.iter().find(|entry| &*entry.key.text == key) {
            fields.invalid(entry, message, "keep one of them");
        }
    };
    if context.run_as_user == Some(0) && context.run_as_non_root == Some(true) {
        contradiction("runAsNonRoot", "`runAsNonRoot: true` and `runAsUser: 0` contradict each other");
    }
    if context.privileged == Some(true) && context.allow_privilege_escalation == Some(false) {
        contradiction("privileged", "`privileged: true` and `allowPrivilegeEscalation: false` contradict each other");
    }
}

fn capabilities(entry: &Entry, fields: &Fields<'_>) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut add, mut drop) = (BTreeSet::new(), BTreeSet::new());
    let Some(entries) = fields.map(&entry.value, fields.place(entry), "`capabilities`", &["add", "drop"]) else {
        return (add, drop);
    };
    for list in entries {
        let names = fields.words(list).unwrap_or_default();
        let word =
            |name: &String| !name.starts_with("CAP_") && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        for wrong in names.iter().filter(|name| !word(name)) {
            fields.invalid(list, format!("`{wrong}` is not a capability"), "write them like `ALL`, `CHOWN` or `SYS_ADMIN`");
        }
        match &*list.key.text {
            "add" => add.extend(names),
            "drop" => drop.extend(names),
            _ => {}
        }
    }
    (add, drop)
}

fn seccomp(entry: &Entry, fields: &Fields<'_>) -> Option<Seccomp> {
    let entries = fields.map(&entry.value, fields.place(entry), "`seccompProfile`", &["type"])?;
    let Some(kind) = entries.iter().find(|field| &*field.key.text == "type") else {
        fields.missing(entries, entry.key.span, "`seccompProfile`", "type", "write `type: RuntimeDefault`");
        return None;
    };
    fields.choice(kind, &[("RuntimeDefault", Seccomp::RuntimeDefault), ("Unconfined", Seccomp::Unconfined)])
}
