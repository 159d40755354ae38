//! What a step collects: which files, how much at most, and where they go.

use windlass_agent_client::protocol::{Glob, InvalidGlob};
use windlass_model::artifact::{ArtifactPlan, directory_name};
use windlass_model::task::Step;

use super::steps::StepsInput;
use super::{PlanError, environment};
use crate::words::filled;

/// What a step says.
pub(super) struct Wanted<'a> {
    pub(super) step: &'a Step,
    pub(super) paths: &'a [String],
    pub(super) content_type: Option<&'a String>,
    pub(super) format: Option<&'a String>,
}

/// Plans it. A pattern with a variable in it that a step may set is judged once it is used.
///
/// # Errors
/// When a pattern is none, or names something outside of the working directory.
pub(super) fn plan(input: &StepsInput<'_>, wanted: &Wanted<'_>) -> Result<ArtifactPlan, PlanError> {
    let Wanted { step, paths, content_type, format } = *wanted;
    let known = |name: &str| environment::text(input.env, name);
    let directory = filled(&known("CIRRUS_WORKING_DIR").unwrap_or_default(), known);
    for path in paths {
        let path = filled(path, known);
        let unknown = path.contains('$') || path.starts_with('/') && directory.contains('$');
        if let Err(error) = Glob::below(&directory, &path)
            && !unknown
        {
            let message = wrong(&error, &directory);
            return Err(PlanError::Step { task: input.name.to_owned(), step: step.name.clone(), line: step.line, message });
        }
    }
    Ok(ArtifactPlan {
        directory: format!("{}/{}", directory_name(input.name), directory_name(&step.name)),
        paths: paths.to_vec(),
        content_type: content_type.cloned(),
        format: format.cloned(),
        max_size: input.plan.platform.artifact_size(),
        store: input.plan.platform.artifact_store.clone(),
    })
}

/// What is wrong with a pattern, and what to do.
pub(crate) fn wrong(error: &InvalidGlob, directory: &str) -> String {
    match error {
        InvalidGlob::Absolute(_) | InvalidGlob::Outside(_) => {
            format!("{error} ({directory}); only files in it are collected: let a script copy others there")
        }
        InvalidGlob::Empty => format!("{error}: write `**` for all files of the working directory"),
        InvalidGlob::TooLong | InvalidGlob::Syntax { .. } => error.to_string(),
    }
}
