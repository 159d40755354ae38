//! The places where pods of windlass may stand: what `ls`, `gc` and `doctor` look at.

use std::collections::{BTreeMap, BTreeSet};

use windlass_engine::planner::SaidOfPods;
use windlass_kube::{Kubeconfig, Patience};
use windlass_model::plan::Target;
use windlass_model::settings::{ClusterMapping, PodSettings};
use windlass_model::task::{ClusterRequest, Placement, Task};

use crate::args::{Global, On, TargetOptions, VariableOptions};
use crate::drivers::short_patience;
use crate::environment::ProcessEnvironment;
use crate::failure::Failure;
use crate::kubeconfig;
use crate::output;
use crate::placement::{Said, Voice, Where, any_cluster};
use crate::project::Project;
use crate::reading::ProjectError;
use crate::trust::{Doing, Trust};
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
    /// How long to wait for each.
    pub patience: Patience,
    /// What the platform says of the pods in each.
    pub pods: BTreeMap<Target, PodSettings>,
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
pub fn find(global: &Global, options: &TargetOptions) -> Result<Places, Failure> {
    let places = look(global, options)?;
    for line in &places.left_out {
        output::progress(&format!("note: {line}"));
    }
    Ok(places)
}

/// Finds them, and says nothing of what is left out.
///
/// # Errors
/// As [`find`].
pub fn look(global: &Global, options: &TargetOptions) -> Result<Places, Failure> {
    let kubeconfig = kubeconfig::usual()?;
    let (tasks, voices, trust) = match Project::read(global, &VariableOptions::default(), &ProcessEnvironment) {
        Ok(project) => {
            let place = Where::new(options, &project.settings, kubeconfig.as_ref())?;
            let trust = Trust::look(global, &project, &place, &Doing::Anything, &ProcessEnvironment);
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
    of(&known, options, kubeconfig.as_ref())
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
        candidates.extend(settings.clusters.iter().map(|mapping| {
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
            let note = format!("{target} was left out: the project chose it, and you have not trusted it (windlass trust)");
            left_out.insert(target, note);
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
    Ok(Places { targets, needed, left_out: left_out.into_values().collect(), patience, pods })
}

/// Where the pods of a mapping's tasks stand that name no namespace.
pub fn of_mapping(mapping: &ClusterMapping, namespace: Option<&str>) -> Target {
    Target::Kube {
        kubeconfig: mapping.kubeconfig.clone(),
        context: mapping.context.clone(),
        namespace: namespace.or(mapping.namespace.as_deref()).unwrap_or("default").to_owned(),
    }
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
mod tests {
    use super::*;

    fn found(file: &str, options: &TargetOptions) -> Vec<String> {
        looked_at(file, options, &Trust::of_all())
    }

    fn looked_at(file: &str, options: &TargetOptions, trust: &Trust) -> Vec<String> {
        let source = windlass_config::Source::new("tasks", file);
        let tasks = windlass_config::load(&source, &windlass_config::Context::default()).expect("a task file").tasks;
        let kubeconfig = serde_json::json!({
            "contexts": [{ "name": "here", "context": { "cluster": "c", "user": "u", "namespace": "mine" } }],
            "current-context": "here",
        });
        let kubeconfig: Kubeconfig = serde_json::from_value(kubeconfig).expect("a kubeconfig");
        let known = Known { tasks: &tasks, voices: &Voices::default(), trust };
        let places = of(&known, options, Some(&kubeconfig)).expect("places");
        let mark = |target: &Target| if places.needed.contains(target) { format!("{target}!") } else { target.to_string() };
        places.targets.iter().map(mark).collect()
    }

    const FILE: &str = "a_task:\n  gke_container: {image: a, cluster_name: elsewhere, namespace: ci}\n  x_script: y\n";

    #[test]
    fn the_namespaces_of_tasks_are_looked_at_and_the_current_one_and_the_engine() {
        let all = found(FILE, &TargetOptions::default());
        assert_eq!(all, ["context here, namespace ci", "context here, namespace mine", "the container engine of this machine"]);
    }

    /// Where runs go, nothing may be missing: marked with `!`.
    #[test]
    fn where_runs_go_is_needed() {
        let options = TargetOptions::default();
        let mine = FILE.replace("cluster_name: elsewhere", "context: here");
        assert_ne!(mine, FILE);
        let mine = mine.replace("gke_container", "kubernetes_container");
        let all = ["context here, namespace ci!", "context here, namespace mine", "the container engine of this machine"];
        assert_eq!(found(&mine, &options), all);
        assert_eq!(found("", &options), ["context here, namespace mine!", "the container engine of this machine"]);
        let plain = "a_task:\n  container: {image: a}\n  x_script: y\n";
        assert_eq!(found(plain, &options), ["context here, namespace mine", "the container engine of this machine!"]);
    }

    /// A file that nobody trusts leads `ls`, `gc` and `doctor` nowhere.
    #[test]
    fn what_only_the_file_chose_is_left_out_without_trust() {
        let all = looked_at(FILE, &TargetOptions::default(), &Trust::nothing());
        assert_eq!(all, ["context here, namespace mine", "the container engine of this machine"]);
    }

    /// A place that the project chose and that is the user's own anyway is looked at, and no note says otherwise.
    #[test]
    fn no_place_is_left_out_and_looked_at() {
        let text = "clusters: [{cluster_name: x, context: here, namespace: mine}]\n";
        let settings = windlass_config::load_settings(&windlass_config::Source::new("s", text)).expect("settings");
        let layer = voices::Layer { file: "windlass.yaml".into(), settings, text: text.into() };
        let voices = Voices { repository: Some(layer), ..Voices::default() };
        let kubeconfig = serde_json::json!({
            "contexts": [{ "name": "here", "context": { "cluster": "c", "user": "u", "namespace": "mine" } }],
            "current-context": "here",
        });
        let kubeconfig: Kubeconfig = serde_json::from_value(kubeconfig).expect("a kubeconfig");
        let known = Known { tasks: &[], voices: &voices, trust: &Trust::nothing() };
        let places = of(&known, &TargetOptions::default(), Some(&kubeconfig)).expect("places");
        assert!(places.targets.iter().any(|target| target.to_string() == "context here, namespace mine"), "{places:?}");
        assert_eq!(places.left_out, BTreeSet::new());
    }

    #[test]
    fn what_is_named_is_all_that_is_looked_at() {
        let options = |on, namespace: Option<&str>| TargetOptions {
            on,
            namespace: namespace.map(str::to_owned),
            ..TargetOptions::default()
        };
        assert_eq!(found(FILE, &options(Some(On::Engine), None)), ["the container engine of this machine!"]);
        assert_eq!(found(FILE, &options(Some(On::Kube), Some("other"))), ["context here, namespace other!"]);
    }
}
