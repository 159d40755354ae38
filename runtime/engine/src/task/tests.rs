use super::*;

const MINUTE: Duration = Duration::from_secs(60);

fn facts(whens: &[When]) -> Facts {
    let steps = whens.iter().enumerate().map(|(i, when)| StepFacts { when: *when, needs_sidecars: i > 0 }).collect();
    Facts { steps, start: times::START, timeout: MINUTE }
}

fn failure(message: &str) -> Failure {
    Failure { kind: FailureKind::Task, message: message.into(), exit_code: Some(1), help: None }
}

/// Sends events one after the other; the last effects are returned.
fn drive(state: TaskState, events: impl IntoIterator<Item = Event>) -> (TaskState, Vec<Effect>) {
    events.into_iter().fold((state, Vec::new()), |(state, _), event| state.step(event))
}

fn stepping(whens: &[When]) -> TaskState {
    let (state, _) = TaskState::begin(facts(whens));
    drive(state, [Event::Created(Ok(())), Event::MainReady]).0
}

#[test]
fn a_task_creates_runs_its_steps_in_order_and_deletes() {
    let (state, effects) = TaskState::begin(facts(&[When::OnSuccess, When::OnSuccess]));
    assert_eq!(effects, [Effect::ArmTimer(times::START), Effect::Create]);
    let (state, effects) = drive(state, [Event::Created(Ok(())), Event::MainReady]);
    assert_eq!(effects, [Effect::ArmTimer(MINUTE), Effect::AwaitSidecars, Effect::RunStep(0)]);
    let (state, effects) = drive(state, [Event::StepEnded(Ok(()))]);
    assert_eq!(effects, [], "the second step waits for the sidecars");
    let (state, effects) = drive(state, [Event::SidecarsReady(Ok(()))]);
    assert_eq!(effects, [Effect::RunStep(1)]);
    let (state, effects) = drive(state, [Event::StepEnded(Ok(()))]);
    assert_eq!(effects, [Effect::Delete]);
    let (state, _) = drive(state, [Event::Deleted(Ok(()))]);
    assert_eq!(state, TaskState::Done { verdict: Verdict::Passed, leftover: None });
}

#[test]
fn after_a_failure_only_on_failure_and_always_steps_run() {
    let state = stepping(&[When::OnSuccess, When::OnSuccess, When::OnFailure, When::OnTimeout, When::Always]);
    let (state, effects) = drive(state, [Event::SidecarsReady(Ok(())), Event::StepEnded(Err(failure("first")))]);
    assert_eq!(effects, [Effect::SkipStep(1), Effect::RunStep(2)]);
    let (state, effects) = drive(state, [Event::StepEnded(Err(failure("second")))]);
    assert_eq!(effects, [Effect::SkipStep(3), Effect::RunStep(4)]);
    let (state, _) = drive(state, [Event::StepEnded(Ok(())), Event::Deleted(Ok(()))]);
    assert_eq!(state, TaskState::Done { verdict: Verdict::Failed(failure("first")), leftover: None });
}

#[test]
fn a_time_out_ends_the_step_and_gives_five_minutes_to_what_runs_after_it() {
    let state = stepping(&[When::OnSuccess, When::OnSuccess, When::OnTimeout, When::Always]);
    let (state, effects) = drive(state, [Event::SidecarsReady(Ok(())), Event::TimeUp]);
    assert!(matches!(
        effects[..],
        [Effect::AbortStep(0, _), Effect::ArmTimer(times::LAST_STEPS), Effect::SkipStep(1), Effect::RunStep(2)]
    ));
    let (state, effects) = drive(state, [Event::TimeUp]);
    assert!(matches!(effects[..], [Effect::AbortStep(2, _), Effect::SkipStep(3), Effect::Delete]), "{effects:?}");
    assert!(matches!(state, TaskState::Deleting(Verdict::TimedOut(_))));
}

#[test]
fn a_late_failure_after_a_time_out_does_not_hide_the_time_out() {
    let state = stepping(&[When::OnSuccess, When::Always]);
    let (state, _) = drive(state, [Event::SidecarsReady(Ok(())), Event::TimeUp, Event::StepEnded(Err(failure("late")))]);
    assert!(matches!(state, TaskState::Deleting(Verdict::TimedOut(_))));
}

/// What can go wrong, in every state in which it can.
fn mishaps() -> Vec<Event> {
    vec![
        Event::Created(Err(failure("refused"))),
        Event::SidecarsReady(Err(failure("never listened"))),
        Event::Lost(failure("evicted")),
        Event::StepEnded(Err(failure("exit 1"))),
        Event::TimeUp,
        Event::Cancel,
        Event::Kill,
    ]
}

/// Nothing is left behind: from every state a task can be in, after any mishap, a deletion is ordered exactly once and the
/// task is never green.
#[test]
fn every_mishap_in_every_state_ends_in_one_deletion_and_never_green() {
    let course = [
        Event::Created(Ok(())),
        Event::MainReady,
        Event::StepEnded(Ok(())),
        Event::SidecarsReady(Ok(())),
        Event::StepEnded(Ok(())),
        Event::StepEnded(Ok(())),
    ];
    for cut in 0..course.len() {
        for mishap in mishaps() {
            let (mut state, mut all) = TaskState::begin(facts(&[When::OnSuccess, When::OnSuccess, When::Always]));
            let mut relevant = false;
            let rest = std::iter::once(mishap.clone()).chain(course[cut..].iter().cloned()).chain([Event::TimeUp, Event::TimeUp]);
            for (i, event) in course[..cut].iter().cloned().chain(rest).enumerate() {
                let before = state.clone();
                let (next, effects) = state.step(event);
                relevant |= i == cut && (next != before || !effects.is_empty());
                state = next;
                all.extend(effects);
            }
            let deletions = all.iter().filter(|e| **e == Effect::Delete).count();
            assert_eq!(deletions, 1, "{mishap:?} after {cut} events: {all:?}");
            if relevant {
                assert!(!matches!(state, TaskState::Deleting(Verdict::Passed)), "{mishap:?} after {cut} events");
            }
        }
    }
}

fn interrupted() -> Failure {
    Failure { kind: FailureKind::Task, message: "interrupted".into(), exit_code: None, help: None }
}

/// The first Ctrl-C ends what works and lets what tidies up run, within a bound; the task is cancelled.
#[test]
fn an_interruption_ends_the_step_and_runs_always_steps_within_a_bound() {
    let ready = || drive(stepping(&[When::OnSuccess, When::OnFailure, When::Always]), [Event::SidecarsReady(Ok(()))]).0;
    let (state, effects) = drive(ready(), [Event::Cancel]);
    let bound = Effect::ArmTimer(times::LAST_STEPS);
    assert_eq!(effects, [Effect::AbortStep(0, interrupted()), bound, Effect::SkipStep(1), Effect::RunStep(2)]);
    let (_, effects) = drive(state.clone(), [Event::Cancel]);
    assert_eq!(effects, [], "told once is enough");
    let (over, effects) = drive(state.clone(), [Event::StepEnded(Err(failure("tidying")))]);
    assert_eq!((over, effects), (TaskState::Deleting(Verdict::Cancelled), vec![Effect::Delete]));
    let (over, effects) = drive(state, [Event::TimeUp]);
    assert!(matches!(&effects[..], [Effect::AbortStep(2, why), Effect::Delete] if why.message.contains("5 min")), "{effects:?}");
    assert_eq!(over, TaskState::Deleting(Verdict::Cancelled));
}

/// A task that had failed stays failed, by the same cause, and the step that tells of it or tidies up runs on.
#[test]
fn an_interruption_keeps_the_cause_and_the_steps_that_follow_a_failure() {
    let failing =
        |whens: &[When]| drive(stepping(whens), [Event::SidecarsReady(Ok(())), Event::StepEnded(Err(failure("first")))]).0;
    let (state, effects) = drive(failing(&[When::OnSuccess, When::OnFailure, When::Always]), [Event::Cancel]);
    assert_eq!(effects, [Effect::ArmTimer(times::LAST_STEPS)], "the running step goes on");
    let (state, effects) = drive(state, [Event::StepEnded(Ok(()))]);
    assert_eq!(effects, [Effect::RunStep(2)]);
    let (state, _) = drive(state, [Event::StepEnded(Ok(()))]);
    assert_eq!(state, TaskState::Deleting(Verdict::Failed(failure("first"))));
    let (state, effects) = drive(failing(&[When::OnSuccess, When::Always]), [Event::Cancel, Event::Kill]);
    assert_eq!(effects, [Effect::AbortStep(1, interrupted()), Effect::Delete], "the second one ends it");
    assert_eq!(state, TaskState::Deleting(Verdict::Failed(failure("first"))));
}

/// After a time-out the bound is armed already, and an interruption gives no more.
#[test]
fn an_interruption_after_a_time_out_gives_no_more_time() {
    let state = stepping(&[When::OnSuccess, When::Always]);
    let (state, effects) = drive(state, [Event::TimeUp, Event::Cancel]);
    assert_eq!(effects, []);
    assert!(matches!(drive(state, [Event::TimeUp]).0, TaskState::Deleting(Verdict::TimedOut(_))));
}

/// A step that tidies up after a failure may run into the time-out: the failure is still the cause.
#[test]
fn a_time_out_after_a_failure_keeps_the_failure() {
    let state = stepping(&[When::OnSuccess, When::Always]);
    let (state, _) = drive(state, [Event::SidecarsReady(Ok(())), Event::StepEnded(Err(failure("first"))), Event::TimeUp]);
    let TaskState::Deleting(Verdict::TimedOut(cause)) = state else { panic!("{state:?}") };
    assert_eq!((cause.message.as_str(), cause.exit_code), ("first; then the task ran out of time after 1 min", Some(1)));
}

/// The limit that is told is the one that was armed.
#[test]
fn a_pod_that_does_not_start_is_told_with_its_own_limit() {
    let facts = Facts { start: times::start(true), ..facts(&[When::OnSuccess]) };
    let (state, _) = drive(TaskState::begin(facts).0, [Event::TimeUp]);
    let TaskState::Deleting(Verdict::Failed(cause)) = state else { panic!("{state:?}") };
    assert!(cause.message.contains("75 min"), "{}", cause.message);
}

#[test]
fn a_deletion_that_fails_is_remembered() {
    let state = stepping(&[]);
    let (state, _) = drive(state, [Event::Deleted(Err("pod x is still there".into()))]);
    assert_eq!(state, TaskState::Done { verdict: Verdict::Passed, leftover: Some("pod x is still there".into()) });
}
