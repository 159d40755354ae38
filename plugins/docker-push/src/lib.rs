//! The built-in plugin `docker-push`: sends images from the daemon that built them.

mod digest;
mod targets;

use windlass_plugin_sdk::builder::diagnosis::{self, Failed};
use windlass_plugin_sdk::containers::{self, Container};
use windlass_plugin_sdk::images::{BuiltImage, PushedImage};
use windlass_plugin_sdk::{Error, NoRequest, Push, PushRequest, failed, plugin};

use targets::Target;

struct DockerPush;

/// Of a command's output, this much is read: the end, where the digest stands.
const MAX_OUTPUT: usize = 256 * 1024;

impl Push for DockerPush {
    type Extra = NoRequest;

    fn push(request: PushRequest, _: NoRequest, images: Vec<BuiltImage>) -> Result<Vec<PushedImage>, Error> {
        let container = containers::default()?;
        let mut pushed = Vec::new();
        for target in targets::of(&request, images)? {
            let Target { source, reference } = target;
            pushed.push(send(&container, &source, reference)?);
        }
        Ok(pushed)
    }
}

/// Pushes one image under one reference.
fn send(container: &Container, source: &str, reference: String) -> Result<PushedImage, Error> {
    if source != reference {
        container.command(["docker", "tag", source, &reference]).run()?.check(&format!("docker tag {source} {reference}"))?;
    }
    let push = container.command(["docker", "push", &reference]).registry_credentials();
    let (exit, output) = push.output_shown(MAX_OUTPUT)?;
    if !exit.success() {
        let (builder, output) = (format!("docker push {reference}"), String::from_utf8_lossy(&output));
        return Err(diagnosis::explain(&Failed {
            builder: &builder,
            exit: &exit,
            output: &output,
            run_code: None,
            run: None,
            dockerfile: None,
        }));
    }
    let said = digest::from_push(&String::from_utf8_lossy(&output))
        .ok_or_else(|| failed(format!("docker push {reference} succeeded but printed no digest")))?;
    let inspect = container.command(["docker", "image", "inspect", "--format", "{{json .RepoDigests}}", &reference]);
    let (exit, known) = inspect.output(MAX_OUTPUT)?;
    exit.check(&format!("docker image inspect {reference}"))?;
    if !digest::is_known(&String::from_utf8_lossy(&known), &reference, &said) {
        return Err(failed(format!(
            "docker push {reference} printed {said}, which is not a digest that the daemon has for this image"
        )));
    }
    Ok(PushedImage { reference, digest: said })
}

plugin! {
    push DockerPush,
    name: "docker-push",
    description: "Pushes images from the docker daemon that built them, and checks the digest.",
    powers: { "containers" only ["main"]: "runs docker push in the task's container" },
    takes: ["daemon"],
}
