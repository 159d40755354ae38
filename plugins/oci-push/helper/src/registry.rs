//! The registry protocol, for one repository: what is there, sending blobs, setting tags.

mod answer;
mod authorization;
mod challenge;
mod exchange;
mod manifest;
mod session;
mod upload;

use std::time::Duration;

pub(crate) use session::Session;
pub(crate) use upload::{Outcome, Sending};

use crate::digest::Digest;
use crate::error::Error;
use crate::http::Client;
use crate::reference::Reference;

/// How long an upload may go on before a person is told how far it is.
pub(crate) const NEWS: Duration = Duration::from_secs(10);

/// The digest that the registry serves for a reference.
pub(crate) fn resolve(client: &Client, reference: &Reference) -> Result<Digest, Error> {
    let session = Session::for_reading(client, &reference.repository)?;
    session
        .resolve(&reference.target)?
        .ok_or_else(|| Error::NotFound(format!("{} has no image {reference}", reference.repository.host)))
}
