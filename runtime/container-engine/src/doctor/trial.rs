//! A privileged container, started for a moment. Its image is made of the agent alone, so that nothing has to be pulled.

use std::collections::HashMap;

use bollard::body_full;
use bollard::errors::Error;
use bollard::models::{ContainerCreateBody, HostConfig};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, CreateImageOptionsBuilder, RemoveContainerOptionsBuilder, RemoveImageOptionsBuilder,
    StartContainerOptions,
};
use bytes::Bytes;
use futures::StreamExt;

use crate::engine::Engine;

/// Why the trial says nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum TrialError {
    /// The engine would not start it: the answer that was sought.
    #[error("{0}")]
    Start(String),
    #[error("the trial could not be prepared: {0}")]
    Prepare(String),
}

/// Starts one and takes it and its image away again.
pub(super) async fn privileged(engine: &Engine, agent: Bytes) -> Result<(), TrialError> {
    // A name that nothing has: two doctors at once must not take away each other's, nor anything of somebody else.
    let random = getrandom::u64().map_err(|e| TrialError::Prepare(format!("this machine has no random numbers: {e}")))?;
    let name = format!("windlass-doctor-{random:016x}");
    // Podman heeds no other tag when it imports.
    let image = format!("localhost/{name}:latest");
    let mut made = None;
    let outcome = attempt(engine, &name, &image, agent, &mut made).await;
    if let Some(container) = made {
        let force = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        forget(&name, engine.docker.remove_container(&container, Some(force)).await);
    }
    let force = RemoveImageOptionsBuilder::default().force(true).build();
    forget(&image, engine.docker.remove_image(&image, Some(force), None).await.map(drop));
    outcome
}

async fn attempt(engine: &Engine, name: &str, image: &str, agent: Bytes, made: &mut Option<String>) -> Result<(), TrialError> {
    let prepare = |e: Error| TrialError::Prepare(crate::error::message(&e));
    let root = crate::start::agent_archive(&agent).map_err(|e| TrialError::Prepare(e.to_string()))?;
    let (repository, tag) = image.rsplit_once(':').unwrap_or((image, "latest"));
    let import = CreateImageOptionsBuilder::default().from_src("-").repo(repository).tag(tag).build();
    let mut imported = engine.docker.create_image(Some(import), Some(body_full(root.into())), None);
    while let Some(step) = imported.next().await {
        step.map_err(prepare)?;
    }
    let body = ContainerCreateBody {
        image: Some(image.to_owned()),
        entrypoint: Some(vec!["/agent".into()]),
        cmd: Some(vec!["version".into()]),
        labels: Some(HashMap::from([(crate::names::DOCTOR.to_owned(), "trial".to_owned())])),
        host_config: Some(HostConfig { privileged: Some(true), network_mode: Some("none".into()), ..HostConfig::default() }),
        ..ContainerCreateBody::default()
    };
    let named = CreateContainerOptionsBuilder::default().name(name).build();
    let id = engine.docker.create_container(Some(named), body).await.map_err(prepare)?.id;
    let container = made.insert(id);
    let started = engine.docker.start_container(container, None::<StartContainerOptions>).await;
    started.map_err(|e| TrialError::Start(crate::error::message(&e)))
}

/// What was never made needs no removal; what cannot be removed is worth a line in the log.
fn forget(what: &str, removed: Result<(), Error>) {
    if let Err(e) = removed
        && !crate::error::is_missing(&e)
    {
        tracing::warn!(what, error = crate::error::message(&e), "left behind by doctor");
    }
}
