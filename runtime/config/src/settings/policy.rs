//! `policy` and `pull_policy`: what tasks may ask for.

use super::fields::Fields;
use crate::yaml::Entry;
use windlass_model::pod::PullPolicy;
use windlass_model::scope::Scope;
use windlass_model::settings::{Pattern, Permission, Policy};

const KEYS: [&str; 4] = ["privileged", "images", "plugins", "contexts"];

pub(super) fn policy(entry: &Entry, fields: &Fields<'_>) -> Policy {
    let mut policy = Policy::default();
    let Some(entries) = fields.map(&entry.value, entry.key.span, "`policy`", &KEYS) else {
        return policy;
    };
    for entry in entries {
        match &*entry.key.text {
            "privileged" => {
                let choices = [("allow", Permission::Allow), ("deny", Permission::Deny)];
                policy.privileged = fields.choice(entry, &choices).unwrap_or_default();
            }
            "images" => policy.images = scope(entry, fields),
            "plugins" => policy.plugins = scope(entry, fields),
            "contexts" => policy.contexts = scope(entry, fields),
            _ => {}
        }
    }
    policy
}

fn scope(entry: &Entry, fields: &Fields<'_>) -> Scope {
    // A list that cannot be read is an error of the file, so that what stands here then is never used.
    patterns(entry, fields).map_or_else(Scope::none, Scope::only)
}

/// A list of patterns. An empty list allows nothing.
pub(super) fn patterns(entry: &Entry, fields: &Fields<'_>) -> Option<Vec<Pattern>> {
    Some(fields.words(entry)?.into_iter().map(Pattern).collect())
}

pub(super) fn pull_policy(entry: &Entry, fields: &Fields<'_>) -> Option<PullPolicy> {
    let choices = [("if-not-present", PullPolicy::IfNotPresent), ("always", PullPolicy::Always), ("never", PullPolicy::Never)];
    fields.choice(entry, &choices)
}
