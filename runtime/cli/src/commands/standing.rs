//! What stands, for `ls` and `gc`.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use windlass_engine::ports::driver::{Driver, DriverError, Pretender, StandingPod};
use windlass_model::plan::Target;

use crate::args::{Global, TargetOptions};
use crate::drivers;
use crate::failure::Failure;
use crate::output;
use crate::places;

/// How long somebody who pressed a key waits for what it offers.
const PATIENCE: Duration = Duration::from_secs(2);

/// A pod and the driver that reaches it.
pub(super) struct Standing {
    pub(super) driver: Arc<dyn Driver>,
    pub(super) pod: StandingPod,
}

/// What stands in every place that answers, and the places that had to and did not.
pub(super) struct Found {
    pub(super) standing: Vec<Standing>,
    unanswered: Vec<(Target, Failure)>,
}

impl Found {
    /// Whether every place answered that had to.
    pub(super) fn is_complete(&self) -> bool {
        self.unanswered.is_empty()
    }

    /// Shows what did not answer.
    ///
    /// # Errors
    /// When there was any: nobody knows what stands there.
    pub(super) fn complete(self) -> Result<(), Failure> {
        let places: Vec<String> = self.unanswered.iter().map(|(target, _)| target.to_string()).collect();
        let mut exit_codes = self.unanswered.iter().map(|(_, failure)| failure.exit_code());
        let Some(exit_code) = exit_codes.next() else { return Ok(()) };
        for (_, failure) in &self.unanswered {
            output::progress(&failure.render());
        }
        Err(Failure::Unanswered { places, exit_code })
    }
}

/// Lists the pods of every place. An engine that no run goes to is passed over with a remark where it does not answer.
pub(super) async fn list(global: &Global, options: &TargetOptions) -> Result<Found, Failure> {
    let places = places::find(global, options)?;
    if places.targets.is_empty() {
        return Err(Failure::usage("there is no place to look at", "name one: --on engine, or --context NAME"));
    }
    let mut found = Found { standing: Vec::new(), unanswered: Vec::new() };
    for target in &places.targets {
        let looked = match drivers::connect(target, places.patience).await {
            Ok(driver) => look(driver).await.map_err(Failure::from),
            Err(failure) => Err(failure),
        };
        match looked {
            Ok((driver, pods)) => {
                found.standing.extend(pods.into_iter().map(|pod| Standing { driver: Arc::clone(&driver), pod }));
            }
            Err(failure) if places.must_answer(target) => found.unanswered.push((target.clone(), failure)),
            Err(failure) => output::line(&format!("note: {target} was left out: {}", failure.causes())),
        }
    }
    Ok(found)
}

/// Lists the pods of one place, and tells what there only has windlass' label.
async fn look(driver: Arc<dyn Driver>) -> Result<(Arc<dyn Driver>, Vec<StandingPod>), DriverError> {
    let pods = driver.list().await?;
    for Pretender { what, why } in driver.pretenders().await? {
        let target = driver.target();
        output::progress(&format!(
            "note: {what} on {target} has windlass' label but is not windlass' own: {why}; it is left alone"
        ));
    }
    Ok((driver, pods))
}

/// The runs that have pods, for a person who is typing: what does not answer at once is passed over, in silence.
pub fn runs(global: &Global) -> Vec<String> {
    let Ok((places, Ok(runtime))) = places::look(global, &TargetOptions::default()).map(|places| (places, Runtime::new())) else {
        return Vec::new();
    };
    let pods = async |target: &Target| -> Vec<StandingPod> {
        let Ok(driver) = drivers::connect(target, places.patience).await else { return Vec::new() };
        driver.list().await.unwrap_or_default()
    };
    let runs = runtime.block_on(async {
        let asked = places.targets.iter().map(|target| tokio::time::timeout(PATIENCE, pods(target)));
        futures::future::join_all(asked).await
    });
    runtime.shutdown_background();
    runs.into_iter().filter_map(Result::ok).flatten().map(|pod| pod.run).collect()
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
