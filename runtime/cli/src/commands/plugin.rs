//! `windlass plugin`.

use std::path::Path;

use windlass_engine::ports::plugin::PluginHost as _;
use windlass_model::plugin::PluginInfo;
use windlass_model::pod_security::Level;
use windlass_model::task::PluginReference;

use crate::args::{PluginChoice, PluginCommand, TableFormat};
use crate::failure::Failure;
use crate::plugins::Plugins;
use crate::{output, show};

/// Lists plugins, or shows one.
///
/// # Errors
/// When a plugin cannot be loaded.
pub async fn run(command: &PluginCommand) -> Result<(), Failure> {
    match command {
        PluginCommand::Ls { plugins, output } => list(plugins, *output).await,
        PluginCommand::Inspect { plugin, plugins, output } => inspect(plugin, plugins, *output).await,
    }
}

async fn list(choice: &PluginChoice, format: TableFormat) -> Result<(), Failure> {
    let plugins = Plugins::start(choice).await?;
    let mut infos = Vec::new();
    for name in plugins.names() {
        infos.push(plugins.inspect(&PluginReference::BuiltIn(name), Path::new(".")).await?);
    }
    match format {
        TableFormat::Json => output::json(&infos),
        TableFormat::Text => output::text(&table(&infos)),
    }
}

async fn inspect(plugin: &str, choice: &PluginChoice, format: TableFormat) -> Result<(), Failure> {
    let plugins = Plugins::start(choice).await?;
    let info = plugins.inspect(&PluginReference::parse(plugin), Path::new(".")).await?;
    match format {
        TableFormat::Json => output::json(&info),
        TableFormat::Text => output::text(&show::plugin(&info)),
    }
}

fn table(infos: &[PluginInfo]) -> String {
    let header = ["NAME", "VERSION", "KIND", "DIGEST", "MAY BRING", "DOES"].map(str::to_owned).to_vec();
    let row = |info: &PluginInfo| {
        vec![
            info.name.clone(),
            info.version.clone(),
            info.kind.to_string(),
            info.digest.short().to_owned(),
            may_bring(info).to_owned(),
            info.description.clone(),
        ]
    };
    show::table(&[vec![header], infos.iter().map(row).collect()].concat())
}

/// What of a pod a plugin asks to bring, in a word.
fn may_bring(info: &PluginInfo) -> &'static str {
    match &info.asks.pod {
        None => "nothing",
        Some(limits) if limits.level == Level::Privileged => "privileged!",
        Some(limits) if !limits.except.is_empty() => "baseline+",
        Some(limits) => limits.level.as_str(),
    }
}
