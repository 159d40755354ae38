//! The files that tasks leave to whoever ran them.
//!
//! ```text
//! .windlass/artifacts/RUN/TASK/NAME/<path>    the files, under the paths that they had below the working directory
//! .windlass/artifacts/RUN/.index.json         what was collected, each file with its size and digest
//! .windlass/artifacts/RUN/.gitignore          that none of it is a part of the project
//! ```
//!
//! An artifact comes from a container, and nothing of that is trusted: paths are checked before they are used, the files go into a directory
//! that is opened once and never left, and that directory gets its name only when all of them are there. What is read again is as little
//! trusted: anybody may have put it into the project.

mod aside;
mod error;
mod incoming;
mod index;
mod kept;
mod place;
mod remote;
mod store;

pub use error::StoreError;
pub use incoming::Incoming;
pub use index::{Artifact, Index};
pub use kept::Listing;
pub use place::Place;
pub use remote::{Remote, RemoteError};
pub use store::{Files, Store};
