//! A build plugin: an image, by `podman build` in a container of its own, without a daemon.

mod arguments;
mod failure;
mod pod;
mod registries_conf;

use windlass_plugin_sdk::builder::Workplace;
use windlass_plugin_sdk::containers::Command;
use windlass_plugin_sdk::images::{BuiltImage, Location};
use windlass_plugin_sdk::{Build, BuildRequest, Error, Needs, NoRequest, builder, failed, plugin, registries};

use arguments::Files;

/// The output that is looked at when Podman fails.
const TAIL: usize = 64 * 1024;

struct PodmanBuild;

impl Build for PodmanBuild {
    type Extra = NoRequest;

    fn requirements(request: &BuildRequest, _: &NoRequest) -> Result<Needs, Error> {
        builder::check(request)?;
        Ok(pod::needs(request))
    }

    fn build(request: BuildRequest, _: NoRequest) -> Result<BuiltImage, Error> {
        let place = Workplace::open(pod::CONTAINER, &request)?;
        place.check_dockerfile(&request)?;
        place.write_secrets(&request)?;
        let files = Files::of(&place);
        let conf = registries_conf::text(&registries::known()?);
        place.container.write_file(&files.registries, 0o600, conf.as_str())?;
        // Podman writes to these two, and makes no directory for them.
        place.container.write_file(&files.image, 0o600, "")?;
        place.container.write_file(&files.digest, 0o600, "")?;

        let told = |argv: Vec<String>| place.container.command(argv).env("CONTAINERS_REGISTRIES_CONF", files.registries.as_str());
        succeed(told(arguments::build(&request, &place, &files)), &request)?;
        let image = read(&place, &files.image)?;
        let mut digest = None;
        let destinations = arguments::destinations(&request, &place);
        for destination in &destinations {
            succeed(told(arguments::push(&image, destination, &files)), &request)?;
            let sent = read(&place, &files.digest)?;
            if digest.as_ref().is_some_and(|digest| *digest != sent) {
                return Err(failed(format!("podman made another manifest, {sent}, for {destination}")));
            }
            digest = Some(sent);
        }
        let location = if request.push { Location::Pushed } else { Location::Layout(arguments::layout(&place)) };
        Ok(BuiltImage { location, references: request.tags, digest })
    }

    fn cleanup(request: BuildRequest, _: NoRequest) -> Result<(), Error> {
        let place = Workplace::open(pod::CONTAINER, &request)?;
        place.remove_secrets(&request)?;
        let files = Files::of(&place);
        [files.registries, files.digest, files.image].iter().try_for_each(|file| place.container.remove_file(file))
    }
}

/// Runs Podman with the credentials of the task's login steps, its output going to the user.
fn succeed(command: Command<'_>, request: &BuildRequest) -> Result<(), Error> {
    let (exit, output) = command.registry_credentials().working_dir("/").output_shown(TAIL)?;
    if exit.success() {
        return Ok(());
    }
    Err(failure::explain(&exit, &String::from_utf8_lossy(&output), request.dockerfile_text.as_deref()))
}

/// What Podman wrote to a file of one line.
fn read(place: &Workplace, file: &str) -> Result<String, Error> {
    let bytes = place.container.read_file(file, 1024)?.unwrap_or_default();
    match String::from_utf8_lossy(&bytes).trim() {
        "" => Err(failed("podman succeeded, but left no image; a flag such as --output sends it elsewhere")),
        line => Ok(line.to_owned()),
    }
}

plugin! {
    build PodmanBuild,
    name: "podman-build",
    description: "Builds an image with podman build, in a container of its own and without a daemon.",
    powers: {
        "pod" only {
            level: "baseline", except: ["seccomp-unconfined", "apparmor-unconfined"], capabilities: (pod::CAPABILITIES), ports: []
        }: "brings the container that builds, which creates a user namespace",
        "containers" only ["own"]: "runs podman in a container of its own",
        "registries": "tells podman which registries have mirrors or speak plain HTTP",
        "secrets": "passes build secrets on to podman as files in memory, without seeing them",
    },
    honours: [
        "target", "build_args", "labels", "secrets", "cache.to", "cache.from", "no_cache", "source_date_epoch", "flags", "image", "cpu", "memory",
    ],
    leaves: ["layout", "pushed"],
    facts: {
        "maintained": "the Podman project",
        "runs": "podman in a container of its own, as root, without a daemon",
        "formats": "OCI",
        "caches": "a registry, every step",
    },
}
