//! Build steps: what is known of them before the run, beside what the file says.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use windlass_model::plan::{PluginCall, StepAction, StepPlan};
use windlass_model::plugin::{BuildHints, ImagePlace, PluginInfo, PluginKind};
use windlass_model::task::Architecture;

use super::policy::{self, Finding};
use super::{Deciding, Platform};
use crate::ports::project::ProjectFiles;

/// Puts the platform's image for a builder where the file names none.
pub(super) fn with_image(request: &mut Value, plugin: &PluginInfo, platform: &Platform<'_>) {
    let honoured = plugin.kind == PluginKind::Build && plugin.honours.iter().any(|field| field == "image");
    let Some(image) = platform.builder_images.get(&plugin.name).filter(|_| honoured) else { return };
    match request {
        Value::Object(map) => {
            map.entry("image").or_insert_with(|| json!(image));
        }
        Value::Null => *request = json!({ "image": image }),
        _ => {}
    }
}

/// What is known of a build, `None` for other plugins.
pub(super) fn hints(request: &Value, plugin: &PluginInfo, files: &dyn ProjectFiles) -> Option<BuildHints> {
    (plugin.kind == PluginKind::Build).then(|| BuildHints { dockerfile: dockerfile(request, files), push: false })
}

/// The Dockerfile's text, when it lies in the working copy under a path that is known by now.
fn dockerfile(request: &Value, files: &dyn ProjectFiles) -> Option<String> {
    let text = |key: &str| request.get(key).and_then(Value::as_str);
    let (context, file) = (text("context").unwrap_or("."), text("dockerfile").unwrap_or("Dockerfile"));
    let elsewhere = |path: &str| path.contains('$') || path.contains("://") || path.starts_with('/') || path.starts_with("git@");
    if elsewhere(context) || elsewhere(file) {
        return None;
    }
    files.text(&format!("{context}/{file}"))
}

/// What the policy refuses of the images that the Dockerfile builds on, as far as it is there to be read.
pub(super) fn bases(policies: &[Deciding<'_>], request: &Value, hints: &BuildHints, architecture: Architecture) -> Vec<Finding> {
    let Some(text) = &hints.dockerfile else { return Vec::new() };
    let name = request.get("dockerfile").and_then(Value::as_str).unwrap_or("Dockerfile");
    let arguments = request.get("build_args").and_then(Value::as_object).into_iter().flatten();
    let text_of = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let arguments: BTreeMap<String, String> = arguments.map(|(name, value)| (name.clone(), text_of(value))).collect();
    policy::dockerfile(policies, name, text, &arguments, architecture)
}

/// What to say of a build whose images the policy cannot judge before the run.
pub(super) fn not_judged(policies: &[Deciding<'_>], hints: &BuildHints) -> Option<String> {
    let file = policy::images(policies).filter(|_| hints.dockerfile.is_none())?;
    Some(format!(
        "its Dockerfile is not there to be read, so `policy: {{images: […]}}` of {file} does not judge what it builds on"
    ))
}

/// Tells each build whether the step after it pushes the image under the tags that it is built with, and takes one that was pushed.
pub(super) fn mark_pushed(steps: &mut [StepPlan]) {
    for index in 1..steps.len() {
        let (before, after) = steps.split_at_mut(index);
        let (Some(build), Some(push)) = (before.last_mut(), after.first()) else { continue };
        let (StepAction::Plugin(made), StepAction::Plugin(sent)) = (&mut build.action, &push.action) else { continue };
        if build.when == push.when
            && sent.plugin.kind == PluginKind::Push
            && (sent.plugin.takes.is_empty() || sent.plugin.takes.contains(&ImagePlace::Pushed))
            && same_tags(made, sent)
            && let Some(hints) = &mut made.build
        {
            hints.push = true;
        }
    }
}

/// A push without tags of its own takes those of the image.
fn same_tags(build: &PluginCall, push: &PluginCall) -> bool {
    match push.request.get("tags") {
        None | Some(Value::Null) => true,
        Some(Value::Array(tags)) if tags.is_empty() => true,
        tags => tags == build.request.get("tags"),
    }
}
