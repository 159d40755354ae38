//! Whatever a plugin does, it is the fault of its own step and is explained; nothing of it stays behind.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use support::backend::Local;
use support::{everything, host, run};
use windlass_engine::ports::plugin::{PluginError, StepInput, StepResult};
use windlass_plugin_host::Limits;

async fn misbehave(request: Value, limits: Limits, backend: &Arc<Local>) -> Result<StepResult, PluginError> {
    run(&host(limits), "misbehaving", request, everything(), StepInput::default(), backend).await
}

/// The cause and the frames of a trap in `run`.
fn trap(done: Result<StepResult, PluginError>) -> (String, Vec<String>) {
    match done {
        Err(PluginError::Trapped { plugin, export, cause, frames }) => {
            assert_eq!((plugin.as_str(), export.as_str()), ("misbehaving 0.1.0", "run"));
            (cause, frames)
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_panic_is_told_in_its_words_with_the_plugins_own_frames() {
    let backend = Local::plain(&[]);
    let (cause, frames) = trap(misbehave(json!({"run": "panic"}), Limits::default(), &backend).await);
    assert!(cause.contains("the sky is falling") && cause.contains("lib.rs:"), "{cause}");
    assert!(frames.iter().any(|frame| frame.contains("deep_inside")), "{frames:?}");
    assert!(!frames.iter().any(|frame| frame.starts_with("core::") || frame.contains("rust_panic")), "{frames:?}");
}

#[tokio::test]
async fn computing_without_end_is_ended_even_on_a_single_thread() {
    let backend = Local::plain(&[]);
    let limits = Limits { compute: Duration::from_millis(200), ..Limits::default() };
    let (cause, _) = trap(misbehave(json!({"run": "spin"}), limits, &backend).await);
    assert_eq!(cause, "it computed for 0.2 s without finishing");
}

#[tokio::test]
async fn the_wall_clock_ends_what_only_waits() {
    let backend = Local::plain(&[]);
    let limits = Limits { wall: Duration::from_secs(1), ..Limits::default() };
    let (cause, _) = trap(misbehave(json!({"run": "sleep"}), limits, &backend).await);
    assert_eq!(cause, "it took longer than 1 s");
    assert_eq!(backend.killed.lock().expect("no panic").len(), 1, "the command it waited for lives on");
}

#[tokio::test]
async fn memory_has_a_limit_which_the_cause_names() {
    let backend = Local::plain(&[]);
    let limits = Limits { memory: 32 << 20, ..Limits::default() };
    let (cause, _) = trap(misbehave(json!({"run": "memory"}), limits, &backend).await);
    assert_eq!(cause, "it wanted more than its 32 MiB of memory");
}

#[tokio::test]
async fn the_stack_has_a_limit() {
    let backend = Local::plain(&[]);
    let (cause, _) = trap(misbehave(json!({"run": "stack"}), Limits::default(), &backend).await);
    assert!(cause == "its stack overflowed" || cause == "it used memory that it does not have", "{cause}");
}

/// The interface says that long lines are cut, and one of 100 MB was a trap.
#[tokio::test]
async fn a_log_line_of_any_length_is_cut() {
    let backend = Local::plain(&[]);
    let done = misbehave(json!({"run": "big-call"}), Limits::default(), &backend).await;
    assert!(done.is_ok(), "{done:?}");
    let log = backend.log();
    assert_eq!(log.iter().map(String::len).next(), Some(16 << 10));
    assert!(log.last().is_some_and(|line| line.starts_with(&format!("{} bytes", (100 << 20) - (16 << 10)))), "{:?}", log.last());
}

/// A list may name the same bytes again and again: what that comes to on the host is bounded all the same.
#[tokio::test]
async fn a_call_carries_only_as_many_bytes_as_an_instance_may_have() {
    let backend = Local::plain(&[]);
    let limits = Limits { memory: 256 << 20, ..Limits::default() };
    let done = misbehave(json!({"run": "same-text-again-and-again"}), limits, &backend).await;
    assert!(matches!(&done, Err(PluginError::Failed { message, .. }) if message.contains("are allowed")), "{done:?}");
}

/// Runtimes of other languages tell an exception as a line of the log, and then trap.
#[tokio::test]
async fn the_last_words_before_a_trap_are_part_of_its_cause() {
    let backend = Local::plain(&[]);
    let (cause, _) = trap(misbehave(json!({"run": "exception"}), Limits::default(), &backend).await);
    assert!(cause.ends_with("; the last error that it logged: TypeError: undefined is not a function"), "{cause}");
}

#[tokio::test]
async fn handles_run_out_as_an_error_that_the_plugin_can_return() {
    let backend = Local::plain(&[]);
    let limits = Limits { handles: 100, ..Limits::default() };
    let done = misbehave(json!({"run": "handles"}), limits, &backend).await;
    assert!(matches!(&done, Err(PluginError::Failed { message, .. }) if message.contains("too many handles")), "{done:?}");
}

#[tokio::test]
async fn a_flood_of_log_lines_is_dropped_visibly() {
    let backend = Local::plain(&[]);
    let limits = Limits { log_burst: 10_000, log_rate: 1, log_total: 1 << 20, ..Limits::default() };
    let done = misbehave(json!({"run": "flood"}), limits, &backend).await;
    assert!(done.is_ok(), "{done:?}");
    let log = backend.log();
    assert!(log.len() < 20, "{} lines", log.len());
    let dropped = log.last().expect("a remark");
    assert!(dropped.ends_with("bytes of this plugin's log were dropped: it logs too much"), "{dropped}");
    assert!(dropped.starts_with("1999"), "{dropped}");
}

#[tokio::test]
async fn cleanup_runs_in_a_fresh_instance_after_a_trap() {
    let backend = Local::plain(&[]);
    let trace = backend.path("trace");
    let request = json!({"run": "panic", "trace": trace.to_str()});
    trap(misbehave(request, Limits::default(), &backend).await);
    assert_eq!(std::fs::read_to_string(trace).ok().as_deref(), Some("fresh"));
}

#[tokio::test]
async fn a_failing_cleanup_is_told_and_does_not_hide_the_result() {
    let backend = Local::plain(&[]);
    let done = misbehave(json!({"cleanup": "panic"}), Limits::default(), &backend).await;
    assert!(done.is_ok(), "{done:?}");
    let log = backend.log();
    assert!(log.iter().any(|line| line.starts_with("cleaning up after this step failed")), "{log:?}");
}

#[tokio::test]
async fn a_process_that_a_trap_left_is_killed() {
    let backend = Local::plain(&[]);
    trap(misbehave(json!({"run": "leave-process"}), Limits::default(), &backend).await);
    let killed = backend.killed.lock().expect("no panic").clone();
    assert_eq!(killed.len(), 1);
    assert_eq!(backend.process(&killed[0]).wait().await.1, Some(9));
}

#[tokio::test]
async fn a_stop_ends_a_call_that_waits_and_the_command_with_it() {
    let backend = Local::plain(&[]);
    let mut started = backend.started.subscribe();
    let running = {
        let backend = Arc::clone(&backend);
        let trace = backend.path("trace");
        tokio::spawn(
            async move { misbehave(json!({"run": "sleep", "trace": trace.to_str()}), Limits::default(), &backend).await },
        )
    };
    started.wait_for(|n| *n == 1).await.expect("the backend is there");
    backend.stop();
    let done = running.await.expect("no panic");
    assert!(matches!(done, Err(PluginError::Cancelled)), "{done:?}");
    assert_eq!(backend.killed.lock().expect("no panic").len(), 1);
    assert_eq!(std::fs::read_to_string(backend.path("trace")).ok().as_deref(), Some("fresh"), "no clean-up after a stop");
}

#[tokio::test]
async fn a_stop_ends_a_plugin_that_computes_and_does_not_listen() {
    let backend = Local::plain(&[]);
    backend.stop();
    let limits = Limits { grace: Duration::from_millis(50), ..Limits::default() };
    let done = misbehave(json!({"run": "spin"}), limits, &backend).await;
    assert!(matches!(done, Err(PluginError::Cancelled)), "{done:?}");
}

#[tokio::test]
async fn what_a_plugin_returns_as_an_error_arrives_as_one() {
    let backend = Local::plain(&[]);
    let failed = misbehave(json!({"run": "fail"}), Limits::default(), &backend).await;
    assert!(
        matches!(&failed, Err(PluginError::Failed { message, exit_code: None, .. }) if message == "it went wrong"),
        "{failed:?}"
    );
    let unsupported = misbehave(json!({"run": "unsupported"}), Limits::default(), &backend).await;
    assert!(matches!(&unsupported, Err(PluginError::Unsupported { field, .. }) if field == "run"), "{unsupported:?}");
}

#[tokio::test]
async fn a_request_is_held_against_the_schema_before_the_plugin_sees_it() {
    let backend = Local::plain(&[]);
    let done = misbehave(json!({"rnu": "panic"}), Limits::default(), &backend).await;
    match done {
        Err(PluginError::Unsupported { field, reason, .. }) => {
            assert_eq!((field.as_str(), reason.as_str()), ("rnu", "there is no such key; did you mean `run`?"));
        }
        other => panic!("{other:?}"),
    }
}
