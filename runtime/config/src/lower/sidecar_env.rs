//! The environment of a sidecar. No agent runs there that would fill in variables, so this is done while the file is read.

use super::env::{DefinedVariables, is_env};
use super::read::{Reader, place};
use crate::diagnostics::{Code, Diagnostic};
use crate::source::Span;
use crate::variables::{Binding, Scope, sole_reference, unresolved};
use crate::yaml::{Entry, Node, Value};
use std::collections::HashMap;
use windlass_model::secret::{EnvValue, EnvVar};

impl Reader<'_> {
    /// The variables of a sidecar. A value may refer to the task's variables and to those of the sidecar that stand before it; one that is a
    /// reference to a secret and nothing else is that secret.
    pub(super) fn sidecar_env(&self, map: &[Entry]) -> Vec<EnvVar> {
        let mut written = DefinedVariables::default();
        self.lowering.read_env(map, self.secrets, &mut written);
        let mut places = HashMap::new();
        for entry in map.iter().filter(|entry| is_env(&entry.key.text)) {
            note_places(&entry.value, &mut places);
        }
        let mut scope = self.scope.clone();
        let mut before = DefinedVariables::default();
        for EnvVar { name, value } in written.into_inner() {
            let value = match value {
                EnvValue::Secret(secret) => Some(EnvValue::Secret(secret)),
                EnvValue::Text(text) => {
                    let span = places.get(&*name).copied();
                    self.filled_for_sidecar(&text, span.unwrap_or(Span::new(0, 0)), &scope, &before)
                }
            };
            let Some(value) = value else { continue };
            let binding = match &value {
                EnvValue::Text(text) => Binding::Text(text.clone()),
                EnvValue::Secret(_) => Binding::Secret,
            };
            scope.set(name.clone(), binding);
            before.set(&name, value);
        }
        before.into_inner()
    }

    fn filled_for_sidecar(&self, text: &str, span: Span, scope: &Scope, before: &DefinedVariables) -> Option<EnvValue> {
        let Self { lowering, environment, secrets, undefined, lenient, .. } = *self;
        let text = Reader { lowering, scope, environment, secrets, undefined, lenient }.expand(text, span)?;
        let secret_of = |name: &str| match before.get(name) {
            Some(EnvValue::Secret(secret)) => Some(secret),
            Some(EnvValue::Text(_)) => None,
            None => self.secret_in(name),
        };
        if let Some(secret) = sole_reference(&text).and_then(secret_of) {
            return Some(EnvValue::Secret(secret.clone()));
        }
        let open = unresolved(&text);
        if let Some(secret) = open.iter().find(|name| secret_of(name).is_some()) {
            let problem = Diagnostic::error(
                Code::MisplacedSecret,
                span,
                format!("`{secret}` is a secret, and has to be the whole value of a sidecar's variable"),
            );
            self.push(problem.help("give it a variable of its own, and put the two together inside the container"));
            return None;
        }
        if !open.is_empty() && !lenient {
            let list = open.iter().map(|name| format!("`${name}`")).collect::<Vec<_>>().join(", ");
            let stay = if open.len() == 1 { "stays" } else { "stay" };
            let problem = Diagnostic::warning(
                Code::UnknownVariable,
                span,
                format!(
                    "{list} {stay} as written: the task has no such variable, and nothing in a sidecar fills in its environment"
                ),
            );
            self.push(problem.help("give the variable a value under `env` of the task, if it is meant"));
        }
        Some(EnvValue::Text(text))
    }
}

/// Where the value of each variable stands; the last one counts.
fn note_places<'n>(value: &'n Node, places: &mut HashMap<&'n str, Span>) {
    match &value.value {
        Value::Map(variables) => places.extend(variables.iter().map(|entry| (&*entry.key.text, place(entry)))),
        Value::List(items) => items.iter().for_each(|item| note_places(item, places)),
        Value::Text(_) => {}
    }
}
