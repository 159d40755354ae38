//! Reading the index of a bundle, which says all that is needed to fetch one of its plugins and no more.

use std::collections::{BTreeMap, BTreeSet};

use windlass_model::digest::Digest;
use windlass_model::text::shortened;

use super::{FORM, MAX_MEMBERS, SETTINGS_ROLE};
use crate::blob::{BlobError, Descriptor, MAX_DOCUMENT};
use crate::document::{Document, DocumentError};
use crate::media;
use crate::name::{self, InvalidName};

/// A bundle as its index describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The digest of the index.
    pub digest: Digest,
    /// The plugins, by name.
    pub plugins: Vec<Member>,
    /// The manifest of the settings.
    pub settings: Option<Descriptor>,
    /// What the index says of itself.
    pub annotations: BTreeMap<String, String>,
}

/// A plugin of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name in the bundle.
    pub name: String,
    /// Its manifest.
    pub manifest: Descriptor,
}

/// Why an index is not taken for a bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// It is no index.
    #[error(transparent)]
    Document(#[from] DocumentError),
    /// It is one manifest.
    #[error("it is one artifact, and no bundle of several")]
    Single,
    /// It is an index of something else.
    #[error("it is an index of {}, and no bundle of plugins", .0.as_deref().map_or("an image for several platforms".into(), |t| format!("`{}`", shortened(t, 100))))]
    OtherType(Option<String>),
    /// It is a bundle of a later form.
    #[error("it is a bundle of the form `{}`, and this windlass reads `{FORM}`; use a newer windlass", shortened(.0, 100))]
    Newer(String),
    /// It holds itself.
    #[error("it names itself ({0}) as a part of itself")]
    NamesItself(Digest),
    /// It holds another index.
    #[error("it holds another index ({0}), and a bundle holds plugins alone; pack it again from the plugins of both")]
    Nested(Digest),
    /// It holds something that is no manifest.
    #[error("it holds {digest}, which is `{}` and no manifest", shortened(.media_type, 100))]
    Entry {
        /// The entry.
        digest: Digest,
        /// What the index says that it is.
        media_type: String,
    },
    /// An entry has no name.
    #[error("it holds {0} without a name (annotation `{name}`); pack it again with `windlass plugin pack`", name = media::PLUGIN_NAME)]
    Unnamed(Digest),
    /// A name would not do as one.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// Two plugins of one name, of which each reader would take another.
    #[error("it holds two plugins of the name `{0}`, and which of them is meant nobody can tell")]
    Twice(String),
    /// Two settings documents.
    #[error("it holds several settings documents, and which of them counts nobody can tell")]
    SeveralSettings,
    /// More than one bundle holds.
    #[error("it holds {0} entries, and a bundle has at most {MAX_MEMBERS} plugins")]
    TooMany(usize),
    /// Without a plugin.
    #[error("it holds no plugin")]
    Empty,
    /// A manifest in it is larger than any.
    #[error(transparent)]
    Blob(#[from] BlobError),
}

impl Bundle {
    /// Whether bytes are an index at all, and are read with [`Bundle::read`] rather than as the manifest of one plugin.
    pub fn is_index(bytes: &[u8]) -> bool {
        matches!(Document::read(bytes), Ok(Document::Index(_)))
    }

    /// Reads an index. `asked` is the digest by which it was asked for, where there is one.
    ///
    /// # Errors
    /// When it is no index, or not of a bundle that can be read in one way only.
    pub fn read(bytes: &[u8], asked: Option<&Digest>) -> Result<Self, BundleError> {
        let Document::Index(index) = Document::read(bytes)? else { return Err(BundleError::Single) };
        match (index.annotations.get(media::BUNDLE_FORM).map(String::as_str), index.artifact_type.as_deref()) {
            (Some(FORM), _) | (None, Some(media::BUNDLE)) => {}
            (Some(newer), _) => return Err(BundleError::Newer(newer.to_owned())),
            (None, Some(newer)) if newer.starts_with(media::BUNDLE_FAMILY) => return Err(BundleError::Newer(newer.to_owned())),
            (None, other) => return Err(BundleError::OtherType(other.map(str::to_owned))),
        }
        // The settings and what later forms add are entries, too.
        if index.manifests.len() > MAX_MEMBERS + 16 {
            return Err(BundleError::TooMany(index.manifests.len()));
        }
        let digest = Digest::of(bytes);
        let (mut plugins, mut settings) = (Vec::new(), None);
        let mut names = BTreeSet::new();
        for entry in index.manifests {
            is_manifest(&entry, &[Some(&digest), asked])?;
            match (entry.annotation(media::PLUGIN_NAME), entry.annotation(media::ROLE)) {
                (Some(name), _) => {
                    name::check(name)?;
                    if !names.insert(name.to_owned()) {
                        return Err(BundleError::Twice(name.to_owned()));
                    }
                    plugins.push(Member { name: name.to_owned(), manifest: entry });
                }
                (None, Some(SETTINGS_ROLE)) => {
                    if settings.replace(entry).is_some() {
                        return Err(BundleError::SeveralSettings);
                    }
                }
                // What a later windlass adds beside plugins and settings is of no use to this one.
                (None, Some(_)) => {}
                (None, None) => return Err(BundleError::Unnamed(entry.digest)),
            }
        }
        plugins.sort_by(|one, other| one.name.cmp(&other.name));
        match plugins.len() {
            0 => Err(BundleError::Empty),
            count if count > MAX_MEMBERS => Err(BundleError::TooMany(count)),
            _ => Ok(Self { digest, plugins, settings, annotations: index.annotations }),
        }
    }

    /// A plugin of it by name.
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.plugins.iter().find(|member| member.name == name)
    }
}

/// Whether an entry may be fetched and read as a manifest.
fn is_manifest(entry: &Descriptor, own: &[Option<&Digest>]) -> Result<(), BundleError> {
    if own.contains(&Some(&entry.digest)) {
        return Err(BundleError::NamesItself(entry.digest.clone()));
    }
    match entry.media_type.as_str() {
        media::MANIFEST => Ok(entry.within(MAX_DOCUMENT)?),
        media::INDEX => Err(BundleError::Nested(entry.digest.clone())),
        other => Err(BundleError::Entry { digest: entry.digest.clone(), media_type: other.to_owned() }),
    }
}
