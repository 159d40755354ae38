//! `registries:` of the settings, certificate files read.

use std::collections::BTreeMap;
use std::path::Path;

use windlass_config::{Code, Severity};
use windlass_model::pod::Registry;

use crate::certificates::{self, CertificateError};
use crate::problems::Wrong;
use crate::settings_file;
use crate::trust::{Trust, of_registry};
use crate::voices::{Authority, Layer, Voices};

/// The largest file of certificates: all authorities of a browser have a fifth of it.
const LARGEST: u64 = 1 << 20;

/// How registries are reached from pods. A file that the repository names is read once the user trusts what it says of the registry.
pub fn registries(voices: &Voices, trust: &Trust) -> Vec<Registry> {
    let settings = voices.settings();
    let certificate = |host: &String| {
        let authority = voices.authority(host)?;
        may_read(voices, &authority, trust).then(|| certificate(authority.layer, authority.file)).and_then(Result::ok)
    };
    let entries = settings.registries.iter();
    entries
        .map(|(host, registry)| Registry {
            host: host.clone(),
            insecure: registry.insecure,
            certificate: certificate(host),
            mirrors: registry.mirrors.clone(),
        })
        .collect()
}

/// How this host reaches registries. What the repository says of one counts once the user trusts it: whoever is asked gets the user's
/// credentials for that registry.
pub fn for_host(voices: &Voices, trust: &Trust) -> Vec<Registry> {
    let unheard = unheard(voices, trust);
    registries(voices, trust).into_iter().filter(|registry| !unheard.contains_key(&registry.host)).collect()
}

/// The registries of which the repository speaks without being trusted, each with its file.
pub fn unheard(voices: &Voices, trust: &Trust) -> BTreeMap<String, String> {
    let hosts = voices.settings().registries.into_keys();
    let untrusted = |host: String| {
        let (layer, written, said) = voices.speaker(&host)?;
        let trusted = !voices.is_repository(layer) || trust.allows(&of_registry(written, said, layer.directory()));
        (!trusted).then(|| (host.clone(), layer.name()))
    };
    hosts.filter_map(untrusted).collect()
}

fn may_read(voices: &Voices, authority: &Authority<'_>, trust: &Trust) -> bool {
    let Authority { layer, host, registry, .. } = authority;
    !voices.is_repository(layer) || trust.allows(&of_registry(host, registry, layer.directory()))
}

/// What is wrong with the files of authorities that one settings file names. Those of a repository that are not trusted are not read; that
/// one is there can be seen all the same.
pub fn wrong(voices: &Voices, layer: &Layer, trust: &Trust) -> Vec<Wrong> {
    let hosts = layer.settings.registries.keys();
    let of_layer = hosts.filter_map(|host| voices.authority(host)).filter(|authority| authority.layer.file == layer.file);
    of_layer
        .filter_map(|authority| {
            let Authority { host, file, .. } = authority;
            let problem = if may_read(voices, &authority, trust) { certificate(layer, file).err() } else { missing(layer, file) };
            let Problem { message, help } = problem?;
            let setting = format!("registries.{host}.ca_file");
            Some(Wrong {
                severity: Severity::Error,
                code: Code::UnusableFile,
                setting,
                message: message.into(),
                help: vec![help],
            })
        })
        .collect()
}

/// Why a file gives no authority.
struct Problem {
    message: String,
    help: String,
}

/// What can be seen without trust: a file of the project is there or not. Nothing outside of it is touched.
fn missing(layer: &Layer, file: &str) -> Option<Problem> {
    let shown = layer.directory().join(file);
    if !settings_file::is_inside(&shown) {
        return None;
    }
    settings_file::exists(Path::new("."), &shown).err().map(|error| Problem {
        message: format!("the certificate {} cannot be read: {error}", shown.display()),
        help: "name a file with the authority's certificate in PEM form".into(),
    })
}

fn certificate(layer: &Layer, file: &str) -> Result<String, Problem> {
    let shown = layer.directory().join(file);
    let text = settings_file::read(Path::new("."), &shown, LARGEST).map_err(|error| Problem {
        message: format!("the certificate {} cannot be read: {error}", shown.display()),
        help: "name a file with the authority's certificate in PEM form".into(),
    })?;
    certificates::of(&text).map_err(|error| {
        let help = match error {
            CertificateError::PrivateKey => "`ca_file` names the authority's certificate: put it in a file without the key",
            CertificateError::None | CertificateError::Broken | CertificateError::Garbage(..) => {
                "`ca_file` names the authority's certificate; convert it with openssl x509"
            }
        };
        Problem { message: format!("{} cannot be used: {error}", shown.display()), help: help.into() }
    })
}
