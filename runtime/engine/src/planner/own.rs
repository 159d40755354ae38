//! Which containers are a step's own: where its plugin runs commands without reaching anything of the task.

use std::collections::BTreeSet;

use windlass_model::digest::Digest;
use windlass_model::plan::{PluginCall, StepAction, StepPlan};
use windlass_model::plugin::Requirements;
use windlass_model::pod::MAIN;
use windlass_model::task::Sidecar;

/// Gives each plugin step the names of its own containers. `required` has the answers of the plugin steps, in their order.
pub(super) fn mark(sidecars: &[Sidecar], steps: &mut [StepPlan], required: &[Requirements]) {
    let of_task: BTreeSet<&str> = sidecars.iter().map(|sidecar| sidecar.name.as_str()).chain([MAIN]).collect();
    let mut calls: Vec<&mut PluginCall> = steps.iter_mut().filter_map(call).collect();
    let brought: Vec<(Digest, BTreeSet<String>)> =
        calls.iter().zip(required).map(|(call, needs)| (call.plugin.digest.clone(), names(needs))).collect();
    for (call, (digest, names)) in calls.iter_mut().zip(&brought) {
        let another = |name: &&String| brought.iter().any(|(other, theirs)| other != digest && theirs.contains(*name));
        let own = names.iter().filter(|name| !of_task.contains(name.as_str()) && !another(name));
        call.own_containers = own.cloned().collect();
    }
}

fn call(step: &mut StepPlan) -> Option<&mut PluginCall> {
    match &mut step.action {
        StepAction::Plugin(call) => Some(call),
        StepAction::Workspace | StepAction::File { .. } => None,
    }
}

/// One that is left out, because the task has another that serves, is in no pod: its name opens nothing.
fn names(needs: &Requirements) -> BTreeSet<String> {
    needs.containers.iter().map(|required| required.container.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use windlass_model::image::ImageReference;
    use windlass_model::plugin::{ContainerRequirement, Grants, PluginInfo, PluginKind, Powers};
    use windlass_model::pod::{ContainerPlan, Process, Security};
    use windlass_model::quantity::{MebiBytes, MilliCpu, Resources};
    use windlass_model::task::{PluginReference, When};

    use super::*;

    /// A step of a plugin, known by one byte, that brings a container.
    fn brings(plugin: u8, container: &str) -> (StepPlan, Requirements) {
        let info = PluginInfo {
            reference: PluginReference::BuiltIn("p".into()),
            name: "p".into(),
            version: "1".into(),
            kind: PluginKind::Step,
            interface: "0.1.0".into(),
            digest: Digest::from_sha256([plugin; 32]),
            description: String::new(),
            schema: serde_json::Value::Null,
            asks: Powers::default(),
            reasons: BTreeMap::new(),
            honours: Vec::new(),
            facts: BTreeMap::new(),
        };
        let call = PluginCall {
            plugin: info,
            request: serde_json::Value::Null,
            container: MAIN.into(),
            grants: Grants::default(),
            own_containers: BTreeSet::new(),
            build: None,
        };
        let action = StepAction::Plugin(Box::new(call));
        let step = StepPlan { name: "s".into(), when: When::OnSuccess, unless: None, background: false, action, line: 1 };
        let container = ContainerPlan {
            name: container.into(),
            image: ImageReference::open("i"),
            process: Process::Supervised,
            env: Vec::new(),
            resources: Resources { cpu: MilliCpu(1), memory: MebiBytes(1), greedy: false },
            security: Security::default(),
            ports: Vec::new(),
            mounts: Vec::new(),
            files: BTreeMap::new(),
            readiness: Vec::new(),
            brought_by: None,
        };
        let containers = vec![ContainerRequirement { container, unless_port: Vec::new() }];
        (step, Requirements { containers, ..Requirements::default() })
    }

    fn own(brought: Vec<(StepPlan, Requirements)>) -> Vec<Vec<String>> {
        let (mut steps, required): (Vec<_>, Vec<_>) = brought.into_iter().unzip();
        mark(&[], &mut steps, &required);
        steps.iter_mut().filter_map(call).map(|call| call.own_containers.iter().cloned().collect()).collect()
    }

    /// A plugin that names its container after another's would read there what that one was given.
    #[test]
    fn a_container_is_own_unless_the_task_or_another_plugin_has_one_of_the_name() {
        assert_eq!(own(vec![brings(1, "kaniko"), brings(1, "kaniko")]), [["kaniko"], ["kaniko"]]);
        assert_eq!(own(vec![brings(1, "kaniko"), brings(2, "other")]), [["kaniko"], ["other"]]);
        assert_eq!(own(vec![brings(1, "kaniko"), brings(2, "kaniko")]), [Vec::<String>::new(), Vec::new()]);
        assert_eq!(own(vec![brings(1, MAIN)]), [Vec::<String>::new()]);
    }
}
