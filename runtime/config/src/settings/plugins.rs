//! `plugins`: what each may do. Nothing is granted that is not written.

use super::fields::{Fields, list};
use super::policy::patterns;
use crate::diagnostics::{Code, Diagnostic};
use crate::source::Span;
use crate::yaml::{Entry, Node, Value};
use windlass_model::plugin::{Power, Powers};
use windlass_model::scope::Scope;
use windlass_model::settings::{Pattern, PluginGrant};

pub(super) fn grants(entry: &Entry, fields: &Fields<'_>) -> Vec<PluginGrant> {
    fields.named(entry, |plugin| grant(plugin, fields)).into_values().collect()
}

/// A list of powers. `secrets` may say which.
fn grant(plugin: &Entry, fields: &Fields<'_>) -> Option<PluginGrant> {
    let items = match &plugin.value.value {
        Value::List(items) => items,
        _ => {
            fields.wrong_type(plugin, "a list of powers");
            return None;
        }
    };
    let mut grant = PluginGrant { plugin: Pattern(plugin.key.text.to_string()), powers: Powers::default() };
    for item in items {
        read_power(item, &mut grant, fields);
    }
    Some(grant)
}

fn read_power(item: &Node, grant: &mut PluginGrant, fields: &Fields<'_>) {
    match &item.value {
        Value::Text(text) => {
            if let Some(power) = power(&text.text, item.span, fields) {
                grant.powers.add(power);
            }
        }
        Value::Map(entries) => {
            for entry in entries {
                let Some(power) = power(&entry.key.text, entry.key.span, fields) else {
                    continue;
                };
                if power != Power::Secrets {
                    let message = format!("the power `{power}` takes no arguments");
                    fields.push(Diagnostic::error(Code::WrongType, entry.key.span, message).help(format!("write `- {power}`")));
                    continue;
                }
                if let Some(names) = patterns(entry, fields) {
                    grant.powers.secrets = Some(Scope::only(names));
                }
            }
        }
        Value::List(_) => {
            let problem = Diagnostic::error(Code::WrongType, item.span, "a power is a word, and this is a list");
            fields.push(problem.help("write one power an item; names of secrets go behind `secrets:`"));
        }
    }
}

fn power(word: &str, span: Span, fields: &Fields<'_>) -> Option<Power> {
    let found = Power::ALL.into_iter().find(|power| power.as_str() == word);
    if found.is_none() {
        let words = Power::ALL.map(Power::as_str);
        let problem = Diagnostic::error(Code::InvalidValue, span, format!("there is no power `{word}`"));
        fields.push(match fields.problems.nearest(word, words) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem.help(format!("powers are {}", list(&words))),
        });
    }
    found
}
