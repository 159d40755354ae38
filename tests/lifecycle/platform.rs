//! A world without rules: everything runs on this machine, every secret has a value, and the project has no files.

use std::collections::BTreeMap;

use windlass_engine::planner::SaidOfPods;
use windlass_engine::ports::project::ProjectFiles;
use windlass_engine::ports::surroundings::{MissingSecret, Surroundings};
use windlass_model::plan::{OpenCluster, Target};
use windlass_model::secret::SecretName;
use windlass_model::task::{Placement, Task};
use windlass_working_copy::Content;

/// That world.
pub struct Anything;

impl Surroundings for Anything {
    fn target(&self, _: &Task, _: &Placement) -> Result<Target, OpenCluster> {
        Ok(Target::Engine)
    }

    fn missing_secret(&self, _: &Task, _: &SecretName) -> Option<MissingSecret> {
        None
    }

    fn pods(&self, _: &Placement, _: &Target) -> Vec<SaidOfPods> {
        Vec::new()
    }
}

impl ProjectFiles for Anything {
    fn text(&self, _: &str) -> Option<String> {
        None
    }

    fn contents(&self, _: &str, _: Option<&[String]>, _: &str) -> Result<BTreeMap<String, Content>, String> {
        Ok(BTreeMap::new())
    }

    fn places(&self, _: &str) -> Vec<String> {
        Vec::new()
    }
}
