//! The built-in plugin `kaniko`: an image, by the Kaniko executor in a container of its own, without a daemon and without privilege.

mod arguments;
mod executor;
mod failure;
mod pod;

use windlass_plugin_sdk::builder::Workplace;
use windlass_plugin_sdk::images::{BuiltImage, Location};
use windlass_plugin_sdk::{Build, BuildRequest, Error, Needs, NoRequest, builder, failed, plugin, registries};

use arguments::Invocation;
use executor::Executor;

/// The container, by its name in the pod.
const CONTAINER: &str = "kaniko";

/// The executor in its image, which has nothing else.
const EXECUTOR: &str = "/kaniko/executor";

/// The output that is looked at when a build fails.
const TAIL: usize = 64 * 1024;

struct Kaniko;

impl Build for Kaniko {
    type Extra = NoRequest;

    fn requirements(request: &BuildRequest, _: &NoRequest) -> Result<Needs, Error> {
        builder::check(request)?;
        arguments::check(request)?;
        Ok(pod::needs(request))
    }

    fn build(request: BuildRequest, _: NoRequest) -> Result<BuiltImage, Error> {
        let place = Workplace::open(CONTAINER, &request)?;
        place.check_dockerfile(&request)?;
        let executor = Executor::ask(&place.container)?;
        executor.check(&request)?;
        place.write_secrets(&request)?;
        let digest_file = arguments::digest_file(&place);
        // Made first, so that its directory is there for the executor to write to.
        place.container.write_file(&digest_file, 0o600, "")?;
        let invocation = Invocation { request: &request, place: &place, registries: &registries::known()?, executor: &executor };
        let command = place.container.command(invocation.argv()).bare_environment().registry_credentials();
        let command = invocation.env().into_iter().fold(command, |command, (name, value)| command.env(name, value));
        let (exit, output) = command.output_shown(TAIL)?;
        if !exit.success() {
            return Err(failure::explain(&exit, &String::from_utf8_lossy(&output), request.dockerfile_text.as_deref()));
        }
        let digest = place.container.read_file(&digest_file, 1024)?.unwrap_or_default();
        let digest = String::from_utf8_lossy(&digest).trim().to_owned();
        if digest.is_empty() {
            return Err(failed("kaniko succeeded but wrote no digest; a flag such as --no-push-digest suppresses it"));
        }
        let location = if request.push { Location::Pushed } else { Location::Layout(arguments::layout(&place)) };
        Ok(BuiltImage { location, references: request.tags, digest: Some(digest) })
    }

    fn cleanup(request: BuildRequest, _: NoRequest) -> Result<(), Error> {
        let place = Workplace::open(CONTAINER, &request)?;
        place.remove_secrets(&request)?;
        place.container.remove_file(&arguments::digest_file(&place))
    }
}

plugin! {
    build Kaniko,
    name: "kaniko",
    description: "Builds an image with the Kaniko executor, in an unprivileged container and without a daemon.",
    powers: {
        "pod" only { level: "baseline", capabilities: (builder::pod::CAPABILITIES), ports: [] }: "brings the container that builds",
        "containers" only ["own"]: "runs the executor in a container of its own",
        "registries": "tells the executor which registries have their own certificate authority or speak plain HTTP",
        "secrets": "passes build secrets on to the executor as files in memory, without seeing them",
    },
    honours: [
        "target", "build_args", "labels", "secrets", "platforms", "cache.to", "cache.from", "cache.mode", "no_cache", "source_date_epoch",
        "flags", "image", "cpu", "memory",
    ],
    leaves: ["layout", "pushed"],
    facts: {
        "maintained": "archived by Google at v1.24.0 (June 2025); maintained as osscontainertools/kaniko",
        "runs": "the executor in a container of its own, as root, without a daemon",
        "formats": "Docker",
        "caches": "a registry, every stage",
    },
}
