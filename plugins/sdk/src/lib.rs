//! What the author of a windlass plugin uses.
//!
//! A plugin is a library crate of type `cdylib` with a request, an implementation of one of [`Step`], [`Login`], [`Build`],
//! [`Push`] and [`Config`], and one [`plugin!`]:
//!
//! ```
//! use windlass_plugin_sdk::{Error, Step, containers, log, plugin, request};
//!
//! request! {
//!     /// What stands under `with`.
//!     pub struct Greeting {
//!         /// Whom to greet.
//!         name: String,
//!         /// How often; once if not given.
//!         times: Option<u64>,
//!     }
//! }
//!
//! struct Greet;
//!
//! impl Step for Greet {
//!     type Request = Greeting;
//!
//!     fn run(request: Greeting) -> Result<(), Error> {
//!         for _ in 0..request.times.unwrap_or(1) {
//!             containers::default()?.command(["echo", "hello", &request.name]).run()?;
//!         }
//!         Ok(())
//!     }
//! }
//!
//! plugin! {
//!     step Greet,
//!     name: "greet",
//!     description: "Greets from inside the task's container.",
//!     powers: { "containers": "runs echo" },
//! }
//! # fn main() {}
//! ```
//!
//! Built for `wasm32-unknown-unknown` with `wasm-component-ld` as the linker, that is a component with its manifest inside
//! (see `plugins/REFERENCE.md`). Built for the machine at hand, it is a library whose pure parts unit tests can call.

pub mod bindings;
pub mod builder;
pub mod containers;
mod error;
mod export;
pub mod http;
pub mod images;
pub mod log;
#[doc(hidden)]
pub mod manifest;
mod needs;
mod plugin;
pub mod registries;
mod request;
pub mod results;
pub mod secrets;
pub mod tasks;
pub mod variables;
pub mod workspace;

pub use error::{Error, Failure, failed, unsupported};
#[doc(hidden)]
pub use export::{BuildComponent, ConfigComponent, LoginComponent, PushComponent, StepComponent};
pub use plugin::{Build, BuildRequest, BuildSecret, Cache, Config, Credentials, Expiry, Login, Push, PushRequest, Source, Step};
pub use request::{NoRequest, Request};

pub use bindings::powers::windlass::plugin::types::{
    ContainerRequirement, FirstProcess, Mount, Needs, Resources, Security, VolumeRequirement,
};
