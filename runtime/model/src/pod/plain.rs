//! Pods and containers that ask for nothing but what they must have. What more they are to have is written out beside it:
//! `PodPlan { volumes, ..PodPlan::new(…) }`.

use std::collections::BTreeMap;

use super::{ContainerPlan, PodPlan, Process, PullPolicy, Security};
use crate::image::ImageReference;
use crate::pod_fields::PodFields;
use crate::quantity::Resources;
use crate::task::Architecture;

impl PodPlan {
    /// A pod of these containers and nothing else, for the usual architecture.
    pub fn new(
        name: impl Into<String>,
        run: impl Into<String>,
        task: impl Into<String>,
        containers: Vec<ContainerPlan>,
        deadline_seconds: u64,
    ) -> Self {
        Self {
            name: name.into(),
            run: run.into(),
            task: task.into(),
            containers,
            volumes: Vec::new(),
            host_aliases: Vec::new(),
            registries: Vec::new(),
            pull_policy: PullPolicy::default(),
            registry_secret: None,
            secrets: Vec::new(),
            architecture: Architecture::default(),
            node_selector_terms: Vec::new(),
            fields: PodFields::default(),
            deadline_seconds,
        }
    }
}

impl ContainerPlan {
    /// A container of the task's own that has nothing but its image.
    pub fn new(name: impl Into<String>, image: ImageReference, process: Process, resources: Resources) -> Self {
        Self {
            name: name.into(),
            image,
            process,
            env: Vec::new(),
            resources,
            security: Security::default(),
            ports: Vec::new(),
            mounts: Vec::new(),
            files: BTreeMap::new(),
            readiness: Vec::new(),
            brought_by: None,
        }
    }
}
