//! Runs planned pods on a Kubernetes cluster.

mod agent;
mod connect;
pub mod doctor;
mod driver;
mod error;
mod identity;
mod kubeconfig;
pub mod manifest;
mod names;
mod observe;
pub mod pod_security;
mod secret_value;
pub mod select;

pub use agent::{Agent, Agents};
pub use connect::{Connected, Patience};
pub use driver::KubeDriver;
pub use kube::config::{Kubeconfig, KubeconfigError};
pub use kubeconfig::{
    MissingKubeconfigs, describe as describe_kubeconfig, missing_kubeconfigs, read_kubeconfig, usual_kubeconfig,
};
