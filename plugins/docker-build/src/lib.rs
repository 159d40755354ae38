//! The built-in plugin `docker-build`: an image, by the docker command in the task's container and a daemon next to it.

mod arguments;
mod builder;
mod cache;
mod daemon;
mod failure;

use windlass_plugin_sdk::containers::{self, Container};
use windlass_plugin_sdk::images::{BuiltImage, Location};
use windlass_plugin_sdk::{Build, BuildRequest, Error, Needs, failed, log, plugin, request, secrets};

use builder::Builder;

request! {
    /// Settings of the daemon that the plugin brings when the task lists none.
    pub struct Extra {
        /// Bring no daemon: the task has one that cannot be recognised by a port, such as one on a shared socket.
        existing_daemon: bool,
    }
}

/// The output that is looked at when a build fails.
const TAIL: usize = 64 * 1024;

struct DockerBuild;

impl Build for DockerBuild {
    type Extra = Extra;

    fn requirements(request: &BuildRequest, extra: &Extra) -> Result<Needs, Error> {
        arguments::check(request)?;
        daemon::needs(request, extra)
    }

    fn build(request: BuildRequest, _: Extra) -> Result<BuiltImage, Error> {
        arguments::check(&request)?;
        let container = containers::default()?;
        if container.find_program("docker")?.is_none() {
            let name = container.name();
            return Err(failed(format!(
                "container {name} has no docker command; use an image that has one, such as docker:29-cli"
            )));
        }
        let builder = Builder::choose(&container, &request)?;
        let directory = containers::private_directory()?;
        for secret in &request.secrets {
            let handle = secrets::open(&secret.secret)?;
            container.write_file(&arguments::secret_file(&directory, &secret.id), 0o600, &handle)?;
        }
        let id_file = arguments::id_file(&directory);
        // Made first, so that the directory is there for docker to write to.
        container.write_file(&id_file, 0o600, "")?;
        cache::tell_what_is_left_out(&request);
        if builder == Builder::Classic {
            cache::pull(&container, &request)?;
        }
        let argv = arguments::argv(&request, builder, &directory);
        let mut command = container.command(argv).registry_credentials().env("BUILDKIT_PROGRESS", "plain");
        if builder == (Builder::BuildKit { asked: true }) {
            command = command.env("DOCKER_BUILDKIT", "1");
        }
        let (exit, output) = command.output_shown(TAIL)?;
        if !exit.success() {
            return Err(failure::explain(&exit, &String::from_utf8_lossy(&output), request.dockerfile_text.as_deref()));
        }
        match container.read_file(&id_file, 1024)? {
            Some(id) if !id.is_empty() => log::debug(format!("image {}", String::from_utf8_lossy(&id).trim())),
            _ => return Err(failed("docker build succeeded, but left no image; a flag such as --output sends it elsewhere")),
        }
        let reference = request.tags.first().ok_or_else(|| failed("an image without a tag cannot be found again"))?;
        Ok(BuiltImage { location: Location::Daemon(reference.clone()), references: request.tags, digest: None })
    }

    fn cleanup(request: BuildRequest, _: Extra) -> Result<(), Error> {
        let container = containers::default()?;
        let directory = containers::private_directory()?;
        remove(&container, &arguments::id_file(&directory))?;
        request.secrets.iter().try_for_each(|secret| remove(&container, &arguments::secret_file(&directory, &secret.id)))
    }
}

fn remove(container: &Container, file: &str) -> Result<(), Error> {
    container.remove_file(file)
}

plugin! {
    build DockerBuild,
    name: "docker-build",
    description: "Builds an image with the docker command, bringing a docker-in-docker daemon unless the task lists one.",
    powers: {
        "pod" only { level: "privileged", capabilities: [], ports: [2375] }: "brings a docker daemon, unless the task has one",
        "environment-set" only ["DOCKER_HOST"]: "tells the task's commands where that daemon listens",
        "containers" only ["main"]: "runs docker build in the task's container",
        "secrets": "passes build secrets on to docker as files in memory, without seeing them",
    },
    honours: [
        "target", "build_args", "labels", "secrets", "platforms", "cache.to", "cache.from", "cache.mode", "no_cache", "source_date_epoch",
        "flags", "image", "cpu", "memory", "git_context",
    ],
    leaves: ["daemon"],
    facts: {
        "maintained": "Docker, Inc. and the Moby project",
        "runs": "docker build in the task's container, against a daemon next to it",
        "formats": "Docker; OCI with buildx",
        "caches": "the image itself, layers of the last stage; with buildx also a registry, every stage with mode max",
    },
}
