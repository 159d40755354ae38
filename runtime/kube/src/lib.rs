//! Runs planned pods on a Kubernetes cluster.

mod agent;
mod connect;
mod driver;
mod error;
pub mod manifest;
mod names;
mod observe;

pub use agent::{Agent, Agents};
pub use connect::{Connected, connect, read_kubeconfig};
pub use driver::KubeDriver;
