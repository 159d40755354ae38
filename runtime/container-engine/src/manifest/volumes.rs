//! Volumes: the plan's, the agent's and the spools.

use bollard::models::VolumeCreateRequest;
use windlass_model::pod::{ContainerPlan, PodPlan, Process, Volume, paths};

use crate::engine::Facts;
use crate::names;

/// Where the loader has the volumes that it fills.
const LOADED: &str = "/windlass-volumes";

/// A volume on disk, which is made ready before a container starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Loaded {
    /// Its name on the engine.
    pub(crate) name: String,
    /// Where the loader has it.
    pub(crate) path: String,
    /// Whether the agent's program goes into it. Else it is opened to all users, as an emptyDir is.
    pub(crate) agent: bool,
}

/// All volumes of a pod, to be created.
pub(crate) fn volumes(pod: &PodPlan, facts: &Facts, now: u64) -> Vec<VolumeCreateRequest> {
    let labels = names::labels(pod, now);
    let plain = |name: String| VolumeCreateRequest {
        name: Some(name),
        driver: Some("local".into()),
        labels: Some(labels.clone()),
        ..VolumeCreateRequest::default()
    };
    let planned = pod.volumes.iter().map(|volume| {
        let mut request = plain(names::volume(&pod.name, &volume.name));
        if in_memory(volume, facts) {
            let options = [("type", "tmpfs"), ("device", "tmpfs"), ("o", "mode=0777")];
            request.driver_opts = Some(options.map(|(k, v)| (k.to_owned(), v.to_owned())).into());
        }
        request
    });
    let spools = supervised(pod).map(|c| plain(names::spool_volume(&pod.name, &c.name)));
    std::iter::once(plain(names::agent_volume(&pod.name))).chain(spools).chain(planned).collect()
}

/// The volumes on disk, as the loader has them. A tmpfs cannot be filled ahead and needs not be.
pub(crate) fn loaded(pod: &PodPlan, facts: &Facts) -> Vec<Loaded> {
    let agent = (names::agent_volume(&pod.name), true);
    let spools = supervised(pod).map(|c| (names::spool_volume(&pod.name, &c.name), false));
    let planned = pod.volumes.iter().filter(|v| !in_memory(v, facts)).map(|v| (names::volume(&pod.name, &v.name), false));
    std::iter::once(agent)
        .chain(spools)
        .chain(planned)
        .enumerate()
        .map(|(index, (name, agent))| Loaded { name, path: format!("{LOADED}/{index}"), agent })
        .collect()
}

/// The mounts of a container. `z` shares them between the pod's containers under SELinux and means nothing elsewhere; `nocopy` keeps
/// the image's files out, as an emptyDir would.
pub(super) fn binds(pod: &PodPlan, plan: &ContainerPlan) -> Vec<String> {
    let bind =
        |name: String, path: &str, read_only: bool| format!("{name}:{path}:{}z,nocopy", if read_only { "ro," } else { "" });
    let mut binds: Vec<String> =
        plan.mounts.iter().map(|m| bind(names::volume(&pod.name, &m.volume), &m.path, m.read_only)).collect();
    if plan.process == Process::Supervised {
        binds.push(bind(names::agent_volume(&pod.name), paths::BIN, true));
        binds.push(bind(names::spool_volume(&pod.name, &plan.name), paths::SPOOL, false));
    }
    binds
}

fn in_memory(volume: &Volume, facts: &Facts) -> bool {
    volume.in_memory && facts.memory_volumes
}

fn supervised(pod: &PodPlan) -> impl Iterator<Item = &ContainerPlan> {
    pod.containers.iter().filter(|c| c.process == Process::Supervised)
}
