//! The built-in plugin `oci-push`: sends the images that builders leave as OCI layouts, from inside the pod and with no
//! image of its own, and checks those that builders pushed themselves.

mod targets;

use windlass_oci_embedded::{Layout, Program};
use windlass_plugin_sdk::images::{BuiltImage, PushedImage};
use windlass_plugin_sdk::{Error, Push, PushRequest, containers, failed, plugin, registries, request};

use targets::Target;

request! {
    /// The settings of `oci-push`.
    pub struct OciPush {
        /// Repositories, HOST/NAME, whose layers the registry may link instead of receiving them again: those of base images.
        mount_from: Vec<String>,
        /// How many layers to send at a time; 4 by default.
        parallel: Option<u64>,
    }
}

struct Pusher;

impl Push for Pusher {
    type Extra = OciPush;

    fn push(request: PushRequest, extra: OciPush, images: Vec<BuiltImage>) -> Result<Vec<PushedImage>, Error> {
        let targets = targets::of(&request.tags, images)?;
        let container = containers::default()?;
        let program = Program::place(&container, &registries::known()?)?;
        let mut pushed = Vec::new();
        for target in targets {
            match target {
                Target::Layout { path, digest, references } => {
                    let layout = Layout {
                        path: &path,
                        digest: digest.as_deref(),
                        mount_from: &extra.mount_from,
                        parallel: extra.parallel,
                    };
                    pushed.extend(program.push(&layout, &references)?);
                }
                Target::Pushed { digest, references } => {
                    for reference in references {
                        pushed.push(served(&program, reference, &digest)?);
                    }
                }
            }
        }
        Ok(pushed)
    }
}

/// Checks that the registry serves what the build says that it pushed.
fn served(program: &Program<'_>, reference: String, digest: &str) -> Result<PushedImage, Error> {
    match program.resolve(&reference)? {
        Some(found) if found == digest => Ok(PushedImage { reference, digest: found }),
        Some(found) => Err(failed(format!(
            "the build pushed {reference} as {digest}, and the registry serves {found}: something else pushes the same tag"
        ))),
        None => Err(failed(format!("the build pushed {reference} as {digest}, and the registry has no such image"))),
    }
}

plugin! {
    push Pusher,
    name: "oci-push",
    description: "Sends OCI layouts to registries from inside the pod, and checks the digest that they serve.",
    powers: {
        "containers" only ["main"]: "runs, in the task's container, the program that sends the image",
        "registries": "reads which registries have their own certificate authority or are marked insecure",
    },
    takes: ["layout", "pushed"],
}
