//! The places where pods of windlass may stand: what `ls`, `gc` and `doctor` look at.

use std::collections::BTreeSet;

use windlass_kube::Kubeconfig;
use windlass_model::plan::Target;
use windlass_model::settings::Settings;
use windlass_model::task::{Placement, Task};

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
    let cluster = Placement::Cluster(any_cluster());
    let named = options.on.is_some() || options.context.is_some();
    if named {
        let target = place.of(&cluster).map_err(|error| Failure::Usage { message: error.problem, help: error.ways })?;
        return Ok(Places { targets: [target].into(), named });
    }
    let of_tasks = tasks.iter().filter_map(|task| place.of(&task.instance.as_ref()?.placement).ok());
    let of_settings = settings.clusters.iter().map(|mapping| Target::Kube {
        kubeconfig: mapping.kubeconfig.clone(),
        context: mapping.context.clone(),
        namespace: options.namespace.clone().or_else(|| mapping.namespace.clone()).unwrap_or_else(|| "default".into()),
    });
    let on_kube = TargetOptions { on: Some(On::Kube), ..options.clone() };
    let current = Where::new(&on_kube, settings, kubeconfig)?.of(&cluster).ok();
    let engine = options.namespace.is_none().then_some(Target::Engine);
    let targets = of_tasks.chain(of_settings).chain(current).chain(engine).collect();
    Ok(Places { targets, named })
}
