//! Whether a namespace of a cluster will take a run, told before anything is created.

mod permissions;
mod pod_security;
mod trial;

use windlass_engine::ports::driver::DriverError;
use windlass_model::check::{Check, Outcome};
use windlass_model::pod::PodPlan;
use windlass_model::pod_fields::PodFields;
use windlass_model::settings::PodSettings;

use crate::agent::Agent;
use crate::connect::Connected;
use crate::driver::Cluster;

/// Looks at a cluster with the eyes of the user that `connected` is, and at what a run would need of it: `pod`, when one is planned, else the
/// smallest that settings which say `usual` of all pods make, and an agent of the size that would be brought along. Nothing is left on the
/// cluster.
pub async fn examine(connected: Connected, agent: &Agent, pod: Option<&PodPlan>, usual: &PodSettings) -> Vec<Check> {
    let cluster = Cluster::new(connected);
    let reach = match reach(&cluster).await {
        Ok(check) => check,
        // Everything else would fail for the same cause.
        Err(error) => return vec![failed("cluster", &error)],
    };
    let (permissions, pod_security, service_account, trial) = tokio::join!(
        permissions::check(&cluster),
        pod_security::check(&cluster, pod),
        service_account(&cluster, pod.map_or(&usual.fields, |pod| &pod.fields)),
        trial::check(&cluster, agent, pod, usual),
    );
    let mut checks = vec![reach];
    checks.extend(permissions);
    checks.extend([pod_security, service_account]);
    checks.extend(trial);
    said_once(checks)
}

/// Without those that fail with the same answer as one before: a namespace's level refuses the pod that is tried, too.
fn said_once(checks: Vec<Check>) -> Vec<Check> {
    let mut all: Vec<Check> = Vec::with_capacity(checks.len());
    for check in checks {
        let fails = |check: &Check| matches!(check.outcome, Outcome::Fail(_)) && check.help.is_some();
        if !all.iter().any(|before| fails(before) && fails(&check) && before.help == check.help) {
            all.push(check);
        }
    }
    all
}

/// What an error of the driver means to a check.
fn failed(name: &str, error: &DriverError) -> Check {
    Check { name: name.to_owned(), outcome: Outcome::Fail(error.to_string()), help: error.help() }
}

async fn reach(cluster: &Cluster) -> Result<Check, DriverError> {
    let request = cluster.request("get", "version", "");
    let version = cluster.ask(&request, || cluster.client().apiserver_version()).await?;
    let text = format!("{} runs Kubernetes {}", cluster.label(), version.git_version);
    let minor = version.minor.trim_end_matches(|c: char| !c.is_ascii_digit()).parse::<u32>().ok();
    Ok(match minor {
        // Before 1.29 exec streams could not say that stdin is at its end (KEP-4006).
        Some(minor) if version.major == "1" && minor < 29 => Check::warn(
            "cluster",
            text,
            "windlass is made for Kubernetes 1.29 and later: an older exec cannot end a command's input",
        ),
        _ => Check::pass("cluster", text),
    })
}

async fn service_account(cluster: &Cluster, fields: &PodFields) -> Check {
    const NAME: &str = "service account";
    const USUAL: &str = "default";
    let account = fields.service_account_name.as_deref().unwrap_or(USUAL);
    let request = cluster.request("get", "serviceaccounts", account);
    let accounts = cluster.service_accounts();
    match cluster.ask(&request, || accounts.get_opt(account)).await {
        Ok(Some(_)) => Check::pass(NAME, format!("`{account}` exists, as pods need it; they do not get its token")),
        Ok(None) => Check::fail(
            NAME,
            format!("namespace {} has no service account `{account}`, so no pod can be made in it", cluster.namespace()),
            match account {
                USUAL => "a new namespace gets it within seconds, from the controller manager",
                _ => "create it, or name another with `pods: {serviceAccountName: …}` of windlass.yaml",
            },
        ),
        Err(DriverError::Forbidden { .. }) => Check::warn(
            NAME,
            "you are not allowed to look at it",
            format!("only if pods are refused: ask whether service account `{account}` exists"),
        ),
        Err(error) => failed(NAME, &error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_refusal_is_one_error() {
        let check = |name: &str, help: &str| Check::fail(name, format!("{name} is refused"), help);
        let passed = Check::pass("agent", "good");
        let level = check("Pod Security", "label the namespace");
        let all = vec![level.clone(), passed.clone(), check("pod", "label the namespace"), check("quota", "ask for more")];
        assert_eq!(said_once(all), [level, passed, check("quota", "ask for more")]);
    }
}
