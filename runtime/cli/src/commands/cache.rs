//! `windlass cache …`.

mod explain;
mod list;
mod remove;

use crate::args::{CacheCommand, Global};
use crate::failure::Failure;

/// Lists, removes or explains caches.
///
/// # Errors
/// When the store cannot be asked, or does not let something be removed.
pub async fn run(global: &Global, command: &CacheCommand) -> Result<(), Failure> {
    match command {
        CacheCommand::Ls { scope, output } => list::run(global, scope.as_deref(), *output).await,
        CacheCommand::Rm(args) => remove::entries(global, args).await,
        CacheCommand::Prune { dry_run, output } => remove::prune(global, *dry_run, *output).await,
        CacheCommand::Explain { cache, output } => explain::run(global, cache.as_deref(), *output).await,
    }
}
