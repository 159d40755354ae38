use super::*;

const MINUTE: Duration = Duration::from_secs(60);

fn facts(whens: &[When]) -> Facts {
    let steps = whens.iter().enumerate().map(|(i, when)| StepFacts { when: *when, needs_sidecars: i > 0 }).collect();
    Facts { steps, creation: Duration::ZERO, start: START_TIMEOUT, timeout: MINUTE }
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
    assert_eq!(effects, [Effect::ArmTimer(START_TIMEOUT), Effect::Create]);
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

/// A pod that waits for room in a quota for an hour has its quarter of an hour to start all the same.
#[test]
fn the_time_of_a_creation_is_not_taken_from_the_pod_s_start() {
    let (state, effects) = TaskState::begin(facts(&[When::OnSuccess]).created_within(MINUTE * 60));
    assert_eq!(effects, [Effect::ArmTimer(MINUTE * 60 + START_TIMEOUT), Effect::Create]);
    let (_, effects) = drive(state, [Event::Created(Ok(()))]);
    assert_eq!(effects, [Effect::ArmTimer(START_TIMEOUT)]);
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
        [Effect::AbortStep(0, _), Effect::ArmTimer(AFTER_TIMEOUT), Effect::SkipStep(1), Effect::RunStep(2)]
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

#[test]
fn a_deletion_that_fails_is_remembered() {
    let state = stepping(&[]);
    let (state, _) = drive(state, [Event::Deleted(Err("pod x is still there".into()))]);
    assert_eq!(state, TaskState::Done { verdict: Verdict::Passed, leftover: Some("pod x is still there".into()) });
}
