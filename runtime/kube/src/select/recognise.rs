//! Names that the clouds' own command lines give to contexts and clusters in a kubeconfig.

use windlass_model::task::{ClusterKind, ClusterRequest};

/// Whether a context or cluster of this name is plainly the one asked for.
pub(super) fn is(request: &ClusterRequest, name: &str) -> bool {
    let Some(wanted) = request.name.as_deref() else { return false };
    let place = match request.kind {
        ClusterKind::Gke => gke(name, wanted),
        ClusterKind::Eks => arn(name, wanted).or_else(|| eksctl(name, wanted)),
        ClusterKind::Oke => return oke(name, wanted),
        ClusterKind::Generic => return name == wanted,
    };
    match (place, request.location.as_deref()) {
        (Some(place), Some(asked)) => place == asked,
        (place, None) => place.is_some(),
        (None, Some(_)) => false,
    }
}

/// `gcloud container clusters get-credentials` writes `gke_PROJECT_LOCATION_NAME`; none of the three may hold an underscore.
fn gke<'a>(name: &'a str, wanted: &str) -> Option<&'a str> {
    let mut parts = name.strip_prefix("gke_")?.split('_');
    let (_project, location, cluster) = (parts.next()?, parts.next()?, parts.next()?);
    (cluster == wanted && parts.next().is_none()).then_some(location)
}

/// `aws eks update-kubeconfig` writes `arn:PARTITION:eks:REGION:ACCOUNT:cluster/NAME`.
fn arn<'a>(name: &'a str, wanted: &str) -> Option<&'a str> {
    let mut parts = name.splitn(6, ':');
    let (arn, _partition, service, region) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let (_account, resource) = (parts.next()?, parts.next()?);
    (arn == "arn" && service == "eks" && resource.strip_prefix("cluster/") == Some(wanted)).then_some(region)
}

/// `eksctl` writes `USER@NAME.REGION.eksctl.io`, without the user for the cluster.
fn eksctl<'a>(name: &'a str, wanted: &str) -> Option<&'a str> {
    let name = name.rsplit_once('@').map_or(name, |(_user, name)| name);
    name.strip_suffix(".eksctl.io")?.strip_prefix(wanted)?.strip_prefix('.').filter(|region| !region.contains('.'))
}

/// `oci ce cluster create-kubeconfig` writes `context-SUFFIX` and `cluster-SUFFIX`, the end of the cluster's id.
fn oke(name: &str, id: &str) -> bool {
    let suffix = name.strip_prefix("context-").or_else(|| name.strip_prefix("cluster-"));
    suffix.is_some_and(|suffix| suffix.len() >= 8 && id.ends_with(suffix))
}
