//! The data that every part of windlass speaks about: tasks as configured, plans as they will be run, and the events of a
//! run. Plain values: no input or output, no clock, no async.

pub mod artifact;
pub mod cache;
pub mod check;
pub mod digest;
pub mod docker;
pub mod event;
pub mod handed;
pub mod host_pattern;
pub mod image;
pub mod lines;
pub mod nearest;
pub mod path;
pub mod path_pattern;
pub mod pattern;
pub mod plan;
pub mod plugin;
pub mod plugin_reference;
pub mod pod;
pub mod pod_fields;
pub mod pod_limits;
pub mod pod_security;
pub mod power;
pub mod proxy;
pub mod quantity;
pub mod result;
pub mod roles;
pub mod scope;
pub mod secret;
pub mod settings;
mod supervision;
pub mod task;
pub mod text;
pub mod url;
pub mod variable;
