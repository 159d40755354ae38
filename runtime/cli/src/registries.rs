//! `registries:` of the settings, certificate files read.

use std::path::Path;

use windlass_model::pod::Registry;

use crate::certificates::{self, CertificateError};
use crate::failure::Failure;
use crate::settings_file;
use crate::voices::Voices;

/// The largest file of certificates: all authorities of a browser have a fifth of it.
const LARGEST: u64 = 1 << 20;

/// How registries are reached from pods. Unless the repository is `trusted`, no file that it names is read.
///
/// # Errors
/// When a certificate cannot be read, or is none.
pub fn registries(voices: &Voices, trusted: bool) -> Result<Vec<Registry>, Failure> {
    let platform = voices.platform().registries;
    let may_read = |host: &String| trusted || platform.contains_key(host);
    let settings = voices.settings();
    let entries = settings.registries.iter();
    entries
        .map(|(host, registry)| {
            Ok(Registry {
                host: host.clone(),
                insecure: registry.insecure,
                certificate: registry
                    .ca_file
                    .as_ref()
                    .filter(|_| may_read(host))
                    .map(|file| certificate(host, Path::new("."), Path::new(file)))
                    .transpose()?,
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
