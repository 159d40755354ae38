//! Who vouches for what was found: the signatures that lie beside it, held against those whom the settings trust.

use windlass_artifact::signature::{self, Identity, PublicKey, Signature, Trust, TrustedRoot, VerifyError};
use windlass_model::digest::Digest;
use windlass_model::settings::{TrustedSigner, Verdict, Vouching};

/// Somebody whom a settings file trusts.
#[derive(Debug)]
pub struct Signer {
    /// The file, as a person would name it.
    pub file: String,
    /// What it says.
    pub said: TrustedSigner,
    /// How its signatures are known.
    pub known: Known,
}

/// How the signatures of somebody are known, with the files that say it read.
#[derive(Debug)]
pub enum Known {
    /// By a key.
    Key(PublicKey),
    /// By a certificate.
    Certificate(Box<TrustedRoot>, Identity),
}

/// What is known of the signatures of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Heard {
    /// All that there are.
    Signatures(Vec<Signature>),
    /// No registry may be asked, and none was asked before.
    Nothing,
}

/// A document that was found, with its signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signed {
    pub(crate) digest: Digest,
    pub(crate) heard: Heard,
}

/// What all signers have to do with a plugin, and who has signed it first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Vouched {
    /// Each of them, in the order in which settings name them.
    pub by: Vec<Vouching>,
    /// The first that has signed it, by what it is known by.
    pub signer: Option<signature::Signer>,
}

impl Signer {
    fn trust(&self) -> Trust<'_> {
        match &self.known {
            Known::Key(key) => Trust::Key(key),
            Known::Certificate(root, identity) => Trust::Identity(root, identity),
        }
    }

    fn vouching(&self, verdict: Verdict) -> Vouching {
        Vouching { signer: self.said.name.clone(), file: self.file.clone(), verdict }
    }

    /// Whether it has signed one of the documents: who it is, or why no signature counts.
    fn has_signed(&self, documents: &[Signed]) -> Result<signature::Signer, String> {
        let mut furthest: Option<VerifyError> = None;
        for Signed { digest, heard } in documents {
            let Heard::Signatures(signatures) = heard else { continue };
            match signature::verify(signatures, digest, &[self.trust()]) {
                Ok(signer) => return Ok(signer),
                Err(error) => furthest = furthest.max(Some(error)),
            }
        }
        Err(match furthest {
            None => "with --offline no registry is asked who has signed it, and none was asked before".to_owned(),
            // Perhaps it has been, since.
            Some(error @ VerifyError::Missing) => {
                format!("{error}; once it is signed, `windlass plugin update` asks for its signatures again")
            }
            Some(error) => error.to_string(),
        })
    }
}

/// Whether any signer's word counts for what lies in a place.
pub(crate) fn reach(signers: &[Signer], place: &str) -> bool {
    signers.iter().any(|signer| signer.said.reaches(place))
}

/// Whether all that might vouch for what lies in a place do.
pub(crate) fn is_enough(signers: &[Signer], place: &str, documents: &[Signed]) -> bool {
    signers.iter().filter(|signer| signer.said.reaches(place)).all(|signer| signer.has_signed(documents).is_ok())
}

/// What signers have to do with what lies in a place and is one of these documents, or in one of them.
pub(crate) fn judge(signers: &[Signer], place: &str, documents: &[Signed]) -> Vouched {
    let mut vouched = Vouched::default();
    for signer in signers {
        let verdict = if signer.said.reaches(place) {
            match signer.has_signed(documents) {
                Ok(by) => {
                    let verdict = Verdict::Signed(by.to_string());
                    vouched.signer.get_or_insert(by);
                    verdict
                }
                Err(why) => Verdict::Unsigned(why),
            }
        } else {
            Verdict::OutOfReach(place.to_owned())
        };
        vouched.by.push(signer.vouching(verdict));
    }
    vouched
}

/// The same of a bare component, which no signature lies beside.
pub(crate) fn of_bare(signers: &[Signer]) -> Vec<Vouching> {
    const WHY: &str = "no signature lies beside a bare component; name the layout or the registry that it was signed in";
    signers.iter().map(|signer| signer.vouching(Verdict::Bare(WHY.to_owned()))).collect()
}

#[cfg(test)]
mod tests;
