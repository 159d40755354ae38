//! `plugin ls` and `plugin inspect`.

use std::collections::BTreeMap;
use std::path::Path;

use windlass_engine::ports::plugin::PluginHost as _;
use windlass_model::plugin::PluginInfo;
use windlass_model::plugin_reference::PluginReference;
use windlass_model::pod_security::Level;
use windlass_model::text::one_line;

use super::subject::{self, Bundle, Subject};
use crate::args::{Global, PluginFiles, TableFormat};
use crate::failure::{self, Failure};
use crate::plugins::Plugins;
use crate::{output, show};

/// Lists plugins.
///
/// # Errors
/// When one that windlass carries or that --plugin names cannot be loaded. A bundle that cannot be reached is told.
pub(super) async fn list(global: &Global, given: &PluginFiles, format: TableFormat) -> Result<(), Failure> {
    let plugins = Plugins::of_here(global, given, BTreeMap::new()).await?;
    let mut infos = Vec::new();
    for name in plugins.names() {
        infos.push((name.clone(), plugins.inspect(&PluginReference::BuiltIn(name), Path::new(".")).await?));
    }
    for bundle in plugins.bundles() {
        match of_bundle(&plugins, bundle).await {
            Ok(found) => infos.extend(found),
            Err(error) => output::line(&format!("note: the bundle {bundle} is left out: {error}")),
        }
    }
    match format {
        TableFormat::Json => output::json(&infos.iter().map(|(_, info)| info).collect::<Vec<_>>()),
        TableFormat::Text => output::text(&table(&infos)),
    }
}

async fn of_bundle(plugins: &Plugins, bundle: &str) -> Result<Vec<(String, PluginInfo)>, String> {
    let names = plugins.source().members(bundle).await.map_err(|error| failure::causes(&error))?;
    let mut infos = Vec::new();
    for plugin in names {
        let reference = PluginReference::Member { bundle: bundle.to_owned(), plugin };
        let info = plugins.inspect(&reference, Path::new(".")).await.map_err(|error| failure::causes(&error))?;
        infos.push((reference.to_string(), info));
    }
    Ok(infos)
}

/// Shows one, or a whole bundle.
///
/// # Errors
/// When it cannot be found or loaded.
pub(super) async fn one(global: &Global, plugin: &str, given: &PluginFiles, format: TableFormat) -> Result<(), Failure> {
    let [found] = subject::find(global, [plugin], given).await?;
    match (found, format) {
        (Subject::Plugin(info), TableFormat::Json) => output::json(&info),
        (Subject::Plugin(info), TableFormat::Text) => output::text(&show::plugin(&info)),
        (Subject::Bundle(bundle), TableFormat::Json) => output::json(&bundle),
        (Subject::Bundle(bundle), TableFormat::Text) => output::text(&whole(&bundle)),
    }
}

/// A bundle: what it says of itself, its plugins with what they ask for, and its settings.
fn whole(bundle: &Bundle) -> String {
    const UNSAID: &str = "(it says none)";
    let row = |name: &str, value: &str| vec![name.to_owned(), value.to_owned()];
    let mut rows = vec![
        row("bundle", bundle.name.as_deref().unwrap_or(UNSAID)),
        row("version", bundle.version.as_deref().unwrap_or(UNSAID)),
        row("digest", bundle.digest.as_str()),
    ];
    rows.extend(show::signers(&bundle.signers));
    let header = ["NAME", "KIND", "VERSION", "DIGEST", "ASKS FOR", "DOES"].map(str::to_owned).to_vec();
    let members = bundle.plugins.iter().map(|info| {
        let asks = info.asks.in_words();
        let asks = if asks.is_empty() { "nothing".to_owned() } else { asks.join(", ") };
        let (name, version, digest) = (info.name.clone(), info.version.clone(), info.digest.short().to_owned());
        vec![name, info.kind.to_string(), version, digest, asks, info.description.clone()]
    });
    let members = show::table(&[header].into_iter().chain(members).collect::<Vec<_>>());
    let settings = match &bundle.settings {
        None => "it brings no settings\n".to_owned(),
        Some(text) => {
            let lines: String = text.lines().map(|line| format!("  {}\n", one_line(line))).collect();
            format!("settings, which count where its signer is trusted with them\n{lines}")
        }
    };
    format!("{}\n{members}\n{settings}", show::table(&rows))
}

fn table(infos: &[(String, PluginInfo)]) -> String {
    // Where nobody is trusted, nobody looks for signatures.
    let signers = infos.iter().any(|(_, info)| !info.signers.is_empty());
    let header = ["NAME", "VERSION", "KIND", "DIGEST", "MAY BRING"].into_iter().chain(signers.then_some("SIGNED BY"));
    let header = header.chain(["DOES"]).map(str::to_owned).collect();
    let row = |(name, info): &(String, PluginInfo)| {
        let known = [
            name.clone(),
            info.version.clone(),
            info.kind.to_string(),
            info.digest.short().to_owned(),
            may_bring(info).to_owned(),
        ];
        known.into_iter().chain(signers.then(|| signed_by(info))).chain([info.description.clone()]).collect()
    };
    show::table(&[vec![header], infos.iter().map(row).collect()].concat())
}

/// The signers of the settings that have signed a plugin.
fn signed_by(info: &PluginInfo) -> String {
    let signers: Vec<&str> = info.signers.iter().filter(|by| by.counts()).map(|by| by.signer.as_str()).collect();
    match info.reference {
        PluginReference::BuiltIn(_) if info.signers.is_empty() => "(built in)".to_owned(),
        _ if signers.is_empty() => "nobody".to_owned(),
        _ => signers.join(", "),
    }
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
