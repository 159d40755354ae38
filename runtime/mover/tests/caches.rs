//! Caches that go to a store and come back, by the program.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

#[path = "support/depot.rs"]
mod depot;
#[path = "support/files.rs"]
mod files;
#[path = "support/program.rs"]
mod program;
#[path = "support/server.rs"]
mod server;

#[path = "caches/bounds.rs"]
mod bounds;
#[path = "caches/changes.rs"]
mod changes;
#[path = "caches/containers.rs"]
mod containers;
#[path = "caches/faults.rs"]
mod faults;
#[path = "caches/http.rs"]
mod http;
#[path = "caches/requests.rs"]
mod requests;
#[path = "caches/round.rs"]
mod round;
#[path = "caches/session.rs"]
mod session;
