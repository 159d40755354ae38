//! Whose an object is, judged by the object itself and never by one that points to it. Pure.
//!
//! Labels can be written by whoever may write the object. So they make nobody's object ours to delete but their own: what is judged is
//! each object for itself, and everything that it says must agree.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::names;

/// The kinds of objects that a run makes, and a ConfigMap, which runs of earlier versions made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Pod,
    Secret,
    ConfigMap,
}

impl Kind {
    /// As Kubernetes writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pod => "Pod",
            Self::Secret => "Secret",
            Self::ConfigMap => "ConfigMap",
        }
    }

    /// As RBAC writes it.
    pub(crate) fn resource(self) -> &'static str {
        match self {
            Self::Pod => "pods",
            Self::Secret => "secrets",
            Self::ConfigMap => "configmaps",
        }
    }
}

/// An object that can be told from every other, also from one of the same name that comes after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) kind: Kind,
    pub(crate) name: String,
    pub(crate) uid: String,
}

/// Why an object is not taken for windlass' own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotOurs {
    #[error("it does not have windlass' label")]
    Label,
    #[error("its label windlass.dev/run is not that of its name")]
    Run,
    #[error("its annotations are not those that windlass writes")]
    Annotations,
    #[error("its annotation windlass.dev/pod names another pod")]
    Pod,
    #[error("it belongs to something that is not its pod")]
    Owner,
    #[error("it has no UID")]
    Uid,
}

/// The pod that an object of ours is, or belongs to.
///
/// # Errors
/// When anything that it says of itself does not agree with the rest.
pub(crate) fn judge(kind: Kind, metadata: &ObjectMeta) -> Result<(String, Identity), NotOurs> {
    let label = |key: &str| metadata.labels.as_ref().and_then(|labels| labels.get(key)).map(String::as_str);
    let annotation = |key: &str| metadata.annotations.as_ref().and_then(|annotations| annotations.get(key)).map(String::as_str);
    let name = metadata.name.as_deref().unwrap_or_default();
    if label(names::MANAGED_BY) != Some("windlass") {
        return Err(NotOurs::Label);
    }
    let pod = match kind {
        Kind::Pod => Some(name),
        Kind::Secret => names::owner(name),
        // No ConfigMap ever had another.
        Kind::ConfigMap => name.strip_suffix("-agent"),
    };
    let run = label(names::RUN).filter(|run| !run.is_empty());
    let of_run = |pod: &str, run: &str| pod.strip_prefix("windlass-").is_some_and(|rest| rest.starts_with(&format!("{run}-")));
    let (Some(pod), Some(run)) = (pod, run) else { return Err(NotOurs::Run) };
    if !of_run(pod, run) {
        return Err(NotOurs::Run);
    }
    if annotation(names::TASK).is_none() || annotation(names::DEADLINE_SECONDS).is_none_or(|text| text.parse::<u64>().is_err()) {
        return Err(NotOurs::Annotations);
    }
    // Earlier versions wrote none.
    if annotation(names::POD).is_some_and(|said| said != pod) {
        return Err(NotOurs::Pod);
    }
    // Set a moment after the pod stands, so none is no contradiction.
    let owners = metadata.owner_references.iter().flatten();
    if owners.into_iter().any(|owner| kind == Kind::Pod || owner.kind != "Pod" || owner.name != pod) {
        return Err(NotOurs::Owner);
    }
    let uid = metadata.uid.clone().filter(|uid| !uid.is_empty()).ok_or(NotOurs::Uid)?;
    Ok((pod.to_owned(), Identity { kind, name: name.to_owned(), uid }))
}

/// Whether an object that stands is the very one that was asked for: only who made `wanted` could know the mark that it has.
pub(crate) fn is_the_same(found: &ObjectMeta, wanted: &ObjectMeta) -> bool {
    let mark = |metadata: &ObjectMeta| metadata.annotations.as_ref().and_then(|all| all.get(names::CREATION)).cloned();
    let marked = mark(wanted).is_some() && mark(found) == mark(wanted);
    // Admission may have added labels of its own.
    let labels = |metadata: &'_ ObjectMeta| metadata.labels.clone().unwrap_or_default();
    let has = labels(found);
    marked && labels(wanted).iter().all(|(key, value)| has.get(key) == Some(value))
}

#[cfg(test)]
mod tests;
