//! The daemon that builds: a docker-in-docker sidecar, unless the task lists one.

use windlass_plugin_sdk::{BuildRequest, ContainerRequirement, Error, FirstProcess, Needs, Security};

use crate::Extra;

/// The daemon's ports: without TLS, with TLS.
const PORTS: [u16; 2] = [2375, 2376];

pub(crate) fn needs(request: &BuildRequest, extra: &Extra) -> Result<Needs, Error> {
    let secrets = request.secrets.iter().map(|secret| secret.secret.clone()).collect();
    if extra.existing_daemon {
        return Ok(Needs { secrets, ..Needs::default() });
    }
    let daemon = ContainerRequirement {
        name: "docker".into(),
        image: request.image.clone().unwrap_or_else(|| "docker:29-dind".into()),
        // Without this argument the daemon, listening without TLS, first waits some fifteen seconds as a warning.
        process: FirstProcess::Image(Some(vec!["--tls=false".into()])),
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
