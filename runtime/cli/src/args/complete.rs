//! What a shell offers for a value: the names that there are. Whatever cannot be found offers nothing; nobody wants an error between two
//! keystrokes.

mod carried;

use std::path::PathBuf;

use clap_complete::engine::CompletionCandidate;

use carried::unique;
pub use carried::{plugins, substitutions};

use super::{Color, Global, SecretOptions, VariableOptions};
use crate::commands::standing_runs;
use crate::environment::ProcessEnvironment;
use crate::kubeconfig;
use crate::project::Project;

/// The tasks of the file: names and aliases.
pub fn tasks() -> Vec<CompletionCandidate> {
    let Ok(project) = Project::read(&global(), (&VariableOptions::default(), &SecretOptions::default()), &ProcessEnvironment)
    else {
        return Vec::new();
    };
    let of_tasks = project.configuration.tasks.iter().flat_map(|task| [Some(task.name.clone()), task.alias.clone()]);
    let left_out = project.configuration.left_out.iter().map(|task| Some(task.name.clone()));
    unique(of_tasks.chain(left_out).flatten().collect())
}

/// The contexts of the kubeconfig.
pub fn contexts() -> Vec<CompletionCandidate> {
    let kubeconfig = kubeconfig::usual().ok().flatten();
    unique(kubeconfig.into_iter().flat_map(|kubeconfig| kubeconfig.contexts).map(|context| context.name).collect())
}

/// The runs that have pods.
pub fn runs() -> Vec<CompletionCandidate> {
    unique(standing_runs(&global()))
}

/// The runs that have collected something, the last one first.
pub fn collected() -> Vec<CompletionCandidate> {
    let listing = crate::artifacts::of_project(&global(), None).list();
    unique(listing.map(|listing| listing.runs.into_iter().map(|index| index.run).collect()).unwrap_or_default())
}

/// The options of the line that is being typed, as far as they say which file is meant.
fn global() -> Global {
    let words: Vec<_> = std::env::args_os().collect();
    let mut pairs = words.windows(2);
    let file = pairs.find_map(|pair| match pair {
        [flag, value] if flag == "-f" || flag == "--file" => Some(PathBuf::from(value)),
        _ => None,
    });
    Global { file, settings: Vec::new(), trust_project: false, color: Color::Never, verbose: 0, task: None }
}
