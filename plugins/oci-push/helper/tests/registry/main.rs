//! The program against registries: Debian's `docker-registry`, which each test starts for itself, and a small one that
//! misbehaves as told.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

#[path = "../support/image.rs"]
mod image;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/registry.rs"]
mod registry;

mod authorization;
mod credentials;
mod faults;
mod layouts;
mod real;
mod server;
mod tls;
