//! Runs planned pods on the Docker Engine API, Podman's included: the same plan, agent and guarantees as on Kubernetes.
//!
//! The main container owns the pod's network namespace and its sidecars join it. Every container, volume and label is named after
//! the pod; nothing else on the engine is touched. What has such a name or label and did not come from windlass is left alone.

mod clock;
mod connect;
mod doctor;
mod driver;
mod ends;
mod engine;
mod error;
mod exec;
mod identity;
mod image;
mod inventory;
mod logs;
mod manifest;
mod names;
mod refusal;
mod removal;
mod start;
mod tail;
mod watch;

pub use connect::{Address, ConnectError, EngineHints, InvalidAddress, NotOpened, connect, connect_to};
pub use doctor::doctor;
pub use driver::EngineDriver;
pub use engine::{Engine, Facts, Flavour};
