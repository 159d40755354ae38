//! The interfaces of `windlass:plugin` as the host serves them, one module for each.

mod containers;
mod environment;
mod host;
mod http;
mod processes;
mod registries;
pub(crate) mod results;
mod secrets;
mod sizes;
mod workspace;
mod workspace_paths;

use crate::bindings::powers::windlass::plugin::{images, types};
use crate::state::State;

impl types::Host for State {}

impl images::Host for State {}
