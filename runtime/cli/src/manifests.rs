//! The Kubernetes objects of a plan, as they will be created.

use std::collections::BTreeMap;

use windlass_kube::manifest::{Manifests, Show};
use windlass_model::plan::Plan;
use windlass_model::task::TaskId;

use crate::failure::Failure;

/// The objects of each task that runs on Kubernetes, as YAML documents. Values of secrets are hidden, and of the agent only
/// the digest is shown.
///
/// # Errors
/// When a task's node selector terms are not Kubernetes'.
pub fn of_plan(plan: &Plan) -> Result<BTreeMap<TaskId, String>, Failure> {
    let agent = crate::drivers::agent();
    let mut manifests = BTreeMap::new();
    for task in &plan.tasks {
        let Some(namespace) = task.target.namespace() else { continue };
        let wrong = |message: String| Failure::usage(format!("task {}: {message}", task.name), "correct the task file");
        let objects = Manifests::new(&task.pod, namespace, &agent, None).map_err(|error| wrong(error.to_string()))?;
        let yaml = objects.to_yaml(Show::Outline).map_err(|error| wrong(error.to_string()))?;
        manifests.insert(task.id, yaml);
    }
    Ok(manifests)
}
