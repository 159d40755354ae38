//! Waiting for something in the pod to be ready, without a shell in the image.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Command;

/// A thing to try until it works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// What to try.
    pub target: ProbeTarget,
    /// Time between two tries.
    pub interval: Duration,
    /// When to give up.
    pub timeout: Duration,
}

/// What counts as ready.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProbeTarget {
    /// A TCP port accepts connections.
    Tcp {
        /// Name or address; containers of a pod reach each other at `localhost`.
        host: String,
        /// The port.
        port: u16,
    },
    /// A Docker daemon answers `GET /_ping` at a TCP port.
    DockerTcp {
        /// Name or address.
        host: String,
        /// The port.
        port: u16,
    },
    /// A Docker daemon answers `GET /_ping` at a unix socket.
    DockerSocket {
        /// Path of the socket.
        path: String,
    },
    /// A command exits with 0. Its `id`, `output` and `timeout` mean nothing here.
    Command(Box<Command>),
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
