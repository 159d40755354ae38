//! Exit codes: whose matter a failure is.

use windlass_artifact_store::RemoteError;
use windlass_cache_store::StoreError;
use windlass_engine::planner::PlanError;
use windlass_engine::ports::plugin::PluginError;

use super::Failure;

impl Failure {
    /// The process's exit code.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Usage { .. }
            | Self::Unreadable { .. }
            | Self::Unwritable { .. }
            | Self::Lock { .. }
            | Self::Unsigned { .. }
            | Self::Given(_)
            | Self::Sources(_)
            | Self::Secret(_)
            | Self::Value(_)
            | Self::Open { .. }
            | Self::Untrusted { .. }
            | Self::Declined
            | Self::NothingToRun { .. }
            | Self::Output(_)
            | Self::Runtime(_) => 2,
            Self::Caches(StoreError::Unreachable { .. }) => 3,
            Self::Artifacts(windlass_artifact_store::StoreError::Remote(RemoteError::Unreachable { .. })) => 3,
            Self::Caches(_) | Self::Artifacts(_) => 2,
            Self::Configuration { exit_code, .. } | Self::Unanswered { exit_code, .. } => *exit_code,
            Self::Plan(errors) => errors.iter().map(|located| plan_exit_code(&located.error)).min().unwrap_or(2),
            Self::Kubeconfig(_) => 2,
            Self::Driver(_) | Self::NoKubeconfig(_) | Self::ClusterUnknown { .. } | Self::Engine(_) | Self::Doctor { .. } => 3,
            Self::Source(error) if error.may_pass() => 3,
            Self::Source(_) => 2,
            Self::PluginHost(_) => 4,
            Self::Plugin(error) => plugin_exit_code(error),
            Self::Substitute { source, .. } => plugin_exit_code(source),
            Self::Leftovers { .. } => 5,
            Self::Bug => crate::panic::EXIT_CODE,
        }
    }
}

/// Whose matter it is that there is no plan.
pub fn plan_exit_code(error: &PlanError) -> u8 {
    match error {
        PlanError::Selection(_)
        | PlanError::Scripts { .. }
        | PlanError::Step { .. }
        | PlanError::Policy { .. }
        | PlanError::Environment { .. }
        | PlanError::Conflict { .. } => 2,
        PlanError::Denied(_) => 4,
        PlanError::Plugin { source, .. } => plugin_exit_code(source),
    }
}

/// A plugin that refuses what the file asks of it, or is not found, is the file's matter.
pub fn plugin_exit_code(error: &PluginError) -> u8 {
    match error {
        PluginError::NotFound { .. } | PluginError::Unsupported { .. } => 2,
        PluginError::Unloadable { .. }
        | PluginError::Failed { .. }
        | PluginError::Invalid { .. }
        | PluginError::Denied { .. }
        | PluginError::Trapped { .. } => 4,
        PluginError::Infrastructure { .. } => 3,
        PluginError::Cancelled => 130,
    }
}
