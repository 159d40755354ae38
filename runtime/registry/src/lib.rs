//! Image registries, as the host reads from them and writes to them: the only code of the host that speaks to any.
//!
//! What a registry says is believed as far as it can be checked. A manifest and a blob are bytes of a given digest; every answer
//! has a bound; a redirect carries no credentials to another host, and none leads from TLS to plain HTTP; a token service gets
//! credentials over TLS alone when the registry has it. That is why the protocol is written here, on `reqwest`: `oci-client` 0.18
//! reads manifests, errors and tokens without a bound, follows any redirect, sends a password to whatever token service is named,
//! does not pass on `Retry-After`, and takes a failure to list signatures for an empty list. It is the peer of the tests.
//!
//! - [`Registries`] asks: [`Registries::resolve`], [`Registries::tags`], [`Registries::manifest`], [`Registries::blob`],
//!   [`Registries::referrers`].
//! - It writes: [`Registries::push_blob`], [`Registries::push_manifest`], [`Registries::push_referrer`], [`Registries::mount`].
//! - What somebody else is to send: [`Registries::direct_download`], [`Registries::direct_upload`].
//! - [`credentials`] finds logins where Docker and Podman keep theirs.
//!
//! Dropping a future ends its work. What was half written to a sink is the caller's to remove.

mod answer;
mod authorization;
mod blob;
pub mod credentials;
mod direct;
mod endpoint;
mod error;
mod manifest;
mod patience;
mod push;
mod referrers;
mod registries;
mod repository;
mod session;
mod tags;
mod transport;

pub use blob::Sink;
pub use direct::{Direct, Upload};
pub use error::{Error, TlsProblem};
pub use manifest::Manifest;
pub use patience::Observer;
pub use push::Content;
pub use registries::{Registries, Settings};
pub use repository::{Blob, Descriptor, Repository, Version};
pub use tags::MOST_TAGS;
pub use transport::Proxies;
