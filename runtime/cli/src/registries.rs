//! `registries:` of windlass.yaml, its certificate files read.

use std::path::Path;

use windlass_model::pod::Registry;
use windlass_model::settings::Settings;

use crate::certificates::{self, CertificateError};
use crate::failure::Failure;
use crate::settings_file;

/// The largest file of certificates: all authorities of a browser have a fifth of it.
const LARGEST: u64 = 1 << 20;

/// How registries are reached from pods. Paths are relative to `base`, the directory of `windlass.yaml`.
///
/// # Errors
/// When a certificate cannot be read, or is none.
pub fn registries(settings: &Settings, base: &Path) -> Result<Vec<Registry>, Failure> {
    let entries = settings.registries.iter();
    entries
        .map(|(host, registry)| {
            Ok(Registry {
                host: host.clone(),
                insecure: registry.insecure,
                certificate: registry.ca_file.as_ref().map(|file| certificate(host, base, Path::new(file))).transpose()?,
                mirrors: registry.mirrors.clone(),
            })
        })
        .collect()
}

fn certificate(host: &str, base: &Path, file: &Path) -> Result<String, Failure> {
    let setting = format!("`registries: {{{host}: {{ca_file: …}}}}` of windlass.yaml");
    let shown = base.join(file);
    let text = settings_file::read(base, file, LARGEST).map_err(|error| {
        Failure::usage(format!("the certificate {} cannot be read: {error}", shown.display()), format!("mend {setting}"))
    })?;
    certificates::of(&text).map_err(|error| {
        let help = match error {
            CertificateError::PrivateKey => {
                format!("{setting} names the authority's certificate: put it in a file without the key")
            }
            CertificateError::None | CertificateError::Broken | CertificateError::Garbage(..) => {
                format!("{setting} names the authority's certificate; convert it with openssl x509")
            }
        };
        Failure::usage(format!("{} cannot be used: {error}", shown.display()), help)
    })
}
