//! Plans runs and executes them, behind ports to drivers and plugins.

pub mod planner;
pub mod ports;
pub mod run;
pub mod task;
pub mod times;
mod words;
