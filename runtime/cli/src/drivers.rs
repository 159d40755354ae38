//! A driver for each place that a command works in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use windlass_container_engine::{EngineDriver, Environment};
use windlass_engine::ports::driver::Driver;
use windlass_kube::{Agent, Agents};
use windlass_model::plan::Target;
use windlass_model::task::Architecture;

use crate::failure::Failure;

/// Drivers by the place where each runs pods.
pub type Drivers = BTreeMap<Target, Arc<dyn Driver>>;

/// Connects to each place.
///
/// # Errors
/// When one of them cannot be connected to.
pub async fn connect_all(targets: BTreeSet<Target>) -> Result<Drivers, Failure> {
    let mut drivers = Drivers::new();
    for target in targets {
        let driver = connect(&target).await?;
        drivers.insert(target, driver);
    }
    Ok(drivers)
}

/// Connects to one place.
///
/// # Errors
/// When the kubeconfig does not have it, or no container engine answers.
pub async fn connect(target: &Target) -> Result<Arc<dyn Driver>, Failure> {
    match target {
        Target::Kube { .. } => Ok(Arc::new(windlass_kube::connect(target, agents()).await?)),
        // A run is refused before it comes here.
        Target::Open { .. } => Err(Failure::usage(format!("nothing leads to {target}"), "windlass plan shows how to name it")),
        Target::Engine => {
            let engine = windlass_container_engine::connect(&Environment::of_this_process()).await?;
            tracing::debug!(engine = engine.describe(), "connected");
            Ok(Arc::new(EngineDriver::new(engine, Bytes::from_static(windlass_assets::AGENT))))
        }
    }
}

/// The agents that windlass carries.
pub fn agents() -> Agents {
    Agents::default().with(Architecture::Amd64, agent())
}

/// The agent for the usual architecture.
pub fn agent() -> Agent {
    Agent::new(Bytes::from_static(windlass_assets::AGENT))
}
