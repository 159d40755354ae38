//! Loads plugins, which are WebAssembly components, and runs them with the powers they were granted and no others.
//!
//! A component reaches the world only through the interfaces of `windlass:plugin`; no WASI is linked. Each interface has a
//! module in `powers`, and each of its functions asks `State::allow` before it does anything. Limits on memory, computing
//! time, wall clock and log make a plugin's fault its own step's failure, and nothing more.

mod bindings;
mod build_request;
mod cache;
mod call;
mod convert;
mod engine;
mod generate;
mod grant;
mod honour;
mod host;
mod imports;
mod limits;
mod load;
mod log;
mod manifest;
mod needs;
mod patience;
mod powers;
mod refusal;
mod returned;
mod schema;
mod source;
mod state;
mod suggest;
mod trap;
mod trial;
mod words;
mod world;

pub use cache::default_cache;
pub use engine::StartError;
pub use honour::BUILD_FIELDS;
pub use host::{Settings, WasmHost};
pub use limits::Limits;
pub use manifest::{Checked, check_component, check_manifest, kind_of, leaves_of, limited};
pub use patience::Tell;
pub use suggest::builders;
pub use trial::Tried;
