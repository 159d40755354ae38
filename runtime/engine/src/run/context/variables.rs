//! The variables of a task: what the plan says, and what steps have set since.

use secrecy::ExposeSecret as _;
use windlass_agent_client::protocol::{InvalidName, Variable};
use windlass_model::secret::{EnvValue, EnvVar, SecretName};

use super::super::{room, wire};
use super::TaskContext;
use crate::ports::plugin::BackendError;

impl TaskContext {
    /// The environment of a command in a container: the task's, then what steps have set. Secrets are for the task's own containers: one that
    /// a plugin brought gets what the plugin passes to it.
    pub(in super::super) fn environment(&self, container: &str) -> Result<Vec<Variable>, InvalidName> {
        let own = self.task.pod.container(container).is_some_and(|planned| planned.brought_by.is_none());
        let set = self.state().variables.clone();
        wire::environment(&self.task.env, &set, own)
    }

    /// What a variable was set to last, by a step or by the plan.
    pub(super) fn value_of(&self, name: &str) -> Option<EnvValue> {
        let set = self.state().variables.iter().rev().find(|var| var.name == name).cloned();
        set.or_else(|| self.task.env.iter().rev().find(|var| var.name == name).cloned()).map(|var| var.value)
    }

    /// Whether a variable has a value, secret or not.
    pub(in super::super) fn is_set(&self, name: &str) -> bool {
        self.value_of(name).is_some()
    }

    /// A variable that is not secret.
    pub(in super::super) fn variable(&self, name: &str) -> Option<String> {
        match self.value_of(name)? {
            EnvValue::Text(text) => Some(text),
            EnvValue::Secret(_) => None,
        }
    }

    /// The secret behind a variable, if it is one.
    pub(in super::super) fn secret_of_variable(&self, name: &str) -> Option<SecretName> {
        match self.value_of(name)? {
            EnvValue::Text(_) => None,
            EnvValue::Secret(name) => Some(name),
        }
    }

    /// Sets a variable for the steps that follow, in place of what it was.
    pub(in super::super) fn set_variable(&self, name: &str, value: EnvValue) -> Result<(), BackendError> {
        let mut state = self.state();
        let length = |name: &str, value: &EnvValue| match value {
            EnvValue::Text(text) => name.len() + 2 + text.len(),
            EnvValue::Secret(secret) => name.len() + 2 + state.secrets.get(secret).map_or(0, |value| value.expose_secret().len()),
        };
        let others = state.variables.iter().filter(|other| other.name != name).map(|other| length(&other.name, &other.value));
        room::for_variables(name, others.chain([length(name, &value)]))?;
        state.variables.retain(|other| other.name != name);
        state.variables.push(EnvVar { name: name.to_owned(), value });
        Ok(())
    }

    /// Whether a step may make one more secret of so many bytes; it counts from now on.
    pub(in super::super) fn room_for_secret(&self, length: usize) -> Result<(), BackendError> {
        self.state().made.take(length)
    }

    /// Notes that a step says a result with this variable. What the task sets itself and what another step says stays what it is: an error names
    /// the step, where there is one.
    pub(in super::super) fn claim_result(&self, variable: &str, step: usize) -> Result<(), Option<usize>> {
        if self.task.env.iter().any(|var| var.name == variable) {
            return Err(None);
        }
        match *self.state().results.entry(variable.to_owned()).or_insert(step) {
            first if first == step => Ok(()),
            first => Err(Some(first)),
        }
    }
}
