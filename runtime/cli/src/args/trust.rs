//! `windlass trust`.

use clap::Args;

use super::format::TableFormat;

pub(super) const TRUST: &str = "\
Examples:
  windlass trust                                 what is asked for, and one question
  windlass trust --show --output json            what is asked for, and what of it is trusted
  windlass trust --revoke                        forget it
  windlass run --trust-project                   in CI, where nobody can be asked and the change was reviewed";

/// Options of `trust`.
#[derive(Debug, Args)]
pub struct TrustArgs {
    /// Only show what is asked for, and what of it is trusted
    #[arg(long, conflicts_with = "revoke")]
    pub show: bool,

    /// Forget that this project was trusted
    #[arg(long)]
    pub revoke: bool,

    /// How to print what --show shows
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = TableFormat::Text, requires = "show")]
    pub output: TableFormat,
}
