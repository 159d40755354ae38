//! `plugin verify`.

use windlass_artifact::component::Form;
use windlass_artifact::layout::Layout;
use windlass_artifact::signature::{Identity, PublicKey, Signature, Trust, verify};
use windlass_model::digest::Digest;
use windlass_plugin_source::{repository, signatures};

use super::place::{Place, component, failed, layout, registries, unusable};
use crate::args::{Global, VerifyArgs};
use crate::failure::Failure;
use crate::output;
use crate::plugins::signers::{key, root};

/// Checks whether somebody who is trusted has signed a plugin or a bundle.
///
/// # Errors
/// When nobody has, or it cannot be found out.
pub(super) async fn run(global: &Global, args: &VerifyArgs) -> Result<(), Failure> {
    let keys = args.key.iter().map(|file| Ok(key(file)?)).collect::<Result<Vec<PublicKey>, Failure>>()?;
    let root = args.trusted_root.as_deref().map(root).transpose()?;
    let identity = args.identity.clone().zip(args.issuer.clone()).map(|(identity, issuer)| Identity { identity, issuer });
    let keyless = root.as_ref().zip(identity.as_ref()).map(|(root, identity)| Trust::Identity(root, identity));
    let trusted: Vec<Trust<'_>> = keys.iter().map(Trust::Key).chain(keyless).collect();
    if trusted.is_empty() {
        return Err(Failure::usage("nobody is trusted", "give --key FILE, or --identity, --issuer and --trusted-root"));
    }
    let (digest, found) = signed(global, args).await?;
    let signer =
        verify(&found, &digest, &trusted).map_err(|error| Failure::Unsigned { what: args.plugin.clone(), source: error })?;
    output::progress(&format!("signed by {signer}"));
    output::text(&format!("{digest}\n"))
}

/// The digest of a plugin or bundle, and the signatures that lie beside it, or where the arguments say.
async fn signed(global: &Global, args: &VerifyArgs) -> Result<(Digest, Vec<Signature>), Failure> {
    match Place::parse(&args.plugin)? {
        Place::Disk(path) if Layout::is_at(&path) => {
            let layout = layout(&path)?;
            let digest = layout.find(None).map_err(|error| unusable(&error))?.digest;
            let found = of(global, args.signatures.as_deref(), &digest).await?;
            let found = found.map_or_else(|| layout.signatures(&digest).map_err(|error| unusable(&error)), Ok)?;
            Ok((digest, found))
        }
        Place::Disk(path) => {
            // A bare component has the digest of the manifest that packing it gives.
            let digest = component(&path, Form::Standard).await?.artifact.digest().clone();
            let found = of(global, args.signatures.as_deref(), &digest).await?;
            found.map(|found| (digest, found)).ok_or_else(|| {
                let message = format!("{} is a bare component, which no signature lies beside", path.display());
                Failure::usage(message, "say where it lies: --signatures LAYOUT, or --signatures oci://REGISTRY/REPOSITORY")
            })
        }
        Place::Registry(reference) => {
            let registries = registries(global)?;
            let repository = repository(&reference).map_err(failed)?;
            let (digest, _) = windlass_plugin_source::resolve(&registries, &reference).await.map_err(failed)?;
            let found = signatures(&registries, &repository, &digest).await.map_err(failed)?;
            Ok((digest, found))
        }
    }
}

/// The signatures of a digest in another place.
async fn of(global: &Global, place: Option<&str>, digest: &Digest) -> Result<Option<Vec<Signature>>, Failure> {
    let Some(place) = place else { return Ok(None) };
    match Place::parse(place)? {
        Place::Disk(path) => layout(&path)?.signatures(digest).map(Some).map_err(|error| unusable(&error)),
        Place::Registry(reference) => {
            let repository = repository(&reference).map_err(failed)?;
            signatures(&registries(global)?, &repository, digest).await.map(Some).map_err(failed)
        }
    }
}
