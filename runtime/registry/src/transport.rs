//! HTTP as registries need it: one client per host with that host's trust, redirects that give nothing away, and failures in
//! words.

mod exchange;
mod failure;
mod host;
mod origin;
mod payload;
mod proxies;
mod trust;

pub(crate) use exchange::{Request, Response, exchange, send_once};
pub(crate) use failure::{failure, read_failure};
pub(crate) use host::Host;
pub(crate) use origin::{authority, named, same_origin};
pub(crate) use payload::Payload;
pub use proxies::Proxies;
pub(crate) use trust::Trust;
