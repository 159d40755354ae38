//! The rules for the work and for `cleanup`: over all cases whose request the plugin takes, and over one that is made of its schema.

use std::time::Instant;

use windlass_engine::ports::plugin::PluginError;
use windlass_model::plugin::Power;

use super::base::base;
use crate::attempt::{Attempt, End, How, Refused};
use crate::case::Case;
use crate::check::ends::told;
use crate::pod::{At, Manner};
use crate::subject::GRACE;
use crate::suite::{Outcome, Problems, Suite};

/// At so many calls at most a run is interrupted, evenly spread over it.
pub(super) const MOST_INTERRUPTIONS: usize = 24;

/// A run that nothing disturbs.
pub(super) const PLAIN: How = How { manner: Manner::Lenient, at: At::Never, refused: Refused::Nothing };

/// A power is refused while it works.
pub(super) async fn refused(suite: &Suite, power: Power) -> Outcome {
    each(suite, async |case: &Case, problems: &mut Problems| {
        work(suite, case, How { refused: Refused::One(power), ..PLAIN }, problems).await;
    })
    .await
}

/// Output that nobody would expect.
pub(super) async fn any_output(suite: &Suite) -> Outcome {
    each(suite, async |case: &Case, problems: &mut Problems| {
        work(suite, case, How { manner: Manner::Babbling, ..PLAIN }, problems).await;
    })
    .await
}

/// A stop at each call.
pub(super) async fn stops(suite: &Suite) -> Outcome {
    each(suite, async |case: &Case, problems: &mut Problems| {
        for call in interruptions(suite, case).await {
            let begun = Instant::now();
            work(suite, case, How { at: At::Stop(call), ..PLAIN }, problems).await;
            if begun.elapsed() >= GRACE {
                let name = &case.name;
                problems.add(format!("{name}: expected it to return when it was stopped at call {call}, got none in {GRACE:?}"));
                // The other calls would take as long.
                break;
            }
        }
    })
    .await
}

/// Nothing was done that could be cleaned up.
pub(super) async fn cleanup_alone(suite: &Suite) -> Outcome {
    each(suite, async |case: &Case, problems: &mut Problems| {
        if let (_, Some(attempt)) = Attempt::prepare(&suite.subject, case, PLAIN).await {
            clean_up(&attempt, case, "before anything was done", problems).await;
        }
    })
    .await
}

/// The instance is gone, in the middle of each call.
pub(super) async fn cleanup_after_trap(suite: &Suite) -> Outcome {
    each(suite, async |case: &Case, problems: &mut Problems| {
        for call in interruptions(suite, case).await {
            let how = How { at: At::Trap(call), ..PLAIN };
            if let (_, Some(attempt)) = Attempt::prepare(&suite.subject, case, how).await {
                attempt.work().await;
                clean_up(&attempt, case, &format!("after a trap at call {call}"), problems).await;
            }
        }
    })
    .await
}

/// The step was stopped at each call.
pub(super) async fn cleanup_after_stop(suite: &Suite) -> Outcome {
    each(suite, async |case: &Case, problems: &mut Problems| {
        for call in interruptions(suite, case).await {
            let how = How { at: At::Stop(call), ..PLAIN };
            let begun = Instant::now();
            if let (_, Some(attempt)) = Attempt::prepare(&suite.subject, case, how).await {
                attempt.work().await;
                clean_up(&attempt, case, &format!("after a stop at call {call}"), problems).await;
            }
            // Who does not obey is told by the test of that.
            if begun.elapsed() >= GRACE {
                break;
            }
        }
    })
    .await
}

/// Nothing is granted any more.
pub(super) async fn cleanup_refused(suite: &Suite) -> Outcome {
    each(suite, async |case: &Case, problems: &mut Problems| {
        let how = How { refused: Refused::AllInCleanup, ..PLAIN };
        if let (_, Some(attempt)) = Attempt::prepare(&suite.subject, case, how).await {
            attempt.work().await;
            let ended = attempt.clean_up().await;
            if let Err(error @ PluginError::Trapped { .. }) = &ended {
                problems.add(format!("{}: expected an error or none, got {}", case.name, told(Err(error))));
            }
        }
    })
    .await
}

/// Works on each case that can be run; there may be none.
async fn each(suite: &Suite, mut work: impl AsyncFnMut(&Case, &mut Problems)) -> Outcome {
    let mut problems = Problems::default();
    let mut any = false;
    for case in suite.cases.iter().chain(base(suite).await) {
        problems.hide(case.secrets.values().map(|secret| secret.0.clone().into_bytes()));
        if let (Ok(_), Some(attempt)) = Attempt::prepare(&suite.subject, case, PLAIN).await {
            problems.hide(attempt.pod.all_secrets());
            any = true;
            work(case, &mut problems).await;
        }
    }
    if any { problems.outcome() } else { Outcome::Ignored("no request is known that it takes; write a case".to_owned()) }
}

/// Does the work of a case; only a trap is a problem.
async fn work(suite: &Suite, case: &Case, how: How, problems: &mut Problems) {
    let (_, Some(attempt)) = Attempt::prepare(&suite.subject, case, how).await else { return };
    if let End::Returned(Err(error @ PluginError::Trapped { .. })) = &attempt.work().await {
        let when = match (how.refused, how.at, how.manner) {
            (Refused::One(power), ..) => format!("when `{power}` is refused"),
            (_, At::Stop(call), _) => format!("when it is stopped at call {call}"),
            (.., Manner::Babbling) => "when commands write what is long and no text".to_owned(),
            _ => "in an empty pod".to_owned(),
        };
        problems.add(format!("{}: expected an error or none {when}, got {}", case.name, told(Err(error))));
    }
    problems.hide(attempt.pod.all_secrets());
}

async fn clean_up(attempt: &Attempt<'_>, case: &Case, when: &str, problems: &mut Problems) {
    match attempt.clean_up().await {
        // A stopped step runs no more commands.
        Ok(()) | Err(PluginError::Cancelled) => {}
        // It is what the case wants to see.
        Err(PluginError::Denied { .. }) if case.granted().is_some() => {}
        Err(error) => problems.add(format!("{}: expected a cleanup {when}, got {}", case.name, told(Err(&error)))),
    }
    problems.hide(attempt.pod.all_secrets());
}

/// The calls at which a case is interrupted.
async fn interruptions(suite: &Suite, case: &Case) -> Vec<usize> {
    let (_, Some(attempt)) = Attempt::prepare(&suite.subject, case, PLAIN).await else { return Vec::new() };
    attempt.work().await;
    let calls = attempt.pod.calls();
    let step = calls.div_ceil(MOST_INTERRUPTIONS).max(1);
    (0..calls).step_by(step).collect()
}
