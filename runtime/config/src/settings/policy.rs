//! `policy` and `pull_policy`: what tasks may ask for.

use super::fields::Fields;
use crate::yaml::Entry;
use windlass_model::pod::PullPolicy;
use windlass_model::settings::{Pattern, Permission, Policy};

pub(super) fn policy(entry: &Entry, fields: &Fields<'_>) -> Policy {
    let mut policy = Policy::default();
    let Some(entries) = fields.map(&entry.value, entry.key.span, "`policy`", &["privileged", "images", "plugins"]) else {
        return policy;
    };
    for entry in entries {
        match &*entry.key.text {
            "privileged" => {
                let choices = [("allow", Permission::Allow), ("deny", Permission::Deny)];
                policy.privileged = fields.choice(entry, &choices).unwrap_or_default();
            }
            "images" => policy.images = patterns(entry, fields),
            "plugins" => policy.plugins = patterns(entry, fields),
            _ => {}
        }
    }
    policy
}

/// A list of patterns. An empty list allows nothing.
pub(super) fn patterns(entry: &Entry, fields: &Fields<'_>) -> Option<Vec<Pattern>> {
    Some(fields.words(entry)?.into_iter().map(Pattern).collect())
}

pub(super) fn pull_policy(entry: &Entry, fields: &Fields<'_>) -> Option<PullPolicy> {
    let choices = [("if-not-present", PullPolicy::IfNotPresent), ("always", PullPolicy::Always), ("never", PullPolicy::Never)];
    fields.choice(entry, &choices)
}
