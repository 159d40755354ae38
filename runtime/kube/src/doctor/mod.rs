//! Whether a namespace of a cluster will take a run, told before anything is created.

mod permissions;
mod pod_security;
mod trial;

use windlass_engine::ports::driver::DriverError;
use windlass_model::pod::PodPlan;

use crate::agent::Agent;
use crate::connect::Connected;
use crate::driver::Cluster;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was looked at.
    pub name: String,
    /// What was found.
    pub outcome: Outcome,
    /// What to do, when it is not well.
    pub help: Option<String>,
}

/// What a check found; the text is one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// All is well.
    Good(String),
    /// A run can work all the same.
    Doubtful(String),
    /// A run will fail.
    Bad(String),
}

impl Check {
    fn good(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), outcome: Outcome::Good(text.into()), help: None }
    }

    fn doubtful(name: impl Into<String>, text: impl Into<String>, help: impl Into<String>) -> Self {
        Self { name: name.into(), outcome: Outcome::Doubtful(text.into()), help: Some(help.into()) }
    }

    fn bad(name: impl Into<String>, text: impl Into<String>, help: Option<String>) -> Self {
        Self { name: name.into(), outcome: Outcome::Bad(text.into()), help }
    }

    fn failed(name: impl Into<String>, error: &DriverError) -> Self {
        Self::bad(name, error.to_string(), error.help())
    }
}

/// Looks at a cluster with the eyes of the user that `connected` is, and at what a run would need of it: `pod`, when one is planned, and
/// an agent of the size that would be brought along. Nothing is left on the cluster.
pub async fn examine(connected: Connected, agent: &Agent, pod: Option<&PodPlan>) -> Vec<Check> {
    let cluster = Cluster::new(connected);
    let reach = match reach(&cluster).await {
        Ok(check) => check,
        // Everything else would fail for the same cause.
        Err(error) => return vec![Check::failed("cluster", &error)],
    };
    let (permissions, pod_security, service_account, trial) = tokio::join!(
        permissions::check(&cluster),
        pod_security::check(&cluster, pod),
        service_account(&cluster),
        trial::check(&cluster, agent, pod),
    );
    let mut checks = vec![reach];
    checks.extend(permissions);
    checks.extend([pod_security, service_account]);
    checks.extend(trial);
    checks
}

async fn reach(cluster: &Cluster) -> Result<Check, DriverError> {
    let request = cluster.request("get", "version", "");
    let version = cluster.ask(&request, cluster.client().apiserver_version()).await?;
    let text = format!("{} runs Kubernetes {}", cluster.label(), version.git_version);
    let minor = version.minor.trim_end_matches(|c: char| !c.is_ascii_digit()).parse::<u32>().ok();
    Ok(match minor {
        // Before 1.29 exec streams could not say that stdin is at its end (KEP-4006).
        Some(minor) if version.major == "1" && minor < 29 => Check::doubtful(
            "cluster",
            text,
            "windlass is made for Kubernetes 1.29 and later: an older exec cannot end a command's input",
        ),
        _ => Check::good("cluster", text),
    })
}

async fn service_account(cluster: &Cluster) -> Check {
    const NAME: &str = "service account";
    let request = cluster.request("get", "serviceaccounts", "default");
    match cluster.ask(&request, cluster.service_accounts().get_opt("default")).await {
        Ok(Some(_)) => Check::good(NAME, "`default` is there, as a pod needs it; its token is not given to pods"),
        Ok(None) => Check::bad(
            NAME,
            format!("namespace {} has no service account `default`, so no pod can be made in it", cluster.namespace()),
            Some("a new namespace gets it within seconds, from the controller manager".to_owned()),
        ),
        Err(DriverError::Forbidden { .. }) => Check::doubtful(
            NAME,
            "you may not look at it",
            "only if pods are refused: ask whether service account `default` exists",
        ),
        Err(error) => Check::failed(NAME, &error),
    }
}
