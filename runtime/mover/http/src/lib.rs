//! The HTTP cache that the programs of a pod find on its loopback.
//!
//! It speaks two protocols on one port. Plain: a value under each path, read by `GET` and `HEAD`, written by `PUT` or `POST`, removed by `DELETE`, as
//! Gradle, Bazel, ccache and sccache use it. And the cache protocol of GitHub Actions, version 2, which BuildKit speaks with `type=gha`; its clients find it
//! by three variables: `ACTIONS_RESULTS_URL` (`http://HOST:PORT/`), `ACTIONS_CACHE_SERVICE_V2` (`true`) and `ACTIONS_RUNTIME_TOKEN`, for which
//! [`actions_token`] makes the value.
//!
//! Values are blobs and keys are what [`Blobs`] keeps: `http/PATH` of the plain protocol, `actions/VERSION/KEY` of the other one. A body is a file without a
//! name until all of it is there and in the store; only then something is under its key. Nothing of a value is sent before it is known to be there, and its
//! last bytes only when all of it was what it should be.
//!
//! Whoever reaches the port may use it: that is the programs of one pod, and all that they can reach is what their run may read and write. What they send is
//! read strictly and within [`Limits`].

mod actions;
mod blobs;
mod body;
mod connection;
mod give;
mod head;
mod key;
mod limits;
mod plain;
mod range;
mod refusal;
mod reply;
mod server;
mod shelf;
mod slots;
mod spool;
mod sync;
mod wire;

use std::sync::Arc;

pub use actions::actions_token;
pub use blobs::Blobs;
pub use limits::Limits;
pub use server::{Server, listen, serve, serve_within};
use windlass_mover_protocol::Blob;

use refusal::Refusal;
use spool::{Spool, Spooled};

/// What all connections share.
struct Shared {
    blobs: Arc<dyn Blobs>,
    limits: Limits,
    spool: Arc<Spool>,
    shelf: shelf::Shelf,
    actions: actions::Actions,
    port: u16,
}

impl Shared {
    fn found(&self, key: &str, prefix: bool) -> Result<Option<(String, Blob)>, Refusal> {
        self.blobs.lookup(key, prefix).map_err(|e| Refusal::of_store(&e))
    }

    fn keep(&self, key: &str, file: &Spooled, blob: Blob) -> Result<(), Refusal> {
        let stored = self.blobs.store(blob, file.file()).and_then(|()| self.blobs.publish(key, blob));
        stored.map_err(|e| Refusal::of_store(&e))
    }
}
