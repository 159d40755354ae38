//! What to run, with what, and where: the options that `plan` and `run` share.

use clap::{Args, ValueEnum as _};
use clap_complete::engine::ArgValueCandidates;

use super::complete;
use super::given::{PluginChoice, SecretOptions, VariableOptions};
use super::target::{PullOptions, TargetOptions};
use super::value::Variable;

/// What to run, with what, and where.
#[derive(Debug, Clone, Default, Args)]
pub struct Choice {
    /// The tasks to run, by name or alias; all if none is named. A named task runs without the tasks that it depends on
    #[arg(value_name = "TASK", add = ArgValueCandidates::new(complete::tasks))]
    pub tasks: Vec<String>,

    /// Variables and changed files.
    #[command(flatten)]
    pub variables: VariableOptions,
    /// Values of secrets.
    #[command(flatten)]
    pub secrets: SecretOptions,
    /// Where to run.
    #[command(flatten)]
    pub target: TargetOptions,
    /// How to get images.
    #[command(flatten)]
    pub pull: PullOptions,
    /// Which plugins to use.
    #[command(flatten)]
    pub plugins: PluginChoice,
}

impl Choice {
    /// Its options as words of a command line, for a command that is to find the same; without the names of tasks. What `is_secret` calls a
    /// secret is taken from the environment the next time: its value does not belong in a log.
    pub fn words(&self, is_secret: impl Fn(&str) -> bool) -> Vec<String> {
        [self.variables.words(is_secret), self.secrets.words(), self.target.words(), self.pull.words(), self.plugins.words()]
            .concat()
    }
}

/// A flag and its value.
fn flag(name: &str, value: impl ToString) -> [String; 2] {
    [name.to_owned(), value.to_string()]
}

impl VariableOptions {
    fn words(&self, is_secret: impl Fn(&str) -> bool) -> Vec<String> {
        let variable = |Variable { name, value }: &Variable| match value {
            Some(value) if !is_secret(name) => format!("{name}={value}"),
            _ => name.clone(),
        };
        let env = self.env.iter().filter_map(|given| given.0.as_ref().ok()).flat_map(|given| flag("-e", variable(given)));
        let files = self.env_file.iter().flat_map(|path| flag("--env-file", path.display()));
        let affected = self.affected_files.iter().flat_map(|files| flag("--affected-files", files.join(",")));
        env.chain(files).chain(affected).chain(self.strict.then(|| "--strict".to_owned())).collect()
    }
}

impl SecretOptions {
    fn words(&self) -> Vec<String> {
        self.secret.iter().filter_map(|secret| secret.0.as_ref().ok()).flat_map(|secret| flag("--secret", secret)).collect()
    }
}

impl TargetOptions {
    /// The options as words of a command line.
    pub fn words(&self) -> Vec<String> {
        let value = |value: Option<clap::builder::PossibleValue>| value.map(|value| value.get_name().to_owned());
        let on = self.on.and_then(|on| value(on.to_possible_value()));
        let given = [("--on", on), ("--context", self.context.clone()), ("--namespace", self.namespace.clone())];
        given.into_iter().filter_map(|(name, value)| Some(flag(name, value?))).flatten().collect()
    }
}

impl PullOptions {
    fn words(&self) -> Vec<String> {
        let policy = self.pull_policy.and_then(|policy| policy.to_possible_value());
        policy.map(|policy| flag("--pull-policy", policy.get_name())).into_iter().flatten().collect()
    }
}

impl PluginChoice {
    /// The options as words of a command line.
    pub fn words(&self) -> Vec<String> {
        let uses = self.substitutes.iter().flat_map(|substitution| flag("--use", substitution));
        let switches = [("--locked", self.given.locked), ("--offline", self.given.offline)];
        let switches = switches.into_iter().filter(|(_, given)| *given).map(|(name, _)| name.to_owned());
        let plugins = self.given.files.iter().flat_map(|file| flag("--plugin", &file.0));
        uses.chain(plugins).chain(switches).collect()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::args::{Cli, Command};

    fn words(line: &str) -> Vec<String> {
        let arguments = shlex::split(line).expect("words");
        let Command::Run(args) = Cli::try_parse_from(arguments).expect("a command line").command else { panic!("not run") };
        args.choice.words(|name| name == "NPM")
    }

    #[test]
    fn options_are_written_as_they_were_read() {
        let all = "-e A=b=c -e B --env-file 'my env' --affected-files x,y --strict --secret K=env:V --secret L=file:/k \
                   --secret 'M=cmd:pass show '\\''a b'\\''' --on kube --context c --namespace n --pull-policy never --use build=kaniko \
                   --use 'step=./mine.wasm' --plugin a.wasm";
        let expected: Vec<String> = shlex::split(all).expect("words");
        assert_eq!(words(&format!("windlass run t {all}")), expected);
        assert_eq!(words("windlass run t"), [""; 0]);
    }

    #[test]
    fn a_value_that_may_be_a_secret_is_not_repeated() {
        assert_eq!(words("windlass run -e NPM=hunter2"), ["-e", "NPM"]);
    }
}
