//! Every time limit of a run, in one table, and the sums that follow from them.
//!
//! A limit that holds others is computed from them, so that none of them can outgrow it. What is measured by one clock only, such as the pause
//! between two tries, stands where it is used.

use std::time::Duration;

const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const fn minutes(minutes: u64) -> Duration {
    seconds(60 * minutes)
}

const fn sum(parts: &[Duration]) -> Duration {
    let mut total = Duration::ZERO;
    let mut at = 0;
    while at < parts.len() {
        total = total.saturating_add(parts[at]);
        at += 1;
    }
    total
}

/// How long a pod may take from the order to make it until its main container runs: scheduling, a cold image pull, a node that has to be added.
pub const START: Duration = minutes(15);

/// How long an image may take that is built before the pod is made.
pub const IMAGE_BUILD: Duration = minutes(60);

/// How long a call to a cluster that does not answer is tried again.
pub const API_PATIENCE: Duration = minutes(2);

/// How long a sidecar may take to be ready, unless the settings say otherwise.
pub const SIDECAR: Duration = minutes(1);

/// What the steps get that still run after a task's time was up, or after it was interrupted: five minutes, as Cirrus has it.
pub const LAST_STEPS: Duration = minutes(5);

/// What is left between SIGTERM and the end of all steps: whoever sends it, sends SIGKILL half a minute later.
pub const AFTER_SIGTERM: Duration = seconds(15);

/// What a plugin gets to return once its step is to stop.
pub const PLUGIN_GRACE: Duration = seconds(5);

/// What a plugin gets to clean up after its step.
pub const PLUGIN_CLEANUP: Duration = seconds(10);

/// Between SIGTERM and SIGKILL for a process whose step is over.
pub const KILL_GRACE: Duration = seconds(2);

/// How long the news may take that such a process has ended.
pub const KILL_NEWS: Duration = seconds(4);

/// How long an agent may take to remove a step's private files.
pub const TIDY: Duration = seconds(5);

/// What a step that is to stop takes at most, however much of it is left to do.
pub const ABORT: Duration = sum(&[PLUGIN_GRACE, PLUGIN_CLEANUP, KILL_GRACE, KILL_NEWS, TIDY, seconds(1)]);

/// Between SIGTERM and SIGKILL for a process that was to live until its task ends.
pub const BACKGROUND_GRACE: Duration = seconds(1);

/// How long an agent may take to confirm that, and the last output of such a process to arrive: one after the other.
pub const BACKGROUND_NEWS: Duration = seconds(3);

/// What ending all background processes of a task takes at most.
pub const BACKGROUND_END: Duration = sum(&[BACKGROUND_NEWS, BACKGROUND_NEWS]);

/// How long a deletion waits for a creation that is under way: what is being made now would outlive a deletion that overtakes it.
pub const CREATION_END: Duration = seconds(10);

/// What containers get to end by themselves when their pod is deleted. The steps are over by then.
pub const DELETE_GRACE: Duration = seconds(1);

/// How long it may take, beyond the grace, until a deleted pod is really gone.
pub const DELETE_SLACK: Duration = seconds(30);

/// What a deletion takes at most.
pub const DELETION: Duration = sum(&[CREATION_END, DELETE_GRACE, DELETE_SLACK, API_PATIENCE]);

/// What a deletion gets once the user wants everything to end at once: without a network it would be tried for minutes.
pub const LAST_DELETION: Duration = seconds(10);

/// How far the clocks of two machines may be apart: one made the pod, another looks how old it is.
pub const CLOCKS: Duration = minutes(5);

/// How long a task may take until its main container runs, its image included if it has to be built.
pub const fn start(builds_image: bool) -> Duration {
    if builds_image { IMAGE_BUILD.saturating_add(START) } else { START }
}

/// The age that a pod never reaches while its run goes on, when its steps get `timeout`: the cluster ends what is older, and `gc` deletes it.
pub const fn pod_deadline(timeout: Duration) -> Duration {
    sum(&[START, timeout, ABORT, LAST_STEPS, ABORT, BACKGROUND_END, DELETION, CLOCKS])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pod of a task that uses up every limit is younger than its deadline, whichever way the task ends, with the clocks' difference to spare.
    #[test]
    fn no_way_through_a_task_is_longer_than_its_pods_deadline() {
        for timeout in [seconds(1), minutes(60), minutes(24 * 60)] {
            let end = BACKGROUND_END + DELETION;
            let ways = [
                ("it does not start", START + end),
                ("its steps pass", START + timeout + end),
                ("it runs out of time", START + timeout + ABORT + LAST_STEPS + ABORT + end),
                ("it is interrupted at the last moment", START + timeout + ABORT + LAST_STEPS + ABORT + end),
                ("a sidecar is not ready", START + SIDECAR.min(timeout) + ABORT + end),
            ];
            for (way, life) in ways {
                assert!(life + CLOCKS <= pod_deadline(timeout), "{way}: {life:?}");
            }
        }
    }

    /// The pod is made after its image, so the image's time is no part of its age; whoever waits for both waits for the sum.
    #[test]
    fn a_built_image_lengthens_the_start_and_nothing_else() {
        assert_eq!(start(false), START);
        assert_eq!(start(true), minutes(75));
    }

    /// A step that is to stop does all of this one after the other.
    #[test]
    fn a_step_that_is_to_stop_has_time_for_everything_that_its_end_takes() {
        assert!(ABORT > PLUGIN_GRACE + PLUGIN_CLEANUP + KILL_GRACE + KILL_NEWS + TIDY);
        assert!(
            KILL_NEWS > KILL_GRACE && BACKGROUND_NEWS > BACKGROUND_GRACE,
            "news of an end that waits for SIGKILL comes after it"
        );
    }

    /// Whoever ends windlass with SIGTERM waits half a minute, as Kubernetes does, before it sends SIGKILL: the pod must be gone by then.
    #[test]
    fn after_sigterm_there_is_time_to_delete_the_pods() {
        assert!(AFTER_SIGTERM + LAST_DELETION < seconds(30));
    }
}
