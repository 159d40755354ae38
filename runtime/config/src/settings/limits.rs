//! What stands behind a power: how far it goes.

use super::fields::{Fields, all, list, patterns};
use crate::diagnostics::{Code, Diagnostic};
use crate::yaml::Entry;
use std::collections::BTreeSet;
use windlass_model::host_pattern::HostPattern;
use windlass_model::path_pattern::PathPattern;
use windlass_model::pattern::Pattern;
use windlass_model::plugin::{Power, Powers};
use windlass_model::pod_limits::PodLimits;
use windlass_model::pod_security::{Exception, Level};
use windlass_model::power::{ContainerScope, HostScope, PathScope, VariableScope};
use windlass_model::quantity::{MebiBytes, MilliCpu};
use windlass_model::scope::Scope;

/// Adds a power with the limits that are written behind it. With a mistake in them nothing is granted, and the mistake is told.
pub(super) fn read(power: Power, entry: &Entry, powers: &mut Powers, fields: &Fields<'_>) {
    match power {
        Power::Pod => powers.pod = pod(entry, fields),
        Power::Containers => powers.containers = patterns(entry, fields).map(ContainerScope::of_words),
        Power::EnvironmentSet => powers.environment_set = patterns(entry, fields).map(variables),
        Power::Secrets => powers.secrets = patterns(entry, fields).map(Scope::only),
        Power::WorkspaceRead => powers.workspace_read = files(entry, fields),
        Power::WorkspaceWrite => powers.workspace_write = files(entry, fields),
        Power::Http => powers.http = hosts(entry, fields),
        Power::Results => powers.results = patterns(entry, fields).map(Scope::only),
        Power::Registries | Power::Environment | Power::SecretsReveal => {
            let message = format!("the power `{power}` has no limits");
            fields.push(Diagnostic::error(Code::WrongType, entry.key.span, message).help(format!("write `- {power}`")));
        }
    }
}

fn variables(names: Vec<Pattern>) -> VariableScope {
    let all = names.iter().any(|name| name.0 == VariableScope::ALL);
    if all { VariableScope::all() } else { VariableScope::only(names) }
}

fn files(entry: &Entry, fields: &Fields<'_>) -> Option<PathScope> {
    let words = fields.words(entry)?;
    let parse = |word: &String| {
        let parsed = PathPattern::parse(word);
        parsed.map_err(|error| fields.invalid(entry, error.to_string(), "write paths from the root, such as `**/go.mod`")).ok()
    };
    all::<_, Vec<PathPattern>>(words.iter().map(parse)).map(PathScope::only)
}

fn hosts(entry: &Entry, fields: &Fields<'_>) -> Option<HostScope> {
    let words = fields.words(entry)?;
    let parse = |word: &String| {
        let parsed = HostPattern::parse(word);
        parsed.map_err(|error| fields.invalid(entry, error.to_string(), "write hosts, such as `api.corp.example`")).ok()
    };
    all::<_, Vec<HostPattern>>(words.iter().map(parse)).map(HostScope::granted)
}

const FIELDS: [&str; 8] = ["level", "except", "capabilities", "images", "ports", "cpu", "memory", "shared"];

fn pod(entry: &Entry, fields: &Fields<'_>) -> Option<PodLimits> {
    let entries = fields.map(&entry.value, fields.place(entry), "the power `pod`", &FIELDS)?;
    let mut limits = PodLimits::default();
    let mut whole = true;
    for field in entries {
        let read = match &*field.key.text {
            "level" => level(field, fields).map(|level| limits.level = level),
            "except" => exceptions(field, fields).map(|except| limits.except = except),
            "capabilities" => patterns(field, fields).map(|names| limits.capabilities = Scope::only(names)),
            "images" => patterns(field, fields).map(|names| limits.images = Scope::only(names)),
            "ports" => ports(field, fields).map(|ports| limits.ports = Some(ports)),
            "cpu" => quantity(field, fields, MilliCpu::parse).map(|most| limits.cpu = Some(most)),
            "memory" => quantity(field, fields, MebiBytes::parse).map(|most| limits.memory = Some(most)),
            "shared" => fields.flag(field).map(|shared| limits.shared = shared),
            _ => None,
        };
        whole &= read.is_some();
    }
    whole.then_some(limits)
}

/// A Pod Security level.
pub(super) fn level(entry: &Entry, fields: &Fields<'_>) -> Option<Level> {
    named(entry, fields, &fields.word(entry)?, &Level::ALL.map(|level| (level.as_str(), level)))
}

/// What containers may have beyond a level.
pub(super) fn exceptions(entry: &Entry, fields: &Fields<'_>) -> Option<BTreeSet<Exception>> {
    let known = Exception::ALL.map(|exception| (exception.as_str(), exception));
    all(fields.words(entry)?.iter().map(|word| named(entry, fields, word, &known)))
}

/// The value of a word, or the nearest word that has one.
fn named<T: Copy>(entry: &Entry, fields: &Fields<'_>, word: &str, known: &[(&str, T)]) -> Option<T> {
    let found = known.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
    if found.is_none() {
        let words: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
        let help = match fields.problems.nearest(word, words.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("write {}", list(&words)),
        };
        fields.invalid(entry, format!("`{}` cannot be `{word}`", entry.key.text), &help);
    }
    found
}

fn ports(entry: &Entry, fields: &Fields<'_>) -> Option<BTreeSet<u16>> {
    let port = |word: &String| match word.parse::<u16>() {
        Ok(port) if port > 0 => Some(port),
        _ => {
            fields.invalid(entry, format!("`{word}` is not a port"), "write numbers from 1 to 65535");
            None
        }
    };
    all(fields.words(entry)?.iter().map(port))
}

fn quantity<T>(entry: &Entry, fields: &Fields<'_>, parse: impl Fn(&str) -> Result<T, String>) -> Option<T> {
    let text = fields.word(entry)?;
    parse(&text)
        .map_err(|message| fields.invalid(entry, message, "write it as the task file does: `cpu: 0.5`, `memory: 4Gi`"))
        .ok()
}
