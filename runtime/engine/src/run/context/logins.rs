//! The logins of a task: what login steps gave, and how registries are reached with it.

use std::collections::BTreeSet;

use secrecy::ExposeSecret as _;
use windlass_model::plugin::Credentials;
use windlass_model::secret::SecretName;

use super::super::credentials::Login;
use super::super::login::kept::Replaced;
use super::TaskContext;
use crate::ports::plugin::RegistryAccess;

impl TaskContext {
    /// Adds the credentials of a login step, and tells which earlier ones they replace. As with `docker login`, a line end behind a password is
    /// no part of it.
    pub(in super::super) fn add_logins(&self, step: usize, mut logins: Vec<Credentials>) -> Vec<Replaced> {
        let mut state = self.state();
        for login in &mut logins {
            let value = state.secrets.get(&login.secret).map(|value| value.expose_secret().to_vec()).unwrap_or_default();
            if let Some(password) = value.strip_suffix(b"\n") {
                let password = password.strip_suffix(b"\r").unwrap_or(password);
                let name = login.secret.without_line_end();
                state.secrets.insert(name.clone(), password.to_vec().into());
                login.secret = name;
            }
        }
        state.logins.take(step, logins)
    }

    /// The login steps whose credentials are refused after this time, in seconds since 1970, or earlier.
    pub(in super::super) fn logins_until(&self, time: u64) -> BTreeSet<usize> {
        self.state().logins.until(time)
    }

    /// The names of the secrets in the credentials of login steps so far.
    pub(in super::super) fn login_secrets(&self) -> Vec<SecretName> {
        self.state().logins.iter().map(|login| login.secret.clone()).collect()
    }

    /// The credentials of login steps so far, with their values.
    pub(in super::super) fn logins(&self) -> Vec<Login> {
        let state = self.state();
        let login = |c: &Credentials| {
            let secret = state.secrets.get(&c.secret)?.clone();
            Some(Login { registry: c.registry.clone(), username: c.username.clone(), secret })
        };
        state.logins.iter().filter_map(login).collect()
    }

    /// How registries are reached, with what login steps gave.
    pub(in super::super) fn registries(&self) -> Vec<RegistryAccess> {
        let planned = self.task.pod.registries.iter().map(|registry| RegistryAccess {
            host: registry.host.clone(),
            insecure: registry.insecure,
            certificate: registry.certificate_path(),
            mirrors: registry.mirrors.clone(),
            credentials: None,
        });
        let mut known: Vec<RegistryAccess> = planned.collect();
        for login in self.state().logins.iter() {
            let credentials = Some((login.username.clone(), login.secret.clone()));
            match known.iter_mut().find(|registry| registry.host == login.registry) {
                Some(registry) => registry.credentials = credentials,
                None => known.push(RegistryAccess { host: login.registry.clone(), credentials, ..RegistryAccess::default() }),
            }
        }
        known
    }
}
