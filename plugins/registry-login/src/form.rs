//! The forms that a login takes: which name goes with which secret.

use windlass_plugin_sdk::{Error, unsupported};

use crate::Registry;

/// A login, with its secret by name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) registry: String,
    pub(crate) username: String,
    pub(crate) secret: String,
}

/// User names that Google's registries take for what is no password.
/// <https://cloud.google.com/artifact-registry/docs/docker/authentication>
const GOOGLE_JSON_KEY: &str = "_json_key";
const GOOGLE_JSON_KEY_BASE64: &str = "_json_key_base64";
const GOOGLE_ACCESS_TOKEN: &str = "oauth2accesstoken";

impl Form {
    pub(crate) fn of(request: &Registry) -> Result<Self, Error> {
        let registry = host(request.registry.as_deref().unwrap_or("docker.io"))?;
        let given: Vec<(&str, &String, Option<&str>)> = [
            ("password", &request.password, None),
            ("json_key", &request.json_key, Some(GOOGLE_JSON_KEY)),
            ("json_key_base64", &request.json_key_base64, Some(GOOGLE_JSON_KEY_BASE64)),
            ("access_token", &request.access_token, Some(GOOGLE_ACCESS_TOKEN)),
        ]
        .into_iter()
        .filter_map(|(field, value, username)| value.as_ref().map(|value| (field, value, username)))
        .collect();
        let (field, value, implied) = match given.as_slice() {
            [one] => *one,
            [] => {
                return Err(unsupported(
                    "password",
                    "nothing says how to log in; give the name of the variable with the password, or `json_key`, `json_key_base64` or `access_token`",
                ));
            }
            [(first, ..), (second, ..), ..] => {
                return Err(unsupported(*second, format!("`{first}` is given too; give only one of them")));
            }
        };
        let username = match (implied, &request.username) {
            (None, Some(name)) => name.clone(),
            // GitHub's registry takes any name with a token.
            (None, None) if registry == "ghcr.io" => "token".to_owned(),
            (None, None) => {
                return Err(unsupported("username", format!("`password` needs the user name that goes with it at {registry}")));
            }
            (Some(implied), None) => implied.to_owned(),
            (Some(implied), Some(name)) if name == implied => implied.to_owned(),
            (Some(implied), Some(_)) => {
                return Err(unsupported(
                    "username",
                    format!("`{field}` always goes with the name {implied}; leave `username` out"),
                ));
            }
        };
        Ok(Self { registry, username, secret: variable(field, value)? })
    }
}

/// A registry's host as image references have it.
fn host(written: &str) -> Result<String, Error> {
    let bare = written.trim_start_matches("https://").trim_end_matches('/');
    // Docker Hub's names: in references, in the configuration of the docker command, of its API.
    if ["docker.io", "index.docker.io", "index.docker.io/v1", "registry-1.docker.io", "hub.docker.com"].contains(&bare) {
        return Ok("docker.io".to_owned());
    }
    if bare.contains('/') {
        let host = bare.split('/').next().unwrap_or_default();
        return Err(unsupported("registry", format!("`{written}` has a path; give the host alone: {host}")));
    }
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']');
    if bare.is_empty() || !bare.chars().all(allowed) {
        return Err(unsupported("registry", format!("`{written}` is not a host, such as gcr.io or localhost:5000")));
    }
    Ok(bare.to_owned())
}

/// The name of a variable; `$NAME` and `${NAME}` are understood too, and `NAME.words` for what a shell hands on. What is no name may be the secret itself, and is not repeated.
fn variable(field: &str, written: &str) -> Result<String, Error> {
    let name = written.strip_prefix('$').unwrap_or(written);
    let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
    let first = |c: char| c.is_ascii_alphabetic() || c == '_';
    if name.starts_with(first) && name.chars().all(|c| first(c) || c.is_ascii_digit() || c == '.') {
        Ok(name.to_owned())
    } else {
        Err(unsupported(
            field,
            "it is not the name of a variable; put the value into a variable as ENCRYPTED[…] and give that variable's name",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use windlass_plugin_sdk::Request as _;

    fn form(json: &str) -> Result<Form, Error> {
        Form::of(&Registry::parse(json).unwrap_or_else(|e| panic!("{e:?}")))
    }

    #[test]
    fn each_registry_has_its_form() {
        for (json, registry, username, secret) in [
            (r#"{"username": "me", "password": "HUB_TOKEN"}"#, "docker.io", "me", "HUB_TOKEN"),
            (r#"{"registry": "https://index.docker.io/v1/", "username": "me", "password": "$P"}"#, "docker.io", "me", "P"),
            (r#"{"registry": "gcr.io", "json_key": "GOOGLE_CREDENTIALS"}"#, "gcr.io", "_json_key", "GOOGLE_CREDENTIALS"),
            (r#"{"registry": "eu.gcr.io", "json_key_base64": "K"}"#, "eu.gcr.io", "_json_key_base64", "K"),
            (
                r#"{"registry": "europe-docker.pkg.dev", "access_token": "${T}"}"#,
                "europe-docker.pkg.dev",
                "oauth2accesstoken",
                "T",
            ),
            (r#"{"registry": "ghcr.io", "password": "GITHUB_TOKEN"}"#, "ghcr.io", "token", "GITHUB_TOKEN"),
            (r#"{"registry": "corp.azurecr.io", "username": "client-id", "password": "S"}"#, "corp.azurecr.io", "client-id", "S"),
            (r#"{"registry": "localhost:5000", "username": "u", "password": "P"}"#, "localhost:5000", "u", "P"),
            (r#"{"registry": "localhost:5000", "username": "u", "password": "P.words"}"#, "localhost:5000", "u", "P.words"),
        ] {
            let expected = Form { registry: registry.into(), username: username.into(), secret: secret.into() };
            assert_eq!(form(json).unwrap_or_else(|e| panic!("{json}: {e:?}")), expected);
        }
    }

    #[test]
    fn what_does_not_fit_names_the_field() {
        for (json, field) in [
            (r#"{"registry": "gcr.io"}"#, "password"),
            (r#"{"registry": "gcr.io", "password": "A", "json_key": "B"}"#, "json_key"),
            (r#"{"password": "A"}"#, "username"),
            (r#"{"username": "me", "json_key": "A"}"#, "username"),
            (r#"{"registry": "gcr.io/project", "json_key": "A"}"#, "registry"),
            (r#"{"registry": "a b", "json_key": "A"}"#, "registry"),
        ] {
            match form(json) {
                Err(Error::Unsupported(u)) => assert_eq!(u.field, field, "{json}: {}", u.reason),
                other => panic!("{json}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_password_in_the_place_of_its_name_is_not_repeated() {
        match form(r#"{"username": "me", "password": "hunter-2!"}"#) {
            Err(Error::Unsupported(u)) => assert!(u.field == "password" && !u.reason.contains("hunter"), "{u:?}"),
            other => panic!("{other:?}"),
        }
    }
}
