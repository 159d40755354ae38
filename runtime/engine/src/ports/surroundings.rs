//! The port to what lies around the project: the clusters and the secrets that the machine and its user know of. Nothing is asked over a
//! network.

use windlass_model::plan::{OpenCluster, Target};
use windlass_model::secret::SecretName;
use windlass_model::task::{Placement, Task};

use crate::planner::SaidOfPods;

/// What is known of the world that tasks run in.
pub trait Surroundings: Sync {
    /// Where a task runs.
    ///
    /// # Errors
    /// What would have to be said to know it.
    fn target(&self, task: &Task, placement: &Placement) -> Result<Target, OpenCluster>;

    /// The ways to give the value of a secret of a task; `None` when it has one.
    fn secret_ways(&self, task: &Task, name: &SecretName) -> Option<Vec<String>>;

    /// What settings say of all pods of the place where a task runs, by file, those that speak first before the others.
    fn pods(&self, placement: &Placement, target: &Target) -> Vec<SaidOfPods>;
}
