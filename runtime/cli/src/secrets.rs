//! Where the values of secrets come from, and reading them.
//!
//! A secret's value is looked for in this order: `--secret NAME=…`, `-e NAME=value`, `--env-file`, then `secrets:` of
//! `windlass.yaml`, by the variable's name or by the id in `ENCRYPTED[id]`. [`Sources::find`] is pure and is all that a plan
//! needs; [`Source::read`] reads the value and happens only in a run.

mod read;
mod sources;
mod value;
mod ways;

pub use read::{ClusterSecrets, ReadError};
pub use sources::{ClusterSecret, Source, Sources, SourcesError};
pub use value::{ALL_TOGETHER, ValueError};
pub use ways::ways;
