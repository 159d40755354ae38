//! `windlass build`: the flags of `docker build` that a build step has a field for, and where it runs.

use std::path::PathBuf;

use clap::Args;
use clap_complete::engine::ArgValueCandidates;

use super::complete;
use super::format::RunFormat;
use super::given::PluginFiles;
use super::target::{PullOptions, TargetOptions};

/// Options of `build`.
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// The directory with the files of the image, in this project; or the URL of a git repository, for a builder that takes one
    #[arg(value_name = "CONTEXT", default_value = ".")]
    pub build_context: String,

    /// The image, such as `gcr.io/my-project/app:1`; it is pushed there
    #[arg(short, long = "tag", value_name = "IMAGE", required = true)]
    pub tags: Vec<String>,

    /// The Dockerfile; `Dockerfile` in the context by default
    #[arg(short, long, value_name = "PATH")]
    pub file: Option<PathBuf>,

    /// The stage to build; the last one by default
    #[arg(long, value_name = "STAGE")]
    pub target: Option<String>,

    /// A value for an ARG; without a value, it is taken from this shell's environment
    #[arg(long = "build-arg", value_name = "NAME[=VALUE]")]
    pub build_args: Vec<String>,

    /// A label of the image
    #[arg(long = "label", value_name = "NAME=VALUE")]
    pub labels: Vec<String>,

    /// A secret for `RUN --mount=type=secret`: `id=ID,src=PATH` or `id=ID,env=VARIABLE`
    #[arg(long = "secret", value_name = "id=ID,…")]
    pub build_secrets: Vec<String>,

    /// The platforms to build for, such as `linux/arm64`
    #[arg(long = "platform", value_name = "PLATFORM,…", value_delimiter = ',')]
    pub platforms: Vec<String>,

    /// Use no cached layer
    #[arg(long)]
    pub no_cache: bool,

    /// Read layers from this image too: a reference, or `type=registry,ref=IMAGE`
    #[arg(long, value_name = "CACHE")]
    pub cache_from: Vec<String>,

    /// Write layers to this image: a reference, or `type=registry,ref=IMAGE,mode=max`
    #[arg(long, value_name = "CACHE")]
    pub cache_to: Option<String>,

    /// Build, and push nothing
    #[arg(long)]
    pub no_push: bool,

    /// Also hand on your login for this registry: for base images that need one
    #[arg(long = "login", value_name = "REGISTRY")]
    pub logins: Vec<String>,

    /// The plugin that builds; the usual one needs no privilege and no daemon
    #[arg(long, value_name = "PLUGIN", add = ArgValueCandidates::new(complete::plugins))]
    pub builder: Option<String>,

    /// The image of the container that pushes; it needs nothing in it, or the docker command for `--builder docker-build`
    #[arg(long, value_name = "IMAGE", default_value = "busybox:stable")]
    pub image: String,

    /// Only show what would be done, as `windlass plan` does
    #[arg(long)]
    pub dry_run: bool,

    /// How to show the run; by default a live view on a terminal and plain lines elsewhere
    #[arg(short, long, value_enum, value_name = "FORMAT")]
    pub output: Option<RunFormat>,

    /// Where to run.
    #[command(flatten)]
    pub place: TargetOptions,
    /// How to get images.
    #[command(flatten)]
    pub pull: PullOptions,
    /// Plugins from files.
    #[command(flatten)]
    pub plugins: PluginFiles,
}
