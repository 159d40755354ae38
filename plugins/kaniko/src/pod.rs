//! The container that Kaniko gets.

use windlass_plugin_sdk::builder::pod::unpacking_container;
use windlass_plugin_sdk::builder::secret_names;
use windlass_plugin_sdk::{BuildRequest, Needs};

use crate::CONTAINER;

/// The last release of the original project.
pub(crate) const IMAGE: &str = "gcr.io/kaniko-project/executor:v1.24.0";

pub(crate) fn needs(request: &BuildRequest) -> Needs {
    Needs { containers: vec![unpacking_container(CONTAINER, IMAGE, request)], secrets: secret_names(request), ..Needs::default() }
}
