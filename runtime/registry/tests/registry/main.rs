//! Registries that do what they should and what they should not, spoken to over the loopback.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should say why and stop")]

mod answers;
mod certificates;
mod logins;
mod mirrors;
mod peer;
mod proxy;
mod pull;
mod push;
mod real;
mod redirects;
mod referrers;
mod retries;
mod server;
mod store;
mod support;
mod tags;
mod tls;
