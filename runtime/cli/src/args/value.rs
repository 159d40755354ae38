//! Arguments of the form `NAME=VALUE`, read from text.

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use windlass_model::plugin::PluginKind;
use windlass_model::plugin_reference::{InvalidPlugin, PluginReference};
use windlass_model::secret::{InvalidSecretName, SecretName};

/// An argument that may hold a secret. clap would repeat a wrong one in its message, so the message is made by whoever takes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unrepeated<T>(pub Result<T, InvalidArgument>);

impl<T: FromStr<Err = InvalidArgument>> FromStr for Unrepeated<T> {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.parse()))
    }
}

/// A variable given with `-e`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Its value; taken from windlass's own environment if none.
    pub value: Option<String>,
}

/// Where the value of a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretValue {
    /// The secret.
    pub name: SecretName,
    /// Its source.
    pub source: SecretSource,
}

/// A source of one secret value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// A variable of windlass's own environment.
    Environment(String),
    /// A file.
    File(PathBuf),
    /// What a command prints; words are split as a shell would.
    Command(Vec<String>),
}

/// `--use KIND=PLUGIN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Substitution {
    /// The kind of the steps.
    pub kind: PluginKind,
    /// What they use.
    pub plugin: PluginReference,
}

/// `--plugin PLUGIN`: any plugin that windlass does not carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginFile(pub PluginReference);

/// Why an argument cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidArgument {
    /// The name before the `=` cannot name a variable.
    #[error("`{0}` cannot name a variable: it is empty, too long or contains white space (`-e NAME=value`)")]
    VariableName(String),
    /// The name before the `=` cannot name a secret.
    #[error(transparent)]
    SecretName(#[from] InvalidSecretName),
    /// There is no `=`.
    #[error("say where `{0}` comes from: {0}=env:VARIABLE, {0}=file:PATH or {0}=cmd:COMMAND")]
    NoSource(String),
    /// The source is of no known kind. What was written is not repeated: it may be the value itself.
    #[error("the source of `{0}` must begin with env:, file: or cmd: (the value itself does not belong on a command line)")]
    UnknownSource(String),
    /// The source names nothing.
    #[error("the source of `{0}` is empty after `{1}:`")]
    EmptySource(String, &'static str),
    /// The command cannot be split into words.
    #[error("the command of `{0}` has an unclosed quote")]
    Quote(String),
    /// There is no `=` in `--use`.
    #[error("`{0}` is not of the form KIND=PLUGIN, such as build=kaniko")]
    Substitution(String),
    /// No such kind of plugin.
    #[error("`{0}` is not a kind of plugin: it is one of login, build, push, step")]
    Kind(String),
    /// A kind of plugin that no step uses.
    #[error("--use {kind}=… stands for nothing: {why}")]
    NotInSteps {
        /// The kind.
        kind: PluginKind,
        /// Who uses it.
        why: &'static str,
    },
    /// The plugin cannot be read.
    #[error(transparent)]
    Plugin(#[from] InvalidPlugin),
    /// What stands under `with` is no JSON.
    #[error("--with is not JSON: {0}")]
    With(String),
    /// What stands under `with` has no key.
    #[error("--with takes KEY=VALUE, or a JSON object")]
    WithKey,
    /// A plugin given by path does not look like one.
    #[error("`{0}` is the name of a built-in plugin, which --use KIND=NAME chooses; a path begins with `./`, as `./{0}`")]
    PluginFile(String),
}

impl FromStr for Variable {
    type Err = InvalidArgument;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, value) = text.split_once('=').map_or((text, None), |(name, value)| (name, Some(value.to_owned())));
        // Whatever can name a secret: packagers read variables whose names no shell can write.
        if SecretName::new(name).is_err() {
            return Err(InvalidArgument::VariableName(name.to_owned()));
        }
        Ok(Self { name: name.to_owned(), value })
    }
}

impl FromStr for SecretValue {
    type Err = InvalidArgument;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((name, source)) = text.split_once('=') else {
            return Err(InvalidArgument::NoSource(text.to_owned()));
        };
        let secret = SecretName::new(name)?;
        let named = |kind, rest: &str| {
            if rest.is_empty() { Err(InvalidArgument::EmptySource(name.to_owned(), kind)) } else { Ok(rest.to_owned()) }
        };
        let source = if let Some(variable) = source.strip_prefix("env:") {
            SecretSource::Environment(named("env", variable)?)
        } else if let Some(path) = source.strip_prefix("file:") {
            SecretSource::File(named("file", path)?.into())
        } else if let Some(command) = source.strip_prefix("cmd:") {
            let words = shlex::split(&named("cmd", command.trim())?).ok_or_else(|| InvalidArgument::Quote(name.to_owned()))?;
            SecretSource::Command(words)
        } else {
            return Err(InvalidArgument::UnknownSource(name.to_owned()));
        };
        Ok(Self { name: secret, source })
    }
}

impl fmt::Display for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.name)?;
        match &self.source {
            SecretSource::Environment(variable) => write!(f, "env:{variable}"),
            SecretSource::File(path) => write!(f, "file:{}", path.display()),
            // A word with a NUL byte never got here: no command line carries one.
            SecretSource::Command(words) => {
                let words = words.iter().map(String::as_str);
                write!(f, "cmd:{}", shlex::try_join(words).map_err(|_| fmt::Error)?)
            }
        }
    }
}

impl fmt::Display for Substitution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.kind, self.plugin)
    }
}

impl FromStr for Substitution {
    type Err = InvalidArgument;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (kind, plugin) = match text.split_once('=') {
            Some((kind, plugin)) if !plugin.is_empty() => (kind, plugin),
            _ => return Err(InvalidArgument::Substitution(text.to_owned())),
        };
        let kind = match kind {
            "login" => PluginKind::Login,
            "build" => PluginKind::Build,
            "push" => PluginKind::Push,
            "step" => PluginKind::Step,
            "config" => PluginKind::Config,
            other => return Err(InvalidArgument::Kind(other.to_owned())),
        };
        if let Some(why) = kind.not_in_a_step() {
            return Err(InvalidArgument::NotInSteps { kind, why });
        }
        Ok(Self { kind, plugin: PluginReference::parse(plugin)? })
    }
}

impl FromStr for PluginFile {
    type Err = InvalidArgument;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match PluginReference::parse(text)? {
            PluginReference::BuiltIn(name) => Err(InvalidArgument::PluginFile(name)),
            reference => Ok(Self(reference)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_keeps_everything_behind_the_first_equals_sign() {
        let variable = |text: &str| text.parse::<Variable>().map(|v| (v.name, v.value));
        assert_eq!(variable("A=b=c d"), Ok(("A".into(), Some("b=c d".into()))));
        assert_eq!(variable("A="), Ok(("A".into(), Some(String::new()))));
        assert_eq!(variable("_A1"), Ok(("_A1".into(), None)));
        for text in ["npm_config_//reg.example/:_authToken=x", "A-B=x"] {
            assert!(variable(text).is_ok(), "{text}");
        }
        for text in ["", "=x", "A B", "A\tB=x"] {
            assert!(matches!(variable(text), Err(InvalidArgument::VariableName(_))), "{text}");
        }
    }

    #[test]
    fn a_secret_says_where_its_value_is() {
        let source = |text: &str| text.parse::<SecretValue>().map(|s| s.source);
        assert_eq!(source("A=env:B"), Ok(SecretSource::Environment("B".into())));
        assert_eq!(source("A=file:/x y"), Ok(SecretSource::File("/x y".into())));
        assert_eq!(source("A=cmd:pass show 'a b'"), Ok(SecretSource::Command(vec!["pass".into(), "show".into(), "a b".into()])));
        assert_eq!(source("A"), Err(InvalidArgument::NoSource("A".into())));
        assert_eq!(source("A=file:"), Err(InvalidArgument::EmptySource("A".into(), "file")));
        assert_eq!(source("A=cmd: "), Err(InvalidArgument::EmptySource("A".into(), "cmd")));
        assert_eq!(source("A=cmd:a 'b"), Err(InvalidArgument::Quote("A".into())));
        assert_eq!(source("NPM_CONFIG_//reg.example/:_authToken=env:X"), Ok(SecretSource::Environment("X".into())));
        assert!(matches!(source("A B=env:X"), Err(InvalidArgument::SecretName(_))));
    }

    /// Somebody who writes the value itself must not find it in a CI log.
    #[test]
    fn a_value_given_by_mistake_is_not_repeated() {
        let error = "TOKEN=hunter2".parse::<SecretValue>().map_err(|e| e.to_string());
        assert!(error.is_err_and(|e| !e.contains("hunter2") && e.contains("TOKEN")));
    }

    #[test]
    fn a_substitution_names_a_kind_and_a_plugin() {
        let parsed = "build=kaniko".parse::<Substitution>();
        assert_eq!(parsed, Ok(Substitution { kind: PluginKind::Build, plugin: PluginReference::BuiltIn("kaniko".into()) }));
        assert_eq!("build".parse::<Substitution>(), Err(InvalidArgument::Substitution("build".into())));
        let config = "config=./services.wasm".parse::<Substitution>().map_err(|error| error.to_string());
        let said = "--use config=… stands for nothing: it is a config plugin, which makes tasks from a file: name it under `generate` in \
                    windlass.yaml";
        assert_eq!(config, Err(said.to_owned()));
        assert_eq!("biuld=x".parse::<Substitution>(), Err(InvalidArgument::Kind("biuld".into())));
        assert!("kaniko".parse::<PluginFile>().is_err());
    }
}
