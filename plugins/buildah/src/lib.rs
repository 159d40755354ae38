//! The built-in plugin `buildah`: an image, by Buildah in a container of its own, without a daemon.

mod arguments;
mod cache;
mod failure;
mod flags;
mod pod;
mod push;
mod registries_conf;

use windlass_plugin_sdk::builder::Workplace;
use windlass_plugin_sdk::containers::{Command, Value};
use windlass_plugin_sdk::images::{BuiltImage, Location};
use windlass_plugin_sdk::{Build, BuildRequest, Error, Needs, NoRequest, builder, plugin, registries};

use arguments::Invocation;
use flags::Flags;
use push::{Format, Push};

/// The container, by its name in the pod; and the program in it.
const CONTAINER: &str = "buildah";

/// The output that is looked at when a command fails.
const TAIL: usize = 64 * 1024;

struct Buildah;

impl Build for Buildah {
    type Extra = NoRequest;

    fn requirements(request: &BuildRequest, _: &NoRequest) -> Result<Needs, Error> {
        builder::check(request)?;
        arguments::check(request)?;
        Ok(pod::needs(request))
    }

    fn build(request: BuildRequest, _: NoRequest) -> Result<BuiltImage, Error> {
        let place = Workplace::open(CONTAINER, &request)?;
        place.check_dockerfile(&request)?;
        let flags = Flags::ask(&place.container)?;
        flags.check(&request)?;
        place.write_secrets(&request)?;
        registries_conf::write(&place, &registries::known()?)?;
        let format = Format::of(&request);
        let invocation = Invocation { request: &request, place: &place, flags: &flags, format };
        let command = command(&place, invocation.argv()).registry_credentials();
        let (exit, output) = command.output_shown(TAIL)?;
        if !exit.success() {
            return Err(failure::explain(&exit, &String::from_utf8_lossy(&output), request.dockerfile_text.as_deref()));
        }
        let push = Push::of(&place)?;
        let (location, digest) = if request.push {
            (Location::Pushed, push.to_registry(&request.tags)?)
        } else {
            let layout = push::layout(&place);
            (Location::Layout(layout.clone()), push.to_layout(&layout)?)
        };
        Ok(BuiltImage { location, references: request.tags, digest: Some(digest) })
    }

    fn cleanup(request: BuildRequest, _: NoRequest) -> Result<(), Error> {
        let place = Workplace::open(CONTAINER, &request)?;
        place.remove_secrets(&request)?;
        let files = [registries_conf::file(&place), arguments::image_id_file(&place), push::digest_file(&place)];
        files.iter().try_for_each(|file| place.container.remove_file(file))
    }
}

/// A command of Buildah's. It keeps images in the one way that needs nothing of the kernel.
fn command(place: &Workplace, argv: Vec<String>) -> Command<'_> {
    let storage = [CONTAINER.to_owned(), format!("--root={}", pod::STORAGE), "--storage-driver=vfs".into()];
    let words = storage.into_iter().chain(argv);
    place.container.command(words).bare_environment().env(registries_conf::VARIABLE, Value::Text(registries_conf::file(place)))
}

plugin! {
    build Buildah,
    name: "buildah",
    description: "Builds an image with Buildah, in a container of its own and without a daemon.",
    powers: {
        "pod" only {
            level: "baseline", except: ["seccomp-unconfined", "apparmor-unconfined"], capabilities: (pod::CAPABILITIES), ports: []
        }: "brings the container that builds, which creates a user namespace",
        "containers" only ["own"]: "runs Buildah in a container of its own",
        "registries": "tells Buildah which registries speak plain HTTP or have mirrors",
        "secrets": "passes build secrets on to Buildah as files in memory, without seeing them",
    },
    honours: [
        "target", "build_args", "labels", "secrets", "platforms", "cache.to", "cache.from", "cache.mode", "no_cache", "source_date_epoch",
        "flags", "image", "cpu", "memory",
    ],
    leaves: ["layout", "pushed"],
    facts: {
        "maintained": "the containers project",
        "runs": "buildah in a container of its own, as root of a user namespace, without a daemon; seccomp and AppArmor unconfined",
        "formats": "OCI; Docker when it pushes by itself and the Dockerfile has HEALTHCHECK, ONBUILD or SHELL, which OCI cannot express",
        "caches": "a registry, every step",
    },
}
