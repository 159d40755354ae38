//! The commands: each wires parts together and prints; what they decide is decided elsewhere.

pub mod artifacts;
pub mod build;
pub mod cache;
pub mod check;
pub mod completions;
pub mod convert;
pub mod doctor;
pub mod explain;
pub mod gc;
pub mod init;
pub mod ls;
pub mod man;
pub mod plan;
pub mod plugin;
pub mod run;
mod standing;
pub mod trust;

pub use standing::runs as standing_runs;
