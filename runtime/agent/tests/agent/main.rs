//! The agent as a process of its own, driven through the client: real commands, real sockets.

mod between;
mod commands;
mod end;
mod environment;
mod files;
mod found;
mod hidden;
mod host;
mod hostile;
mod output;
mod probes;
mod resume;
mod scripted;
mod spool;
mod support;
mod upload;
