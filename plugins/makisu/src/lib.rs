//! The built-in plugin `makisu`: an image, by Makisu in a container of its own, without a daemon and without privilege.
//!
//! The image is always left as an OCI layout. Makisu could push by itself, but it tells no digest, and it cannot log in to registries that
//! ask for a password with each request instead of handing out tokens.

mod access;
mod arguments;
mod cache;
mod failure;
mod layout;
mod pod;

use windlass_plugin_sdk::builder::Workplace;
use windlass_plugin_sdk::images::{BuiltImage, Location};
use windlass_plugin_sdk::{Build, BuildRequest, Error, Needs, builder, log, plugin, registries, request};

use access::Access;
use arguments::Invocation;
use cache::Cache;

/// The container, by its name in the pod.
const CONTAINER: &str = "makisu";

/// The program in its image, which has nothing else but certificates.
const MAKISU: &str = "/makisu-internal/makisu";

/// The output that is looked at when a build fails.
const TAIL: usize = 64 * 1024;

request! {
    /// Settings that only Makisu knows.
    pub struct Extra {
        /// The server that records which layer belongs to which step, for `cache`: redis://HOST:PORT, or http://… of a server that takes PUT.
        key_store: Option<String>,
    }
}

struct Makisu;

impl Build for Makisu {
    type Extra = Extra;

    fn requirements(request: &BuildRequest, extra: &Extra) -> Result<Needs, Error> {
        builder::check(request)?;
        arguments::check(request)?;
        Cache::of(request, extra)?;
        Ok(pod::needs(request))
    }

    fn build(request: BuildRequest, extra: Extra) -> Result<BuiltImage, Error> {
        let cache = Cache::of(&request, &extra)?;
        let place = Workplace::open(CONTAINER, &request)?;
        place.check_dockerfile(&request)?;
        tell_what_is_not_used(&request, cache.as_ref(), &place)?;
        let known = registries::known()?;
        let access = Access::write(&place, &known)?;
        let archive = layout::archive(&place);
        // Made first, so that its directory is there for Makisu to write to.
        place.container.write_file(&archive, 0o600, "")?;
        let invocation =
            Invocation { request: &request, place: &place, cache: cache.as_ref(), access: &access, archive: &archive };
        // Makisu hands its own environment on to every RUN, and the task's variables are none of the image's.
        let command = place.container.command(invocation.argv()?).bare_environment().working_dir("/");
        let (exit, output) = command.output_shown(TAIL)?;
        if !exit.success() {
            return Err(failure::explain(&exit, &String::from_utf8_lossy(&output), request.dockerfile_text.as_deref()));
        }
        let (directory, digest) = layout::make(&place, &archive)?;
        Ok(BuiltImage { location: Location::Layout(directory), references: request.tags, digest: Some(digest) })
    }

    fn cleanup(request: BuildRequest, _: Extra) -> Result<(), Error> {
        let place = Workplace::open(CONTAINER, &request)?;
        access::remove(&place, registries::known()?.len())?;
        place.container.remove_file(&layout::archive(&place))
    }
}

/// Nothing is passed over in silence.
fn tell_what_is_not_used(request: &BuildRequest, cache: Option<&Cache>, place: &Workplace) -> Result<(), Error> {
    for reference in cache::unused(request, cache) {
        log::warning(format!("makisu takes no layers from the image {reference}, so it is not used as a cache"));
    }
    if place.container.read_file(&format!("{}/.dockerignore", place.context), 1 << 20)?.is_some() {
        log::warning("makisu does not read .dockerignore: COPY takes what it names");
    }
    Ok(())
}

plugin! {
    build Makisu,
    name: "makisu",
    description: "Builds an image with Makisu, in an unprivileged container and without a daemon.",
    powers: {
        "pod" only { level: "baseline", capabilities: (builder::pod::CAPABILITIES), ports: [] }: "brings the container that builds",
        "containers" only ["own"]: "runs Makisu in a container of its own",
        "registries": "writes Makisu's registry configuration, with credentials as files in memory, without seeing them",
    },
    honours: ["target", "build_args", "cache.to", "cache.from", "cache.mode", "no_cache", "flags", "image", "cpu", "memory"],
    leaves: ["layout"],
    facts: {
        "maintained": "archived by Uber at v0.4.2 (2021)",
        "runs": "makisu in a container of its own, as root, without a daemon; base images from registries that hand out tokens, or that need no login",
        "formats": "Docker, also of base images",
        "caches": "a registry, every stage, with a key store (Redis or HTTP) beside it",
    },
}
