//! What a cache instruction comes to: its folders, its key, and the scripts that it runs.

use windlass_model::cache::{CachePlan, KeyPlan};
use windlass_model::docker::PushPattern;
use windlass_model::secret::EnvValue;
use windlass_model::task::{Action, CacheKey, CacheScript, Step};

use super::plugins::PluginSource;
use super::steps::{PlannedSteps, StepsInput, script};
use super::{PlanError, environment};
use crate::words::{filled, variables};

/// Plans it, with what its scripts may push. Its scripts are calls of plugins like those of any script: what is asked of those is asked of these.
///
/// # Errors
/// When a folder can be no part of a cache, the key or a folder holds a secret, or a script cannot be planned.
pub(super) async fn plan(
    input: &StepsInput<'_>,
    step: &Step,
    plugins: &PluginSource<'_>,
    planned: &mut PlannedSteps,
) -> Result<Option<(CachePlan, Vec<PushPattern>)>, PlanError> {
    let Action::Cache { folders, key, populate, reupload_on_changes, optimistically_restore_on_miss } = &step.action else {
        return Ok(None);
    };
    let wrong = |message| PlanError::Step { task: input.name.to_owned(), step: step.name.clone(), line: step.line, message };
    let known = |name: &str| environment::text(input.env, name);
    let folders: Vec<String> = folders.iter().map(|folder| filled(folder, known)).collect();
    for folder in &folders {
        no_secret(input, "a folder of the cache", folder).map_err(wrong)?;
    }
    misplaced(&folders, &filled("$CIRRUS_WORKING_DIR", known), known("HOME").as_deref())
        .map_or(Ok(()), |problem| Err(wrong(problem)))?;
    let mut pushes = Vec::new();
    let mut scripts = Vec::with_capacity(2);
    let of_key = if let CacheKey::Script(script) = key { Some(script) } else { None };
    for CacheScript { lines, pushes: pushed } in of_key.into_iter().chain(populate) {
        pushes.extend(pushed.iter().cloned());
        scripts.push(script(input, step, lines, false, plugins, planned).await?);
    }
    // What a policy refuses has no call, and is told.
    let Some(mut scripts) = scripts.into_iter().collect::<Option<Vec<_>>>() else { return Ok(None) };
    let populate = populate.as_ref().and_then(|_| scripts.pop());
    let key = match key {
        CacheKey::Script(_) => match scripts.pop() {
            Some(call) => KeyPlan::Fingerprint(call),
            None => return Ok(None),
        },
        CacheKey::Text(text) => {
            let text = filled(text, known);
            no_secret(input, "the key of the cache", &text).map_err(wrong)?;
            KeyPlan::Key(text)
        }
        CacheKey::Task => KeyPlan::Task(input.name.to_owned()),
    };
    let (reupload_on_changes, optimistically_restore_on_miss) = (*reupload_on_changes, *optimistically_restore_on_miss);
    let cache =
        CachePlan { name: step.name.clone(), folders, key, populate, reupload_on_changes, optimistically_restore_on_miss };
    Ok(Some((cache, pushes)))
}

/// Keys and names of folders are shown and stored, where no masking reaches them any more.
fn no_secret(input: &StepsInput<'_>, what: &str, text: &str) -> Result<(), String> {
    let is_secret = |name: &&str| input.env.iter().any(|v| v.name == *name && matches!(v.value, EnvValue::Secret(_)));
    match variables(text).find(is_secret) {
        Some(name) => Err(format!(
            "{what} has the secret {name} in it, and would be stored with its value; let a fingerprint_script write a digest of it"
        )),
        None => Ok(()),
    }
}

/// What is wrong with the folders, as far as it is known before the run. One alone can be anywhere; several, and patterns, are told apart by
/// their names below the working directory.
fn misplaced(folders: &[String], directory: &str, home: Option<&str>) -> Option<String> {
    if let [only] = folders
        && !only.contains('*')
    {
        return None;
    }
    let outside = |folder: &&String| {
        let whole = match (folder.strip_prefix('~'), home) {
            (Some(rest), Some(home)) if rest.is_empty() || rest.starts_with('/') => format!("{home}{rest}"),
            (Some(rest), None) if rest.is_empty() || rest.starts_with('/') => return true,
            _ => (*folder).clone(),
        };
        let unknown = whole.contains('$') || whole.starts_with('/') && directory.contains('$');
        !unknown && !is_below(&whole, directory)
    };
    let folder = folders.iter().find(outside)?;
    Some(format!(
        "`{folder}` is not below {directory}, where a cache with several folders or a pattern has all of them; give each folder a cache of its own"
    ))
}

/// Whether a path leads below a directory, by its letters alone.
fn is_below(path: &str, directory: &str) -> bool {
    let rest = match path.strip_prefix('/') {
        Some(_) => match path.strip_prefix(directory.trim_end_matches('/')) {
            Some(rest) if rest.is_empty() || rest.starts_with('/') => rest,
            _ => return false,
        },
        None => path,
    };
    let mut depth = 0_i32;
    for part in rest.split('/') {
        match part {
            "" | "." => {}
            ".." => depth -= 1,
            _ => depth += 1,
        }
        if depth < 0 {
            return false;
        }
    }
    true
}
