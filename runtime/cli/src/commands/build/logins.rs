//! Your own logins for the registries of a build, handed on as the secrets of login steps.

use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use windlass_model::image::ImageReference;
use windlass_model::plugin_reference::PluginReference;
use windlass_registry::credentials::{Configured, Credentials, Login, Secret};

use crate::args::{Unrepeated, Variable};
use crate::environment::{Environment as _, ProcessEnvironment};
use crate::failure::Failure;
use crate::output;

/// Logins that were found.
#[derive(Debug, Default)]
pub(super) struct Logins(Vec<Found>);

#[derive(Debug)]
struct Found {
    registry: String,
    user: String,
    variable: Variable,
}

impl Logins {
    /// Looks for a login for each image's registry, and for those that are named besides.
    ///
    /// # Errors
    /// When the files or helpers that keep logins cannot be read, a login is none that a pod can use, or one that was named is missing.
    pub(super) async fn find(tags: &[ImageReference], named: &[String]) -> Result<Self, Failure> {
        let kept = Configured::of(|name: &str| ProcessEnvironment.get(name));
        let mut logins = Self::default();
        for tag in tags {
            if let Some(login) = login(&kept, tag.registry(), &tag.repository()).await? {
                logins.add(tag.registry(), login)?;
            }
        }
        for registry in named {
            let login = login(&kept, registry, "").await?.ok_or_else(|| {
                Failure::usage(format!("--login {registry}: there is no login for it"), format!("type `docker login {registry}`"))
            })?;
            logins.add(registry, login)?;
        }
        Ok(logins)
    }

    fn add(&mut self, registry: &str, login: Login) -> Result<(), Failure> {
        if self.0.iter().any(|known| known.registry == registry) {
            return Ok(());
        }
        let Secret::Password(password) = &login.secret else {
            return Err(Failure::usage(
                format!("the login for {registry} is a token from {}, which a pod cannot use", login.source),
                format!("log in with a password or an access token: docker login {registry}"),
            ));
        };
        output::redactor().add([password.expose_secret().as_bytes()]);
        // The ending makes it a secret wherever variables are looked at.
        let name = format!("REGISTRY_{}_PASSWORD", self.0.len() + 1);
        let variable = Variable { name, value: Some(password.expose_secret().to_owned()) };
        self.0.push(Found { registry: registry.to_owned(), user: login.user.clone(), variable });
        Ok(())
    }

    /// The variables that hold the passwords, as `-e` would give them.
    pub(super) fn values(&self) -> Vec<Unrepeated<Variable>> {
        self.0.iter().map(|found| Unrepeated(Ok(found.variable.clone()))).collect()
    }

    /// A login step for each.
    pub(super) fn steps(&self, plugin: &PluginReference) -> impl Iterator<Item = (String, Value)> {
        let step = |(number, found): (usize, &Found)| {
            let with =
                json!({"registry": found.registry, "username": found.user.replace('$', "$$"), "password": found.variable.name});
            let name = if number == 0 { "login_step".to_owned() } else { format!("login_{}_step", number + 1) };
            (name, json!({"uses": plugin.to_string(), "with": with}))
        };
        self.0.iter().enumerate().map(step).collect::<Vec<_>>().into_iter()
    }
}

async fn login(kept: &Configured, registry: &str, repository: &str) -> Result<Option<Login>, Failure> {
    kept.login(registry, repository).await.map_err(|error| {
        Failure::usage(crate::failure::causes(&error), format!("mend it, or log in again: docker login {registry}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(user: &str, secret: Secret) -> Login {
        Login { user: user.into(), secret, source: "a test".into() }
    }

    #[test]
    fn one_login_for_each_registry_and_no_value_in_a_step() {
        let mut logins = Logins::default();
        for (registry, password) in [("a.example", "first-value"), ("a.example", "again"), ("b.example", "second-value")] {
            logins.add(registry, login("me$", Secret::Password(password.to_owned().into()))).expect("a login");
        }
        let steps: Vec<(String, Value)> = logins.steps(&PluginReference::BuiltIn("l".into())).collect();
        assert_eq!(
            steps,
            [
                (
                    "login_step".into(),
                    json!({"uses": "l", "with": {"registry": "a.example", "username": "me$$", "password": "REGISTRY_1_PASSWORD"}})
                ),
                (
                    "login_2_step".into(),
                    json!({"uses": "l", "with": {"registry": "b.example", "username": "me$$", "password": "REGISTRY_2_PASSWORD"}})
                ),
            ]
        );
        assert!(
            logins.values().iter().filter_map(|v| v.0.as_ref().ok()).all(|v| windlass_model::variable::is_sensitive(&v.name))
        );
    }

    #[test]
    fn a_token_for_a_token_service_is_refused_by_name() {
        let error =
            Logins::default().add("a.example", login("", Secret::Identity("hunter2".to_owned().into()))).expect_err("an error");
        assert!(error.to_string().contains("a.example") && !format!("{error:?}").contains("hunter2"), "{error}");
    }
}
