//! What a shell offers for a value: the names that there are. Whatever cannot be found offers nothing; nobody wants an error between two
//! keystrokes.

use std::path::PathBuf;

use clap_complete::engine::CompletionCandidate;

use super::{Color, Global, VariableOptions};
use crate::commands::standing_runs;
use crate::environment::ProcessEnvironment;
use crate::prepare;
use crate::project::Project;

/// The tasks of the file: names and aliases.
pub fn tasks() -> Vec<CompletionCandidate> {
    let Ok(project) = Project::read(&global(), &VariableOptions::default(), &ProcessEnvironment) else { return Vec::new() };
    let of_tasks = project.configuration.tasks.iter().flat_map(|task| [Some(task.name.clone()), task.alias.clone()]);
    let left_out = project.configuration.left_out.iter().map(|task| Some(task.name.clone()));
    unique(of_tasks.chain(left_out).flatten().collect())
}

/// The contexts of the kubeconfig.
pub fn contexts() -> Vec<CompletionCandidate> {
    let kubeconfig = prepare::kubeconfig().ok().flatten();
    unique(kubeconfig.into_iter().flat_map(|kubeconfig| kubeconfig.contexts).map(|context| context.name).collect())
}

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

/// The runs that have pods.
pub fn runs() -> Vec<CompletionCandidate> {
    unique(standing_runs(&global()))
}

fn unique(mut names: Vec<String>) -> Vec<CompletionCandidate> {
    names.sort();
    names.dedup();
    // A name with a line end or an escape could do things to a terminal.
    names.into_iter().filter(|name| !name.chars().any(char::is_control)).map(CompletionCandidate::new).collect()
}

/// The options of the line that is being typed, as far as they say which file is meant.
fn global() -> Global {
    let words: Vec<_> = std::env::args_os().collect();
    let mut pairs = words.windows(2);
    let file = pairs.find_map(|pair| match pair {
        [flag, value] if flag == "-f" || flag == "--file" => Some(PathBuf::from(value)),
        _ => None,
    });
    Global { file, settings: Vec::new(), trust_project: false, color: Color::Never, verbose: 0 }
}
