//! The commands: each wires parts together and prints; what they decide is decided elsewhere.

pub mod check;
pub mod completions;
pub mod convert;
pub mod doctor;
pub mod gc;
pub mod ls;
pub mod plan;
pub mod plugin;
pub mod run;
mod standing;
pub mod trust;
