//! Requests against real servers on this machine: over TLS, with certificates of an authority that the test trusts.

#![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

mod bounds;
mod hosts;
mod proxy;
mod redirects;
mod secrets;
mod server;
mod tls;
mod world;
