//! `windlass artifacts …`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use clap_complete::engine::ArgValueCandidates;

use super::complete;
use super::format::TableFormat;

/// Options of `artifacts`.
#[derive(Debug, Args)]
pub struct ArtifactsArgs {
    /// What to do with them.
    #[command(subcommand)]
    pub command: ArtifactsCommand,
}

/// What to do with artifacts.
#[derive(Debug, Subcommand)]
pub enum ArtifactsCommand {
    /// List what runs have collected; of one run, each file with its size and digest
    #[command(after_help = "Examples:\n  windlass artifacts ls\n  windlass artifacts ls abcd2345 --output json")]
    Ls {
        /// The run
        #[arg(value_name = "RUN", add = ArgValueCandidates::new(complete::collected))]
        run: Option<String>,
        /// Where they are kept.
        #[command(flatten)]
        place: KeptIn,
        /// How to print the list
        #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = TableFormat::Text)]
        output: TableFormat,
    },
    /// Copy what a run has collected, and check that each file is still what was collected
    #[command(
        after_help = "Examples:\n  windlass artifacts get --out results\n  windlass artifacts get abcd2345 test/logs --out /tmp"
    )]
    Get {
        /// The run; the last one if none is named
        #[arg(value_name = "RUN", add = ArgValueCandidates::new(complete::collected))]
        run: Option<String>,
        /// The artifact; all of the run if none is named
        #[arg(value_name = "TASK/NAME")]
        artifact: Option<String>,
        /// Where to: each artifact goes to DIR/TASK/NAME
        #[arg(long, value_name = "DIR", default_value = ".")]
        out: PathBuf,
        /// Where they are kept.
        #[command(flatten)]
        place: KeptIn,
        /// How to print what was copied
        #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = TableFormat::Text)]
        output: TableFormat,
    },
}

/// Where artifacts are kept.
#[derive(Debug, Args)]
pub struct KeptIn {
    /// Look here, as `run --artifacts DIR` kept them, instead of in `.windlass/artifacts` of the project and in the store of its settings
    #[arg(long = "artifacts", value_name = "DIR")]
    pub directory: Option<PathBuf>,
}
