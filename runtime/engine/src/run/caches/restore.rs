//! What a cache instruction does.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use windlass_cache_store::{Looked, Miss, Stored};
use windlass_model::cache::CachePlan;
use windlass_model::event::{CacheOutcome, Failure, StepRef};
use windlass_mover_client::protocol::{Failed, Order, Outcome, Place, Restored};

use super::super::context::TaskContext;
use super::super::step::{plugin, task_failure};
use super::key::{self, Key};
use super::known::Cache;
use super::mover::Movers;
use super::{of_script, place, tell, warn};
use crate::words::{filled, in_one_line};

/// Restores a cache, or makes its content.
pub(in super::super) async fn restore(
    context: &Arc<TaskContext>,
    step: &StepRef,
    plan: &CachePlan,
    cancel: &CancellationToken,
) -> Result<(), Failure> {
    let Some(movers) = &context.movers else { return populate(context, step, plan, cancel).await };
    let key = key::of(context, step, plan, cancel).await?;
    let mover = movers.mover(context).await.map_err(|error| task_failure(in_one_line(&error)));
    let home = context.variable("HOME").or_else(|| mover.as_ref().ok().and_then(|mover| mover.home().map(str::to_owned)));
    let folders = folders(context, plan)?;
    let place =
        place::of(&folders, &context.own_working_dir(), home.as_deref()).map_err(|error| task_failure(error.to_string()))?;
    let restoring = Restoring { context, step, plan, movers, key: &key, place: &place, folders: &folders };
    let Found { looked, restored, unusable } = tokio::select! {
        () = cancel.cancelled() => return Err(Failure::interrupted()),
        restored = restoring.restored() => restored?,
    };
    movers.note(&plan.name, &key, &looked);
    if restored.is_none() {
        populate(context, step, plan, cancel).await?;
    }
    let reupload_on_changes = plan.reupload_on_changes;
    context.caches.note(&plan.name, Cache { key, place, folders, restored, reupload_on_changes, unusable });
    Ok(())
}

/// The folders, with the variables that steps have set. They are shown, so none may have a secret in it.
fn folders(context: &TaskContext, plan: &CachePlan) -> Result<Vec<String>, Failure> {
    let fill = |folder: &String| {
        let folder = filled(folder, |name| context.variable(name));
        if context.redactor.text(&folder) == folder { Ok(folder) } else { Err(secret_in_name(&plan.name)) }
    };
    plan.folders.iter().map(fill).collect()
}

fn secret_in_name(cache: &str) -> Failure {
    Failure {
        help: Some("name a folder that may be shown".to_owned()),
        ..task_failure(format!("a folder of the cache {cache} has the value of a secret in its name"))
    }
}

/// Makes the content of a cache, if the file says how.
async fn populate(
    context: &Arc<TaskContext>,
    step: &StepRef,
    plan: &CachePlan,
    cancel: &CancellationToken,
) -> Result<(), Failure> {
    match &plan.populate {
        Some(call) => plugin(context, step, call, cancel, None).await.map_err(|failure| of_script("populate_script", failure)),
        None => Ok(()),
    }
}

/// What was found for a cache.
struct Found {
    looked: Looked,
    /// What lies in the folders now.
    restored: Option<Stored>,
    /// Whether there is something under the key that cannot be restored.
    unusable: bool,
}

struct Restoring<'a> {
    context: &'a Arc<TaskContext>,
    step: &'a StepRef,
    plan: &'a CachePlan,
    movers: &'a Movers,
    key: &'a Key,
    place: &'a Place,
    folders: &'a [String],
}

impl Restoring<'_> {
    /// Looks for an entry, and brings it into the folders.
    async fn restored(&self) -> Result<Found, Failure> {
        let (reason, unusable) = match self.movers.find(&self.key.text).await {
            Ok(stored) => match self.bring(&stored).await? {
                Ok(restored) => return Ok(self.hit(stored, &restored).await),
                Err(reason) => (reason, true),
            },
            // It lies where the run writes, or where another does: the former gives way to a better one.
            Err(reason) => (reason.clone(), !matches!(reason, Miss::Absent | Miss::Store { .. })),
        };
        self.warn_of(&reason).await;
        if self.plan.optimistically_restore_on_miss && reason == Miss::Absent {
            match self.movers.caches.newest(&self.plan.name).await {
                Ok(stored) => {
                    if let Ok(restored) = self.bring(&stored).await? {
                        return Ok(self.other(stored, &restored, reason).await);
                    }
                }
                Err(reason) => self.warn_of(&reason).await,
            }
        }
        self.tell(CacheOutcome::Missed { why: reason.to_string() }).await;
        Ok(Found { looked: Looked::Miss { reason }, restored: None, unusable })
    }

    /// Brings an entry into the folders. A store that gives nothing, or the wrong thing, is a miss.
    async fn bring(&self, stored: &Stored) -> Result<Result<Restored, Miss>, Failure> {
        let (caches, name) = (&self.movers.caches, &self.plan.name);
        if stored.entry.folders != self.folders {
            return Ok(Err(Miss::Folders { scope: stored.scope.to_string() }));
        }
        caches.allow(stored);
        let order = Order::Restore { place: self.place.clone(), tree: stored.entry.tree, packs: stored.entry.packs.clone() };
        let problem = |problem: String| Ok(Err(Miss::Store { problem, refused: false }));
        match self.movers.order(self.context, order).await {
            Ok(Ok(Outcome::Restored(restored))) => Ok(Ok(restored)),
            Ok(Ok(_)) => problem("the mover did something else".to_owned()),
            Ok(Err(Failed::Store(why))) => problem(why),
            Ok(Err(Failed::Corrupt(why))) => {
                if let Err(error) = caches.distrust(stored).await {
                    warn(self.context, format!("cache {name}: {}", in_one_line(&error))).await;
                }
                tracing::debug!(why, "an entry is taken out of use");
                Ok(Err(Miss::Bytes { scope: stored.scope.to_string() }))
            }
            Ok(Err(Failed::Container(why))) => Err(Failure {
                help: Some(
                    "name another folder, or take the cache out of the task; windlass cache rm removes what is stored".to_owned(),
                ),
                ..task_failure(format!("the cache {name} cannot be restored: {why}"))
            }),
            Ok(Err(Failed::Cancelled)) => Err(Failure::interrupted()),
            Err(error) => problem(in_one_line(&error)),
        }
    }

    async fn hit(&self, stored: Stored, restored: &Restored) -> Found {
        let Restored { entries, bytes: size, fetched } = *restored;
        self.tell(CacheOutcome::Restored { entries, size, fetched }).await;
        Found { looked: Looked::Hit { scope: stored.scope.to_string() }, restored: Some(stored), unusable: false }
    }

    async fn other(&self, stored: Stored, restored: &Restored, reason: Miss) -> Found {
        let Restored { entries, bytes: size, fetched } = *restored;
        let (key, scope) = (stored.entry.key.clone(), stored.scope.to_string());
        self.tell(CacheOutcome::RestoredOther { from: key.clone(), entries, size, fetched }).await;
        Found { looked: Looked::Optimistic { key, scope, reason }, restored: Some(stored), unusable: false }
    }

    async fn tell(&self, outcome: CacheOutcome) {
        tell(self.context, self.step, &self.plan.name, &self.key.text, outcome).await;
    }

    /// That nothing is stored is how each cache begins; anything else is worth a look.
    async fn warn_of(&self, reason: &Miss) {
        if *reason != Miss::Absent {
            warn(self.context, format!("cache {}: {reason}", self.plan.name)).await;
        }
    }
}
