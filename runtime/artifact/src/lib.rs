//! The forms of a plugin outside of a program's memory: what a registry, a directory and a `.tar` hold of it, and who signed that.
//!
//! - [`component`]: one plugin is an image manifest with one layer, as the CNCF's guide for WebAssembly artifacts has it
//!   (<https://tag-runtime.cncf.io/wgs/wasm/deliverables/wasm-oci-artifact/>), so that every tool of registries reads and copies it. The
//!   same component gives the same bytes, and so the same digest, on every machine.
//! - [`bundle`]: several plugins and the settings of an organisation are an image index of such manifests.
//! - [`layout`]: both, and their signatures, in an OCI image layout, which is a directory or a `.tar`.
//! - [`signature`]: what cosign writes and reads. What is signed is always the digest of a manifest or an index.
//!
//! Nothing here knows a network. Whoever fetches reads a document ([`document::Document`]), fetches what it names, and lets each
//! [`blob::Descriptor`] check what came. All that is read has a bound, and so is work: there is no recursion, for an index holds manifests, and
//! never another index.
//!
//! The types of documents are the crate's own and not those of `oci-spec`: that one keeps annotations in a hash map, so that the same
//! manifest is written with another digest each time.

pub mod blob;
pub mod bundle;
pub mod collect;
pub mod component;
pub mod document;
pub mod layout;
pub mod media;
pub mod name;
pub mod signature;
