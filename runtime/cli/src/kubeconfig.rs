//! The user's kubeconfig.

use windlass_kube::Kubeconfig;

use crate::failure::Failure;

/// The usual kubeconfig; `None` on a machine without one.
///
/// # Errors
/// When there is one that cannot be read: guessing past it could send a task to the wrong place.
pub fn usual() -> Result<Option<Kubeconfig>, Failure> {
    windlass_kube::usual_kubeconfig().map_err(Failure::Kubeconfig)
}
