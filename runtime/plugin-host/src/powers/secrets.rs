//! The powers `secrets` and `secrets-reveal`.

use secrecy::{ExposeSecret as _, SecretSlice};
use wasmtime::component::Resource;
use windlass_model::plugin::{Power, Powers};
use windlass_model::secret::SecretName;

use crate::bindings::powers::windlass::plugin::types::Error;
use crate::bindings::powers::windlass::plugin::{secrets, secrets_reveal};
use crate::powers::sizes;
use crate::refusal::Cause;
use crate::state::{Secret, State, failed};

impl State {
    fn open_secret(&mut self, name: String) -> Result<Resource<Secret>, Error> {
        let reach = self.allow(Power::Secrets)?;
        sizes::fits("a secret's name", name.len(), sizes::NAME)?;
        let secret = SecretName::new(name.as_str()).map_err(|e| failed(e.to_string()))?;
        if !reach.grants.secrets.contains(&secret) {
            let in_scope = |powers: &Powers| powers.secrets.as_ref().is_some_and(|scope| scope.allows(&name));
            let cause = if !in_scope(&reach.asks) {
                Cause::Manifest
            } else if in_scope(&reach.grants.powers) {
                Cause::Requirements("which its `requirements` did not name")
            } else {
                let mut enough = reach.grants.powers;
                enough.secrets = enough.secrets.map(|scope| scope.including(&name));
                Cause::Grant(Box::new(enough))
            };
            return Err(self.refusals.refuse(Power::Secrets, name, cause));
        }
        if reach.pod()?.secret(&secret).is_none() {
            return Err(failed(format!(
                "the task has no secret {name}; set it as a variable whose value is ENCRYPTED[…], and its source in windlass.yaml"
            )));
        }
        self.push(Secret(secret))
    }

    async fn conceal_bytes(&mut self, bytes: Vec<u8>) -> Result<Resource<Secret>, Error> {
        let reach = self.allow(Power::SecretsReveal)?;
        sizes::fits("a secret", bytes.len(), sizes::VALUE)?;
        let name = reach.wait(reach.pod()?.new_secret(SecretSlice::from(bytes))).await?;
        self.push(Secret(name))
    }
}

impl secrets::Host for State {
    async fn open(&mut self, name: String) -> wasmtime::Result<Result<Resource<Secret>, Error>> {
        Ok(self.open_secret(name))
    }
}

impl secrets::HostSecret for State {
    async fn name(&mut self, secret: Resource<Secret>) -> wasmtime::Result<String> {
        Ok(self.table.get(&secret)?.0.as_str().to_owned())
    }

    async fn drop(&mut self, secret: Resource<Secret>) -> wasmtime::Result<()> {
        self.table.delete(secret)?;
        Ok(())
    }
}

impl secrets_reveal::Host for State {
    async fn reveal(&mut self, secret: Resource<Secret>) -> wasmtime::Result<Result<Vec<u8>, Error>> {
        let name = self.table.get(&secret)?.0.clone();
        let reach = match self.allow(Power::SecretsReveal) {
            Ok(reach) => reach,
            Err(e) => return Ok(Err(e)),
        };
        let found = reach.pod().map(|pod| pod.secret(&name).map(|bytes| bytes.expose_secret().to_vec()));
        Ok(found.and_then(|found| found.ok_or_else(|| failed(format!("the secret {name} is gone")))))
    }

    async fn conceal(&mut self, bytes: Vec<u8>) -> wasmtime::Result<Result<Resource<Secret>, Error>> {
        Ok(self.conceal_bytes(bytes).await)
    }
}
