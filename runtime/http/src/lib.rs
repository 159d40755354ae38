//! Sends the requests of plugins.
//!
//! A plugin's request is not windlass' own: who made it may want to reach what is behind the user's firewall, to learn a secret by a redirect, or
//! to keep the run waiting. So each hop is held against the plugin's hosts, its addresses are looked up once, checked and then dialled as they
//! are, and time, head and body are bounded. There is no pool, no cookie and no cache: nothing of one request is left for the next.

mod client;
mod connect;
mod exchange;
mod hop;
mod network;
mod proxies;
mod resolve;
mod tls;

pub use client::{Client, Settings};
pub use proxies::Proxies;
pub use resolve::{Resolve, System};
pub use tls::Authority;
