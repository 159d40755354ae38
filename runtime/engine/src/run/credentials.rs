//! Registry credentials in the form that container tools read.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretSlice};
use serde_json::{Map, Value, json};

/// The key that the Docker configuration uses for Docker Hub; every other registry is keyed by its host.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// One registry's credentials with their value.
pub(super) struct Login {
    pub(super) registry: String,
    pub(super) username: String,
    pub(super) secret: SecretSlice<u8>,
}

/// A Docker `config.json` with the login to one registry.
pub fn docker_config(registry: &str, username: &str, secret: &SecretSlice<u8>) -> SecretSlice<u8> {
    docker_config_of(&[Login { registry: registry.to_owned(), username: username.to_owned(), secret: secret.clone() }])
}

/// A Docker `config.json`. Always the `auth` form: skopeo and buildah ignore `username` and `password` fields.
pub(super) fn docker_config_of(logins: &[Login]) -> SecretSlice<u8> {
    let mut auths = Map::new();
    for login in logins {
        let mut pair = login.username.clone().into_bytes();
        pair.push(b':');
        pair.extend_from_slice(login.secret.expose_secret());
        let key = match login.registry.as_str() {
            "docker.io" | "index.docker.io" | "registry-1.docker.io" => DOCKER_HUB,
            other => other,
        };
        auths.insert(key.to_owned(), json!({ "auth": STANDARD.encode(&pair) }));
    }
    json!({ "auths": Value::Object(auths) }).to_string().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_registry_gets_its_key_and_the_auth_form() {
        let login = |registry: &str| Login { registry: registry.into(), username: "u".into(), secret: b"p:w".to_vec().into() };
        let config = docker_config_of(&[login("gcr.io"), login("docker.io")]);
        let text = String::from_utf8_lossy(config.expose_secret()).into_owned();
        assert_eq!(text, r#"{"auths":{"gcr.io":{"auth":"dTpwOnc="},"https://index.docker.io/v1/":{"auth":"dTpwOnc="}}}"#);
    }
}
