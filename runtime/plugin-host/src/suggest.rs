//! Which plugins can be suggested to somebody whose pod was refused: by their manifests alone, without loading any.

use std::collections::BTreeSet;

use windlass_model::plugin::PluginKind;
use windlass_model::pod_security::Level;
use windlass_model::roles::Builders;

use crate::load;
use crate::manifest;
use crate::source::BuiltIn;

/// The build plugins among these, by the names under which they are carried, each with the Pod Security level that its manifest asks for.
pub fn builders(carried: BuiltIn) -> Builders {
    let level = |bytes: &[u8]| {
        let manifest = manifest::read(bytes).ok().filter(|manifest| manifest.kind == PluginKind::Build)?;
        let limits = load::asks(&manifest.powers, &BTreeSet::new()).pod?;
        Some(if limits.except.is_empty() { limits.level } else { Level::Privileged })
    };
    carried.iter().filter_map(|(name, bytes)| Some(((*name).to_owned(), level(bytes)?))).collect()
}
