//! From a tag or a range of versions to a digest.

use semver::{Version as Semver, VersionReq};
use windlass_model::digest::Digest;
use windlass_model::plugin_reference::{RegistryReference, Version};
use windlass_registry::{Registries, Repository};

use crate::SourceError;

/// How many versions are told of when none fits.
const TOLD: usize = 5;

/// The repository of a reference.
///
/// # Errors
/// Never for one that was read from text.
pub fn repository(reference: &RegistryReference) -> Result<Repository, SourceError> {
    // It was read from text without variables.
    Repository::of(reference.name()).ok_or_else(|| SourceError::NoPlace(reference.to_string()))
}

/// The digest that a reference means now, and the tag that said so.
///
/// # Errors
/// When the registry has no such tag, no version is in the range, or it does not answer.
pub async fn resolve(registries: &Registries, reference: &RegistryReference) -> Result<(Digest, Option<String>), SourceError> {
    if let Some(digest) = reference.digest() {
        return Ok((digest.clone(), reference.version().text().map(str::to_owned)));
    }
    let repository = repository(reference)?;
    let tag = match reference.version() {
        Version::Tag(tag) => tag.clone(),
        Version::Unsaid => "latest".to_owned(),
        Version::Range { text, range } => {
            let tags = registries.tags(&repository).await?;
            newest(&tags, range).ok_or_else(|| SourceError::NoVersion {
                repository: repository.to_string(),
                range: text.clone(),
                found: latest(&tags),
            })?
        }
    };
    Ok((registries.resolve(&repository, &tag).await?, Some(tag)))
}

/// The tag of the newest release in a range. What is no version is passed over; a version before a release is taken only by a range that
/// names one.
fn newest(tags: &[String], range: &VersionReq) -> Option<String> {
    let versions = tags.iter().filter_map(|tag| Some((version(tag)?, tag)));
    versions
        .filter(|(version, _)| range.matches(version))
        .max_by(|(one, _), (other, _)| one.cmp(other))
        .map(|(_, tag)| tag.clone())
}

fn latest(tags: &[String]) -> Vec<String> {
    let mut versions: Vec<(Semver, &String)> = tags.iter().filter_map(|tag| Some((version(tag)?, tag))).collect();
    versions.sort_by(|(one, _), (other, _)| other.cmp(one));
    versions.into_iter().take(TOLD).map(|(_, tag)| tag.clone()).collect()
}

/// A tag as a version: `v1.4.0` is 1.4.0, and a tag cannot have the `+` of a build, for which `_` stands.
fn version(tag: &str) -> Option<Semver> {
    let text = tag.strip_prefix('v').unwrap_or(tag).replacen('_', "+", 1);
    Semver::parse(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn among(tags: &[&str], range: &str) -> Option<String> {
        let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        newest(&tags, &range.parse().expect("a range"))
    }

    #[test]
    fn the_newest_release_in_the_range_counts() {
        let tags = ["latest", "3.9.0", "v3.10.0", "3.10.0-rc.1", "4.0.0", "sha256-ab.sig", "3", "3.2.0_build.7"];
        assert_eq!(among(&tags, "^3").as_deref(), Some("v3.10.0"));
        assert_eq!(among(&tags, "~3.2").as_deref(), Some("3.2.0_build.7"));
        assert_eq!(among(&tags, "*").as_deref(), Some("4.0.0"));
        assert_eq!(among(&tags, "^5"), None);
        assert_eq!(among(&["4.0.0-rc.1"], "^4"), None, "a version before a release is nobody's choice");
        assert_eq!(among(&["4.0.0-rc.1"], "^4.0.0-rc").as_deref(), Some("4.0.0-rc.1"));
    }

    #[test]
    fn the_newest_are_told_where_none_fits() {
        let tags: Vec<String> = (0..9).map(|minor| format!("1.{minor}.0")).collect();
        assert_eq!(latest(&tags), ["1.8.0", "1.7.0", "1.6.0", "1.5.0", "1.4.0"]);
    }
}
