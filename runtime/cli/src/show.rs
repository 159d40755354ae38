//! Data in the form that people read.

mod caches;
pub mod generated;
mod plan;
mod plugin;
mod table;

pub use plan::plan;
pub use plugin::{plugin, signers};
pub use table::table;
