//! The real cluster, engine and registry that `tests/run.sh` starts. Without them the tests that need them are ignored.

use std::path::PathBuf;
use std::process::Command;

/// Where a test runs its task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum World {
    /// The real Kubernetes node.
    Kube,
    /// The real container engine.
    Engine,
}

/// Runs a test in these worlds.
pub fn on(worlds: &[World], test: impl Fn(World)) {
    worlds.iter().copied().for_each(test);
}

/// A variable that `tests/cluster/env.sh` prints.
pub fn variable(name: &str) -> Option<String> {
    std::env::var(format!("WINDLASS_TEST_{name}")).ok().filter(|v| !v.is_empty())
}

/// One that must be there.
pub fn required(name: &str) -> String {
    variable(name).unwrap_or_else(|| panic!("WINDLASS_TEST_{name} is not set; tests/run.sh starts what it names"))
}

impl World {
    /// The flags that send a task there.
    pub fn flags(self) -> Vec<String> {
        match self {
            Self::Kube => vec!["--on=kube".into(), format!("--context={}", required("CONTEXT"))],
            Self::Engine => vec!["--on=engine".into()],
        }
    }

    /// The variables that lead windlass there and nowhere else: nobody can put a file into `/proc`.
    pub fn environment(self) -> Vec<(String, String)> {
        match self {
            Self::Kube => {
                vec![("KUBECONFIG".into(), required("KUBECONFIG")), ("DOCKER_HOST".into(), "unix:///proc/nowhere".into())]
            }
            Self::Engine => {
                let socket = format!("unix://{}", required("ENGINE_SOCKET"));
                vec![("DOCKER_HOST".into(), socket), ("KUBECONFIG".into(), "/proc/nowhere".into())]
            }
        }
    }

    /// What of a run still stands: pods, Secrets and ConfigMaps of every namespace, or containers and volumes.
    pub fn standing(self, run: &str) -> Vec<String> {
        let output = match self {
            Self::Kube => Command::new(required("KUBECTL"))
                .env("KUBECONFIG", required("KUBECONFIG"))
                .args(["get", "pods,secrets,configmaps", "--all-namespaces", "--output=name"])
                .arg(format!("--selector=windlass.dev/run={run}"))
                .output(),
            Self::Engine => {
                let socket = format!("unix://{}", required("ENGINE_SOCKET"));
                let script = "podman --remote ps --all --quiet --filter label=dev.windlass.run=$1 && \
                              podman --remote volume ls --quiet --filter label=dev.windlass.run=$1";
                Command::new("sh").args(["-c", script, "sh", run]).env("CONTAINER_HOST", socket).output()
            }
        };
        let output = output.expect("the client runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
    }

    /// The address at which pods reach the registry.
    pub fn registry_address(self) -> String {
        required("REGISTRY_ADDRESS")
    }
}

/// A namespace with a quota, which goes when the test is over, whatever becomes of it.
pub fn with_quota(name: &str, hard: &str, test: impl Fn(&str) + std::panic::RefUnwindSafe) {
    let namespace = format!("windlass-quota-{name}-{}", std::process::id());
    let kubectl = |arguments: &[&str]| {
        let mut command = Command::new(required("KUBECTL"));
        let output = command.args(arguments).envs(World::Kube.environment()).output().expect("kubectl runs");
        assert!(output.status.success(), "kubectl {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    kubectl(&["create", "namespace", &namespace]);
    let ended = std::panic::catch_unwind(|| {
        kubectl(&["create", "quota", name, &format!("--hard={hard}"), "--namespace", &namespace]);
        kubectl(&["wait", "--for=create", "serviceaccount/default", "--namespace", &namespace, "--timeout=60s"]);
        test(&namespace);
    });
    kubectl(&["delete", "namespace", &namespace, "--wait=false"]);
    if let Err(panic) = ended {
        std::panic::resume_unwind(panic);
    }
}

/// The file with the password of the registry that answers as `gcr.io`.
pub fn registry_password_file() -> PathBuf {
    required("REGISTRY_PASSWORD_FILE").into()
}
