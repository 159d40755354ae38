//! The places where pods of windlass may stand: what `ls`, `gc` and `doctor` look at.

use std::collections::{BTreeMap, BTreeSet};

use windlass_kube::{Kubeconfig, Patience};
use windlass_model::plan::Target;
use windlass_model::settings::ClusterMapping;
use windlass_model::task::{ClusterRequest, Placement, Task};

use crate::args::{Global, On, TargetOptions, VariableOptions};
use crate::drivers::short_patience;
use crate::environment::ProcessEnvironment;
use crate::failure::Failure;
use crate::output;
use crate::placement::{Said, Voice, Where, any_cluster};
use crate::prepare;
use crate::project::{Project, ProjectError};
use crate::trust::Trust;
use crate::voices::{self, Found, Voices};

/// The places to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// Each once.
    pub targets: BTreeSet<Target>,
    /// Whether the command line named them: then each must answer.
    pub named: bool,
    /// How long to wait for each.
    pub patience: Patience,
}

/// Finds them: what the command line names, else where the tasks of this directory's file run, the clusters of the settings, the current
/// context and this machine's engine. What a project chose and nobody trusts, and what policy forbids, is left out with a note.
///
/// # Errors
/// When the options contradict each other, policy forbids what they name, or the kubeconfig or a settings file is wrong.
pub fn find(global: &Global, options: &TargetOptions) -> Result<Places, Failure> {
    let kubeconfig = prepare::kubeconfig()?;
    let (tasks, voices, trust) = match Project::read(global, &VariableOptions::default(), &ProcessEnvironment) {
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
    let (places, left_out) = of(&known, options, kubeconfig.as_ref())?;
    for line in left_out {
        output::progress(&format!("note: {line}"));
    }
    Ok(places)
}

/// What decides where to look, besides the command line.
struct Known<'a> {
    tasks: &'a [Task],
    voices: &'a Voices,
    trust: &'a Trust,
}

fn of(
    known: &Known<'_>,
    options: &TargetOptions,
    kubeconfig: Option<&Kubeconfig>,
) -> Result<(Places, BTreeSet<String>), Failure> {
    let (settings, platform) = (known.voices.settings(), known.voices.platform());
    let place = Where::new(options, &settings, kubeconfig)?;
    let patience = short_patience(&settings);
    if options.on == Some(On::Engine) {
        return Ok((Places { targets: [Target::Engine].into(), named: true, patience }, BTreeSet::new()));
    }
    // Looking is harmless, so here the current context may stand for a cluster that nothing names.
    let on_kube = TargetOptions { on: Some(On::Kube), ..options.clone() };
    let current = Where::new(&on_kube, &settings, kubeconfig)?;
    let of_task = |task: &Task| {
        let placement = &task.instance.as_ref()?.placement;
        let found =
            |place: &Where<'_>, placement: &Placement| Some((place.of(placement).ok()?, place.said_by(placement, &platform)));
        let Placement::Cluster(request) = placement else { return found(&place, placement) };
        let namespace_only = ClusterRequest { namespace: request.namespace.clone(), ..any_cluster() };
        found(&place, placement).or_else(|| found(&current, &Placement::Cluster(namespace_only)))
    };
    let mut candidates: Vec<(Target, Said)> = known.tasks.iter().filter_map(of_task).collect();
    let here = current.of(&Placement::Cluster(any_cluster()));
    let said_here = current.said_by(&Placement::Cluster(any_cluster()), &platform);
    let named = options.on.is_some() || options.context.is_some();
    if named {
        let here = here.map_err(|error| Failure::Usage { message: error.problem, help: error.ways })?;
        check(known.voices, &here)?;
        candidates.retain(|(target, _)| *target != Target::Engine);
        candidates.push((here, said_here));
    } else {
        candidates.extend(settings.clusters.iter().map(|mapping| {
            let voice = if platform.clusters.contains(mapping) { Voice::Platform } else { Voice::Repository };
            let namespace = if options.namespace.is_some() { Voice::CommandLine } else { voice };
            (of_mapping(mapping, options.namespace.as_deref()), Said { context: voice, namespace })
        }));
        candidates.extend(here.ok().map(|here| (here, said_here)));
        candidates.extend(options.namespace.is_none().then_some((Target::Engine, said_here)));
    }
    let mut left_out = BTreeMap::new();
    let mut targets = BTreeSet::new();
    for (target, said) in candidates {
        if check(known.voices, &target).is_err() {
            let note = format!("{target} was left out: `policy: {{contexts: […]}}` does not list it");
            left_out.insert(target, note);
        } else if !known.trust.allows_target(&target, said, &platform) {
            let note = format!("{target} was left out: the project chose it, and you have not trusted it (windlass trust)");
            left_out.insert(target, note);
        } else {
            targets.insert(target);
        }
    }
    // What somebody else chose as well is looked at after all.
    left_out.retain(|target, _| !targets.contains(target));
    Ok((Places { targets, named, patience }, left_out.into_values().collect()))
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
    Err(Failure::usage(problem, format!("choose a place that is, or let who keeps {file} add `{context}/{namespace}` there")))
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
        let (places, _) = of(&known, options, Some(&kubeconfig)).expect("places");
        places.targets.iter().map(ToString::to_string).collect()
    }

    const FILE: &str = "a_task:\n  gke_container: {image: a, cluster_name: elsewhere, namespace: ci}\n  x_script: y\n";

    #[test]
    fn the_namespaces_of_tasks_are_looked_at_and_the_current_one_and_the_engine() {
        let all = found(FILE, &TargetOptions::default());
        assert_eq!(all, ["context here, namespace ci", "context here, namespace mine", "the container engine of this machine"]);
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
        let settings = windlass_config::load_settings(&windlass_config::Source::new(
            "s",
            "clusters: [{cluster_name: x, context: here, namespace: mine}]\n",
        ));
        let layer = voices::Layer { file: "windlass.yaml".into(), settings: settings.expect("settings") };
        let voices = Voices { repository: Some(layer), ..Voices::default() };
        let kubeconfig = serde_json::json!({
            "contexts": [{ "name": "here", "context": { "cluster": "c", "user": "u", "namespace": "mine" } }],
            "current-context": "here",
        });
        let kubeconfig: Kubeconfig = serde_json::from_value(kubeconfig).expect("a kubeconfig");
        let known = Known { tasks: &[], voices: &voices, trust: &Trust::nothing() };
        let (places, left_out) = of(&known, &TargetOptions::default(), Some(&kubeconfig)).expect("places");
        assert!(places.targets.iter().any(|target| target.to_string() == "context here, namespace mine"), "{places:?}");
        assert_eq!(left_out, BTreeSet::new());
    }

    #[test]
    fn what_is_named_is_all_that_is_looked_at() {
        let options = |on, namespace: Option<&str>| TargetOptions {
            on,
            namespace: namespace.map(str::to_owned),
            ..TargetOptions::default()
        };
        assert_eq!(found(FILE, &options(Some(On::Engine), None)), ["the container engine of this machine"]);
        assert_eq!(found(FILE, &options(Some(On::Kube), Some("other"))), ["context here, namespace other"]);
    }
}
