//! `policy` and `pull_policy`: what tasks may ask for.

use super::fields::{Fields, list, patterns};
use super::limits::{exceptions, level};
use std::collections::BTreeSet;

use crate::diagnostics::{Code, Diagnostic};
use crate::yaml::Entry;
use windlass_model::pod::PullPolicy;
use windlass_model::power::Power;
use windlass_model::scope::Scope;
use windlass_model::settings::{Policy, PolicyLevel};

const KEYS: [&str; 8] = ["pod_security", "plugin_pod_security", "images", "plugins", "powers", "signed", "locked", "contexts"];

pub(super) fn policy(entry: &Entry, fields: &Fields<'_>) -> Policy {
    let mut policy = Policy::default();
    let Some(entries) = known(entry, fields) else {
        return policy;
    };
    for entry in entries {
        match &*entry.key.text {
            "pod_security" => policy.pod_security = pod_security(entry, fields).unwrap_or_default(),
            "plugin_pod_security" => policy.plugin_pod_security = pod_security(entry, fields).unwrap_or_default(),
            "images" => policy.images = scope(entry, fields),
            "plugins" => policy.plugins = scope(entry, fields),
            "powers" => policy.denied = denied(entry, fields),
            "signed" => policy.signed = fields.flag(entry).unwrap_or_default(),
            "locked" => policy.locked = fields.flag(entry).unwrap_or_default(),
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
    let what = format!("`{}`", entry.key.text);
    let entries = fields.map(&entry.value, fields.place(entry), &what, &["level", "except"])?;
    let field = |name: &str| entries.iter().find(|field| &*field.key.text == name);
    let Some(written) = field("level") else {
        fields.missing(entries, entry.key.span, &what, "level", "write `level: baseline`, or another level");
        return None;
    };
    let level = level(written, fields);
    let except = field("except").map_or_else(|| Some([].into()), |except| exceptions(except, fields));
    Some(PolicyLevel { level: level?, except: except? })
}

/// Powers that nobody may ask for: `deny` and a list of them.
fn denied(entry: &Entry, fields: &Fields<'_>) -> BTreeSet<Power> {
    let entries = fields.map(&entry.value, fields.place(entry), "`powers`", &["deny"]).unwrap_or_default();
    let words = entries.iter().filter(|field| &*field.key.text == "deny").filter_map(|deny| Some((deny, fields.words(deny)?)));
    let power = |(deny, word): (&Entry, String)| {
        let found = Power::of_word(&word);
        if found.is_none() {
            let words = Power::ALL.map(Power::as_str);
            let help = match fields.problems.nearest(&word, words) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("powers are {}", list(&words)),
            };
            fields.invalid(deny, format!("there is no power `{word}`"), &help);
        }
        found
    };
    words.flat_map(|(deny, words)| words.into_iter().map(move |word| (deny, word))).filter_map(power).collect()
}

fn scope(entry: &Entry, fields: &Fields<'_>) -> Scope {
    // A list that cannot be read is an error of the file, so that what stands here then is never used.
    patterns(entry, fields).map_or_else(Scope::none, Scope::only)
}

pub(super) fn pull_policy(entry: &Entry, fields: &Fields<'_>) -> Option<PullPolicy> {
    let choices = [("if-not-present", PullPolicy::IfNotPresent), ("always", PullPolicy::Always), ("never", PullPolicy::Never)];
    fields.choice(entry, &choices)
}
