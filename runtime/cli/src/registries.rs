//! `registries:` of windlass.yaml, its certificate files read.

use std::fs;
use std::path::Path;

use windlass_model::pod::Registry;
use windlass_model::settings::Settings;

use crate::failure::Failure;

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
                certificate: registry.ca_file.as_ref().map(|file| certificate(host, &base.join(file))).transpose()?,
                mirrors: registry.mirrors.clone(),
            })
        })
        .collect()
}

fn certificate(host: &str, file: &Path) -> Result<String, Failure> {
    let setting = format!("`registries: {{{host}: {{ca_file: …}}}}` of windlass.yaml");
    let text = fs::read_to_string(file).map_err(|error| {
        Failure::usage(format!("the certificate {} cannot be read: {error}", file.display()), format!("mend {setting}"))
    })?;
    if !text.contains("-----BEGIN CERTIFICATE-----") {
        let problem = format!("{} holds no certificate in PEM form", file.display());
        return Err(Failure::usage(
            problem,
            format!("{setting} names the authority's certificate; convert it with openssl x509"),
        ));
    }
    Ok(text)
}
