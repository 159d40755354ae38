//! The commands: each wires parts together and prints; what they decide is decided elsewhere.

pub mod check;
pub mod completions;
