//! `registries:` of the settings, certificate files read.

use std::path::Path;

use windlass_config::{Code, Severity};
use windlass_model::pod::Registry;

use crate::certificates::{self, CertificateError};
use crate::problems::Wrong;
use crate::settings_file;
use crate::voices::{Layer, Voices};

/// The largest file of certificates: all authorities of a browser have a fifth of it.
const LARGEST: u64 = 1 << 20;

/// How registries are reached from pods. Unless the repository is `trusted`, no file that it names is read.
pub fn registries(voices: &Voices, trusted: bool) -> Vec<Registry> {
    let settings = voices.settings();
    let certificate = |host: &String| {
        let (layer, file) = voices.authority(host)?;
        (trusted || !voices.is_repository(layer)).then(|| certificate(layer, file)).and_then(Result::ok)
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

/// What is wrong with the files of authorities that one settings file names. Of a repository that is not trusted they are not read; that
/// one is there can be seen all the same.
pub fn wrong(voices: &Voices, layer: &Layer, trusted: bool) -> Vec<Wrong> {
    let may_read = trusted || !voices.is_repository(layer);
    let counts = |host: &String| voices.authority(host).is_some_and(|(other, _)| other.file == layer.file);
    let named = layer.settings.registries.iter().filter(|(host, _)| counts(host));
    let files = named.filter_map(|(host, registry)| Some((host, registry.ca_file.as_deref()?)));
    files
        .filter_map(|(host, file)| {
            let problem = if may_read { certificate(layer, file).err() } else { missing(layer, file) };
            let Problem { message, help } = problem?;
            let setting = format!("registries.{host}.ca_file");
            Some(Wrong { severity: Severity::Error, code: Code::UnusableFile, setting, message, help })
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
