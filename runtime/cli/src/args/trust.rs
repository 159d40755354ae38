//! `windlass trust`.

use clap::Args;

use super::commands::TableFormat;

pub(super) const TRUST: &str = "\
Examples:
  windlass trust                                 show what is asked for, then ask once
  windlass trust --show --output json            what is asked for, and which parts are trusted
  windlass trust --revoke                        forget that this project was trusted
  windlass run --trust-project                   in CI, where nobody can be asked and the change was reviewed";

/// Options of `trust`.
#[derive(Debug, Args)]
pub struct TrustArgs {
    /// Only show what is asked for, and which parts are trusted
    #[arg(long, conflicts_with = "revoke")]
    pub show: bool,

    /// Forget that this project was trusted
    #[arg(long)]
    pub revoke: bool,

    /// How to print what --show shows
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = TableFormat::Text, requires = "show")]
    pub output: TableFormat,
}
