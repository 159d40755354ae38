//! Plugins that make tasks of a file, judged before any of them runs: as those of steps are, by policies and grants.

use windlass_model::plugin::{Grants, PluginInfo, PluginKind, Requirements};

use super::grants::{self, Asked};
use super::{Platform, Refusal, plugin_names, policy};
use crate::ports::project::ProjectFiles;

/// Why a plugin may not make tasks of a file.
#[derive(Debug, thiserror::Error)]
pub enum GeneratorError {
    /// It is for something else.
    #[error("{plugin} is a {kind} plugin, and tasks are made by a config plugin")]
    Kind {
        /// The plugin, by where it comes from.
        plugin: String,
        /// What it is for.
        kind: PluginKind,
    },
    /// A policy refuses it.
    #[error("{message}")]
    Policy {
        /// What is refused, and which setting of which file decides.
        message: String,
        /// What to do.
        help: Vec<String>,
    },
    /// It asks for what it was not granted.
    #[error("{0}")]
    Denied(Box<Refusal>),
}

/// What a plugin may do that makes tasks of a file. `place` is who asks, for messages: `the tasks of ci.star`.
///
/// # Errors
/// When it makes no tasks, a policy refuses it, or it asks for more than it is granted.
pub fn grants_of_generator(
    platform: &Platform<'_>,
    files: &dyn ProjectFiles,
    plugin: &PluginInfo,
    place: String,
) -> Result<Grants, GeneratorError> {
    if plugin.kind != PluginKind::Config {
        return Err(GeneratorError::Kind { plugin: plugin.origin(), kind: plugin.kind });
    }
    let names = plugin_names(files, plugin);
    let refused = policy::plugin(&platform.policies(), &names, plugin);
    if !refused.is_empty() {
        let (message, help) = policy::said(&refused);
        return Err(GeneratorError::Policy { message, help });
    }
    // It brings nothing: there is no pod.
    let needs = Requirements::default();
    let asked = Asked { task: String::new(), place, line: 1, plugin: plugin.clone(), names, needs, container: None };
    grants::judge(platform, [&asked]).map_err(GeneratorError::Denied)?;
    Ok(asked.granted(platform))
}
