//! Which source gives a secret's value.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use secrecy::SecretSlice;
use windlass_model::secret::SecretName;
use windlass_model::settings::SecretSource as Configured;
use windlass_model::task::SecretRequest;

use crate::args::{InvalidArgument, SecretSource, SecretValue};
use crate::trust::{Ask, CACHE_KEY, Trust, is_own_file, of_secret};
use crate::variables::Given;
use crate::voices::{Layer, Voices};

/// Where one value comes from.
#[derive(Debug, Clone)]
pub enum Source {
    /// It was given in place, by `-e` or `--env-file`.
    Value(SecretSlice<u8>),
    /// A variable of windlass's own environment.
    Environment(String),
    /// A file, wherever it lies.
    File(PathBuf),
    /// A file that a settings file names as one of its own directory, and that is read inside of it.
    Inside {
        /// The directory.
        directory: PathBuf,
        /// The file, relative to it.
        path: PathBuf,
    },
    /// What a command prints.
    Command {
        /// The program and its arguments.
        argv: Vec<String>,
        /// Where it runs.
        directory: PathBuf,
    },
    /// A key of a Kubernetes Secret.
    Cluster(ClusterSecret),
    /// Something that a repository names and that its user has not trusted: it can be told and not read.
    Untrusted(Box<Source>),
}

/// A key of a Kubernetes Secret in the cluster that a task runs on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterSecret {
    /// The Secret's namespace; the task's own if none.
    pub namespace: Option<String>,
    /// The Secret.
    pub name: String,
    /// The key in it.
    pub key: String,
}

/// All sources that a run knows.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// By name, from the command line.
    given: BTreeMap<String, Source>,
    /// What the settings say.
    voices: Voices,
    /// What of the repository's is trusted.
    trust: Trust,
    /// Names that become secrets of every task although no file calls them so.
    everywhere: Vec<SecretName>,
}

/// Why the sources contradict each other.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourcesError {
    /// `--secret` with something that names no source.
    #[error("--secret: {0}")]
    Argument(InvalidArgument),
    /// Two flags give the same secret.
    #[error("{0} is given twice on the command line")]
    Twice(SecretName),
}

impl Sources {
    /// Collects them. Each `--secret` is also a variable of every task, as is each given variable whose name says that it
    /// holds a secret: such values are masked and never shown.
    ///
    /// # Errors
    /// When `--secret` and `-e`, or two `--secret`s, give the same name.
    pub fn collect(options: &[SecretValue], given: &Given, voices: &Voices, trust: &Trust) -> Result<Self, SourcesError> {
        let mut sources = Self { voices: voices.clone(), trust: trust.clone(), ..Self::default() };
        for variable in given.iter() {
            let value = SecretSlice::from(variable.value.clone().into_bytes());
            sources.given.insert(variable.name.clone(), Source::Value(value));
            if variable.is_sensitive()
                && let Ok(name) = SecretName::new(variable.name.clone())
            {
                sources.everywhere.push(name);
            }
        }
        for option in options {
            let by_other_flag = given.get(option.name.as_str()).is_some_and(|v| v.by_flag);
            let again = options.iter().filter(|other| other.name == option.name).count() > 1;
            if by_other_flag || again {
                return Err(SourcesError::Twice(option.name.clone()));
            }
            let source = match &option.source {
                SecretSource::Environment(variable) => Source::Environment(variable.clone()),
                SecretSource::File(path) => Source::File(path.clone()),
                SecretSource::Command(argv) => Source::Command { argv: argv.clone(), directory: PathBuf::from(".") },
            };
            sources.given.insert(option.name.to_string(), source);
            if !sources.everywhere.contains(&option.name) {
                sources.everywhere.push(option.name.clone());
            }
        }
        Ok(sources)
    }

    /// The source of a secret that a task's file refers to.
    pub fn find(&self, request: &SecretRequest) -> Option<Source> {
        let configured = || self.voices.secret(request).map(|(layer, source)| self.configured(&request.name, layer, source));
        self.given(&request.name).cloned().or_else(configured)
    }

    /// The source that the command line gives for a name.
    pub fn given(&self, name: &SecretName) -> Option<&Source> {
        self.given.get(name.as_str())
    }

    /// What it takes to read the value of a secret that the command line does not give and the repository names a source of.
    pub fn ask(&self, request: &SecretRequest) -> Option<Ask> {
        if self.given(&request.name).is_some() {
            return None;
        }
        let (layer, source) = self.voices.secret(request)?;
        self.ask_of(&request.name, layer, source)
    }

    fn ask_of(&self, name: &SecretName, layer: &Layer, source: &Configured) -> Option<Ask> {
        if !self.voices.is_repository(layer) {
            return None;
        }
        let key =
            layer.settings.secrets.iter().find(|(_, known)| std::ptr::eq(*known, source)).map_or(name.as_str(), |(key, _)| key);
        of_secret(key, source, layer.directory())
    }

    /// Where the key of caches comes from; the machine's own counts when nothing says it.
    pub fn cache_key(&self) -> Option<Source> {
        let (layer, source) = self.voices.cache_key()?;
        let ask = of_secret(CACHE_KEY, source, layer.directory()).filter(|_| self.voices.is_repository(layer));
        Some(self.if_trusted(found(layer, source), ask.as_ref()))
    }

    fn configured(&self, name: &SecretName, layer: &Layer, source: &Configured) -> Source {
        self.if_trusted(found(layer, source), self.ask_of(name, layer, source).as_ref())
    }

    /// Of what is trusted, this very thing has to be a part.
    fn if_trusted(&self, found: Source, ask: Option<&Ask>) -> Source {
        let open = ask.is_none_or(|ask| self.trust.allows(ask));
        if open { found } else { Source::Untrusted(Box::new(found)) }
    }

    /// The names that are secret variables of every task because the command line says so.
    pub fn everywhere(&self) -> &[SecretName] {
        &self.everywhere
    }
}

/// What a settings file names, as it counts from there.
fn found(layer: &Layer, source: &Configured) -> Source {
    let directory = layer.directory();
    match source {
        Configured::Env(variable) => Source::Environment(variable.clone()),
        Configured::File(path) if is_own_file(directory, path) => {
            Source::Inside { directory: here_if_empty(directory), path: path.into() }
        }
        Configured::File(path) => Source::File(directory.join(path)),
        Configured::Command(argv) => Source::Command { argv: argv.clone(), directory: here_if_empty(directory) },
        Configured::Kubernetes { namespace, name, key } => {
            Source::Cluster(ClusterSecret { namespace: namespace.clone(), name: name.clone(), key: key.clone() })
        }
    }
}

/// A program cannot be started in a directory without a name.
fn here_if_empty(directory: &Path) -> PathBuf {
    if directory.as_os_str().is_empty() { PathBuf::from(".") } else { directory.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::VariableOptions;
    use crate::environment::ProcessEnvironment;
    use windlass_model::settings::Settings;

    fn given(flags: &[&str]) -> Given {
        let env = flags.iter().map(|text| text.parse().expect("a variable")).collect();
        Given::collect(&VariableOptions { env, ..VariableOptions::default() }, &ProcessEnvironment).expect("variables")
    }

    fn name(text: &str) -> SecretName {
        SecretName::new(text).expect("a name")
    }

    fn found(sources: &Sources, secret: &str, reference: &str) -> String {
        let request = SecretRequest { name: name(secret), reference: reference.into() };
        sources.find(&request).map_or_else(|| "nothing".into(), |source| source.to_string())
    }

    #[test]
    fn the_command_line_outranks_windlass_yaml() {
        let mut settings = Settings::default();
        settings.secrets.insert("qwerty".into(), Configured::Env("BY_ID".into()));
        settings.secrets.insert("F".into(), Configured::File("key.json".into()));
        let options = ["B=file:b".parse().expect("a secret")];
        let platform = vec![Layer { file: "/etc/w/windlass.yaml".into(), settings, text: Vec::new() }];
        let voices = Voices { platform, repository: None };
        let sources = Sources::collect(&options, &given(&["C=1"]), &voices, &Trust::nothing()).expect("sources");
        assert_eq!(found(&sources, "X", "ENCRYPTED[qwerty]"), "the environment variable BY_ID");
        assert_eq!(found(&sources, "B", "ENCRYPTED[qwerty]"), "the file b");
        assert_eq!(found(&sources, "C", "ENCRYPTED[qwerty]"), "the command line");
        assert_eq!(found(&sources, "F", "ENCRYPTED[x]"), "the file /etc/w/key.json", "relative to windlass.yaml");
        assert_eq!(found(&sources, "X", "ENCRYPTED[other]"), "nothing");
    }

    fn collect(options: &[&str], flags: &[&str]) -> Result<Sources, SourcesError> {
        let options: Vec<SecretValue> = options.iter().map(|text| text.parse().expect("a secret")).collect();
        Sources::collect(&options, &given(flags), &Voices::default(), &Trust::nothing())
    }

    #[test]
    fn a_secret_given_twice_is_refused() {
        assert_eq!(collect(&["A=env:X", "A=env:Y"], &[]).err(), Some(SourcesError::Twice(name("A"))));
        assert_eq!(collect(&["A=env:X"], &["A=1"]).err(), Some(SourcesError::Twice(name("A"))));
    }

    #[test]
    fn names_that_say_so_are_secrets_of_every_task() {
        let sources = collect(&["KEY=env:X"], &["NPM_TOKEN=t", "BRANCH=b"]).expect("sources");
        assert_eq!(sources.everywhere(), [name("NPM_TOKEN"), name("KEY")]);
    }

    /// A key that a repository names is read when it is trusted, and one of the platform's whenever its store counts.
    #[test]
    fn the_key_of_caches_is_read_when_it_is_trusted() {
        let layer = |file: &str| {
            let mut settings = Settings::default();
            settings.cache.key = Some(Configured::File("cache.key".into()));
            Layer { file: file.into(), settings, text: Vec::new() }
        };
        let of = |voices: Voices, trust: Trust| {
            let sources = Sources::collect(&[], &given(&[]), &voices, &trust).expect("sources");
            sources.cache_key().map(|source| (source.to_string(), matches!(source, Source::Untrusted(_))))
        };
        let platform = Voices { platform: vec![layer("/etc/w/windlass.yaml")], repository: Some(layer("/p/windlass.yaml")) };
        assert_eq!(of(platform, Trust::nothing()), Some(("the file /etc/w/cache.key".into(), false)));
        let repository = || Voices { platform: Vec::new(), repository: Some(layer("/nowhere/windlass.yaml")) };
        assert!(of(repository(), Trust::nothing()).is_some_and(|(_, untrusted)| untrusted));
        assert!(of(repository(), Trust::of_all()).is_some_and(|(_, untrusted)| !untrusted));
        assert_eq!(of(Voices::default(), Trust::nothing()), None);
    }

    #[test]
    fn sources_do_not_print_values() {
        let sources = collect(&[], &["A=hunter2"]).expect("sources");
        assert!(!format!("{sources:?}").contains("hunter2"));
    }
}
