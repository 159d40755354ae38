//! What the platform's policy says of a task, whoever brought what: pure, from data alone.

use std::collections::BTreeMap;
use std::slice;

use windlass_model::plan::Brought;
use windlass_model::plugin::{ContainerRequirement, Requirements};
use windlass_model::pod::{ContainerPlan, MAIN, PodPlan};
use windlass_model::pod_limits::PodLimits;
use windlass_model::pod_security::{Exception, Level, need_of};
use windlass_model::settings::{PluginNames, PolicyLevel};
use windlass_model::task::Architecture;

use super::{Deciding, PlanError, bases};

/// Something that the policy of one file refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// One sentence: what, and which setting of which file refuses it.
    what: String,
    file: String,
    remedy: Remedy,
}

impl Finding {
    /// What a container asks for against what `pods` of a file says of all.
    pub(super) fn forbidden(container: &ContainerPlan, what: &str, by: &str, file: &str) -> Self {
        let who = match &container.brought_by {
            Some(step) => format!("container {} of step {step}", container.name),
            None => format!("container {}", container.name),
        };
        let what = format!("{who} {what}, and `pods: {{securityContext: {{{by}}}}}` of {file} forbids it");
        Self { what, file: file.to_owned(), remedy: Remedy::None }
    }
}

/// What would allow it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Remedy {
    /// One more entry of a list.
    Add { setting: &'static str, entry: String },
    /// A wider level. `builder` says that one which needs no more than `baseline` may do.
    Level { setting: String, builder: bool },
    /// Something that the sentence says itself.
    None,
}

/// All that policies refuse of a task, in one error.
pub(super) fn refused(task: &str, found: &[Finding]) -> Result<(), PlanError> {
    if found.is_empty() {
        return Ok(());
    }
    let what: Vec<&str> = found.iter().map(|finding| finding.what.as_str()).collect();
    Err(PlanError::Policy { task: task.to_owned(), message: what.join("; "), help: help(found) })
}

/// What to do: everything that one list lacks at once.
fn help(found: &[Finding]) -> Vec<String> {
    let mut help = Vec::new();
    if found.iter().any(|finding| matches!(finding.remedy, Remedy::Level { builder: true, .. })) {
        help.push(
            "a builder that stays within Pod Security baseline may do: --use build=kaniko or --use build=makisu".to_owned(),
        );
    }
    let mut lists: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    let mut levels: BTreeMap<&str, &str> = BTreeMap::new();
    for finding in found {
        match &finding.remedy {
            Remedy::Add { setting, entry } => {
                let entries = lists.entry((&finding.file, setting)).or_default();
                if !entries.contains(&entry.as_str()) {
                    entries.push(entry);
                }
            }
            Remedy::Level { setting, .. } => {
                levels.insert(&finding.file, setting);
            }
            Remedy::None => {}
        }
    }
    let add = |((file, setting), entries): (&(&str, &str), &Vec<&str>)| {
        let entries: Vec<String> = entries.iter().map(|entry| format!("`{entry}`")).collect();
        format!("ask whoever maintains {file} to add to `policy: {{{setting}: […]}}`: {}", entries.join(", "))
    };
    help.extend(lists.iter().map(add));
    help.extend(
        levels.iter().map(|(file, setting)| {
            format!("or ask whoever maintains {file} to write there `policy: {{pod_security: {setting}}}`")
        }),
    );
    help
}

/// What of a pod policies refuse. `built` says that the main container's image is one that windlass builds: its bases are judged in its place.
pub(super) fn pod(policies: &[Deciding<'_>], pod: &PodPlan, brought: &[Brought], built: bool) -> Vec<Finding> {
    let judge = |by: &Deciding<'_>, container: &ContainerPlan| {
        let who = who(container, brought);
        let image = (!built || container.name != MAIN).then(|| image(by, container, &who)).flatten();
        [level(by, container, &pod.containers, &who), image]
    };
    let each = policies.iter().flat_map(|by| pod.containers.iter().flat_map(move |container| judge(by, container)));
    each.flatten().collect()
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

fn level(by: &Deciding<'_>, container: &ContainerPlan, all: &[ContainerPlan], who: &str) -> Option<Finding> {
    let (allowed, file) = (&by.policy.pod_security, &by.file);
    let exceptions: Vec<Exception> = allowed.except.iter().copied().collect();
    let need = need_of(slice::from_ref(container), &exceptions);
    let fields: Vec<&str> = need.reasons.iter().map(|reason| reason.field.as_str()).collect();
    (need.level > allowed.level).then(|| Finding {
        what: format!(
            "{who} needs Pod Security {} ({}), and `policy: {{pod_security: {}}}` of {file} allows no more",
            need.level,
            fields.join(", "),
            written(allowed)
        ),
        file: file.clone(),
        remedy: Remedy::Level {
            setting: written(&enough(allowed, all)),
            builder: allowed.level >= Level::Baseline && container.name != MAIN,
        },
    })
}

/// The least that allows all containers.
fn enough(allowed: &PolicyLevel, all: &[ContainerPlan]) -> PolicyLevel {
    let limits = PodLimits { level: allowed.level, except: allowed.except.clone(), ..PodLimits::unlimited() };
    let required = |container: &ContainerPlan| ContainerRequirement { container: container.clone(), unless_port: Vec::new() };
    let limits = limits.with(&Requirements { containers: all.iter().map(required).collect(), ..Requirements::default() });
    PolicyLevel { level: limits.level, except: limits.except }
}

/// As settings have it.
fn written(level: &PolicyLevel) -> String {
    let exceptions: Vec<&str> = level.except.iter().map(|exception| exception.as_str()).collect();
    match exceptions.as_slice() {
        [] => level.level.to_string(),
        // There they say nothing.
        _ if level.level == Level::Privileged => level.level.to_string(),
        exceptions => format!("{{level: {}, except: [{}]}}", level.level, exceptions.join(", ")),
    }
}

fn image(by: &Deciding<'_>, container: &ContainerPlan, who: &str) -> Option<Finding> {
    let image = &container.image;
    (!by.policy.allows_image(image)).then(|| by.lacks_image(&format!("{who} starts from {image}"), image.canonical()))
}

impl Deciding<'_> {
    fn lacks_image(&self, what: &str, entry: String) -> Finding {
        self.finding(&format!("{what}, which"), "images", Remedy::Add { setting: "images", entry })
    }

    fn finding(&self, what: &str, setting: &str, remedy: Remedy) -> Finding {
        let what = format!("{what} is not among `policy: {{{setting}: […]}}` of {}", self.file);
        Finding { what, file: self.file.clone(), remedy }
    }
}

/// What policies refuse of the images that a Dockerfile builds on.
pub(super) fn dockerfile(
    policies: &[Deciding<'_>],
    name: &str,
    text: &str,
    arguments: &BTreeMap<String, String>,
    architecture: Architecture,
) -> Vec<Finding> {
    let mut found = Vec::new();
    for by in policies.iter().filter(|by| !by.policy.images.is_any()) {
        let setting = format!("`policy: {{images: […]}}` of {}", by.file);
        let unknown = |what: String| Finding { what, file: by.file.clone(), remedy: Remedy::None };
        match bases::of(text, arguments, architecture) {
            Ok(bases) => found.extend(bases.into_iter().filter_map(|base| match base.image {
                Ok(image) if by.policy.allows_image(&image) => None,
                Ok(image) => Some(by.lacks_image(&format!("{name} builds on {}", base.written), image.canonical())),
                Err(why) => Some(unknown(format!(
                    "{name} builds on {}, and {setting} wants to know the image: {why}; give it a value, or name the image",
                    base.written
                ))),
            })),
            Err(error) => found.push(unknown(format!("{name} cannot be read, and {setting} judges what it builds on: {error}"))),
        }
    }
    found
}

/// What policies say of a plugin.
pub(super) fn plugin(policies: &[Deciding<'_>], plugin: &PluginNames) -> Vec<Finding> {
    let refuses = |by: &&Deciding<'_>| !by.policy.allows_plugin(plugin);
    let finding = |by: &Deciding<'_>| {
        by.finding(&format!("plugin {}", plugin.key()), "plugins", Remedy::Add { setting: "plugins", entry: plugin.key() })
    };
    policies.iter().filter(refuses).map(finding).collect()
}

/// Whether any of them judges images.
pub(super) fn images(policies: &[Deciding<'_>]) -> Option<String> {
    policies.iter().find(|by| !by.policy.images.is_any()).map(|by| by.file.clone())
}
