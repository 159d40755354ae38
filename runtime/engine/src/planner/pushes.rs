//! Whether a push step can send what the build steps before it leave, told before anything is built.

use std::collections::BTreeSet;

use windlass_model::plan::{PluginCall, StepAction, StepPlan};
use windlass_model::plugin::{ImagePlace, PluginKind};

use super::PlanError;
use super::plugins::PluginSource;

/// Refuses the pushes that could only fail. A step takes the images of all builds before it.
pub(super) async fn check(task: &str, steps: &[StepPlan], plugins: &PluginSource<'_>) -> Vec<PlanError> {
    let mut builds: Vec<&PluginCall> = Vec::new();
    let mut refused = Vec::new();
    for step in steps {
        let StepAction::Plugin(call) = &step.action else { continue };
        match call.plugin.kind {
            PluginKind::Build => builds.push(call),
            PluginKind::Push => {
                let Some(build) = builds.iter().find(|build| !takes(call, build)) else { continue };
                let other = plugins.push_for(&build.plugin).await;
                let message = message(call, build, other.map(|other| other.to_string()));
                refused.push(PlanError::Step { task: task.to_owned(), step: step.name.clone(), line: step.line, message });
            }
            PluginKind::Login | PluginKind::Step | PluginKind::Config => {}
        }
    }
    refused
}

/// What a manifest does not say may fit.
fn takes(push: &PluginCall, build: &PluginCall) -> bool {
    let places = places(build);
    push.plugin.takes.is_empty() || places.is_empty() || !push.plugin.takes.is_disjoint(&places)
}

/// Where a build leaves its image: a builder that can push does, where the step after it pushes the very same.
fn places(build: &PluginCall) -> BTreeSet<ImagePlace> {
    let pushes = build.build.as_ref().is_some_and(|hints| hints.push);
    let mut places = build.plugin.leaves.clone();
    if pushes && places.contains(&ImagePlace::Pushed) {
        return [ImagePlace::Pushed].into();
    }
    places.remove(&ImagePlace::Pushed);
    places
}

fn message(push: &PluginCall, build: &PluginCall, other: Option<String>) -> String {
    let (push, build, left) = (&push.plugin, &build.plugin, ImagePlace::in_words(&places(build)));
    let takes = ImagePlace::in_words(&push.takes);
    let instead = other.map_or_else(String::new, |other| format!("; use {other}, or --use push={other} for one run"));
    format!("{} leaves its image {left}, and {} only takes images left {takes}{instead}", build.name, push.name)
}
