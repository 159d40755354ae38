//! How plugins' requests leave this machine.

use std::sync::Arc;

use windlass_http::{Authority, Client, Proxies, Settings, System};

use crate::registries::for_host;
use crate::trust::Trust;
use crate::voices::Voices;

/// The client for requests of plugins: by way of this machine's proxies, with the authorities that `registries` names for a host.
pub fn client(voices: &Voices, trust: &Trust) -> Client {
    let known = for_host(voices, trust).into_iter();
    let authorities = known.filter_map(|registry| Some(Authority { host: registry.host, pem: registry.certificate? })).collect();
    let proxies = Proxies::of(|name| std::env::var(name).ok());
    Client::new(Settings { proxies, authorities, resolve: Arc::new(System) })
}
