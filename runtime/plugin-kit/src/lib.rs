//! Plugin projects in Rust, Go, JavaScript and Python: [`new()`] writes one that builds as it stands, [`Builder::build`] makes its
//! component.
//!
//! Every language ends in the same place: `target/NAME.wasm`, a component with its manifest inside that imports no WASI, and of
//! `windlass:plugin` only the interfaces that the project names. What a project says of itself is in `windlass-plugin.yaml`; a Rust
//! project says it by the macro `plugin!` of the SDK, and has no such file.

mod build;
mod built;
mod component;
mod description;
mod language;
mod new;
mod sources;
mod tools;
mod wit;

pub use build::{BuildError, Builder, Built};
pub use built::{NotBuilt, component_of};
pub use language::{KINDS, Language};
pub use new::{Created, NewError, NewPlugin, new};
pub use tools::Tools;
