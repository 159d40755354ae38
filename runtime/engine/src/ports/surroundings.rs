//! The port to what lies around the project: the clusters and the secrets that the machine and its user know of. Nothing is asked over a
//! network.

use windlass_model::plan::{OpenCluster, Target};
use windlass_model::secret::SecretName;
use windlass_model::task::{Placement, Task};

use crate::planner::SaidOfPods;

/// A secret without a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingSecret {
    /// What is wrong with the source that somebody named, when somebody did.
    pub problem: Option<String>,
    /// How to give the value, one way a line.
    pub ways: Vec<String>,
}

/// What is known of the world that tasks run in.
pub trait Surroundings: Sync {
    /// Where a task runs.
    ///
    /// # Errors
    /// What would have to be said to know it.
    fn target(&self, task: &Task, placement: &Placement) -> Result<Target, OpenCluster>;

    /// Why a secret of a task has no value; `None` when it has one.
    fn missing_secret(&self, task: &Task, name: &SecretName) -> Option<MissingSecret>;

    /// What settings say of all pods of the place where a task runs, by file, those that speak first before the others.
    fn pods(&self, placement: &Placement, target: &Target) -> Vec<SaidOfPods>;
}
