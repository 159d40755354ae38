//! What every driver must keep, kept by this one.

use std::sync::Arc;

use windlass_contract::{Subject, Tested, driver_contract};
use windlass_kube::{Agent, Agents, connect};
use windlass_model::task::Architecture;

use crate::support::{image, on_node};

fn on_the_node(body: impl AsyncFnOnce(Subject) -> Tested) {
    on_node(|node| async move {
        let agents = Agents::default().with(Architecture::Amd64, Agent::new(windlass_contract::program()));
        let driver = Arc::new(connect(&node.target(), agents).await.unwrap());
        let (image, missing) = (image("docker.io/library/busybox:latest"), image("windlass.test/no/such:image"));
        body(Subject { driver, image, missing }).await.unwrap();
    });
}

driver_contract!(on_the_node, #[ignore = "needs the Kubernetes node that tests/run.sh starts"]);
