//! What windlass.yaml says of registries, told to containers: certificates to all of them as files, and the rest to Docker daemons as flags.

use windlass_model::image::ImageReference;
use windlass_model::pod::{ContainerPlan, PodPlan, Process, Registry};

/// The hosts under which Docker Hub is written.
const DOCKER_HUB: [&str; 3] = ["docker.io", "index.docker.io", "registry-1.docker.io"];

/// Tells the containers of a pod. What one of them cannot be told comes back in words.
pub(super) fn tell(pod: &mut PodPlan) -> Vec<String> {
    let PodPlan { registries, containers, task, .. } = pod;
    let mut notes = Vec::new();
    for container in containers {
        for registry in registries.iter() {
            if let (Some(directory), Some(certificate)) = (registry.certificate_directory(), &registry.certificate) {
                container.files.insert(directory, [(Registry::CERTIFICATE.to_owned(), certificate.clone())].into());
            }
        }
        if is_docker_daemon(&container.image) {
            notes.extend(tell_daemon(container, registries).into_iter().map(|note| format!("task {task}: {note}")));
        }
    }
    notes
}

/// Whether an image is docker's own with the daemon, or a copy of it in another registry: `docker:29-dind`, `mirror.corp/hub/docker:dind`.
fn is_docker_daemon(image: &ImageReference) -> bool {
    let repository = image.repository();
    let name = repository.rsplit('/').next().unwrap_or_default();
    name == "docker" && image.tag().is_some_and(|tag| tag.split('-').any(|part| part == "dind"))
}

/// Insecure registries and mirrors are flags of the daemon. As flags rather than its `daemon.json`: each may be given many times, so those
/// that the task itself gives stay in force, and the image keeps a file of its own.
fn tell_daemon(container: &mut ContainerPlan, registries: &[Registry]) -> Vec<String> {
    let name = &container.name;
    let of_hub = |registry: &Registry| DOCKER_HUB.contains(&registry.host.as_str());
    let insecure = registries.iter().filter(|registry| registry.insecure);
    let mirrors = registries.iter().filter(|registry| of_hub(registry)).flat_map(|registry| &registry.mirrors);
    let flags: Vec<String> = insecure
        .map(|registry| format!("--insecure-registry={}", registry.host))
        .chain(mirrors.map(|mirror| format!("--registry-mirror={}", mirror_url(mirror, registries))))
        .collect();
    let mut notes: Vec<String> = registries
        .iter()
        .filter(|registry| !registry.mirrors.is_empty() && !of_hub(registry))
        .map(|registry| {
            format!(
                "container {name} does not use the mirrors of {}: a Docker daemon knows those of docker.io only",
                registry.host
            )
        })
        .collect();
    match &mut container.process {
        // Its entrypoint hands flags on to the daemon, and starts whatever is no flag (docker-library/docker, dockerd-entrypoint.sh).
        Process::Image { args } if args.iter().flatten().next().is_none_or(|word| word.starts_with('-') || word == "dockerd") => {
            if !flags.is_empty() {
                let args = args.get_or_insert_default();
                let more: Vec<String> = flags.into_iter().filter(|flag| !args.contains(flag)).collect();
                args.extend(more);
            }
        }
        // The task's own container, in which no daemon runs unless a script starts one.
        Process::Supervised => {}
        Process::Image { .. } if flags.is_empty() => {}
        Process::Image { .. } => notes.push(format!(
            "container {name} runs a command of its own instead of dockerd, which windlass.yaml's `registries` ask to be started with {}",
            flags.join(" ")
        )),
    }
    notes
}

/// A mirror as the daemon takes it.
fn mirror_url(mirror: &str, registries: &[Registry]) -> String {
    if mirror.contains("://") {
        return mirror.to_owned();
    }
    let plain = registries.iter().any(|registry| registry.insecure && registry.host == mirror);
    format!("{}://{mirror}", if plain { "http" } else { "https" })
}

#[cfg(test)]
mod tests;
