//! What the tests of the whole program share: projects to run it in, the real cluster and engine, and the registry.

#![allow(dead_code, unused_imports, reason = "each test file uses its part")]

pub mod bucket;
pub mod builders;
pub mod chaos;
pub mod cut;
pub mod kept;
pub mod kind;
pub mod live;
pub mod local;
pub mod matrix;
pub mod outside;
pub mod peers;
pub mod plugins;
pub mod project;
pub mod registry;
pub mod world;

pub use live::Live;
pub use project::{Outcome, Project};
pub use world::{World, on};
