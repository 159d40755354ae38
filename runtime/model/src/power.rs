//! What a plugin may cause: asked for in its manifest, granted by settings, judged by the planner.

mod containers;
mod hosts;
mod line;
mod paths;
mod variables;
mod words;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::pod_limits::PodLimits;
use crate::scope::Scope;

pub use containers::ContainerScope;
pub use hosts::{HostList, HostScope};
pub use line::{grant_line, grant_lines, signer_lines};
pub use paths::{PathLimit, PathScope};
pub use variables::{VariableLimit, VariableScope, is_reserved_variable};

/// Something that a plugin can do only when granted. All but [`Power::Pod`] are one interface of the WIT package each; that one is what its
/// `requirements` answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Power {
    /// Bring containers and volumes to the pod.
    Pod,
    /// Start commands in containers of the pod, and read and write files there.
    Containers,
    /// Know how registries are reached, and hold the credentials of login steps as handles.
    Registries,
    /// Read the task's variables that are not secret.
    Environment,
    /// Set variables for the task's commands.
    EnvironmentSet,
    /// Hold named secrets as handles and pass them on.
    Secrets,
    /// Read the bytes of those secrets.
    SecretsReveal,
    /// Read the files of the working copy on the host.
    WorkspaceRead,
    /// Change the files of the working copy on the host.
    WorkspaceWrite,
    /// Send requests to hosts.
    Http,
    /// Say named values, which later steps have as variables, and remarks on lines of files.
    Results,
}

impl Power {
    /// All of them, in the order in which they are listed to people.
    pub const ALL: [Self; 11] = [
        Self::Pod,
        Self::Containers,
        Self::Registries,
        Self::Environment,
        Self::EnvironmentSet,
        Self::Secrets,
        Self::SecretsReveal,
        Self::WorkspaceRead,
        Self::WorkspaceWrite,
        Self::Http,
        Self::Results,
    ];

    /// The word that settings and manifests use, and the interface's name in WIT.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pod => "pod",
            Self::Containers => "containers",
            Self::Registries => "registries",
            Self::Environment => "environment",
            Self::EnvironmentSet => "environment-set",
            Self::Secrets => "secrets",
            Self::SecretsReveal => "secrets-reveal",
            Self::WorkspaceRead => "workspace-read",
            Self::WorkspaceWrite => "workspace-write",
            Self::Http => "http",
            Self::Results => "results",
        }
    }

    /// The power of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|power| power.as_str() == word)
    }
}

impl fmt::Display for Power {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Powers, each with its limits. The same type says what a manifest asks for, what settings grant, and, where the two meet, what a plugin
/// has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Powers {
    /// What it may bring to the pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pod: Option<PodLimits>,
    /// The containers that it may run commands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub containers: Option<ContainerScope>,
    /// [`Power::Registries`].
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub registries: bool,
    /// [`Power::Environment`].
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub environment: bool,
    /// The variables that it may set.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environment_set: Option<VariableScope>,
    /// The secrets that it may open, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secrets: Option<Scope>,
    /// [`Power::SecretsReveal`].
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub secrets_reveal: bool,
    /// The files that it may read, by their paths from the root of the working copy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_read: Option<PathScope>,
    /// The files that it may change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workspace_write: Option<PathScope>,
    /// The hosts that it may send requests to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http: Option<HostScope>,
    /// The results that it may say, by name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub results: Option<Scope>,
}

impl Powers {
    /// Whether a power is among them, with whatever limits.
    pub fn has(&self, power: Power) -> bool {
        match power {
            Power::Pod => self.pod.is_some(),
            Power::Containers => self.containers.is_some(),
            Power::Registries => self.registries,
            Power::Environment => self.environment,
            Power::EnvironmentSet => self.environment_set.is_some(),
            Power::Secrets => self.secrets.is_some(),
            Power::SecretsReveal => self.secrets_reveal,
            Power::WorkspaceRead => self.workspace_read.is_some(),
            Power::WorkspaceWrite => self.workspace_write.is_some(),
            Power::Http => self.http.is_some(),
            Power::Results => self.results.is_some(),
        }
    }

    /// Takes over one power of another, with its limits.
    pub fn take(&mut self, power: Power, other: &Self) {
        match power {
            Power::Pod => self.pod.clone_from(&other.pod),
            Power::Containers => self.containers.clone_from(&other.containers),
            Power::Registries => self.registries = other.registries,
            Power::Environment => self.environment = other.environment,
            Power::EnvironmentSet => self.environment_set.clone_from(&other.environment_set),
            Power::Secrets => self.secrets.clone_from(&other.secrets),
            Power::SecretsReveal => self.secrets_reveal = other.secrets_reveal,
            Power::WorkspaceRead => self.workspace_read.clone_from(&other.workspace_read),
            Power::WorkspaceWrite => self.workspace_write.clone_from(&other.workspace_write),
            Power::Http => self.http.clone_from(&other.http),
            Power::Results => self.results.clone_from(&other.results),
        }
    }

    /// Adds a power without limits: of [`Power::Pod`] up to `baseline`, of [`Power::EnvironmentSet`] all names but those kept for the task, of
    /// files all but those that a grant has to name.
    pub fn add(&mut self, power: Power) {
        match power {
            Power::Pod => self.pod = Some(PodLimits::default()),
            Power::Containers => self.containers = Some(ContainerScope::any()),
            Power::Registries => self.registries = true,
            Power::Environment => self.environment = true,
            Power::EnvironmentSet => self.environment_set = Some(VariableScope::default()),
            Power::Secrets => self.secrets = Some(Scope::any()),
            Power::SecretsReveal => self.secrets_reveal = true,
            Power::WorkspaceRead => self.workspace_read = Some(PathScope::default()),
            Power::WorkspaceWrite => self.workspace_write = Some(PathScope::default()),
            Power::Http => self.http = Some(HostScope::any()),
            Power::Results => self.results = Some(Scope::any()),
        }
    }

    /// The powers that are among them.
    pub fn list(&self) -> impl Iterator<Item = Power> + '_ {
        Power::ALL.into_iter().filter(|power| self.has(*power))
    }

    /// What both allow.
    #[must_use]
    pub fn meet(&self, other: &Self) -> Self {
        fn both<T>(one: Option<&T>, other: Option<&T>, meet: impl Fn(&T, &T) -> T) -> Option<T> {
            Some(meet(one?, other?))
        }
        Self {
            pod: both(self.pod.as_ref(), other.pod.as_ref(), PodLimits::meet),
            containers: both(self.containers.as_ref(), other.containers.as_ref(), ContainerScope::meet),
            registries: self.registries && other.registries,
            environment: self.environment && other.environment,
            environment_set: both(self.environment_set.as_ref(), other.environment_set.as_ref(), VariableScope::meet),
            secrets: both(self.secrets.as_ref(), other.secrets.as_ref(), Scope::meet),
            secrets_reveal: self.secrets_reveal && other.secrets_reveal,
            workspace_read: both(self.workspace_read.as_ref(), other.workspace_read.as_ref(), PathScope::meet),
            workspace_write: both(self.workspace_write.as_ref(), other.workspace_write.as_ref(), PathScope::meet),
            http: both(self.http.as_ref(), other.http.as_ref(), HostScope::meet),
            results: both(self.results.as_ref(), other.results.as_ref(), Scope::meet),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever is granted, a plugin gets no power that it did not ask for, and the other way round.
    #[test]
    fn a_power_that_one_side_lacks_is_lost() {
        let mut all = Powers::default();
        Power::ALL.into_iter().for_each(|power| all.add(power));
        assert_eq!(all.list().collect::<Vec<_>>(), Power::ALL);
        for power in Power::ALL {
            let mut one = Powers::default();
            one.add(power);
            for met in [all.meet(&one), one.meet(&all)] {
                assert_eq!(met.list().collect::<Vec<_>>(), [power]);
            }
        }
    }
}
