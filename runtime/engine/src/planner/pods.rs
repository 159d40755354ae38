//! What settings say of all pods of a cluster, brought together with what a task and its plugins ask for: pure.

use windlass_model::pod::PodPlan;
use windlass_model::settings::PodSettings;

use super::policy::Finding;

/// What one settings file says of the pods of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaidOfPods {
    /// The file, as a person would name it.
    pub file: String,
    /// What it says.
    pub pods: PodSettings,
}

impl SaidOfPods {
    /// What several files say together, those that speak first before the others.
    pub fn together(said: &[Self]) -> PodSettings {
        said.iter().fold(PodSettings::default(), |all, said| all.narrowed(said.pods.clone()))
    }
}

/// Gives a pod what the files say, the first of which speaks first. What containers ask for against that is found: settings are not passed over,
/// and a task does not come to something else than it asks for.
pub(super) fn apply(said: &[SaidOfPods], pod: &mut PodPlan) -> Vec<Finding> {
    let mut found = Vec::new();
    for SaidOfPods { file, pods } in said {
        for container in &pod.containers {
            let forbidden = pods.security.forbids(&container.security).into_iter();
            found.extend(forbidden.map(|(what, by)| Finding::forbidden(container, &what, by, file)));
        }
    }
    let all = SaidOfPods::together(said);
    for container in &mut pod.containers {
        container.security = all.security.applied_to(&container.security, container.brought_by.is_none());
    }
    pod.fields = all.fields;
    found
}
