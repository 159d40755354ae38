//! Waiting for something in the pod to be ready, without a shell in the image.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A TCP port of the pod to try until it accepts connections.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// The port, at `localhost`: the containers of a pod share it.
    pub port: u16,
    /// Time between two tries.
    pub interval: Duration,
    /// When to give up.
    pub timeout: Duration,
}

/// What a probe found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Readiness {
    /// It worked.
    Ready {
        /// After this time.
        elapsed: Duration,
        /// The number of tries, the successful one included.
        attempts: u32,
    },
    /// The time was up.
    NotReady {
        /// The number of tries.
        attempts: u32,
        /// What went wrong at the last one.
        last: String,
    },
}
