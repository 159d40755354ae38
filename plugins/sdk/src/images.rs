//! Images, as build plugins leave them and push plugins take them.

pub use crate::bindings::powers::windlass::plugin::images::{BuiltImage, Location, PushedImage};
