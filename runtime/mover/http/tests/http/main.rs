//! The cache as a server: what clients send over a socket, and what of it ends up under which key.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod actions;
mod bounds;
mod directory;
mod hostile;
mod plain;
mod programs;
mod store;
mod support;
mod webdav;
