//! `env`: ordered variables whose values stay text.

use super::Lowering;
use super::read::repeated;
use super::secrets::{Secrets, is_embedded, is_secret};
use crate::diagnostics::{Code, Diagnostic};
use crate::source::Span;
use crate::variables::{Binding, Scope};
use crate::yaml::{Entry, Node, Value};
use std::collections::HashMap;
use std::rc::Rc;
use windlass_model::secret::{EnvValue, EnvVar};

/// Whether a key holds an environment.
pub(super) fn is_env(key: &str) -> bool {
    matches!(key, "env" | "environment")
}

/// An environment under construction. A variable set again moves to the end: it was defined last.
#[derive(Debug, Clone, Default)]
pub(super) struct DefinedVariables {
    /// Variables that were set again leave a gap at their old place.
    vars: Vec<Option<EnvVar>>,
    places: HashMap<String, usize>,
}

impl DefinedVariables {
    pub(super) fn set(&mut self, name: &str, value: EnvValue) {
        self.add(EnvVar { name: name.to_owned(), value });
    }

    pub(super) fn add(&mut self, var: EnvVar) {
        let before = self.places.insert(var.name.clone(), self.vars.len());
        if let Some(gap) = before.and_then(|before| self.vars.get_mut(before)) {
            *gap = None;
        }
        self.vars.push(Some(var));
    }

    pub(super) fn get(&self, name: &str) -> Option<&EnvValue> {
        let var = self.vars.get(*self.places.get(name)?)?;
        var.as_ref().map(|var| &var.value)
    }

    /// Makes the variables visible to fields and expressions.
    pub(super) fn bind(&self, scope: &mut Scope) {
        for var in self.vars.iter().flatten() {
            let binding = match &var.value {
                EnvValue::Text(text) => Binding::Text(text.clone()),
                EnvValue::Secret(_) => Binding::Secret,
            };
            scope.set(var.name.clone(), binding);
        }
    }

    pub(super) fn into_inner(self) -> Vec<EnvVar> {
        self.vars.into_iter().flatten().collect()
    }
}

impl Lowering<'_> {
    /// Adds what every `env` among these entries says, in their order.
    pub(super) fn read_env(&self, entries: &[Entry], secrets: &Secrets, environment: &mut DefinedVariables) {
        for entry in entries.iter().filter(|entry| is_env(&entry.key.text)) {
            self.read_env_value(&entry.value, secrets, environment);
        }
    }

    fn read_env_value(&self, value: &Rc<Node>, secrets: &Secrets, environment: &mut DefinedVariables) {
        match &value.value {
            Value::Map(variables) => {
                repeated(variables, |name| name == "matrix").for_each(|problem| self.problems.push(problem));
                for variable in variables {
                    self.read_variable(variable, secrets, environment);
                }
            }
            Value::List(items) => {
                for item in items {
                    if item.as_map().is_some() {
                        self.read_env_value(item, secrets, environment);
                    } else {
                        self.not_variables(item.span, item);
                    }
                }
            }
            Value::Text(_) if value.is_absent() => {}
            Value::Text(_) => self.not_variables(value.span, value),
        }
    }

    fn not_variables(&self, span: Span, node: &Node) {
        self.problems.push(
            Diagnostic::error(Code::WrongType, span, format!("an environment takes variables, and this is {}", node.describe()))
                .help("write `NAME: value`"),
        );
    }

    fn read_variable(&self, variable: &Entry, secrets: &Secrets, environment: &mut DefinedVariables) {
        let name = &*variable.key.text;
        let Some(text) = self.variable_text(variable) else {
            return;
        };
        if name.is_empty() || name.contains(['=', '\0', '\n']) {
            self.problems.push(Diagnostic::error(
                Code::InvalidValue,
                variable.key.span,
                format!("`{}` cannot name a variable", name.escape_debug()),
            ));
            return;
        }
        if name == "CIRRUS_LOG_TIMESTAMP" && !matches!(text.trim(), "" | "false") {
            let message = "`CIRRUS_LOG_TIMESTAMP` has no effect: lines are shown as the step wrote them";
            self.problems.push(
                Diagnostic::note(Code::Ignored, variable.key.span, message)
                    .help("another program can add times: `windlass run -o plain | ts`"),
            );
        }
        if is_embedded(&text) {
            self.problems.push(
                Diagnostic::error(Code::MisplacedSecret, variable.value.span, "a secret has to be the whole value")
                    .help("give it a variable of its own, and put the two together in the script"),
            );
            return;
        }
        let value = if is_secret(&text) {
            match secrets.request(name, text.trim(), variable.key.span, &self.problems) {
                Some(secret) => EnvValue::Secret(secret),
                None => return,
            }
        } else {
            EnvValue::Text(text)
        };
        environment.set(name, value);
    }

    /// Text, or a list of lines.
    fn variable_text(&self, variable: &Entry) -> Option<String> {
        match &variable.value.value {
            Value::Text(text) => return Some(text.text.to_string()),
            Value::List(items) => {
                let lines: Option<Vec<&str>> = items.iter().map(|item| item.as_text().map(|text| &*text.text)).collect();
                if let Some(lines) = lines {
                    return Some(lines.join("\n"));
                }
            }
            Value::Map(_) => {}
        }
        self.problems.push(
            Diagnostic::error(
                Code::WrongType,
                variable.key.span,
                format!("the value of `{}` has to be text, and this is {}", variable.key.text, variable.value.describe()),
            )
            .help("quote text that holds `: ` or starts with `{` or `[`"),
        );
        None
    }
}
