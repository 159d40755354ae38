//! Whether the engine of this machine will take a run, told before anything is run.

mod trial;

use bytes::Bytes;
use windlass_model::check::{Check, Outcome};
use windlass_model::roles::Builders;

use crate::connect::{EngineHints, connect};
use crate::engine::Facts;
use crate::refusal::{self, Advice};
use trial::TrialError;

/// The oldest version of the Docker Engine API that has all we ask for (Docker 20.10, Podman 4).
const OLDEST_API: (u32, u32) = (1, 41);

/// Looks at the engine that a run would use. `agent` is the agent's program, tried in a privileged container; `builders` are those that can
/// be suggested where there may be none.
///
/// It never fails: what is wrong is a check that says so, with what to do about it.
pub async fn doctor(hints: &EngineHints, agent: Bytes, builders: &Builders) -> Vec<Check> {
    let engine = match connect(hints).await {
        Ok(engine) => engine,
        Err(e) => return vec![Check::fail("container engine", crate::error::chain(&e), e.help())],
    };
    let facts = engine.facts();
    let mut checks =
        vec![Check::pass("container engine", engine.describe()), api(facts), storage(facts), limits(facts), root(facts)];
    checks.push(privileged(trial::privileged(&engine, agent).await, &Advice { facts, builders }));
    checks
}

fn api(facts: &Facts) -> Check {
    let found = format!("version {} of the Docker Engine API", facts.api_version);
    let number = facts.api_version.split_once('.').and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
    if number.is_some_and(|n: (u32, u32)| n >= OLDEST_API) {
        Check::pass("engine API", found)
    } else {
        let help = format!("use Docker 20.10 or Podman 4 at least, which speak version {}.{}", OLDEST_API.0, OLDEST_API.1);
        Check::fail("engine API", found, help)
    }
}

fn storage(facts: &Facts) -> Check {
    if facts.storage_driver == "vfs" {
        let help = "every layer is copied in full: let the engine use overlay (it needs a file system such as ext4 or xfs, or fuse-overlayfs)";
        Check::warn("image storage", "vfs", help)
    } else {
        Check::pass("image storage", facts.storage_driver.clone())
    }
}

fn limits(facts: &Facts) -> Check {
    let version = facts.cgroup_version.map_or_else(|| "control groups".to_owned(), |v| format!("control groups, version {v}"));
    let missing: Vec<_> =
        [(facts.cpu_limit, "processor time"), (facts.memory_limit, "memory")].iter().filter(|m| !m.0).map(|m| m.1).collect();
    if missing.is_empty() {
        Check::pass("resource limits", version)
    } else {
        let found = format!("{version}: {} cannot be limited", missing.join(" and "));
        let cure = if facts.rootless {
            "delegate these controllers to your user, or run a rootful engine"
        } else {
            "enable these controllers in the control group that the engine runs in"
        };
        Check::warn("resource limits", found, format!("{cure}; tasks run without limits until then"))
    }
}

fn root(facts: &Facts) -> Check {
    let found = if facts.rootless { "the engine runs without root" } else { "the engine runs as root" };
    if facts.memory_volumes {
        return Check::pass("root", found);
    }
    Check::warn(
        "root",
        found,
        "use_in_memory_disk has no effect here: rootless Podman mounts no tmpfs volume, so such volumes lie on disk",
    )
}

fn privileged(tried: Result<(), TrialError>, advice: &Advice<'_>) -> Check {
    let name = "privileged containers";
    match tried {
        Ok(()) => Check::pass(name, "they start"),
        Err(TrialError::Start(message)) => {
            let rootful = if advice.facts.rootless { ", or a rootful engine" } else { "" };
            let help = refusal::help(&message, advice)
                .unwrap_or_else(|| format!("docker-in-docker will not run here: use {}{rootful}", advice.other_builder()));
            Check::warn(name, message, format!("{help}; tasks without privileged containers run all the same"))
        }
        Err(e) => Check { name: name.into(), outcome: Outcome::Skipped(crate::error::chain(&e)), help: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_as_it_should_be_passes() {
        let facts = Facts::usual();
        for check in [api(&facts), storage(&facts), limits(&facts), root(&facts)] {
            assert!(matches!(check.outcome, Outcome::Pass(_)), "{check:?}");
        }
    }

    /// An engine that runs as root is not told to do so.
    #[test]
    fn no_advice_contradicts_what_the_engine_is() {
        let refusals = ["crun: setrlimit `RLIMIT_NPROC`: Operation not permitted", "unable to apply caps", "something else"];
        for rootless in [false, true] {
            let facts = Facts { rootless, memory_limit: false, ..Facts::usual() };
            let refused = refusals.map(|message| {
                privileged(Err(TrialError::Start(message.into())), &Advice { facts: &facts, builders: &Builders::NONE })
            });
            let [limit, rights, other] = refused.map(|check| check.help.unwrap_or_default());
            assert!(limit.contains("default-ulimits") && !limit.contains("rootful"), "{limit}");
            assert!(limit.ends_with("tasks without privileged containers run all the same"), "{limit}");
            for help in [rights, other, limits(&facts).help.unwrap_or_default()] {
                assert_eq!(help.contains("rootful"), rootless, "{help}");
            }
        }
    }

    #[test]
    fn what_is_amiss_comes_with_advice() {
        let old = Facts { api_version: "1.40".into(), ..Facts::usual() };
        assert!(matches!(api(&old).outcome, Outcome::Fail(_)));
        let odd = Facts { api_version: "new".into(), ..Facts::usual() };
        assert!(matches!(api(&odd).outcome, Outcome::Fail(_)));
        let poor =
            Facts { storage_driver: "vfs".into(), memory_limit: false, memory_volumes: false, rootless: true, ..Facts::usual() };
        for check in [storage(&poor), limits(&poor), root(&poor)] {
            assert!(matches!(check.outcome, Outcome::Warn(_)) && check.help.is_some(), "{check:?}");
        }
    }
}
