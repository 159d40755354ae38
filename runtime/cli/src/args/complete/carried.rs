//! What is known without any file of the user's.

use clap_complete::engine::CompletionCandidate;

/// The plugins that windlass carries.
pub fn plugins() -> Vec<CompletionCandidate> {
    unique(windlass_assets::PLUGINS.iter().map(|(name, _)| (*name).to_owned()).collect())
}

/// `KIND=PLUGIN` for each of them.
pub fn substitutions() -> Vec<CompletionCandidate> {
    let kinds = windlass_assets::PLUGINS
        .iter()
        .filter_map(|(name, component)| Some(format!("{}={name}", windlass_plugin_host::kind_of(component)?)));
    unique(kinds.collect())
}

/// Each name once, in order.
pub(super) fn unique(mut names: Vec<String>) -> Vec<CompletionCandidate> {
    names.sort();
    names.dedup();
    // A name with a line end or an escape could do things to a terminal.
    names.into_iter().filter(|name| !name.chars().any(char::is_control)).map(CompletionCandidate::new).collect()
}
