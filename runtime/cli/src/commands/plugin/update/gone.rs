//! Plugins that a newer version does not have, though something of the project uses them.

use windlass_config::{Code, Diagnostics, Findings, Place, Severity};
use windlass_engine::ports::plugin::{PluginError, PluginHost as _};
use windlass_model::plugin_reference::PluginReference;
use windlass_model::task::Action;

use crate::failure;
use crate::plugins::Plugins;
use crate::problems::{self, Wrong};
use crate::project::Project;
use crate::reading::ProjectError;
use crate::voices::Layer;

const HELP: &str = "use another plugin, or name the version that has it in `bundles`; the lock stays as it is until then";

/// Loads everything that the project uses, in the versions that its references lead to now.
///
/// # Errors
/// Each that is not there, at the place that names it.
pub(super) async fn check(plugins: &Plugins, used: &[PluginReference], project: &Project) -> Result<(), ProjectError> {
    let mut gone: Vec<(&PluginReference, PluginError)> = Vec::new();
    for reference in used {
        match plugins.inspect(reference, &project.directory).await {
            Ok(_) => {}
            Err(error @ PluginError::NotFound { .. }) => gone.push((reference, error)),
            // The registry does not answer, or what it has is none: that is nothing that the project says.
            Err(error) => return Err(ProjectError::Other(error.into())),
        }
    }
    if gone.is_empty() {
        return Ok(());
    }
    let told: Vec<Diagnostics> = in_settings(&gone, project).into_iter().chain(in_tasks(&gone, project)).collect();
    match gone.into_iter().next() {
        // What is named nowhere that has a place.
        Some((_, error)) if told.is_empty() => Err(ProjectError::Other(error.into())),
        _ => Err(ProjectError::of_files(told)),
    }
}

fn in_tasks(gone: &[(&PluginReference, PluginError)], project: &Project) -> Option<Diagnostics> {
    let mut findings = Findings::of(&project.source)?;
    for step in project.configuration.tasks.iter().flat_map(|task| &task.steps) {
        let Action::Plugin { uses, .. } = &step.action else { continue };
        let Some((_, error)) = gone.iter().find(|(reference, _)| *reference == uses) else { continue };
        let place = Place::Below(step.line, "uses");
        findings.push(Severity::Error, Code::UnknownPlugin, place, failure::causes(error), vec![HELP.to_owned()]);
    }
    Some(findings.into_diagnostics()).filter(|found| !found.is_empty())
}

fn in_settings(gone: &[(&PluginReference, PluginError)], project: &Project) -> Vec<Diagnostics> {
    let of_layer = |layer: &Layer| {
        let build = layer.settings.environments.build.as_ref()?;
        let (_, error) = gone.iter().find(|(reference, _)| *reference == build)?;
        let wrong = Wrong {
            severity: Severity::Error,
            code: Code::UnknownPlugin,
            setting: "environments.build".to_owned(),
            message: failure::causes(error).into(),
            help: vec![HELP.to_owned()],
        };
        problems::of_settings(layer, [wrong])
    };
    project.voices.layers().filter_map(of_layer).collect()
}
