//! The places where pods of windlass may stand: what `ls`, `gc` and `doctor` look at.

use std::collections::BTreeSet;

use windlass_kube::Kubeconfig;
use windlass_model::plan::Target;
use windlass_model::settings::Settings;
use windlass_model::task::{ClusterRequest, Placement, Task};

use crate::args::{Global, On, TargetOptions, VariableOptions};
use crate::environment::ProcessEnvironment;
use crate::failure::Failure;
use crate::placement::{Where, any_cluster};
use crate::prepare;
use crate::project::{Project, ProjectError};

/// The places to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// Each once.
    pub targets: BTreeSet<Target>,
    /// Whether the command line named them: then each must answer.
    pub named: bool,
}

/// Finds them: what the command line names, else where the tasks of this directory's file run, the clusters of
/// `windlass.yaml`, the current context and this machine's engine.
///
/// # Errors
/// When the options contradict each other, or the kubeconfig or `windlass.yaml` is wrong.
pub fn find(global: &Global, options: &TargetOptions) -> Result<Places, Failure> {
    let kubeconfig = prepare::kubeconfig()?;
    let (tasks, settings) = project(global)?;
    of(&tasks, &settings, options, kubeconfig.as_ref())
}

/// The tasks and settings of this directory; a directory without a task file has none.
fn project(global: &Global) -> Result<(Vec<Task>, Settings), Failure> {
    match Project::read(global, &VariableOptions::default(), &ProcessEnvironment) {
        Ok(project) => Ok((project.configuration.tasks, project.settings)),
        Err(ProjectError::NoFile(_)) if global.file.is_none() => Ok(<(Vec<Task>, Settings)>::default()),
        Err(error) => Err(error.show(global)),
    }
}

fn of(tasks: &[Task], settings: &Settings, options: &TargetOptions, kubeconfig: Option<&Kubeconfig>) -> Result<Places, Failure> {
    let place = Where::new(options, settings, kubeconfig)?;
    if options.on == Some(On::Engine) {
        return Ok(Places { targets: [Target::Engine].into(), named: true });
    }
    // Looking is harmless, so here the current context may stand for a cluster that nothing names.
    let on_kube = TargetOptions { on: Some(On::Kube), ..options.clone() };
    let current = Where::new(&on_kube, settings, kubeconfig)?;
    let of_task = |task: &Task| {
        let placement = &task.instance.as_ref()?.placement;
        let Placement::Cluster(request) = placement else { return place.of(placement).ok() };
        let namespace_only = ClusterRequest { namespace: request.namespace.clone(), ..any_cluster() };
        place.of(placement).or_else(|_| current.of(&Placement::Cluster(namespace_only))).ok()
    };
    let of_tasks = tasks.iter().filter_map(of_task);
    let here = current.of(&Placement::Cluster(any_cluster()));
    if options.on.is_some() || options.context.is_some() {
        let here = here.map_err(|error| Failure::Usage { message: error.problem, help: error.ways })?;
        let on_clusters = of_tasks.filter(|target| *target != Target::Engine);
        return Ok(Places { targets: on_clusters.chain([here]).collect(), named: true });
    }
    let of_settings = settings.clusters.iter().map(|mapping| Target::Kube {
        kubeconfig: mapping.kubeconfig.clone(),
        context: mapping.context.clone(),
        namespace: options.namespace.clone().or_else(|| mapping.namespace.clone()).unwrap_or_else(|| "default".into()),
    });
    let engine = options.namespace.is_none().then_some(Target::Engine);
    Ok(Places { targets: of_tasks.chain(of_settings).chain(here.ok()).chain(engine).collect(), named: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(file: &str, options: &TargetOptions) -> Vec<String> {
        let source = windlass_config::Source::new("tasks", file);
        let tasks = windlass_config::load(&source, &windlass_config::Context::default()).expect("a task file").tasks;
        let kubeconfig = serde_json::json!({
            "contexts": [{ "name": "here", "context": { "cluster": "c", "user": "u", "namespace": "mine" } }],
            "current-context": "here",
        });
        let kubeconfig: Kubeconfig = serde_json::from_value(kubeconfig).expect("a kubeconfig");
        let places = of(&tasks, &Settings::default(), options, Some(&kubeconfig)).expect("places");
        places.targets.iter().map(ToString::to_string).collect()
    }

    const FILE: &str = "a_task:\n  gke_container: {image: a, cluster_name: elsewhere, namespace: ci}\n  x_script: y\n";

    #[test]
    fn the_namespaces_of_tasks_are_looked_at_and_the_current_one_and_the_engine() {
        let all = found(FILE, &TargetOptions::default());
        assert_eq!(all, ["context here, namespace ci", "context here, namespace mine", "the container engine of this machine"]);
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
