//! `pods`: what the pods of a cluster have, whatever their tasks ask for. The fields have Kubernetes' names and stand in one place, whether they
//! are the pod's or its containers'.

mod names;
mod security;
mod toleration;

use super::fields::Fields;
use crate::yaml::Entry;
use std::collections::BTreeMap;
use windlass_model::pod_fields::{PodFields, Toleration};
use windlass_model::settings::PodSettings;

const KEYS: [&str; 6] = ["labels", "annotations", "nodeSelector", "tolerations", "serviceAccountName", "securityContext"];

/// With a mistake in it nothing is read any further, and the mistake is told.
pub(super) fn pods(entry: &Entry, fields: &Fields<'_>) -> PodSettings {
    let mut settings = PodSettings::default();
    let Some(entries) = fields.map(&entry.value, fields.place(entry), "`pods`", &KEYS) else { return settings };
    let pod = &mut settings.fields;
    for field in entries {
        match &*field.key.text {
            "labels" => pod.labels = map(field, fields, names::label),
            "annotations" => pod.annotations = map(field, fields, names::annotation),
            "nodeSelector" => pod.node_selector = map(field, fields, names::node_label),
            "tolerations" => pod.tolerations = tolerations(field, fields),
            "serviceAccountName" => pod.service_account_name = names::service_account(field, fields),
            "securityContext" => settings.security = security::context(field, fields, pod),
            _ => {}
        }
    }
    settings
}

/// Each entry, checked by name and value.
fn map(entry: &Entry, fields: &Fields<'_>, check: impl Fn(&Entry, &str, &Fields<'_>) -> Option<()>) -> BTreeMap<String, String> {
    fields.named(entry, |item| {
        let text = if item.value.is_absent() { String::new() } else { fields.text(item)? };
        check(item, &text, fields).map(|()| text)
    })
}

fn tolerations(entry: &Entry, fields: &Fields<'_>) -> Option<Vec<Toleration>> {
    Some(fields.items(entry, |item| toleration::toleration(item, fields)))
}

/// A number of a user or group.
fn id(entry: &Entry, fields: &Fields<'_>) -> Option<u32> {
    let text = fields.word(entry)?;
    // Kubernetes has them up to here.
    let number = text.parse::<u32>().ok().filter(|number| i32::try_from(*number).is_ok());
    if number.is_none() {
        fields.invalid(entry, format!("`{}` cannot be `{text}`", entry.key.text), "write the number of a user or group: `1000`");
    }
    number
}

/// Of the pod as a whole, though `securityContext` says it.
fn group(key: &str, entry: &Entry, fields: &Fields<'_>, pod: &mut PodFields) {
    match key {
        "runAsGroup" => pod.run_as_group = id(entry, fields),
        "fsGroup" => pod.fs_group = id(entry, fields),
        _ => pod.supplemental_groups = groups(entry, fields),
    }
}

fn groups(entry: &Entry, fields: &Fields<'_>) -> Option<Vec<u32>> {
    let words = fields.words(entry)?;
    let numbers: Option<Vec<u32>> = words.iter().map(|word| word.parse().ok()).collect();
    if numbers.is_none() {
        fields.invalid(entry, "`supplementalGroups` takes numbers", "write the numbers of groups: `[2000, 3000]`");
    }
    numbers
}
