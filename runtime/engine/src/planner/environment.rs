//! The environment of a task's commands, lowest precedence first.

use windlass_model::plan::Brought;
use windlass_model::secret::{EnvValue, EnvVar};
use windlass_model::task::{Instance, Task};

use super::PlanInput;

/// The directory that commands start in unless `CIRRUS_WORKING_DIR` says otherwise. It is the hosted service's, not its
/// command line's, and lies in the volume that all containers share, so that bind mounts made in a daemon next door resolve.
pub(super) const WORKING_DIR: &str = "/tmp/cirrus-ci-build";

/// The directory that all containers of a pod share unless `CIRRUS_VOLUME` says otherwise.
pub(super) const VOLUME: &str = "/tmp";

/// What the runner gives, then the file, then the command line.
pub(super) fn of_task(
    input: &PlanInput<'_>,
    task: &Task,
    instance: &Instance,
    (index, total): (usize, usize),
    has_caches: bool,
) -> Vec<EnvVar> {
    let mut env = vec![
        EnvVar::text("CI", "true"),
        EnvVar::text("CIRRUS_CI", "true"),
        EnvVar::text("CONTINUOUS_INTEGRATION", "true"),
        EnvVar::text("CIRRUS_ENVIRONMENT", "CLI"),
        EnvVar::text("CIRRUS_OS", "linux"),
        EnvVar::text("OS", "linux"),
        EnvVar::text("CIRRUS_ARCH", instance.architecture.as_str()),
        EnvVar::text("CIRRUS_CPU", instance.resources.cpu.0.div_ceil(1000).to_string()),
        EnvVar::text("CIRRUS_BUILD_ID", input.run.as_str()),
        EnvVar::text("CIRRUS_TASK_ID", format!("{}-{}", input.run, task.id.0)),
        EnvVar::text("CIRRUS_TASK_NAME", task.name.as_str()),
        EnvVar::text("CI_NODE_INDEX", index.to_string()),
        EnvVar::text("CI_NODE_TOTAL", total.to_string()),
        EnvVar::text("CIRRUS_WORKING_DIR", WORKING_DIR),
        EnvVar::text("CIRRUS_VOLUME", VOLUME),
    ];
    if let Some(alias) = &task.alias {
        env.push(EnvVar::text("CIRRUS_TASK_NAME_ALIAS", alias.as_str()));
    }
    if has_caches {
        env.push(EnvVar::text("CIRRUS_HTTP_CACHE_HOST", windlass_model::cache::HTTP_CACHE));
    }
    env.extend(input.variables.iter().cloned());
    env.extend(task.env.iter().cloned());
    // A secret given by `-e` is a value for that secret, not a text beside it.
    let is_secret = |name: &str| task.env.iter().any(|v| v.name == name && matches!(v.value, EnvValue::Secret(_)));
    env.extend(input.overrides.iter().filter(|v| !is_secret(&v.name)).cloned());
    env
}

/// Puts the variables that plugins bring where the task itself can override them: lowest.
pub(super) fn with_brought(env: Vec<EnvVar>, brought: &[Brought]) -> Vec<EnvVar> {
    brought.iter().flat_map(|brought| brought.variables.iter().cloned()).chain(env).collect()
}

/// The text of the last definition of a variable.
pub(super) fn text(env: &[EnvVar], name: &str) -> Option<String> {
    env.iter().rev().find(|v| v.name == name).and_then(|v| match &v.value {
        EnvValue::Text(text) => Some(text.clone()),
        EnvValue::Secret(_) => None,
    })
}
