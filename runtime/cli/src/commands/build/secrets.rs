//! `--secret`, as docker takes it: what a Dockerfile calls it, and where its value comes from. Values are read by whoever reads those of any run.

use serde_json::{Map, Value};

use crate::args::Unrepeated;
use crate::args::{SecretSource, SecretValue};
use crate::failure::Failure;
use windlass_model::secret::SecretName;

/// The secrets of a build.
#[derive(Debug, Default)]
pub(super) struct Secrets(Vec<Secret>);

#[derive(Debug)]
struct Secret {
    id: String,
    value: SecretValue,
}

const FORM: &str = "write --secret id=ID,src=PATH or --secret id=ID,env=VARIABLE";

impl Secrets {
    /// Reads the options.
    ///
    /// # Errors
    /// When one names no id or no source, or has a key that docker does not know either.
    pub(super) fn read(options: &[String]) -> Result<Self, Failure> {
        let mut secrets: Vec<Secret> = Vec::new();
        for option in options {
            let secret = secret(option)?;
            if secrets.iter().any(|known| known.id == secret.id) {
                return Err(Failure::usage(format!("--secret: `{}` is given twice", secret.id), "give each id once"));
            }
            secrets.push(secret);
        }
        Ok(Self(secrets))
    }

    /// What stands under `with.secrets`: each id with the variable that holds its value.
    pub(super) fn with(&self) -> Map<String, Value> {
        self.0.iter().map(|secret| (secret.id.clone(), Value::from(secret.value.name.as_str()))).collect()
    }

    /// Where the values come from.
    pub(super) fn sources(&self) -> Vec<Unrepeated<SecretValue>> {
        self.0.iter().map(|secret| Unrepeated(Ok(secret.value.clone()))).collect()
    }
}

fn secret(option: &str) -> Result<Secret, Failure> {
    let usage = |message: String| Failure::usage(message, FORM);
    let (mut id, mut source, mut is_environment) = (None, None, false);
    for part in option.split(',') {
        match part.split_once('=') {
            Some(("id", value)) if !value.is_empty() => id = Some(value.to_owned()),
            Some(("src" | "source", value)) if !value.is_empty() => source = Some(SecretSource::File(value.into())),
            Some(("env", value)) if !value.is_empty() => source = Some(SecretSource::Environment(value.to_owned())),
            Some(("type", "file")) => {}
            Some(("type", "env")) => is_environment = true,
            // The part is not repeated: it may be the value itself.
            _ => return Err(usage("--secret has a part that is none of id, src and env".to_owned())),
        }
    }
    let id = id.ok_or_else(|| usage("--secret names no id".to_owned()))?;
    let source = match source {
        // As in docker: `type=env,src=VARIABLE`.
        Some(SecretSource::File(path)) if is_environment => SecretSource::Environment(path.display().to_string()),
        Some(source) => source,
        // As in docker: a variable of the same name.
        None => SecretSource::Environment(id.clone()),
    };
    let plain: String = id.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect();
    let name = SecretName::new(format!("BUILD_{plain}_SECRET")).map_err(|error| usage(error.to_string()))?;
    Ok(Secret { id, value: SecretValue { name, source } })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(options: &[&str]) -> Result<Vec<String>, String> {
        let options: Vec<String> = options.iter().map(|&option| option.to_owned()).collect();
        let secrets = Secrets::read(&options).map_err(|error| error.to_string())?;
        let said = |secret: &Secret| format!("{} {}", secret.id, secret.value);
        Ok(secrets.0.iter().map(said).collect())
    }

    #[test]
    fn a_secret_is_given_as_to_docker() {
        assert_eq!(read(&["id=npm,src=token.txt"]), Ok(vec!["npm BUILD_NPM_SECRET=file:token.txt".into()]));
        assert_eq!(read(&["type=file,id=a-b,source=/k"]), Ok(vec!["a-b BUILD_A_B_SECRET=file:/k".into()]));
        assert_eq!(read(&["id=npm,env=NPM_TOKEN"]), Ok(vec!["npm BUILD_NPM_SECRET=env:NPM_TOKEN".into()]));
        assert_eq!(read(&["type=env,id=npm,src=T"]), Ok(vec!["npm BUILD_NPM_SECRET=env:T".into()]));
        assert_eq!(read(&["id=TOKEN"]), Ok(vec!["TOKEN BUILD_TOKEN_SECRET=env:TOKEN".into()]));
    }

    #[test]
    fn what_cannot_be_taken_is_not_repeated() {
        for option in ["hunter2", "src=hunter2", "id=a,hunter2", "id=a,value=hunter2"] {
            let error = read(&[option]).expect_err("an error");
            assert!(!error.contains("hunter2"), "{error}");
        }
        assert!(read(&["id=a,src=x", "id=a,src=y"]).is_err_and(|error| error.contains("twice")));
    }
}
