//! What the platform's policy says of a task, whoever brought what: pure, from data alone.

mod plugins;

use std::collections::BTreeMap;
use std::slice;

use windlass_model::plan::{Brought, StepPlan};
use windlass_model::plugin::{ContainerRequirement, Requirements};
use windlass_model::pod::{ContainerPlan, MAIN, PodPlan};
use windlass_model::pod_limits::PodLimits;
use windlass_model::pod_security::{Exception, Level, need_of};
use windlass_model::roles::Builders;
use windlass_model::settings::PolicyLevel;
use windlass_model::task::Architecture;

use super::plugins::PluginSource;
use super::{Deciding, PlanError, bases};

pub(super) use plugins::plugin;

/// Something that the policy of one file refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// One sentence: what, and which setting of which file refuses it.
    what: String,
    file: String,
    remedy: Remedy,
    /// The step whose plugin brought what is refused.
    step: Option<String>,
    /// The line of the step that it is about; that of the task where no step is.
    line: Option<usize>,
}

impl Finding {
    fn new(what: String, file: &str, remedy: Remedy) -> Self {
        Self { what, file: file.to_owned(), remedy, step: None, line: None }
    }

    fn of(self, container: &ContainerPlan) -> Self {
        Self { step: container.brought_by.clone(), ..self }
    }

    /// The same of a step.
    pub(super) fn at(self, line: usize) -> Self {
        Self { line: Some(line), ..self }
    }

    /// The same with the line of the step that brought what is refused.
    pub(super) fn placed(self, steps: &[StepPlan]) -> Self {
        let line = self.step.as_ref().and_then(|name| steps.iter().find(|step| step.name == *name)).map(|step| step.line);
        Self { line: self.line.or(line), ..self }
    }

    /// What a container asks for against what `pods` of a file says of all.
    pub(super) fn forbidden(container: &ContainerPlan, what: &str, by: &str, file: &str) -> Self {
        let who = match &container.brought_by {
            Some(step) => format!("container {} of step {step}", container.name),
            None => format!("container {}", container.name),
        };
        let what = format!("{who} {what}, and `pods: {{securityContext: {{{by}}}}}` of {file} forbids it");
        Self::new(what, file, Remedy::None).of(container)
    }
}

/// What would allow it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Remedy {
    /// One more entry of a list.
    Add { setting: &'static str, entry: String },
    /// A wider level. `builder` says that one which needs no more than `baseline` may do.
    Level { key: &'static str, setting: String, builder: bool },
    /// A whole sentence.
    Say(String),
    /// Something that the sentence says itself.
    None,
}

/// What policies refuse, and what to do.
pub(super) fn said(found: &[Finding]) -> (String, Vec<String>) {
    let what: Vec<&str> = found.iter().map(|finding| finding.what.as_str()).collect();
    (what.join("; "), help(found, &Builders::NONE))
}

/// All that policies refuse of a task, in one error for each line that it is about. What to do is one answer to all, and stands with the
/// last.
pub(super) async fn refused(task: &str, found: &[Finding], plugins: &PluginSource<'_>) -> Result<(), Vec<PlanError>> {
    if found.is_empty() {
        return Ok(());
    }
    let builder = found.iter().any(|finding| matches!(finding.remedy, Remedy::Level { builder: true, .. }));
    let builders = if builder { plugins.builders().await } else { Builders::NONE };
    let mut help = help(found, &builders);
    let mut lines: BTreeMap<Option<usize>, Vec<&str>> = BTreeMap::new();
    for finding in found {
        lines.entry(finding.line).or_default().push(&finding.what);
    }
    let mut errors: Vec<PlanError> = lines
        .into_iter()
        .rev()
        .map(|(line, what)| {
            let help = std::mem::take(&mut help);
            PlanError::Policy { task: task.to_owned(), line, message: what.join("; "), help }
        })
        .collect();
    errors.reverse();
    Err(errors)
}

/// What to do: everything that one list lacks at once.
fn help(found: &[Finding], builders: &Builders) -> Vec<String> {
    let mut help = Vec::new();
    let builders = builders.within(Level::Baseline);
    if !builders.is_empty() {
        help.push(format!("a builder that stays within Pod Security baseline may do: {}", builders.join(" or ")));
    }
    let mut lists: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    let mut levels: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    let mut words: Vec<String> = Vec::new();
    for finding in found {
        match &finding.remedy {
            Remedy::Add { setting, entry } => {
                let entries = lists.entry((&finding.file, setting)).or_default();
                if !entries.contains(&entry.as_str()) {
                    entries.push(entry);
                }
            }
            Remedy::Level { key, setting, .. } => {
                levels.insert((&finding.file, key), setting);
            }
            Remedy::Say(line) => {
                if !words.contains(line) {
                    words.push(line.clone());
                }
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
        levels.iter().map(|((file, key), setting)| {
            format!("or ask whoever maintains {file} to write there `policy: {{{key}: {setting}}}`")
        }),
    );
    help.extend(words);
    help
}

/// What of a pod policies refuse. `built` says that the main container's image is one that windlass builds: its bases are judged in its place.
pub(super) fn pod(policies: &[Deciding<'_>], pod: &PodPlan, brought: &[Brought], built: bool) -> Vec<Finding> {
    let judge = |by: &Deciding<'_>, container: &ContainerPlan| {
        let who = who(container, brought);
        let image = (!built || container.name != MAIN).then(|| image(by, container, &who)).flatten();
        let for_all = Levels { key: "pod_security", allowed: &by.policy.pod_security };
        let for_plugins = Levels { key: "plugin_pod_security", allowed: &by.policy.plugin_pod_security };
        let is_brought = |name: &str| brought.iter().any(|brought| brought.containers.iter().any(|own| own == name));
        let of_plugins = || pod.containers.iter().filter(|container| is_brought(&container.name)).cloned().collect::<Vec<_>>();
        let beyond = is_brought(&container.name).then(|| level(by, &for_plugins, container, &of_plugins(), &who)).flatten();
        [level(by, &for_all, container, &pod.containers, &who), beyond, image]
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

/// A level of a policy, under its key.
struct Levels<'a> {
    key: &'static str,
    allowed: &'a PolicyLevel,
}

fn level(by: &Deciding<'_>, levels: &Levels<'_>, container: &ContainerPlan, all: &[ContainerPlan], who: &str) -> Option<Finding> {
    let (Levels { key, allowed }, file) = (levels, &by.file);
    let exceptions: Vec<Exception> = allowed.except.iter().copied().collect();
    let need = need_of(slice::from_ref(container), &exceptions);
    let fields: Vec<&str> = need.reasons.iter().map(|reason| reason.field.as_str()).collect();
    (need.level > allowed.level).then(|| {
        let what = format!(
            "{who} needs Pod Security {} ({}), and `policy: {{{key}: {}}}` of {file} allows no more",
            need.level,
            fields.join(", "),
            written(allowed)
        );
        let builder = allowed.level >= Level::Baseline && container.name != MAIN;
        Finding::new(what, file, Remedy::Level { key, setting: written(&enough(allowed, all)), builder }).of(container)
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
    let lacks = || by.lacks_image(&format!("{who} starts from {image}"), image.canonical()).of(container);
    (!by.policy.allows_image(image)).then(lacks)
}

impl Deciding<'_> {
    fn lacks_image(&self, what: &str, entry: String) -> Finding {
        self.finding(&format!("{what}, which"), "images", Remedy::Add { setting: "images", entry })
    }

    fn finding(&self, what: &str, setting: &str, remedy: Remedy) -> Finding {
        let what = format!("{what} is not among `policy: {{{setting}: […]}}` of {}", self.file);
        Finding::new(what, &self.file, remedy)
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
        let unknown = |what: String| Finding::new(what, &by.file, Remedy::None);
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

/// Whether any of them judges images.
pub(super) fn images(policies: &[Deciding<'_>]) -> Option<String> {
    policies.iter().find(|by| !by.policy.images.is_any()).map(|by| by.file.clone())
}
