//! The built-in plugin `registry-login`: credentials for any registry that takes a name and a secret.

mod form;

use windlass_plugin_sdk::{Credentials, Error, Login, Needs, plugin, request, secrets};

use form::Form;

request! {
    /// A registry, and one of `password`, `json_key`, `json_key_base64` and `access_token`: each the name of the secret variable
    /// that holds it.
    pub struct Registry {
        /// The registry's host, such as gcr.io, ghcr.io, europe-docker.pkg.dev or corp.azurecr.io; docker.io by default.
        registry: Option<String>,
        /// The user's name, with `password`.
        username: Option<String>,
        /// Name of the variable with the password or access token of that user.
        password: Option<String>,
        /// Name of the variable with the JSON key of a Google service account.
        json_key: Option<String>,
        /// Name of the variable with such a key in base64.
        json_key_base64: Option<String>,
        /// Name of the variable with an OAuth 2 access token for a Google registry.
        access_token: Option<String>,
    }
}

struct RegistryLogin;

impl Login for RegistryLogin {
    type Request = Registry;

    fn requirements(request: &Registry) -> Result<Needs, Error> {
        let form = Form::of(request)?;
        Ok(Needs { secrets: vec![form.secret], ..Needs::default() })
    }

    fn login(request: Registry) -> Result<Vec<Credentials>, Error> {
        let form = Form::of(&request)?;
        let secret = secrets::open(&form.secret)?;
        Ok(vec![Credentials { registry: form.registry, username: form.username, secret, expiry: None }])
    }
}

plugin! {
    login RegistryLogin,
    name: "registry-login",
    description: "Gives the credentials of a registry to the steps that pull and push, without a file or a command line.",
    powers: { "secrets": "passes the password, key or token on as a handle, without seeing it" },
}
