//! Stores as tasks and those who look after them use them, on real directories, over real connections.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say why and stop")]

#[path = "../../../registry/tests/registry/certificates.rs"]
#[allow(dead_code, reason = "the other crate's tests use the rest")]
mod certificates;
#[path = "../../../registry/tests/registry/server.rs"]
#[allow(dead_code, reason = "the other crate's tests use the rest")]
mod server;
#[path = "../../../registry/tests/registry/store.rs"]
#[allow(dead_code, reason = "the other crate's tests use the rest")]
mod store;
#[path = "../../../registry/tests/registry/support.rs"]
#[allow(dead_code, reason = "the other crate's tests use the rest")]
mod support;

mod bucket;
mod directory;
mod faults;
mod hostile;
mod http;
mod mover;
mod registry;
mod slow;
mod tidy;
mod trust;
mod world;
