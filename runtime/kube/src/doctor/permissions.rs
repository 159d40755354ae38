//! What the user may do, asked of the API server itself.

use futures::future::join_all;
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec, SubjectAccessReviewStatus,
};
use kube::Api;
use kube::api::PostParams;
use windlass_engine::ports::driver::DriverError;

use super::failed;
use crate::driver::Cluster;
use crate::error::Permission;
use windlass_model::check::Check;

/// What a run does.
const NEEDED: [Permission; 9] = [
    Permission::new("create", "pods"),
    Permission::new("get", "pods"),
    Permission::new("list", "pods"),
    Permission::new("watch", "pods"),
    Permission::new("delete", "pods"),
    Permission::new("create", "pods/exec"),
    Permission::new("get", "pods/log"),
    Permission::new("create", "secrets"),
    Permission::new("delete", "secrets"),
];

/// What makes runs better, and what is missed without.
const WANTED: [(Permission, &str); 5] = [
    (Permission::new("watch", "events"), "causes that only events show are missing"),
    (Permission::new("list", "events"), "causes that only events show are missing"),
    (Permission::new("patch", "secrets"), "a pod that somebody else deletes leaves its Secrets until `windlass gc`"),
    (Permission::new("get", "secrets"), "after a lost answer, a Secret cannot be told apart from somebody else's"),
    (Permission::new("list", "secrets"), "`windlass gc` finds no Secrets whose pod is gone"),
];

/// One check for what is needed, one for what is wanted.
pub(super) async fn check(cluster: &Cluster) -> Vec<Check> {
    let asked = NEEDED.iter().chain(WANTED.iter().map(|(permission, _)| permission));
    let answers = join_all(asked.map(|permission| may(cluster, *permission))).await;
    let answers = match answers.into_iter().collect::<Result<Vec<bool>, DriverError>>() {
        Ok(answers) => answers,
        Err(error) => return vec![failed("permissions", &error)],
    };
    let (needed, wanted) = answers.split_at(NEEDED.len());
    let denied = |permissions: &mut dyn Iterator<Item = (Permission, &bool)>| -> Vec<Permission> {
        permissions.filter(|(_, allowed)| !**allowed).map(|(permission, _)| permission).collect()
    };
    let needed = denied(&mut NEEDED.into_iter().zip(needed));
    let missed = WANTED.iter().zip(wanted).filter(|(_, allowed)| !**allowed).map(|((_, loss), _)| *loss);
    let mut missed: Vec<&str> = missed.collect();
    missed.dedup();
    let wanted = denied(&mut WANTED.into_iter().map(|(permission, _)| permission).zip(wanted));

    let mut checks = vec![if needed.is_empty() {
        Check::pass("permissions", format!("you are allowed to do all that a run does in namespace {}", cluster.namespace()))
    } else {
        Check::fail("permissions", format!("you are not allowed to {}", list(&needed)), rules(&needed, cluster.namespace()))
    }];
    if !wanted.is_empty() {
        let text = format!("you are not allowed to {}: {}", list(&wanted), missed.join("; "));
        checks.push(Check::warn("further permissions", text, rules(&wanted, cluster.namespace())));
    }
    checks
}

async fn may(cluster: &Cluster, permission: Permission) -> Result<bool, DriverError> {
    let (resource, subresource) = match permission.resource.split_once('/') {
        Some((resource, subresource)) => (resource, Some(subresource.to_owned())),
        None => (permission.resource, None),
    };
    let attributes = ResourceAttributes {
        namespace: Some(cluster.namespace().to_owned()),
        verb: Some(permission.verb.to_owned()),
        group: Some(String::new()),
        resource: Some(resource.to_owned()),
        subresource,
        ..ResourceAttributes::default()
    };
    let review = SelfSubjectAccessReview {
        spec: SelfSubjectAccessReviewSpec { resource_attributes: Some(attributes), non_resource_attributes: None },
        ..SelfSubjectAccessReview::default()
    };
    let api: Api<SelfSubjectAccessReview> = Api::all(cluster.client().clone());
    let request = cluster.request("create", "selfsubjectaccessreviews", "");
    let parameters = PostParams::default();
    let answer = cluster.ask(&request, || api.create(&parameters, &review)).await?;
    Ok(answer.status.is_some_and(|SubjectAccessReviewStatus { allowed, .. }| allowed))
}

fn list(permissions: &[Permission]) -> String {
    permissions.iter().map(|p| format!("{} {}", p.verb, p.resource)).collect::<Vec<_>>().join(", ")
}

fn rules(permissions: &[Permission], namespace: &str) -> String {
    let rules = permissions.iter().map(|permission| permission.rule()).collect::<Vec<_>>().join("\n");
    format!("add these rules to a Role in namespace {namespace} that is bound to you:\n{rules}")
}
