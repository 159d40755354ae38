//! Finding an engine and connecting to it.

mod address;
mod error;
mod podman_service;
mod search;

use std::sync::Arc;

use bollard::{API_DEFAULT_VERSION, Docker};

use crate::engine::{Engine, Facts};
use search::Candidate;

pub use address::{Address, InvalidAddress};
pub use error::ConnectError;
pub(crate) use podman_service::PodmanService;
pub use search::Environment;

/// Seconds until an engine must have begun to answer a request. Stopping a container is the slowest one, and waits for its grace.
const TIMEOUT_SECONDS: u64 = 300;

/// Finds an engine that answers: the one that the environment asks for, else the first of the usual ones, else Podman's, which
/// is then made to listen until the last clone of the [`Engine`] is dropped.
///
/// # Errors
/// When no engine answers; the error says which were tried and what to install or set.
pub async fn connect(environment: &Environment) -> Result<Engine, ConnectError> {
    let candidates = environment.candidates().map_err(|(origin, source)| ConnectError::Address { origin, source })?;
    let mut tried = Vec::new();
    for candidate in candidates {
        match open(&candidate.address, None).await {
            Ok(engine) => return Ok(engine),
            Err(reason) => {
                let Candidate { address, origin, asked_for } = candidate;
                if asked_for {
                    return Err(ConnectError::AskedFor { origin, address, reason });
                }
                tried.push((origin, reason));
            }
        }
    }
    let denied = tried.iter().any(|(_, reason)| matches!(reason, NotOpened::Denied { .. }));
    match &environment.podman {
        Some(podman) if !denied => {
            let service = PodmanService::start(podman).await?;
            let address = Address::Unix(service.socket());
            open(&address, Some(Arc::new(service)))
                .await
                .map_err(|reason| ConnectError::PodmanService { program: podman.clone(), message: reason.to_string() })
        }
        _ => Err(ConnectError::NothingFound { tried }),
    }
}

/// Connects to an engine at a known address.
///
/// # Errors
/// When it does not answer as an engine does.
pub async fn connect_to(address: &Address) -> Result<Engine, ConnectError> {
    open(address, None).await.map_err(|reason| ConnectError::AskedFor {
        origin: "the address given".into(),
        address: address.clone(),
        reason,
    })
}

/// Why nothing came of an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotOpened {
    /// There is no such socket.
    #[error("there is no such socket")]
    Missing,
    /// The socket belongs to somebody else.
    #[error("you are not allowed to use this socket{}", group.map_or_else(String::new, |id| format!("; group {id} may")))]
    Denied {
        /// The number of the group that may.
        group: Option<u32>,
    },
    /// It is there, but nothing answers.
    #[error("it does not answer: {0}")]
    Silent(String),
}

async fn open(address: &Address, service: Option<Arc<PodmanService>>) -> Result<Engine, NotOpened> {
    let silent = |e: &(dyn std::error::Error + 'static)| NotOpened::Silent(crate::error::chain(e));
    let client = match address {
        Address::Unix(path) => {
            knock(path).await?;
            Docker::connect_with_unix(&path.to_string_lossy(), TIMEOUT_SECONDS, API_DEFAULT_VERSION)
        }
        Address::Tcp(host) => Docker::connect_with_http(&format!("tcp://{host}"), TIMEOUT_SECONDS, API_DEFAULT_VERSION),
    };
    let docker = client.map_err(|e| silent(&e))?.negotiate_version().await.map_err(|e| silent(&e))?;
    let version = docker.version().await.map_err(|e| silent(&e))?;
    let info = docker.info().await.map_err(|e| silent(&e))?;
    Ok(Engine::new(docker, Facts::new(version, &info), address.clone(), service))
}

/// Tells a missing socket from a forbidden one, which an HTTP client does not.
async fn knock(path: &std::path::Path) -> Result<(), NotOpened> {
    use std::io::ErrorKind;
    use std::os::unix::fs::MetadataExt;
    match tokio::net::UnixStream::connect(path).await {
        Ok(_) => Ok(()),
        Err(e) if e.kind() == ErrorKind::NotFound => Err(NotOpened::Missing),
        Err(e) if e.kind() == ErrorKind::PermissionDenied => {
            Err(NotOpened::Denied { group: std::fs::metadata(path).ok().map(|m| m.gid()) })
        }
        Err(e) => Err(NotOpened::Silent(e.to_string())),
    }
}
