//! Which plugins a project runs, to the byte, and where those bytes are kept.
//!
//! - [`store`]: content by its digest, in a directory of the user's own that all runs share.
//! - [`lock`]: `windlass.lock`, which a project commits. `LOCK.md` beside this crate describes the file.
//! - [`diff`]: what another version of a plugin may do that the locked one may not.

pub mod diff;
pub mod lock;
pub mod store;
