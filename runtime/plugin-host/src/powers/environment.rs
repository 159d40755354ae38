//! The powers `environment` and `environment-set`.

use windlass_model::plugin::{Power, Powers};
use windlass_model::power::is_reserved_variable;

use crate::bindings::powers::windlass::plugin::types::Error;
use crate::bindings::powers::windlass::plugin::{environment, environment_set};
use crate::powers::sizes;
use crate::state::{Reach, State, failed};
use crate::words;

impl State {
    fn variable(&mut self, name: &str) -> Result<Option<String>, Error> {
        let reach = self.allow(Power::Environment)?;
        sizes::fits("a variable's name", name.len(), sizes::NAME)?;
        Ok(reach.backend.variable(name))
    }

    async fn set_variable(&mut self, name: &str, value: &str, sensitive: bool) -> Result<(), Error> {
        let reach = self.allow_variable(name, value)?;
        reach.wait(reach.pod()?.set_variable(name, value, sensitive)).await
    }

    /// The world, if this variable may be set to this value.
    fn allow_variable(&mut self, name: &str, value: &str) -> Result<Reach, Error> {
        self.allow(Power::EnvironmentSet)?;
        if !is_name(name) {
            return Err(no_name(name));
        }
        sizes::fits("a variable", value.len(), sizes::VALUE)?;
        if value.contains('\0') {
            return Err(failed(format!("`{name}` cannot be set: a variable's value cannot hold a NUL")));
        }
        let why = if is_reserved_variable(name) { ", which only the task sets, unless it is granted by its name" } else { "" };
        let allows = |powers: &Powers| powers.environment_set.as_ref().is_some_and(|scope| scope.allows(name));
        let widen = |powers: &mut Powers| powers.environment_set = powers.environment_set.take().map(|scope| scope.with(name));
        self.allow_one(Power::EnvironmentSet, &format!("{name}{why}"), allows, widen)
    }
}

/// Whether something can be the name of a variable.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= sizes::NAME && !name.contains(['=', '\0']) && !name.chars().any(char::is_control)
}

/// The refusal of what is none.
pub(super) fn no_name(name: &str) -> Error {
    let name = words::name(name);
    failed(format!(
        "`{name}` is not a variable name: a name is not empty, has no `=` and no control character, and at most {} bytes",
        sizes::NAME
    ))
}

impl environment::Host for State {
    async fn get(&mut self, name: String) -> wasmtime::Result<Result<Option<String>, Error>> {
        Ok(self.variable(&name))
    }
}

impl environment_set::Host for State {
    async fn set(&mut self, name: String, value: String, sensitive: bool) -> wasmtime::Result<Result<(), Error>> {
        Ok(self.set_variable(&name, &value, sensitive).await)
    }
}
