//! `windlass plugin test` and `windlass plugin run`: what authors of plugins try.

use std::path::PathBuf;

use clap::Args;
use clap_complete::engine::ArgValueCandidates;

use super::complete;
use super::format::RunFormat;
use super::given::{PluginFiles, SecretOptions, VariableOptions};
use super::target::{PullOptions, TargetOptions};
use super::value::Unrepeated;
use super::with::WithValue;

/// Options of `plugin test`.
#[derive(Debug, Args)]
pub struct TestArgs {
    /// A project that was built, or a component
    #[arg(value_name = "DIRECTORY|COMPONENT", default_value = ".")]
    pub plugin: PathBuf,

    /// The directory with the cases; `tests` of a project
    #[arg(long, value_name = "PATH")]
    pub cases: Option<PathBuf>,

    /// Run only tests whose name has this text in it
    #[arg(long = "case", value_name = "NAME")]
    pub filter: Option<String>,

    /// List the tests, and run none
    #[arg(long)]
    pub list: bool,

    /// What the requests are made from that the plugin is asked; the same number makes the same requests
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
}

/// Options of `plugin run`.
#[derive(Debug, Args)]
pub struct TryArgs {
    /// A built-in plugin's name, a path, `BUNDLE/NAME` or `oci://REGISTRY/REPOSITORY:TAG`
    #[arg(value_name = "PLUGIN", add = ArgValueCandidates::new(complete::plugins))]
    pub plugin: String,

    /// What stands under `with`: one key with its value, or all of it as a JSON object
    #[arg(long, value_name = "KEY=VALUE|JSON")]
    pub with: Vec<Unrepeated<WithValue>>,

    /// Of a config plugin: the file of the project that it makes tasks of; these are printed, and nothing runs
    #[arg(short, long, value_name = "PATH", conflicts_with_all = ["image", "dry_run", "output"])]
    pub file: Option<PathBuf>,

    /// The image of the task's container
    #[arg(long, value_name = "IMAGE", default_value = "busybox:stable")]
    pub image: String,

    /// Only show what would be done, as `windlass plan` does
    #[arg(long)]
    pub dry_run: bool,

    /// How to show the run; by default a live view on a terminal and plain lines elsewhere
    #[arg(short, long, value_enum, value_name = "FORMAT")]
    pub output: Option<RunFormat>,

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
    /// Plugins from files.
    #[command(flatten)]
    pub plugins: PluginFiles,
}
