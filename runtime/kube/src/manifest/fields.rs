//! What settings add to the pod beside its containers.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{PodSecurityContext, Toleration};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use windlass_model::pod::PodPlan;
use windlass_model::pod_fields;

/// The pod's metadata with the labels and annotations of the settings. Windlass' own stay what they are: it knows its pods by them. What belongs to
/// the pod has only those.
pub(super) fn metadata(plan: &PodPlan, own: ObjectMeta) -> ObjectMeta {
    let with = |said: &BTreeMap<String, String>, own: Option<BTreeMap<String, String>>| {
        let mut all = said.clone();
        all.extend(own.unwrap_or_default());
        Some(all)
    };
    let labels = with(&plan.fields.labels, own.labels);
    let annotations = with(&plan.fields.annotations, own.annotations);
    ObjectMeta { labels, annotations, ..own }
}

/// The labels that the node must have; the architecture is that of the agent.
pub(super) fn node_selector(plan: &PodPlan) -> BTreeMap<String, String> {
    let mut selector = plan.fields.node_selector.clone();
    selector.insert("kubernetes.io/arch".to_owned(), plan.architecture.as_str().to_owned());
    selector
}

pub(super) fn tolerations(plan: &PodPlan) -> Option<Vec<Toleration>> {
    let tolerations = plan.fields.tolerations.as_ref().filter(|list| !list.is_empty())?;
    Some(tolerations.iter().map(toleration).collect())
}

fn toleration(toleration: &pod_fields::Toleration) -> Toleration {
    let operator = if toleration.value.is_some() { "Equal" } else { "Exists" };
    Toleration {
        key: toleration.key.clone(),
        operator: Some(operator.to_owned()),
        value: toleration.value.clone(),
        effect: toleration.effect.map(|effect| effect.as_str().to_owned()),
        toleration_seconds: toleration.seconds,
    }
}

/// The groups of the pod; what each container may do stands in the containers.
pub(super) fn security_context(plan: &PodPlan) -> Option<PodSecurityContext> {
    let groups = plan.fields.supplemental_groups.as_ref().filter(|groups| !groups.is_empty());
    let context = PodSecurityContext {
        run_as_group: plan.fields.run_as_group.map(i64::from),
        fs_group: plan.fields.fs_group.map(i64::from),
        supplemental_groups: groups.map(|groups| groups.iter().copied().map(i64::from).collect()),
        ..PodSecurityContext::default()
    };
    (context != PodSecurityContext::default()).then_some(context)
}
