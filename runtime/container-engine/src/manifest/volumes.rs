//! Volumes: the plan's, the agent's, the spools, and directories of files.

use bollard::models::{Mount, MountType, MountVolumeOptions, VolumeCreateRequest};
use windlass_model::pod::{ContainerPlan, Files, PodPlan, Process, Volume, paths};

use crate::engine::Facts;
use crate::names::{self, Stamp};

/// Where the loader has the volumes that it fills.
const LOADED: &str = "/windlass-volumes";

/// A volume on disk, which is made ready before a container starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Loaded<'a> {
    /// Its name on the engine.
    pub(crate) name: String,
    /// Where the loader has it.
    pub(crate) path: String,
    /// What goes into it.
    pub(crate) content: Content<'a>,
}

/// What a volume holds before any container has written to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content<'a> {
    /// The agent's program.
    Agent,
    /// Files that every user may read.
    Files(&'a Files),
    /// Nothing: it is open to all users, as an emptyDir is.
    Nothing,
}

/// All volumes of a pod, to be created.
pub(crate) fn volumes(pod: &PodPlan, facts: &Facts, stamp: &Stamp) -> Vec<VolumeCreateRequest> {
    let labels = names::labels(pod, stamp);
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
    let files = (0..pod.file_directories().len()).map(|number| plain(names::files_volume(&pod.name, number)));
    std::iter::once(plain(names::agent_volume(&pod.name))).chain(files).chain(spools).chain(planned).collect()
}

/// The volumes on disk, as the loader has them. A tmpfs cannot be filled ahead and needs not be.
pub(crate) fn loaded<'a>(pod: &'a PodPlan, facts: &Facts) -> Vec<Loaded<'a>> {
    let agent = (names::agent_volume(&pod.name), Content::Agent);
    let directories = pod.file_directories().into_iter().enumerate();
    let files = directories.map(|(number, (_, files))| (names::files_volume(&pod.name, number), Content::Files(files)));
    let spools = supervised(pod).map(|c| names::spool_volume(&pod.name, &c.name));
    let planned = pod.volumes.iter().filter(|v| !in_memory(v, facts)).map(|v| names::volume(&pod.name, &v.name));
    std::iter::once(agent)
        .chain(files)
        .chain(spools.chain(planned).map(|name| (name, Content::Nothing)))
        .enumerate()
        .map(|(index, (name, content))| Loaded { name, path: format!("{LOADED}/{index}"), content })
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

/// The directories of files of a container. Not as binds: those take a `:` in a path for the end of it, and a registry's host may have one.
pub(super) fn file_mounts(pod: &PodPlan, plan: &ContainerPlan) -> Vec<Mount> {
    let directories = pod.file_directories().into_iter().enumerate();
    let of_container = directories.filter(|(_, (path, files))| plan.files.get(*path) == Some(*files));
    of_container
        .map(|(number, (path, _))| Mount {
            typ: Some(MountType::VOLUME),
            source: Some(names::files_volume(&pod.name, number)),
            target: Some(path.to_owned()),
            read_only: Some(true),
            volume_options: Some(MountVolumeOptions { no_copy: Some(true), ..MountVolumeOptions::default() }),
            ..Mount::default()
        })
        .collect()
}

fn in_memory(volume: &Volume, facts: &Facts) -> bool {
    volume.in_memory && facts.memory_volumes
}

fn supervised(pod: &PodPlan) -> impl Iterator<Item = &ContainerPlan> {
    pod.containers.iter().filter(|c| c.process == Process::Supervised)
}
