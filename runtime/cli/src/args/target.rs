//! Where to run.

use clap::{Args, ValueEnum};
use clap_complete::engine::ArgValueCandidates;
use windlass_model::pod::PullPolicy;

use super::complete;
use super::on::{On, OnParser};

/// Where to run.
#[derive(Debug, Clone, Default, Args)]
pub struct TargetOptions {
    /// Run all tasks on Kubernetes, or all on this machine's container engine
    #[arg(long, value_parser = OnParser, value_name = "WHERE", help_heading = "Where")]
    pub on: Option<On>,

    /// Run on this kubeconfig context, whatever cluster the file names
    #[arg(long, value_name = "NAME", help_heading = "Where", add = ArgValueCandidates::new(complete::contexts))]
    pub context: Option<String>,

    /// Run in this namespace, whatever namespace the file names
    #[arg(short, long, value_name = "NAME", help_heading = "Where")]
    pub namespace: Option<String>,
}

/// How to get the images of a run.
#[derive(Debug, Clone, Default, Args)]
pub struct PullOptions {
    /// When to pull images; by default what windlass.yaml says, else if-not-present
    #[arg(long, value_enum, value_name = "WHEN", help_heading = "Where")]
    pub pull_policy: Option<PullPolicyOption>,
}

/// When images are pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PullPolicyOption {
    /// When the node lacks them
    IfNotPresent,
    /// Each time
    Always,
    /// Never: the node must have them
    Never,
}

impl From<PullPolicyOption> for PullPolicy {
    fn from(option: PullPolicyOption) -> Self {
        match option {
            PullPolicyOption::IfNotPresent => Self::IfNotPresent,
            PullPolicyOption::Always => Self::Always,
            PullPolicyOption::Never => Self::Never,
        }
    }
}
