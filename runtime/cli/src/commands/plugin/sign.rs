//! `plugin sign`.

use std::path::Path;

use windlass_artifact::blob::Descriptor;
use windlass_artifact::layout::{Contents, Layout};
use windlass_artifact::signature::{SigningKey, attach, sign};
use windlass_plugin_source::{push_referrer, repository};

use super::place::{Place, failed, layout, registries, text, unusable};
use crate::args::Global;
use crate::failure::Failure;
use crate::output;

/// Signs a plugin or a bundle with a key.
///
/// # Errors
/// When the key cannot be used, or what is to be signed is not there.
pub(super) async fn run(global: &Global, plugin: &str, key: &Path) -> Result<(), Failure> {
    let pem = text(key)?;
    output::redactor().add([pem.trim().as_bytes()]);
    let usage = |error: &dyn std::error::Error| {
        Failure::usage(
            format!("{}: {error}", key.display()),
            "make one with openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
        )
    };
    let signing = SigningKey::from_pem(&pem).map_err(|error| usage(&error))?;
    let signature = |subject: &Descriptor| -> Result<_, Failure> {
        Ok(attach(subject, sign(&subject.digest, &signing).map_err(|error| usage(&error))?))
    };
    let digest = match Place::parse(plugin)? {
        Place::Disk(path) if Layout::is_at(&path) => {
            let layout = layout(&path)?;
            let entry = layout.find(None).map_err(|error| unusable(&error))?;
            let mut contents = Contents::all_of(&layout).map_err(|error| unusable(&error))?;
            contents.add(&signature(&entry)?, None);
            contents.write(&path).map_err(|error| unusable(&error))?;
            entry.digest
        }
        Place::Disk(path) => {
            let message = format!("{} has no place for a signature", path.display());
            return Err(Failure::usage(
                message,
                format!("pack it first: windlass plugin pack {} --out DIRECTORY", path.display()),
            ));
        }
        Place::Registry(reference) => {
            let registries = registries(global)?;
            let repository = repository(&reference).map_err(failed)?;
            let (digest, _) = windlass_plugin_source::resolve(&registries, &reference).await.map_err(failed)?;
            let manifest = registries.manifest(&repository, &digest).await.map_err(|error| failed(error.into()))?;
            let subject = Descriptor::of(&manifest.media_type, &manifest.bytes);
            push_referrer(&registries, &repository, &digest, &signature(&subject)?).await.map_err(failed)?;
            digest
        }
    };
    output::progress(&format!("signed with the key {}", signing.public().fingerprint()));
    output::text(&format!("{digest}\n"))
}
