//! The built-in plugin `buildkit`: an image, by BuildKit. Its daemon runs in a container of its own, as an ordinary user; its client runs in
//! the task's, as the user whose files the context consists of. To a client that cannot read a file, the file is empty.

mod arguments;
mod cache;
mod daemon;
mod failure;
mod pod;
mod registries;

use windlass_plugin_sdk::builder::Workplace;
use windlass_plugin_sdk::images::{BuiltImage, Location};
use windlass_plugin_sdk::{Build, BuildRequest, Error, Needs, NoRequest, builder, plugin};

use arguments::Invocation;
use daemon::Daemon;

/// The container, by its name in the pod.
const CONTAINER: &str = "buildkit";

/// The output that is looked at when a command fails.
const TAIL: usize = 64 * 1024;

struct BuildKit;

impl Build for BuildKit {
    type Extra = NoRequest;

    fn requirements(request: &BuildRequest, _: &NoRequest) -> Result<Needs, Error> {
        builder::check(request)?;
        arguments::check(request)?;
        Ok(pod::needs(request))
    }

    fn build(request: BuildRequest, _: NoRequest) -> Result<BuiltImage, Error> {
        let place = Workplace::of_task(&request)?;
        place.check_dockerfile(&request)?;
        let registries = windlass_plugin_sdk::registries::known()?;
        let daemon = Daemon::find_or_start(&registries)?;
        place.write_secrets(&request)?;
        let layout = arguments::layout(&place);
        if !request.push {
            // The directory must be there, and this is what an OCI layout begins with.
            place.container.write_file(&format!("{layout}/oci-layout"), 0o644, r#"{"imageLayoutVersion":"1.0.0"}"#)?;
        }
        let metadata_file = arguments::metadata_file(&place);
        place.container.write_file(&metadata_file, 0o600, "")?;
        let invocation = Invocation { request: &request, place: &place, meeting: daemon.meeting(), registries: &registries };
        // Without a login step the client would keep a file in the home of the task's user, who may have none.
        let command = place.container.command(invocation.argv()).bare_environment().env("DOCKER_CONFIG", place.private.as_str());
        let command = cache::variables(&request)?.into_iter().fold(command, |command, (name, value)| command.env(name, value));
        let (exit, output) = command.registry_credentials().output_shown(TAIL)?;
        if !exit.success() {
            daemon.check()?;
            return Err(failure::explain(&exit, &String::from_utf8_lossy(&output), request.dockerfile_text.as_deref()));
        }
        daemon.keep()?;
        let metadata = place.container.read_file(&metadata_file, 1 << 20)?.unwrap_or_default();
        let digest = arguments::digest(&metadata)?;
        let location = if request.push { Location::Pushed } else { Location::Layout(layout) };
        Ok(BuiltImage { location, references: request.tags, digest: Some(digest) })
    }

    fn cleanup(request: BuildRequest, _: NoRequest) -> Result<(), Error> {
        let place = Workplace::of_task(&request)?;
        place.remove_secrets(&request)?;
        place.container.remove_file(&arguments::metadata_file(&place))
    }
}

plugin! {
    build BuildKit,
    name: "buildkit",
    description: "Builds an image with BuildKit, whose daemon runs in a container of its own as an ordinary user.",
    powers: {
        "pod" only {
            level: "baseline", except: ["seccomp-unconfined", "apparmor-unconfined"], capabilities: (pod::CAPABILITIES), ports: []
        }: "brings the container of BuildKit's daemon, which creates a user namespace",
        "containers" only ["own", "main"]: "runs BuildKit's daemon in a container of its own, and its client in the task's",
        "environment": "tells BuildKit's client where the cache of GitHub Actions is, when a flag asks for type=gha",
        "registries": "tells BuildKit which registries have their own certificate authority, speak plain HTTP or have mirrors",
        "secrets": "passes build secrets on to BuildKit as files in memory, without seeing them",
    },
    honours: [
        "target", "build_args", "labels", "secrets", "platforms", "cache.to", "cache.from", "cache.mode", "no_cache", "source_date_epoch",
        "flags", "image", "cpu", "memory", "git_context",
    ],
    leaves: ["layout", "pushed"],
    facts: {
        "maintained": "the Moby project",
        "runs": "buildkitd in a container of its own, as user 1000, seccomp and AppArmor unconfined, privilege escalation allowed; buildctl in the task's",
        "formats": "OCI; an index for several platforms",
        "caches": "a registry, every stage; with `cache.from` alone, the image itself",
    },
}
