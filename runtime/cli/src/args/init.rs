//! `windlass init`: what goes into the first files of a project.

use std::path::PathBuf;

use clap::Args;
use clap_complete::engine::ArgValueCandidates;

use super::complete;
use super::target::TargetOptions;

/// Options of `init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The image to push, such as `ghcr.io/me/app`; without a tag it gets the commit's; by default what the git remote suggests
    #[arg(short, long, value_name = "IMAGE")]
    pub image: Option<String>,

    /// A Dockerfile, as seen from here; by default each one in this directory. Repeat for more
    #[arg(long = "dockerfile", value_name = "PATH")]
    pub dockerfiles: Vec<String>,

    /// Take the docker builds of this file: a GitHub workflow, a GitLab or Cloud Build configuration, or a skaffold.yaml
    #[arg(long, value_name = "FILE", conflicts_with_all = ["image", "dockerfiles"])]
    pub from: Option<PathBuf>,

    /// The plugin that builds; the usual one needs no privilege and no daemon
    #[arg(long, value_name = "PLUGIN", add = ArgValueCandidates::new(complete::plugins))]
    pub builder: Option<String>,

    /// Print the files, and write none
    #[arg(long)]
    pub dry_run: bool,

    /// Where the tasks are to run.
    #[command(flatten)]
    pub place: TargetOptions,
}
