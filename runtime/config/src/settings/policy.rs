//! `policy` and `pull_policy`: what tasks may ask for.

use super::fields::Fields;
use super::limits::{exceptions, level};
use crate::diagnostics::{Code, Diagnostic};
use crate::yaml::Entry;
use windlass_model::pod::PullPolicy;
use windlass_model::scope::Scope;
use windlass_model::settings::{Pattern, Policy, PolicyLevel};

const KEYS: [&str; 4] = ["pod_security", "images", "plugins", "contexts"];

pub(super) fn policy(entry: &Entry, fields: &Fields<'_>) -> Policy {
    let mut policy = Policy::default();
    let Some(entries) = known(entry, fields) else {
        return policy;
    };
    for entry in entries {
        match &*entry.key.text {
            "pod_security" => policy.pod_security = pod_security(entry, fields).unwrap_or_default(),
            "images" => policy.images = scope(entry, fields),
            "plugins" => policy.plugins = scope(entry, fields),
            "contexts" => policy.contexts = scope(entry, fields),
            _ => {}
        }
    }
    policy
}

/// The entries, but for one that earlier files had and that says less than it seems to.
fn known<'n>(policy: &'n Entry, fields: &Fields<'_>) -> Option<Vec<&'n Entry>> {
    let span = policy.key.span;
    let is_old = |entry: &&Entry| &*entry.key.text == "privileged";
    let old = policy.value.as_map().into_iter().flatten().find(is_old);
    if let Some(old) = old {
        let message = "`policy` has no key `privileged`: a container can take over its node in other ways, too";
        let problem = Diagnostic::error(Code::UnknownKey, old.key.span, message);
        fields.push(match old.value.as_text().map(|text| &*text.text) {
            Some("allow") => problem.help("leave it out: without `pod_security` everything is allowed"),
            _ => problem.help("write `pod_security: baseline`"),
        });
    }
    let keys: Vec<&str> = KEYS.into_iter().chain(old.map(|_| "privileged")).collect();
    let entries = fields.map(&policy.value, span, "`policy`", &keys)?;
    Some(entries.iter().filter(|entry| !is_old(entry)).collect())
}

/// A level, or a map with a level and exceptions. With a mistake in it nothing is read any further.
fn pod_security(entry: &Entry, fields: &Fields<'_>) -> Option<PolicyLevel> {
    if entry.value.as_text().is_some() {
        return Some(PolicyLevel { level: level(entry, fields)?, except: [].into() });
    }
    let entries = fields.map(&entry.value, fields.place(entry), "`pod_security`", &["level", "except"])?;
    let field = |name: &str| entries.iter().find(|field| &*field.key.text == name);
    let Some(written) = field("level") else {
        fields.missing(entry.key.span, "`pod_security`", "level", "write `level: baseline`, or another level");
        return None;
    };
    let except = field("except").map_or_else(|| Some([].into()), |except| exceptions(except, fields));
    Some(PolicyLevel { level: level(written, fields)?, except: except? })
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
