//! The caches of a run.

use std::collections::{BTreeMap, BTreeSet};

use windlass_cache_store::{Attempts, Caches, Owner, Store, Stores};
use windlass_model::cache::CacheAccess;
use windlass_model::plan::{Plan, TaskPlan};
use windlass_model::settings::CacheSettings;
use windlass_model::task::TaskId;

use super::{attempts, key, stores};
use crate::failure::{Failure, causes};
use crate::output;
use crate::prepare::Prepared;

/// What a run has of caches.
#[derive(Debug, Default)]
pub struct OfRun {
    /// Those of each task that has a store.
    pub caches: BTreeMap<TaskId, Caches>,
    /// Where what became of them is noted.
    pub attempts: Option<Attempts>,
    /// What they were opened with.
    pub stores: Option<Stores>,
}

/// Opens the stores of a plan's tasks. One that cannot be opened costs time and nothing else: it is said, and what it holds starts empty.
pub async fn of_run(prepared: &Prepared) -> OfRun {
    match opened(prepared).await {
        Ok(opened) => opened,
        Err(failure) => {
            say(&failure.causes());
            OfRun::default()
        }
    }
}

async fn opened(prepared: &Prepared) -> Result<OfRun, Failure> {
    let project = &prepared.project;
    let tasks: Vec<&TaskPlan> = prepared.plan.tasks.iter().filter(|task| task.caches.is_some()).collect();
    if tasks.is_empty() {
        return Ok(OfRun::default());
    }
    let stores = stores(&project.voices, &prepared.trust, key(&prepared.sources).await?)?;
    let mut caches = BTreeMap::new();
    let mut said = String::new();
    for task in tasks {
        let Some(access) = &task.caches else { continue };
        let owner = Owner { task: task.name.clone(), run: prepared.plan.run.to_string() };
        match Caches::open(access, owner, &stores).await {
            Ok(opened) => drop(caches.insert(task.id, opened)),
            // Tasks share a store, and one line is enough.
            Err(error) => {
                let why = causes(&error);
                if why != said {
                    say(&why);
                    said = why;
                }
            }
        }
    }
    Ok(OfRun { caches, attempts: Some(attempts(&project.home())?), stores: Some(stores) })
}

/// Tidies up what lies on this machine, once a run is over. Nothing depends on it. Other projects have entries there, so that no bound of this one
/// counts, only the platform's.
pub async fn tidy(stores: Option<Stores>, plan: &Plan, platform: &CacheSettings) {
    let Some(stores) = stores else { return };
    let mut seen = BTreeSet::new();
    for access in plan.tasks.iter().filter_map(|task| task.caches.as_ref()) {
        let access = CacheAccess { max_size: platform.max_size(), expire_days: platform.expire_days(), ..access.clone() };
        if seen.insert(access.store.to_string())
            && let Err(error) = Store::after_run(&access, &stores).await
        {
            output::line(&format!("warning: caches could not be tidied up: {}", causes(&error)));
        }
    }
}

fn say(why: &str) {
    output::line(&format!("warning: caches start empty: {why}"));
}
