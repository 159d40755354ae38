//! `windlass cache …`.

use clap::{ArgGroup, Args, Subcommand};

use super::format::TableFormat;

/// Options of `cache`.
#[derive(Debug, Args)]
pub struct CacheArgs {
    /// What to do with them.
    #[command(subcommand)]
    pub command: CacheCommand,
}

/// What to do with caches.
#[derive(Debug, Subcommand)]
pub enum CacheCommand {
    /// List what the store of this project has: each entry with its scope, its size and its age
    #[command(after_help = "Examples:\n  windlass cache ls\n  windlass cache ls --scope git.corp/shop/app@main --output json")]
    Ls {
        /// Only what this scope has: NAMESPACE@LINE, as the list shows it
        #[arg(long, value_name = "SCOPE")]
        scope: Option<String>,
        /// How to print the list
        #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = TableFormat::Text)]
        output: TableFormat,
    },
    /// Remove entries from the store; their bytes go with a `cache prune` a day later
    #[command(
        after_help = "Examples:\n  windlass cache rm --name node_modules --dry-run\n  windlass cache rm --scope git.corp/shop/app@pr/7"
    )]
    Rm(RmArgs),
    /// Remove what nobody has read for long, what is too much, and bytes that no entry names any more
    ///
    /// `cache: {expire, max_size}` of windlass.yaml says how long, and how much. What runs have used that go on stays. A store in a
    /// directory is tidied up after each run that leaves too much in it; others when this command says so.
    #[command(after_help = "Examples:\n  windlass cache prune --dry-run")]
    Prune {
        /// Only show what would be removed
        #[arg(long)]
        dry_run: bool,
        /// How to print what was removed
        #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = TableFormat::Text)]
        output: TableFormat,
    },
    /// Say why the last run on this machine did or did not restore a cache: what of its fingerprint has changed
    #[command(
        after_help = "Examples:\n  windlass cache explain\n  windlass cache explain node_modules\n  windlass cache explain test/node_modules"
    )]
    Explain {
        /// The cache; all of the last runs if none is named
        #[arg(value_name = "[TASK/]NAME")]
        cache: Option<String>,
        /// How to print the reasons
        #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = TableFormat::Text)]
        output: TableFormat,
    },
}

/// Options of `cache rm`.
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("which").required(true).args(["key", "name", "scope", "all"])))]
pub struct RmArgs {
    /// The entries under this key, in every scope
    #[arg(value_name = "KEY")]
    pub key: Option<String>,
    /// The entries of this name, in every scope
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// The entries of this scope: NAMESPACE@LINE, as `cache ls` shows it
    #[arg(long, value_name = "SCOPE")]
    pub scope: Option<String>,
    /// Every entry of the store, whoever has stored it
    #[arg(long)]
    pub all: bool,
    /// Only show what would be removed
    #[arg(long)]
    pub dry_run: bool,
    /// How to print what was removed
    #[arg(short, long, value_enum, value_name = "FORMAT", default_value_t = TableFormat::Text)]
    pub output: TableFormat,
}
