//! What caches are kept in.
//!
//! An [`Entry`] is small and is written by the host alone, sealed with the host's key: it names the tree and the packs that make up a cache. These are
//! named by their digests, so whoever adds one changes no entry. That is why a pod may add them, and why no pod can change what another run restores.
//!
//! - [`Stores`] reaches stores: once for each process.
//! - [`Caches`] is one task's view of its store: what it may restore, and what it stores. Its [`Caches::depot`] answers the task's mover.
//! - [`Store`] is for whoever looks after one: lists, removes, tidies up.
//! - [`Shelf`] keeps in the same stores what is no cache: what tasks collect. It is not sealed, and nothing that looks after caches touches it.
//! - [`Attempts`] remembers what the last run found, and [`explain()`] says why.

mod attempts;
mod backend;
mod caches;
mod clock;
mod depot;
mod entry;
mod error;
mod explain;
mod key;
mod miss;
mod names;
mod scratch;
mod seal;
mod shelf;
mod spool;
mod store;
mod stores;

pub use attempts::{Attempt, Attempts, Looked, Noted};
pub use caches::{Caches, Existing, Owner, Recorded, Stored};
pub use entry::{Entry, Fingerprint};
pub use error::StoreError;
pub use explain::{Difference, Line, Why, explain};
pub use miss::Miss;
pub use shelf::{Incoming, Listed, Place, Shelf};
pub use store::{Bounds, Item, Listing, Pruned, Selection, Store};
pub use stores::{Settings, Stores};
/// Bytes in a store, and what names them.
pub use windlass_mover_client::protocol::{Blob, Sha256};
