//! Bringing a pod up: volumes, images, the agent, the main container, then its sidecars.

mod archive;
mod error;
mod progress;

use std::sync::Arc;

use bollard::body_full;
use bollard::models::ContainerCreateBody;
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, InspectContainerOptions, RemoveContainerOptionsBuilder, StartContainerOptions,
    UploadToContainerOptionsBuilder,
};
use bytes::Bytes;
use futures::future::try_join_all;
use windlass_engine::ports::driver::PodEvent;
use windlass_model::event::Level;
use windlass_model::pod::{ContainerPlan, PodPlan};

use crate::engine::Engine;
use crate::identity::{Kind, has_mark, judge};
use crate::image::Fetch;
use crate::manifest;
use crate::names::{self, Stamp};

pub(crate) use archive::program as agent_archive;
pub(crate) use error::StartError;
pub(crate) use progress::{Progress, Stage, Watcher};

/// A container of the pod as it will be made.
pub(crate) struct Prepared {
    pub(crate) plan: ContainerPlan,
    pub(crate) body: ContainerCreateBody,
}

/// Everything that bringing a pod up needs.
pub(crate) struct BringUp {
    pub(crate) engine: Engine,
    pub(crate) pod: PodPlan,
    pub(crate) containers: Vec<Prepared>,
    pub(crate) agent: Bytes,
    pub(crate) stamp: Stamp,
    pub(crate) progress: Arc<Progress>,
}

impl BringUp {
    /// Does it, and tells how it went. Between two requests it looks whether it was cancelled; a request is never cut off, lest the engine
    /// finish it unseen. Only pulls are.
    pub(crate) async fn run(self) {
        match self.all().await {
            Ok(()) | Err((_, StartError::Cancelled)) => {}
            Err((container, error)) => self.progress.tell(error.event(container.as_deref(), &self.engine.advice())),
        }
        self.progress.settle();
    }

    async fn all(&self) -> Result<(), (Option<String>, StartError)> {
        let whole = |e| (None, e);
        for request in manifest::volumes(&self.pod, &self.engine.facts, &self.stamp) {
            self.go_on().map_err(whole)?;
            let name = request.name.clone().unwrap_or_default();
            let made = self.engine.docker.create_volume(request).await.map_err(StartError::engine("a volume")).map_err(whole)?;
            // Engines answer with a volume that is there already as if they had made it.
            if made.name != name || !has_mark(&made.labels, &self.stamp.mark) {
                return Err(whole(StartError::NameTaken { kind: Kind::Volume, name }));
            }
        }
        tokio::select! {
            done = try_join_all(self.pod.containers.iter().map(|plan| self.fetch(plan))) => { done?; }
            () = self.progress.cancelled() => return Err(whole(StartError::Cancelled)),
        }
        self.load().await.map_err(whole)?;
        let Some((main, sidecars)) = self.containers.split_first() else { return Ok(()) };
        self.start(main).await?;
        try_join_all(sidecars.iter().map(|sidecar| self.start(sidecar))).await?;
        Ok(())
    }

    fn go_on(&self) -> Result<(), StartError> {
        if self.progress.is_cancelled() { Err(StartError::Cancelled) } else { Ok(()) }
    }

    async fn fetch(&self, plan: &ContainerPlan) -> Result<(), (Option<String>, StartError)> {
        let tell = |fetch: Fetch| {
            let (level, message) = match fetch {
                Fetch::Pulling => (Level::Info, format!("pulling image {}", plan.image)),
                Fetch::Pulled => (Level::Info, format!("pulled image {}", plan.image)),
                Fetch::Again(why) => (Level::Warning, format!("{why}; trying again")),
            };
            self.progress.tell(PodEvent::Notice { container: Some(plan.name.clone()), level, message });
        };
        self.engine
            .ensure_image(&plan.image, self.pod.pull_policy, self.pod.architecture, &tell)
            .await
            .map_err(|e| (Some(plan.name.clone()), e.into()))
    }

    /// Fills the volumes through a container that is never started: the only way into a volume that needs no program, and
    /// that also serves images made from scratch and roots mounted read-only.
    async fn load(&self) -> Result<(), StartError> {
        self.go_on()?;
        let Some(main) = self.pod.containers.first() else { return Ok(()) };
        let name = names::loader(&self.pod.name);
        let docker = &self.engine.docker;
        let body = manifest::loader(&self.pod, &crate::image::engine_reference(&main.image), &self.engine.facts, &self.stamp);
        let loader = self.create(&name, body).await?;
        let volumes = manifest::loaded(&self.pod, &self.engine.facts);
        for upload in archive::uploads(self.engine.facts.flavour, &volumes, &self.agent).map_err(StartError::Archive)? {
            self.go_on()?;
            let options = UploadToContainerOptionsBuilder::default().path(&upload.directory).build();
            docker
                .upload_to_container(&loader, Some(options), body_full(upload.archive.into()))
                .await
                .map_err(StartError::engine("to fill a volume"))?;
        }
        let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        docker.remove_container(&loader, Some(options)).await.map_err(StartError::engine("to remove the loader"))
    }

    async fn start(&self, container: &Prepared) -> Result<(), (Option<String>, StartError)> {
        self.create_and_start(container).await.map_err(|e| (Some(container.plan.name.clone()), e))
    }

    async fn create_and_start(&self, container: &Prepared) -> Result<(), StartError> {
        self.go_on()?;
        let plan = &container.plan;
        if let Some(message) = manifest::unavailable(plan.resources, &self.engine.facts) {
            self.progress.tell(PodEvent::Notice { container: Some(plan.name.clone()), level: Level::Warning, message });
        }
        let name = names::container(&self.pod.name, &plan.name);
        let id = self.create(&name, container.body.clone()).await?;
        self.go_on()?;
        let docker = &self.engine.docker;
        docker
            .start_container(&id, None::<StartContainerOptions>)
            .await
            .map_err(StartError::engine(format!("to start container {}", plan.name)))
    }

    /// Creates a container, and returns its id. One that has the name already counts only when this very creation made it.
    async fn create(&self, name: &str, body: ContainerCreateBody) -> Result<String, StartError> {
        let docker = &self.engine.docker;
        let options = CreateContainerOptionsBuilder::default().name(name).build();
        match docker.create_container(Some(options), body).await {
            Ok(made) => Ok(made.id),
            Err(e) if crate::error::is_conflict(&e) => {
                let there = docker.inspect_container(name, None::<InspectContainerOptions>).await;
                let there = there.map_err(StartError::engine("a container"))?;
                let labels = there.config.and_then(|c| c.labels).unwrap_or_default();
                let ours = judge(Kind::Container, name, &labels).is_ok() && has_mark(&labels, &self.stamp.mark);
                let taken = || StartError::NameTaken { kind: Kind::Container, name: name.to_owned() };
                there.id.filter(|_| ours).ok_or_else(taken)
            }
            Err(e) => Err(StartError::engine("to create a container")(e)),
        }
    }
}
