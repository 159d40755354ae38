//! What of a lock stays.

use std::collections::BTreeSet;

use windlass_plugin_store::lock::{BundleEntry, Entry, Lock};

use crate::project::Project;

/// The lock without what is to be looked for anew.
pub(super) fn kept(old: &Lock, wanted: &dyn Fn(&str) -> bool, project: &Project) -> Lock {
    let anew = |bundle: &str| {
        project
            .settings
            .bundles
            .iter()
            .any(|(name, reference)| reference.to_string() == bundle && (wanted(name) || wanted(&format!("{name}/"))))
    };
    let stay: BTreeSet<String> = old
        .entries()
        .map(|entry| entry.reference.clone())
        .filter(|reference| !wanted(reference))
        .chain(old.bundles().map(|bundle| bundle.reference.clone()).filter(|reference| !anew(reference)))
        .collect();
    old.clone().without_unused(&stay)
}

/// The same, with the signers that are known already of what stays the same: not everybody's settings name them. A plugin of a bundle may
/// be signed by the bundle alone.
pub(super) fn with_signers(new: Lock, old: &Lock) -> Lock {
    let mut lock = new.clone();
    let same_bundles =
        new.bundles().all(|bundle| old.bundle(&bundle.reference).is_some_and(|known| known.manifest == bundle.manifest));
    for entry in new.entries().filter(|entry| same_bundles || entry.reference.starts_with("oci://")) {
        let known = old.entry(&entry.reference).filter(|known| known.manifest == entry.manifest);
        if let Some(signer) = known.and_then(|known| known.signer.clone()) {
            lock = lock.with(Entry { signer: Some(signer), ..entry.clone() });
        }
    }
    for bundle in new.bundles() {
        let known = old.bundle(&bundle.reference).filter(|known| known.manifest == bundle.manifest);
        if let Some(signer) = known.and_then(|known| known.signer.clone()) {
            lock = lock.with_bundle(BundleEntry { signer: Some(signer), ..bundle.clone() });
        }
    }
    lock
}
