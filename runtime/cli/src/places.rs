//! The places where pods of windlass may stand: what `ls`, `gc` and `doctor` look at.

use std::collections::{BTreeMap, BTreeSet};

use windlass_engine::planner::SaidOfPods;
use windlass_kube::{Kubeconfig, MissingKubeconfigs, Patience};
use windlass_model::plan::Target;
use windlass_model::settings::{ClusterMapping, PodSettings};
use windlass_model::task::{ClusterRequest, Placement, Task};

use crate::args::{Global, On, PluginFiles, SecretOptions, TargetOptions, VariableOptions};
use crate::drivers::short_patience;
use crate::environment::ProcessEnvironment;
use crate::failure::Failure;
use crate::generated::How;
use crate::kubeconfig;
use crate::output;
use crate::placement::{Said, Voice, Where, any_cluster};
use crate::plugins::bundled::Bundled;
use crate::project::Project;
use crate::reading::ProjectError;
use crate::trust::Trust;
use crate::voices::{self, Found, Voices};

/// The places to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// Each once.
    pub targets: BTreeSet<Target>,
    /// Those that a run goes to: what the command line names, where the file's tasks run; without tasks, the current context; and
    /// the engine, where nothing else is known.
    pub needed: BTreeSet<Target>,
    /// What is left out, each with the reason.
    pub left_out: BTreeSet<String>,
    /// Kubeconfigs whose contexts nobody knows, so that pods may stand in places that are not among these.
    pub unread: Option<Unread>,
    /// How long to wait for each.
    pub patience: Patience,
    /// What the platform says of the pods in each.
    pub pods: BTreeMap<Target, PodSettings>,
}

/// Kubeconfigs that are not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Which.
    pub files: MissingKubeconfigs,
    /// Whether runs would go to a cluster.
    pub needed: bool,
}

impl Places {
    /// Whether what stands in a place cannot be told without its answer: a cluster always, for pods of any run may stand there, and an
    /// engine where runs go to it.
    pub fn must_answer(&self, target: &Target) -> bool {
        *target != Target::Engine || self.needed.contains(target)
    }
}

/// Finds them: what the command line names, else where the tasks of this directory's file run, the clusters of the settings, the current
/// context and this machine's engine. What a project chose and nobody trusts, and what policy forbids, is left out with a note.
///
/// # Errors
/// When the options contradict each other, policy forbids what they name, or the kubeconfig or a settings file is wrong.
pub async fn find(global: &Global, options: &TargetOptions) -> Result<Places, Failure> {
    let nothing = PluginFiles::default();
    let asked = (&VariableOptions::default(), &SecretOptions::default());
    let read = Project::read_with(global, asked, Bundled::default(), How::silent(&nothing)).await;
    let (read, unknown) = match read {
        Ok((project, wrong)) if wrong.is_empty() => (Ok(project), None),
        Ok((_, wrong)) => (Err(ProjectError::of_files(wrong)), None),
        // What can be told without them is told.
        Err(error) => match Project::read(global, asked, &ProcessEnvironment) {
            Ok(project) => (Ok(project), Some(error)),
            Err(error) => (Err(error), None),
        },
    };
    let mut places = of_project(global, options, read)?;
    let why = |error: &ProjectError| match error {
        ProjectError::Other(failure) => failure.causes(),
        ProjectError::NoFile(_) | ProjectError::Files { .. } => "windlass check shows why".to_owned(),
    };
    places.left_out.extend(unknown.map(|error| format!("the places of tasks that plugins make were left out: {}", why(&error))));
    for line in &places.left_out {
        output::progress(&format!("note: {line}"));
    }
    Ok(places)
}

/// Finds them without the tasks that plugins make, and says nothing of what is left out.
///
/// # Errors
/// As [`find`].
pub fn look(global: &Global, options: &TargetOptions) -> Result<Places, Failure> {
    let read = Project::read(global, (&VariableOptions::default(), &SecretOptions::default()), &ProcessEnvironment);
    of_project(global, options, read)
}

/// Finds those of a project that was read, and says nothing of what is left out.
///
/// # Errors
/// As [`find`].
pub fn of_project(global: &Global, options: &TargetOptions, read: Result<Project, ProjectError>) -> Result<Places, Failure> {
    let kubeconfig = kubeconfig::usual()?;
    let (tasks, voices, trust) = match read {
        Ok(project) => {
            let place = Where::new(options, &project.settings, kubeconfig.as_ref())?;
            let trust = Trust::look(global, &project, &place, &ProcessEnvironment);
            (project.configuration.tasks, project.voices, trust)
        }
        Err(ProjectError::NoFile(_)) if global.file.is_none() => {
            let found = Found { named: &global.settings, beside: None };
            let voices = voices::find(found, &ProcessEnvironment).map_err(|error| error.show(global))?;
            (Vec::new(), voices, Trust::nothing())
        }
        Err(error) => return Err(error.show(global)),
    };
    let known = Known { tasks: &tasks, voices: &voices, trust: &trust };
    let mut places = of(&known, options, kubeconfig.as_ref())?;
    if options.on != Some(On::Engine) && options.context.is_none() {
        let names_cluster =
            |task: &Task| task.instance.as_ref().is_some_and(|instance| matches!(instance.placement, Placement::Cluster(_)));
        match windlass_kube::missing_kubeconfigs() {
            Some(files) if files.all => {
                places.unread = Some(Unread { files, needed: tasks.is_empty() || tasks.iter().any(names_cluster) });
            }
            Some(files) => places.left_out.extend([format!("contexts were left out: {files}")]),
            None => {}
        }
    }
    Ok(places)
}

/// What decides where to look, besides the command line.
struct Known<'a> {
    tasks: &'a [Task],
    voices: &'a Voices,
    trust: &'a Trust,
}

fn of(known: &Known<'_>, options: &TargetOptions, kubeconfig: Option<&Kubeconfig>) -> Result<Places, Failure> {
    let (settings, platform) = (known.voices.settings(), known.voices.platform());
    let place = Where::new(options, &settings, kubeconfig)?;
    let patience = short_patience(&settings);
    if options.on == Some(On::Engine) {
        let engine = BTreeSet::from([Target::Engine]);
        return Ok(Places {
            targets: engine.clone(),
            needed: engine,
            left_out: BTreeSet::new(),
            unread: None,
            patience,
            pods: BTreeMap::new(),
        });
    }
    // Looking is harmless, so here the current context may stand for a cluster that nothing names.
    let on_kube = TargetOptions { on: Some(On::Kube), ..options.clone() };
    let current = Where::new(&on_kube, &settings, kubeconfig)?;
    let of_task = |task: &Task| {
        let placement = &task.instance.as_ref()?.placement;
        let found = |place: &Where<'_>, placement: &Placement, runs: bool| {
            Some((place.of(placement).ok()?, place.said_by(placement, &platform), runs))
        };
        let Placement::Cluster(request) = placement else { return found(&place, placement, true) };
        let namespace_only = ClusterRequest { namespace: request.namespace.clone(), ..any_cluster() };
        found(&place, placement, true).or_else(|| found(&current, &Placement::Cluster(namespace_only), false))
    };
    // Where each is, who says so, and whether runs go there.
    let mut candidates: Vec<(Target, Said, bool)> = known.tasks.iter().filter_map(of_task).collect();
    let no_tasks = candidates.is_empty();
    let here = current.of(&Placement::Cluster(any_cluster()));
    let said_here = current.said_by(&Placement::Cluster(any_cluster()), &platform);
    let named = options.on.is_some() || options.context.is_some();
    if named {
        let here = here.map_err(|error| Failure::Usage { message: error.problem, help: error.ways })?;
        check(known.voices, &here)?;
        candidates.retain(|(target, ..)| *target != Target::Engine);
        candidates.push((here, said_here, true));
    } else {
        let of_tasks: BTreeSet<Target> = candidates.iter().map(|(target, ..)| target.clone()).collect();
        let used = settings.clusters.iter().filter(|mapping| options.namespace.is_some() || !is_unused(mapping, &of_tasks));
        candidates.extend(used.map(|mapping| {
            let voice = if platform.clusters.contains(mapping) { Voice::Platform } else { Voice::Repository };
            let namespace = if options.namespace.is_some() { Voice::CommandLine } else { voice };
            (of_mapping(mapping, options.namespace.as_deref()), Said { context: voice, namespace }, false)
        }));
        candidates.extend(here.ok().map(|here| (here, said_here, no_tasks)));
        let alone = candidates.is_empty();
        candidates.extend(options.namespace.is_none().then_some((Target::Engine, said_here, alone)));
    }
    let mut left_out = BTreeMap::new();
    let (mut targets, mut needed) = (BTreeSet::new(), BTreeSet::new());
    for (target, said, runs) in candidates {
        if check(known.voices, &target).is_err() {
            let note = format!("{target} was left out: `policy: {{contexts: […]}}` does not list it");
            left_out.insert(target, note);
        } else if !known.trust.allows_target(&target, said, &platform) {
            left_out.insert(target.clone(), format!("{target} was left out: {}", untrusted(&target, said)));
        } else {
            needed.extend((runs || named).then(|| target.clone()));
            targets.insert(target);
        }
    }
    // What somebody else chose as well is looked at after all.
    left_out.retain(|target, _| !targets.contains(target));
    // What a project says of pods speaks for the pods of its own tasks.
    let alone = Voices { platform: known.voices.platform.clone(), repository: None };
    let of_platform = Where::new(options, &platform, kubeconfig)?;
    let pods = |target: &Target| SaidOfPods::together(&alone.pods(of_platform.mapping(&Placement::Engine, target)));
    let pods = targets.iter().map(|target| (target.clone(), pods(target))).collect();
    Ok(Places { targets, needed, left_out: left_out.into_values().collect(), unread: None, patience, pods })
}

/// Why a place is left out that nobody trusts, and what leads there all the same.
fn untrusted(target: &Target, said: Said) -> String {
    match (said.context, target) {
        // No cluster of the project's is known to be here, so there is nothing that could be trusted once and for all.
        (Voice::CommandLine, Target::Kube { context, namespace, .. }) => {
            format!("the project chose its namespace; --context {context} --namespace {namespace} looks there")
        }
        (Voice::Platform, _) => "the project chose its namespace, and you have not trusted it (windlass trust)".to_owned(),
        _ => "the project chose it, and you have not trusted it (windlass trust)".to_owned(),
    }
}

/// Where the pods of a mapping's tasks stand that name no namespace.
pub fn of_mapping(mapping: &ClusterMapping, namespace: Option<&str>) -> Target {
    Target::Kube {
        kubeconfig: mapping.kubeconfig.clone(),
        context: mapping.context.clone(),
        namespace: namespace.or(mapping.namespace.as_deref()).unwrap_or("default").to_owned(),
    }
}

/// Whether no task stands in the namespace that a mapping has for tasks that name none: there are tasks on its cluster, and each names its own.
pub fn is_unused(mapping: &ClusterMapping, of_tasks: &BTreeSet<Target>) -> bool {
    let here = of_mapping(mapping, None);
    let on_cluster = |target: &Target| match target {
        Target::Kube { kubeconfig, context, .. } => *kubeconfig == mapping.kubeconfig && *context == mapping.context,
        Target::Engine | Target::Open { .. } => false,
    };
    mapping.namespace.is_none() && !of_tasks.contains(&here) && of_tasks.iter().any(on_cluster)
}

/// Refuses a place that policy does not list.
///
/// # Errors
/// When it is not listed.
pub fn check(voices: &Voices, target: &Target) -> Result<(), Failure> {
    match target {
        Target::Kube { context, namespace, .. } => check_place(voices, context, namespace),
        Target::Engine | Target::Open { .. } => Ok(()),
    }
}

/// The same of a namespace of a cluster.
///
/// # Errors
/// When it is not listed.
pub fn check_place(voices: &Voices, context: &str, namespace: &str) -> Result<(), Failure> {
    let Some(layer) = voices.layers().find(|layer| !layer.settings.policy.allows_place(context, namespace)) else {
        return Ok(());
    };
    let file = layer.name();
    let problem = format!("context {context}, namespace {namespace} is not among `policy: {{contexts: […]}}` of {file}");
    Err(Failure::usage(
        problem,
        format!("choose one that is, or ask whoever maintains {file} to add `{context}/{namespace}` there"),
    ))
}

#[cfg(test)]
mod tests;
