//! What stands, for `ls` and `gc`.

use std::sync::Arc;

use windlass_engine::ports::driver::{Driver, DriverError, Pretender, StandingPod};

use crate::args::{Global, TargetOptions};
use crate::drivers;
use crate::failure::Failure;
use crate::output;
use crate::places;

/// A pod and the driver that reaches it.
pub(super) struct Standing {
    pub(super) driver: Arc<dyn Driver>,
    pub(super) pod: StandingPod,
}

/// Lists the pods of every place. A place that nobody named and that does not answer is passed over with a remark.
pub(super) async fn list(global: &Global, options: &TargetOptions) -> Result<Vec<Standing>, Failure> {
    let places = places::find(global, options)?;
    let mut standing = Vec::new();
    let mut failures = Vec::new();
    let count = places.targets.len();
    for target in places.targets {
        let found = match drivers::connect(&target, places.patience).await {
            Ok(driver) => look(driver).await.map_err(Failure::from),
            Err(failure) => Err(failure),
        };
        match found {
            Ok((driver, pods)) => {
                standing.extend(pods.into_iter().map(|pod| Standing { driver: Arc::clone(&driver), pod }));
            }
            Err(failure) if places.named => return Err(failure),
            Err(failure) => failures.push((target, failure)),
        }
    }
    if failures.len() == count
        && let Some((_, failure)) = failures.pop()
    {
        return Err(failure);
    }
    for (target, failure) in failures {
        output::line(&format!("note: {target} was left out: {}", failure.causes()));
    }
    Ok(standing)
}

/// Lists the pods of one place, and tells what there only has windlass' label.
async fn look(driver: Arc<dyn Driver>) -> Result<(Arc<dyn Driver>, Vec<StandingPod>), DriverError> {
    let pods = driver.list().await?;
    for Pretender { what, why } in driver.pretenders().await? {
        let target = driver.target();
        output::progress(&format!(
            "note: {what} on {target} has windlass' label and is not windlass' own: {why}; it is left alone"
        ));
    }
    Ok((driver, pods))
}

/// An age in the largest unit that tells something.
pub(super) fn age(pod: &StandingPod) -> String {
    match pod.age.as_secs() {
        s if s < 120 => format!("{s}s"),
        s if s < 2 * 3600 => format!("{}m", s / 60),
        s if s < 2 * 86400 => format!("{}h", s / 3600),
        s => format!("{}d", s / 86400),
    }
}
