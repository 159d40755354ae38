//! A driver for each place that a command works in.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use windlass_container_engine::{EngineDriver, EngineHints};
use windlass_engine::ports::driver::Driver;
use windlass_kube::{Agent, Agents, Connected, KubeDriver, Patience};
use windlass_model::plan::Target;
use windlass_model::roles::Builders;
use windlass_model::settings::Settings;
use windlass_model::task::Architecture;

use crate::failure::Failure;

/// Drivers by the place where each runs pods.
pub type Drivers = BTreeMap<Target, Arc<dyn Driver>>;

/// How long a run waits for a cluster.
pub fn patience(settings: &Settings) -> Patience {
    let usual = Patience::default();
    Patience { api: settings.api_patience.unwrap_or(usual.api), room: settings.room_timeout.unwrap_or(usual.room) }
}

/// The same for somebody who only looks, and would rather be told.
pub fn short_patience(settings: &Settings) -> Patience {
    let Patience { api, room } = patience(settings);
    Patience { api: api.min(Duration::from_secs(10)), room }
}

/// Connects to each place.
///
/// # Errors
/// When one of them cannot be connected to.
pub async fn connect_all(targets: BTreeSet<Target>, patience: Patience) -> Result<Drivers, Failure> {
    let mut drivers = Drivers::new();
    for target in targets {
        let driver = connect(&target, patience).await?;
        drivers.insert(target, driver);
    }
    Ok(drivers)
}

/// Connects to one place.
///
/// # Errors
/// When the kubeconfig does not have it, or no container engine answers.
pub async fn connect(target: &Target, patience: Patience) -> Result<Arc<dyn Driver>, Failure> {
    match target {
        Target::Kube { .. } => {
            let connected = Connected::open(target, patience).await?.suggesting(builders());
            Ok(Arc::new(KubeDriver::new(connected, agents())))
        }
        // A run is refused before it comes here.
        Target::Open { .. } => {
            Err(Failure::usage(format!("windlass does not know how to reach {target}"), "windlass plan shows how to name it"))
        }
        Target::Engine => {
            let engine = windlass_container_engine::connect(&EngineHints::of_this_process()).await?;
            tracing::debug!(engine = engine.describe(), "connected");
            Ok(Arc::new(EngineDriver::new(engine, Bytes::from_static(windlass_assets::AGENT)).suggesting(builders())))
        }
    }
}

/// The builders that may be suggested where a pod is refused.
pub fn builders() -> Builders {
    windlass_plugin_host::builders(windlass_assets::PLUGINS)
}

/// The agents that windlass carries.
pub fn agents() -> Agents {
    Agents::default().with(Architecture::Amd64, agent())
}

/// The agent for the usual architecture.
pub fn agent() -> Agent {
    Agent::new(Bytes::from_static(windlass_assets::AGENT))
}
