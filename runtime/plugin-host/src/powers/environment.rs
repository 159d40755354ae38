//! The powers `environment` and `environment-set`.

use windlass_model::plugin::Power;

use crate::bindings::powers::windlass::plugin::types::Error;
use crate::bindings::powers::windlass::plugin::{environment, environment_set};
use crate::state::{State, failed};

impl environment::Host for State {
    async fn get(&mut self, name: String) -> wasmtime::Result<Result<Option<String>, Error>> {
        Ok(self.allow(Power::Environment).map(|reach| reach.backend.variable(&name)))
    }
}

impl environment_set::Host for State {
    async fn set(&mut self, name: String, value: String, sensitive: bool) -> wasmtime::Result<Result<(), Error>> {
        let reach = match self.allow(Power::EnvironmentSet) {
            Ok(reach) => reach,
            Err(e) => return Ok(Err(e)),
        };
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            return Ok(Err(failed(format!(
                "`{}` cannot be set: a variable's name is not empty and holds no `=`, and neither name nor value holds a NUL",
                name.escape_debug()
            ))));
        }
        Ok(reach.wait(reach.backend.set_variable(&name, &value, sensitive)).await)
    }
}
