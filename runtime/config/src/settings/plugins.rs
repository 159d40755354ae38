//! `plugins`: what each may do. Nothing is granted that is not written.

use super::fields::{Fields, list};
use super::limits;
use crate::diagnostics::{Code, Diagnostic};
use crate::shape::Shape;
use crate::source::Span;
use crate::yaml::{Entry, Node, Value};
use windlass_model::plugin::{Power, Powers};
use windlass_model::settings::{Pattern, PluginGrant};

/// Entries in the order in which they are written: the first pattern that fits a plugin counts.
pub(super) fn grants(entry: &Entry, fields: &Fields<'_>) -> Vec<PluginGrant> {
    match entry.value.as_map() {
        Some(entries) => {
            fields.no_repeats(entries);
            entries.iter().filter_map(|plugin| grant(plugin, fields)).collect()
        }
        None if entry.value.is_absent() => Vec::new(),
        None => {
            fields.wrong_type(entry, Shape::Map);
            Vec::new()
        }
    }
}

/// A list of powers, each a word or, with limits, a map.
fn grant(plugin: &Entry, fields: &Fields<'_>) -> Option<PluginGrant> {
    let name = &*plugin.key.text;
    if name != PluginGrant::BUILT_IN && fields.problems.nearest(name, [PluginGrant::BUILT_IN]).is_some() {
        let problem = Diagnostic::error(Code::InvalidValue, plugin.key.span, format!("no plugin can be called `{name}`"));
        fields.push(problem.help(format!("write `{}` for all built-in plugins", PluginGrant::BUILT_IN)));
    }
    let Some(items) = plugin.value.as_list() else {
        fields.wrong_type(plugin, Shape::List("powers"));
        return None;
    };
    let mut grant = PluginGrant { plugin: Pattern(name.to_owned()), powers: Powers::default() };
    for item in items {
        read_power(item, &mut grant.powers, fields);
    }
    Some(grant)
}

fn read_power(item: &Node, powers: &mut Powers, fields: &Fields<'_>) {
    match &item.value {
        Value::Text(text) => {
            if let Some(power) = power(&text.text, item.span, powers, fields) {
                powers.add(power);
            }
        }
        Value::Map(entries) => {
            for entry in entries {
                if let Some(power) = power(&entry.key.text, entry.key.span, powers, fields) {
                    limits::read(power, entry, powers, fields);
                }
            }
        }
        Value::List(_) => {
            let problem = Diagnostic::error(Code::WrongType, item.span, "a power is a word, and this is a list");
            fields.push(problem.help("write one power per item; names of secrets go after `secrets:`"));
        }
    }
}

/// The power of a word, once.
fn power(word: &str, span: Span, powers: &Powers, fields: &Fields<'_>) -> Option<Power> {
    let Some(power) = Power::of_word(word) else {
        let words = Power::ALL.map(Power::as_str);
        let problem = Diagnostic::error(Code::InvalidValue, span, format!("there is no power `{word}`"));
        fields.push(match fields.problems.nearest(word, words) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem.help(format!("powers are {}", list(&words))),
        });
        return None;
    };
    if powers.has(power) {
        let problem = Diagnostic::error(Code::RepeatedKey, span, format!("the power `{power}` is written twice"));
        fields.push(problem.help("write it once, with all of its limits"));
        return None;
    }
    Some(power)
}
