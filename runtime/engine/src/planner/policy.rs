//! What the platform's policy says of a task, whoever brought what: pure, from data alone.

use std::collections::BTreeMap;
use std::slice;

use windlass_model::plan::Brought;
use windlass_model::pod::{ContainerPlan, MAIN, PodPlan};
use windlass_model::pod_security::{Exception, need_of};
use windlass_model::settings::{PluginNames, Policy};
use windlass_model::task::Architecture;

use super::bases;

/// What of a pod the policy refuses, in one sentence for each container; `None` when nothing. `built` says that the main container's image
/// is one that windlass builds: its bases are judged in its place.
pub(super) fn pod(policy: &Policy, pod: &PodPlan, brought: &[Brought], built: bool) -> Option<String> {
    let refused = pod.containers.iter().flat_map(|container| {
        let who = who(container, brought);
        let image = (!built || container.name != MAIN).then(|| image(policy, container)).flatten();
        [level(policy, container), image].into_iter().flatten().map(move |what| format!("{who} {what}"))
    });
    sentences(refused)
}

/// A container with the step whose plugin brought it.
fn who(container: &ContainerPlan, brought: &[Brought]) -> String {
    let steps: Vec<&str> = brought
        .iter()
        .filter(|brought| brought.containers.contains(&container.name))
        .map(|brought| brought.step.as_str())
        .collect();
    match steps.as_slice() {
        [] => format!("container {}", container.name),
        steps => format!("container {} of step {}", container.name, steps.join(" and ")),
    }
}

fn level(policy: &Policy, container: &ContainerPlan) -> Option<String> {
    let allowed = &policy.pod_security;
    let exceptions: Vec<Exception> = allowed.except.iter().copied().collect();
    let need = need_of(slice::from_ref(container), &exceptions);
    let fields: Vec<&str> = need.reasons.iter().map(|reason| reason.field.as_str()).collect();
    let setting = match exceptions.as_slice() {
        [] => allowed.level.to_string(),
        exceptions => {
            let exceptions: Vec<&str> = exceptions.iter().map(|exception| exception.as_str()).collect();
            format!("{{level: {}, except: [{}]}}", allowed.level, exceptions.join(", "))
        }
    };
    (need.level > allowed.level).then(|| {
        format!(
            "needs Pod Security {} ({}), and `policy: {{pod_security: {setting}}}` of windlass.yaml allows no more",
            need.level,
            fields.join(", ")
        )
    })
}

fn image(policy: &Policy, container: &ContainerPlan) -> Option<String> {
    let image = &container.image;
    (!policy.allows_image(image)).then(|| {
        format!(
            "starts from {image}, which is not among `policy: {{images: […]}}` of windlass.yaml; add `{}` there",
            image.canonical()
        )
    })
}

/// What the policy refuses of the images that a Dockerfile builds on.
pub(super) fn dockerfile(
    policy: &Policy,
    name: &str,
    text: &str,
    arguments: &BTreeMap<String, String>,
    architecture: Architecture,
) -> Option<String> {
    if policy.images.is_any() {
        return None;
    }
    let bases = match bases::of(text, arguments, architecture) {
        Ok(bases) => bases,
        Err(error) => {
            return Some(format!(
                "{name} cannot be read, and `policy: {{images: […]}}` of windlass.yaml judges what it builds on: {error}"
            ));
        }
    };
    let refused = bases.into_iter().filter_map(|base| match base.image {
        Ok(image) if policy.allows_image(&image) => None,
        Ok(image) => Some(format!(
            "{name} builds on {}, which is not among `policy: {{images: […]}}` of windlass.yaml; add `{}` there",
            base.written,
            image.canonical()
        )),
        Err(why) => Some(format!(
            "{name} builds on {}, and `policy: {{images: […]}}` of windlass.yaml wants to know the image: {why}; give it a value, or name the image",
            base.written
        )),
    });
    sentences(refused)
}

/// What the policy says of a plugin.
pub(super) fn plugin(policy: &Policy, plugin: &PluginNames) -> Option<String> {
    let key = plugin.key();
    (!policy.allows_plugin(plugin))
        .then(|| format!("plugin {key} is not among `policy: {{plugins: […]}}` of windlass.yaml; add `{key}` there"))
}

fn sentences(refused: impl Iterator<Item = String>) -> Option<String> {
    let refused: Vec<String> = refused.collect();
    (!refused.is_empty()).then(|| refused.join("; "))
}
