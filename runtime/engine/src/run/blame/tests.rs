use std::time::Instant;

use super::super::cause::tests::{container, pod};
use super::*;

fn own(kind: FailureKind, message: &str, exit_code: Option<i32>) -> Failure {
    Failure { kind, message: message.into(), exit_code, help: None }
}

fn script(code: i32) -> Failure {
    own(FailureKind::Task, &format!("exit code {code}"), Some(code))
}

fn ended(container: &str, end: ContainerEnd) -> Ended {
    Ended { container: container.into(), end, heard: Instant::now() }
}

fn task_pod() -> PodPlan {
    let mut daemon = container("daemon", None);
    daemon.process = Process::Image { args: None };
    daemon.readiness = vec![windlass_model::pod::Readiness::Tcp(2375)];
    let mut job = daemon.clone();
    (job.name, job.readiness) = ("job".into(), Vec::new());
    pod(vec![container(MAIN, None), daemon, job, container("kaniko", Some("image"))])
}

/// Proves that a step that failed by itself is told by its own exit code first: before, a sidecar that had ended at any time hid it.
#[test]
fn only_an_end_within_the_step_comes_before_its_own_words() {
    let pod = task_pod();
    let died = || ended("daemon", ContainerEnd::Exited(1));
    let told = |when| tell(&pod, "build", script(7), false, &[(died(), when)]);
    let during = told(When::During);
    assert_eq!(during.message, "daemon exited with code 1 while step build ran; the step failed: exit code 7");
    assert_eq!(told(When::Before).message, "exit code 7; before that step, daemon exited with code 1");
    assert_eq!(told(When::Unclear).message, "exit code 7; at about that time, daemon exited with code 1");
    for when in [When::During, When::Before, When::Unclear] {
        assert_eq!((told(when).exit_code, told(when).kind), (Some(7), FailureKind::Task));
    }
}

/// Proves that an end is not taken for a cause of what it cannot cause.
#[test]
fn an_end_that_explains_nothing_is_told_second() {
    let pod = task_pod();
    let first = |own: Failure, short, end: Ended| {
        let message = own.message.clone();
        let told = tell(&pod, "build", own, short, &[(end, When::During)]);
        assert!(told.message.contains("while") && told.message.contains(&message), "{}", told.message);
        !told.message.starts_with(&message)
    };
    let died = || ended("daemon", ContainerEnd::Exited(1));
    assert!(first(script(7), false, died()));
    assert!(!first(script(127), false, died()), "the program is not there");
    assert!(!first(script(137), true, died()), "the step itself ran out of memory");
    assert!(!first(own(FailureKind::Plugin, "not granted", None), false, died()));
    assert!(!first(script(7), false, ended("job", ContainerEnd::Exited(1))), "nobody counts on a job");
    assert!(first(script(7), false, ended("job", ContainerEnd::Signalled(9))), "something killed it");
    assert!(!first(script(7), false, ended("daemon", ContainerEnd::Exited(0))), "it ended well");
    assert!(first(script(7), false, ended("mesh-proxy", ContainerEnd::Exited(1))), "the pod's network went with it");
}

/// Proves that a connection that broke with its container is told by what became of the container, however close the two are.
#[test]
fn a_lost_connection_is_told_by_the_end_of_its_container() {
    let lost = own(FailureKind::Cluster, "the connection broke", None);
    let end = ended("kaniko", ContainerEnd::OutOfMemory { limit: Some("64Mi".into()) });
    let told = tell(&task_pod(), "image", lost, false, &[(end, When::Unclear)]);
    assert_eq!(told.message, "kaniko was OOM-killed at 64Mi while step image ran; the step failed: the connection broke");
    assert_eq!(told.kind, FailureKind::Task);
}

#[test]
fn more_memory_is_given_where_the_container_comes_from() {
    let pod = task_pod();
    for (name, expected) in [
        (MAIN, "give the task more `memory`"),
        ("daemon", "give daemon more `memory` in additional_containers"),
        ("kaniko", "give it more `memory` in the `with` of step image, which brought kaniko"),
    ] {
        let end = ended(name, ContainerEnd::OutOfMemory { limit: Some("64Mi".into()) });
        let told = tell(&pod, "image", script(137), false, &[(end, When::During)]);
        assert_eq!(told.help.as_deref(), Some(expected));
        let message = format!("{name} was OOM-killed at 64Mi while step image ran; the step failed: exit code 137");
        assert_eq!(told.message, message);
    }
    assert_eq!(cause::end_help(&pod, "kaniko", &ContainerEnd::Exited(1)), None);
}
