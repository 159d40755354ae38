//! The power `registries`: how registries are reached, and what login steps gave, as handles.

use windlass_engine::ports::plugin::RegistryAccess;
use windlass_model::plugin::Power;

use crate::bindings::powers::windlass::plugin::registries::{self, Credentials, Registry};
use crate::bindings::powers::windlass::plugin::types::Error;
use crate::state::{Secret, State};

impl State {
    fn registry(&mut self, access: RegistryAccess) -> Result<Registry, Error> {
        let credentials = match access.credentials {
            Some((username, secret)) => Some(Credentials { username, secret: self.push(Secret(secret))? }),
            None => None,
        };
        Ok(Registry {
            host: access.host,
            insecure: access.insecure,
            certificate: access.certificate,
            mirrors: access.mirrors,
            credentials,
        })
    }
}

impl registries::Host for State {
    async fn known(&mut self) -> wasmtime::Result<Result<Vec<Registry>, Error>> {
        let reach = match self.allow(Power::Registries) {
            Ok(reach) => reach,
            Err(e) => return Ok(Err(e)),
        };
        let known = match reach.pod() {
            Ok(pod) => pod.registries(),
            Err(e) => return Ok(Err(e)),
        };
        Ok(known.into_iter().map(|access| self.registry(access)).collect())
    }
}
