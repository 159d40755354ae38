//! Volumes of the pod, and where its containers see them.

use k8s_openapi::api::core::v1::{EmptyDirVolumeSource, KeyToPath, SecretVolumeSource, Volume, VolumeMount};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use windlass_model::pod::{ContainerPlan, Mount, PodPlan, Process, paths};

use super::AGENT_KEY;
use crate::names;

const AGENT: &str = "windlass-agent";

/// A tmpfs counts as memory of the container that fills it, so it is kept small: a socket, credentials, a program of a step's.
const RUN_SIZE: &str = "16Mi";

/// Whether the agent is the container's first process.
pub(super) fn is_supervised(container: &ContainerPlan) -> bool {
    matches!(container.process, Process::Supervised)
}

/// The volume of a container's own at [`paths::RUN`]. Numbered: a container's name may be too long to be part of a volume's.
fn run_volume(index: usize) -> String {
    format!("windlass-run-{index}")
}

/// The volume of a container's own at [`paths::SPOOL`].
fn spool_volume(index: usize) -> String {
    format!("windlass-spool-{index}")
}

/// All volumes: the plan's, then windlass's own.
pub(super) fn volumes(pod: &PodPlan) -> Vec<Volume> {
    let mut volumes: Vec<Volume> = pod.volumes.iter().map(|v| empty_dir(v.name.clone(), v.in_memory, None)).collect();
    volumes.extend(files(pod));
    let supervised: Vec<usize> = pod.containers.iter().enumerate().filter(|(_, c)| is_supervised(c)).map(|(i, _)| i).collect();
    if supervised.is_empty() {
        return volumes;
    }
    volumes.push(agent(&pod.name));
    for index in supervised {
        volumes.push(empty_dir(run_volume(index), true, Some(RUN_SIZE)));
        volumes.push(empty_dir(spool_volume(index), false, None));
    }
    volumes
}

/// What the container at `index` sees: windlass's own files, then the plan's volumes.
pub(super) fn mounts(pod: &PodPlan, index: usize, container: &ContainerPlan) -> Vec<VolumeMount> {
    let mut mounts = Vec::new();
    if is_supervised(container) {
        mounts.push(mount(AGENT.to_owned(), paths::BIN, true));
        mounts.push(mount(run_volume(index), paths::RUN, false));
        mounts.push(mount(spool_volume(index), paths::SPOOL, false));
    }
    let planned = |m: &Mount| mount(m.volume.clone(), &m.path, m.read_only);
    mounts.extend(container.mounts.iter().map(planned));
    for (number, (path, files)) in pod.file_directories().into_iter().enumerate() {
        if container.files.get(path) == Some(files) {
            mounts.push(mount(files_volume(number), path, true));
        }
    }
    mounts
}

/// The volume of a directory of files, by its number in the pod: its path may hold what no volume's name can.
fn files_volume(number: usize) -> String {
    format!("windlass-files-{number}")
}

/// The key of a file in the Secret with the agent, by the numbers of its directory and its own in that.
pub(super) fn file_key(directory: usize, file: usize) -> String {
    format!("file-{directory}-{file}")
}

/// A volume for each directory of files, so that what the image has beside it stays in sight.
fn files(pod: &PodPlan) -> impl Iterator<Item = Volume> {
    let directories = pod.file_directories().into_iter().enumerate();
    directories.map(|(number, (_, files))| {
        let file =
            |(i, name): (usize, &String)| KeyToPath { key: file_key(number, i), path: name.clone(), ..KeyToPath::default() };
        let items = files.keys().enumerate().map(file).collect();
        from_agent_secret(&pod.name, files_volume(number), items)
    })
}

fn agent(pod: &str) -> Volume {
    from_agent_secret(pod, AGENT.to_owned(), vec![key(AGENT_KEY, Some(0o755))])
}

/// A volume with these keys of the Secret that has the agent and the files. What is in it, every user may read.
fn from_agent_secret(pod: &str, name: String, items: Vec<KeyToPath>) -> Volume {
    let source = SecretVolumeSource { secret_name: Some(names::agent(pod)), items: Some(items), ..SecretVolumeSource::default() };
    Volume { name, secret: Some(source), ..Volume::default() }
}

/// A key as a file of the same name.
fn key(key: &str, mode: Option<i32>) -> KeyToPath {
    KeyToPath { key: key.to_owned(), path: key.to_owned(), mode, ..KeyToPath::default() }
}

fn empty_dir(name: String, in_memory: bool, size: Option<&str>) -> Volume {
    let source = EmptyDirVolumeSource {
        medium: in_memory.then(|| "Memory".to_owned()),
        size_limit: size.map(|size| Quantity(size.to_owned())),
        ..EmptyDirVolumeSource::default()
    };
    Volume { name, empty_dir: Some(source), ..Volume::default() }
}

fn mount(volume: String, path: &str, read_only: bool) -> VolumeMount {
    VolumeMount { name: volume, mount_path: path.to_owned(), read_only: read_only.then_some(true), ..VolumeMount::default() }
}
