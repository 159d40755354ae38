//! `windlass plugin`.

mod diff;
mod inspect;
mod pack;
mod place;
mod project;
mod prune;
mod push;
mod sign;
mod subject;
mod test;
mod trial;
mod update;
mod vendor;
mod verify;

use std::path::PathBuf;

use windlass_plugin_kit::NewPlugin;

use crate::args::{Global, PluginCommand};
use crate::failure::Failure;

/// Does what is asked for with plugins; answers with an exit code.
///
/// # Errors
/// When a plugin cannot be found or loaded, or a file or registry cannot be used.
pub async fn run(global: &Global, command: &PluginCommand) -> Result<u8, Failure> {
    match command {
        PluginCommand::New { name, lang, kind, powers, directory } => {
            let directory = directory.clone().unwrap_or_else(|| PathBuf::from(name));
            project::create(&NewPlugin { directory: &directory, name, kind, language: lang, powers })?;
        }
        PluginCommand::Build { directory } => project::build(directory).await?,
        PluginCommand::Test(args) => return test::run(args).await,
        PluginCommand::Run(args) => return trial::run(global, args).await,
        PluginCommand::Ls { plugins, output } => inspect::list(global, plugins, *output).await?,
        PluginCommand::Inspect { plugin, plugins, output } => inspect::one(global, plugin, plugins, *output).await?,
        PluginCommand::Diff { old, new, plugins, output } => diff::run(global, [old, new], plugins, *output).await?,
        PluginCommand::Pack(args) => pack::run(global, args).await?,
        PluginCommand::Push { path, to, compat } => push::run(global, path, to, *compat).await?,
        PluginCommand::Sign { plugin, key } => sign::run(global, plugin, key).await?,
        PluginCommand::Verify(args) => verify::run(global, args).await?,
        PluginCommand::Update { plugins, approve, dry_run } => {
            return update::run(global, plugins, update::How { approve: *approve, dry_run: *dry_run }).await;
        }
        PluginCommand::Vendor { path } => vendor::run(global, path).await?,
        PluginCommand::Prune { max_size } => prune::run(max_size)?,
    }
    Ok(0)
}
