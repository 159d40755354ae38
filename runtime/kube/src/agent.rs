//! The agent as this driver brings it along: a static program for one processor architecture.

use bytes::Bytes;
use windlass_model::digest::Digest;
use windlass_model::task::Architecture;

/// The agent's program for one architecture, with the digest of its bytes.
#[derive(Debug, Clone)]
pub struct Agent {
    binary: Bytes,
    digest: Digest,
}

impl Agent {
    /// Takes a statically linked program. A Secret carries it, so it may have 1 MiB at most; the cluster refuses more.
    pub fn new(binary: impl Into<Bytes>) -> Self {
        let binary = binary.into();
        let digest = Digest::of(&binary);
        Self { binary, digest }
    }

    /// The program.
    pub fn binary(&self) -> &[u8] {
        &self.binary
    }

    /// The digest of the program's bytes.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }
}

/// The agents that this build of windlass carries.
#[derive(Debug, Clone, Default)]
pub struct Agents {
    amd64: Option<Agent>,
    arm64: Option<Agent>,
}

impl Agents {
    /// Adds, or replaces, the agent for an architecture.
    #[must_use]
    pub fn with(mut self, architecture: Architecture, agent: Agent) -> Self {
        match architecture {
            Architecture::Amd64 => self.amd64 = Some(agent),
            Architecture::Arm64 => self.arm64 = Some(agent),
        }
        self
    }

    /// The agent for an architecture, when there is one.
    pub fn get(&self, architecture: Architecture) -> Option<&Agent> {
        match architecture {
            Architecture::Amd64 => self.amd64.as_ref(),
            Architecture::Arm64 => self.arm64.as_ref(),
        }
    }
}
