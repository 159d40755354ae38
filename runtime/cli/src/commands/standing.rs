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
    looked: Vec<Target>,
    /// Whether there are places that were not looked at and need not be.
    passed_over: bool,
    unanswered: Vec<(String, Failure)>,
}

impl Found {
    /// Where windlass looked, as the end of a sentence that something is not there: nothing after a look at every place. `None` where a place
    /// that had to answer did not, so that nobody can say such a thing.
    pub(super) fn scope(&self) -> Option<String> {
        let looked: Vec<String> = self.looked.iter().map(Target::to_string).collect();
        let scope = if self.passed_over { format!(" where windlass looked: {}", looked.join("; ")) } else { String::new() };
        self.unanswered.is_empty().then_some(scope)
    }

    /// Shows what did not answer.
    ///
    /// # Errors
    /// When there was any: nobody knows what stands there.
    pub(super) fn complete(self) -> Result<(), Failure> {
        let places: Vec<String> = self.unanswered.iter().map(|(place, _)| place.clone()).collect();
        let mut exit_codes = self.unanswered.iter().map(|(_, failure)| failure.exit_code());
        let Some(exit_code) = exit_codes.next() else { return Ok(()) };
        for (_, failure) in &self.unanswered {
            output::progress(&failure.render());
        }
        Err(Failure::Unanswered { places, exit_code })
    }
}

/// Lists the pods of every place. An engine that no run goes to is passed over with a remark where it does not answer, unless nothing else
/// does.
pub(super) async fn list(global: &Global, options: &TargetOptions) -> Result<Found, Failure> {
    let places = places::find(global, options).await?;
    let unread = places
        .unread
        .iter()
        .map(|unread| (windlass_kube::describe_kubeconfig(None), Failure::NoKubeconfig(unread.files.clone())));
    let unanswered: Vec<(String, Failure)> = unread.collect();
    if places.targets.is_empty() && unanswered.is_empty() {
        return Err(Failure::usage("there is no place to look at", "name one: --on engine, or --context NAME"));
    }
    let passed_over = !places.left_out.is_empty();
    let mut found = Found { standing: Vec::new(), looked: Vec::new(), passed_over, unanswered };
    let mut silent = Vec::new();
    let is_named = options.context.is_some() || options.namespace.is_some();
    for target in &places.targets {
        let driver = drivers::connect(target, places.patience).await;
        let connected = driver.is_ok();
        let looked = match driver {
            Ok(driver) => look(driver).await.map_err(Failure::from),
            Err(failure) => Err(failure),
        };
        match looked {
            Ok((driver, pods)) => {
                found.standing.extend(pods.into_iter().map(|pod| Standing { driver: Arc::clone(&driver), pod }));
                found.looked.push(target.clone());
            }
            // The cluster did answer: who named such a namespace made a slip, and of others it is enough to know.
            Err(failure @ Failure::Driver(DriverError::NotFound { .. })) if !connected => {
                found.unanswered.push((target.to_string(), failure))
            }
            Err(failure @ Failure::Driver(DriverError::NotFound { .. })) if is_named => return Err(failure),
            Err(failure @ Failure::Driver(DriverError::NotFound { .. })) => silent.push((target.to_string(), failure)),
            Err(failure) if places.must_answer(target) => found.unanswered.push((target.to_string(), failure)),
            Err(failure) => silent.push((target.to_string(), failure)),
        }
    }
    if found.looked.is_empty() && found.unanswered.is_empty() {
        found.unanswered = silent;
        return Ok(found);
    }
    found.passed_over |= !silent.is_empty();
    for (place, failure) in silent {
        output::line(&format!("note: {place} was left out: {}", failure.causes()));
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

#[cfg(test)]
mod tests {
    use super::*;

    /// That something is not there is said of every place, of those that were looked at, or of none.
    #[test]
    fn nothing_is_claimed_of_places_that_were_not_looked_at() {
        let here = Target::Kube { kubeconfig: None, context: "here".into(), namespace: "ci".into() };
        let found = |passed_over, unanswered: &[&str]| Found {
            standing: Vec::new(),
            looked: vec![here.clone(), Target::Engine],
            passed_over,
            unanswered: unanswered.iter().map(|place| ((*place).to_owned(), Failure::Bug)).collect(),
        };
        assert_eq!(found(false, &[]).scope().as_deref(), Some(""));
        let limited = " where windlass looked: context here, namespace ci; the container engine of this machine";
        assert_eq!(found(true, &[]).scope().as_deref(), Some(limited));
        assert_eq!(found(true, &["elsewhere"]).scope(), None);
        assert_eq!(found(false, &["elsewhere"]).scope(), None);
    }
}
