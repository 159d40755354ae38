//! The commands and their own options.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use clap_complete::engine::ArgValueCandidates;

use super::artifacts::ArtifactsArgs;
use super::build::BuildArgs;
use super::cache::CacheArgs;
use super::choice::Choice;
use super::complete;
use super::examples::{
    ARTIFACTS, BUILD, CACHE, CHECK, COMPLETIONS, CONVERT, DOCTOR, EXPLAIN, GC, INIT, LS, MAN, PLAN, PLUGIN, RUN,
};
use super::explain::ExplainArgs;
use super::format::{PlanFormat, RunFormat, TableFormat};
use super::given::{PluginChoice, PluginFiles, VariableOptions};
use super::init::InitArgs;
use super::plugin::PluginArgs;
use super::target::TargetOptions;
use super::trust::{TRUST, TrustArgs};
use super::words;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Read the files, load what they name on this machine, and report every problem, each with its place and what to do
    #[command(after_help = CHECK)]
    Check(CheckArgs),
    /// Show everything that a run would do, without doing any of it and without contacting a cluster
    ///
    /// Prints each task with where it runs, its pod (for Kubernetes the exact manifest), its steps with the plugins' digests and
    /// the powers they get, the secrets by name, and what is still missing. `run` executes exactly this.
    #[command(after_help = PLAN)]
    Plan(PlanArgs),
    /// Run the tasks
    ///
    /// Makes a plan and executes it: one pod for each task, the steps in order, everything deleted at the end. The first Ctrl-C
    /// stops the running step and lets `always` steps run for five minutes at most, the second stops everything at once; in both
    /// cases the pods are deleted. SIGTERM acts like a first Ctrl-C, with the second one 15 seconds later.
    #[command(after_help = RUN)]
    Run(RunArgs),
    /// Write the first files of a project that has a Dockerfile: a task that builds its image and pushes it, and where it runs
    ///
    /// The Dockerfiles of this directory are found, the image is what the git remote suggests, the cluster is the one that your
    /// kubeconfig is set to, and the login is that of `docker login`. What is not known is asked. No secret is written, and no file
    /// that is there is changed.
    #[command(after_help = INIT)]
    Init(InitArgs),
    /// Build one image and push it, without a task file
    ///
    /// It takes the flags of `docker build`, and builds in a pod of the cluster that your kubeconfig is set to, or on this machine's Docker
    /// or Podman (`--on engine`). The builder needs no privilege and no daemon. Your logins for the image's registry are found
    /// where `docker login` and `podman login` keep them.
    #[command(after_help = BUILD)]
    Build(BuildArgs),
    /// Print the file with docker commands written as typed steps, everything else byte for byte as it was
    ///
    /// Scripts made of `docker login`, `build`, `tag` and `push` become steps whose plugin can be swapped; comments stay. The
    /// docker scripts of a task are converted together or not at all, because they depend on each other: the credentials of a
    /// typed login reach typed steps, not scripts. Whatever is not converted is listed on stderr with line, word and reason.
    /// Exit code 0 when something was converted or nothing had to be, 2 when nothing could be, or not all of the named tasks.
    #[command(after_help = CONVERT)]
    Convert(ConvertArgs),
    /// Test what a run depends on: the file, git, clusters and permissions, the container engine, the plugins
    #[command(after_help = DOCTOR)]
    Doctor(DoctorArgs),
    /// Delete pods that runs left behind, with everything that belongs to them
    ///
    /// A run deletes its own pods. If the machine it ran on died, they stay until their deadline; this finds and deletes them.
    #[command(after_help = GC)]
    Gc(GcArgs),
    /// List the pods of windlass that exist now, from any run
    #[command(after_help = LS)]
    Ls(LsArgs),
    /// Show what this project asks for beyond its own files and its pods, and trust it
    ///
    /// A repository may ask for programs, files and variables of this machine, for places on clusters, for powers of plugins, and for
    /// ways to reach registries. None of it takes effect until you agree, here or when `run` asks. After any change you are asked
    /// again, and shown what changed. What you say yourself, on the command line or in your own settings, needs no trust.
    #[command(after_help = TRUST)]
    Trust(TrustArgs),
    /// List what runs have collected as artifacts, and fetch it
    #[command(after_help = ARTIFACTS)]
    Artifacts(ArtifactsArgs),
    /// List and remove what tasks have cached, and say why a cache was not restored
    #[command(after_help = CACHE)]
    Cache(CacheArgs),
    /// Inspect the plugins that steps use
    #[command(after_help = PLUGIN)]
    Plugin(PluginArgs),
    /// Explain a kind of problem: what it means, what to do, and a file that has it beside one that does not
    #[command(after_help = EXPLAIN)]
    Explain(ExplainArgs),
    /// Print a script that lets a shell complete commands, options, and the names of tasks, contexts, plugins and runs
    #[command(after_help = COMPLETIONS)]
    Completions(CompletionsArgs),
    /// Print the manual page, or write one for each command
    #[command(after_help = MAN)]
    Man(ManArgs),
}

/// Options of `check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Variables and changed files.
    #[command(flatten)]
    pub variables: VariableOptions,

    /// Which plugins the files name.
    #[command(flatten)]
    pub plugins: PluginFiles,

    /// How to print the problems
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = TableFormat::Text)]
    pub output: TableFormat,
}

/// Options of `plan`.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// What to run, with what, and where.
    #[command(flatten)]
    pub choice: Choice,

    /// Print the plan as data
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = PlanFormat::Text)]
    pub output: PlanFormat,
}

/// Options of `run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// What to run, with what, and where.
    #[command(flatten)]
    pub choice: Choice,

    /// How many tasks may run at the same time
    #[arg(short, long, value_name = "N", default_value_t = 4, value_parser = words::jobs)]
    pub jobs: u16,

    /// Show everything that sidecars write, as it arrives; by default only their last lines, when something fails
    #[arg(long)]
    pub sidecar_logs: bool,

    /// How the run ends when there is no task to run: all are skipped, or none can run here
    #[arg(long, value_enum, value_name = "WHAT", default_value_t = NoTasks::Fail)]
    pub no_tasks: NoTasks,

    /// Keep what the tasks' `artifacts` collect in this directory, by run, instead of `.windlass/artifacts` in the project
    #[arg(long, value_name = "DIR")]
    pub artifacts: Option<PathBuf>,

    /// Only show what would be done, as `windlass plan` does
    #[arg(long)]
    pub dry_run: bool,

    /// How to show the run; by default a live view on a terminal and plain lines elsewhere
    #[arg(short, long, value_enum, value_name = "FORMAT")]
    pub output: Option<RunFormat>,
}

/// Options of `convert`.
#[derive(Debug, Args)]
pub struct ConvertArgs {
    /// The tasks to convert, by name or alias; all if none is named
    #[arg(value_name = "TASK", add = ArgValueCandidates::new(complete::tasks))]
    pub tasks: Vec<String>,

    /// Variables and changed files.
    #[command(flatten)]
    pub variables: VariableOptions,
    /// Which plugins the steps name.
    #[command(flatten)]
    pub plugins: PluginChoice,

    /// Write the file instead of printing it
    #[arg(short, long)]
    pub write: bool,

    /// How to print the outcome: the new file, or one JSON document with the new file and what became of each script
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = TableFormat::Text)]
    pub output: TableFormat,
}

/// Options of `doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// What to look at.
    #[command(flatten)]
    pub target: TargetOptions,
    /// Which plugins a run would use.
    #[command(flatten)]
    pub plugins: PluginChoice,

    /// How to print what is found
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = TableFormat::Text)]
    pub output: TableFormat,
}

/// Options of `gc`.
#[derive(Debug, Args)]
pub struct GcArgs {
    /// Runs whose pods are deleted before their deadline; `windlass ls` lists them
    #[arg(value_name = "RUN", conflicts_with = "all", add = ArgValueCandidates::new(complete::runs))]
    pub runs: Vec<String>,

    /// Where to look.
    #[command(flatten)]
    pub target: TargetOptions,

    /// Only show what would be deleted
    #[arg(long)]
    pub dry_run: bool,

    /// Also delete pods of runs that may still be going on
    #[arg(long)]
    pub all: bool,

    /// How to print what was deleted, and what was not
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = TableFormat::Text)]
    pub output: TableFormat,
}

/// Options of `ls`.
#[derive(Debug, Args)]
pub struct LsArgs {
    /// Where to look.
    #[command(flatten)]
    pub target: TargetOptions,

    /// How to print the list
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = TableFormat::Text)]
    pub output: TableFormat,
}

/// Options of `completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// Options of `man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Write the pages of all commands into this directory
    #[arg(short, long, value_name = "PATH")]
    pub directory: Option<PathBuf>,
}

/// How a run without a task ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum NoTasks {
    /// It passes: exit code 0
    Pass,
    /// It fails: exit code 2
    Fail,
}
