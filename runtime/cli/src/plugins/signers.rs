//! Those whose signatures the platform trusts, with the files that say who they are.

use std::path::Path;

use windlass_artifact::signature::{Identity, PublicKey, TrustedRoot};
use windlass_files::TEXT;
use windlass_model::settings::SignedBy;
use windlass_plugin_source::{Known, Signer};

use crate::failure::Failure;
use crate::voices::Voices;

/// Every signer of every file of the platform, in the order in which the files speak.
///
/// # Errors
/// When the file with a key or with authorities cannot be used: nobody can tell then whom it would have trusted.
pub fn signers(voices: &Voices) -> Result<Vec<Signer>, Failure> {
    let mut signers = Vec::new();
    for layer in &voices.platform {
        for said in &layer.settings.signers {
            let file = layer.name();
            let path = |path: &str| layer.directory().join(path);
            let wrong = |error: WrongFile| {
                let message = format!("the signer {} of {file}: {}", said.name, error.message);
                Failure::usage(message, error.help)
            };
            let known = match &said.by {
                SignedBy::Key { file } => Known::Key(key(&path(file)).map_err(wrong)?),
                SignedBy::Certificate { identity, issuer, trusted_root } => {
                    let identity = Identity { identity: identity.clone(), issuer: issuer.clone() };
                    Known::Certificate(Box::new(root(&path(trusted_root)).map_err(wrong)?), identity)
                }
            };
            signers.push(Signer { file: file.clone(), said: said.clone(), known });
        }
    }
    Ok(signers)
}

/// Why a file says nothing of who signs.
pub struct WrongFile {
    message: String,
    help: &'static str,
}

impl From<WrongFile> for Failure {
    fn from(WrongFile { message, help }: WrongFile) -> Self {
        Self::usage(message, help)
    }
}

/// A public key.
///
/// # Errors
/// When the file holds none.
pub fn key(file: &Path) -> Result<PublicKey, WrongFile> {
    let help = "name a public key in PEM, as cosign and openssl write it";
    let wrong = |why: String| WrongFile { message: format!("{}: {why}", file.display()), help };
    PublicKey::from_pem(&text(file).map_err(wrong)?).map_err(|error| wrong(error.to_string()))
}

/// The authorities that vouch for certificates.
///
/// # Errors
/// When the file holds none.
pub fn root(file: &Path) -> Result<TrustedRoot, WrongFile> {
    let help = "name what `cosign trusted-root create` writes";
    let wrong = |why: String| WrongFile { message: format!("{}: {why}", file.display()), help };
    TrustedRoot::read(&text(file).map_err(wrong)?).map_err(|error| wrong(error.to_string()))
}

fn text(file: &Path) -> Result<String, String> {
    let bytes = windlass_files::named(file, TEXT).map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())
}
