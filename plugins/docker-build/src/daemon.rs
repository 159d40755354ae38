//! The daemon that builds: a docker-in-docker sidecar, unless the task lists one.

use windlass_plugin_sdk::{BuildRequest, ContainerRequirement, Error, FirstProcess, Needs, Security};

use crate::Extra;

/// The daemon's ports: without TLS, with TLS.
const PORTS: [u16; 2] = [2375, 2376];

/// What the image's entrypoint is given. The daemon is root on the node for whoever reaches it. Left to itself the entrypoint listens on all of
/// the pod's addresses, where other pods and the `RUN` steps of a build reach it; only the pod's own containers share the loopback. Without
/// `--tls=false` the daemon could wait fifteen seconds before it listens without TLS.
fn arguments(image: &str) -> &'static [&'static str] {
    // Without root the daemon has a loopback of its own, and its entrypoint passes the port on to the pod.
    if image.contains("rootless") {
        return &["--tls=false"];
    }
    &["dockerd", "--host=unix:///var/run/docker.sock", "--host=tcp://127.0.0.1:2375", "--tls=false"]
}

pub(crate) fn needs(request: &BuildRequest, extra: &Extra) -> Result<Needs, Error> {
    let secrets = request.secrets.iter().map(|secret| secret.secret.clone()).collect();
    if extra.existing_daemon {
        return Ok(Needs { secrets, ..Needs::default() });
    }
    let image = request.image.clone().unwrap_or_else(|| "docker:29-dind".into());
    let daemon = ContainerRequirement {
        name: "docker".into(),
        process: FirstProcess::Image(Some(arguments(&image).iter().map(|&argument| argument.to_owned()).collect())),
        image,
        env: vec![("DOCKER_TLS_CERTDIR".into(), String::new())],
        resources: request.resources,
        security: Security { privileged: true, ..Security::default() },
        ports: vec![PORTS[0]],
        mounts: vec![],
        unless_port: PORTS.to_vec(),
    };
    Ok(Needs {
        containers: vec![daemon],
        env: vec![("DOCKER_HOST".into(), format!("tcp://localhost:{}", PORTS[0]))],
        secrets,
        ..Needs::default()
    })
}
