//! A panic in a task's own work is a bug in windlass and ends that task alone: told, cleaned up after, accounted for.

use std::any::Any;
use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures::FutureExt as _;
use windlass_model::event::{Failure, FailureKind};

/// What a piece of work comes to, or the failure that a panic in it is.
pub(super) async fn supervised<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    // What the work shared with others it shared behind locks that do not mind.
    AssertUnwindSafe(work).catch_unwind().await.map_err(|panic| bug(panic.as_ref()))
}

/// The same for work that can fail by itself.
pub(super) async fn supervised_result<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    supervised(work).await.and_then(|result| result)
}

fn bug(panic: &(dyn Any + Send)) -> Failure {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Failure {
        kind: FailureKind::Bug,
        message: format!("a bug in windlass: {}", text.unwrap_or("no message")),
        exit_code: None,
        help: Some("please report it with the message on the terminal".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_a_failure_that_says_so_and_other_results_pass() {
        let failure = supervised(async { panic!("index {} is out of bounds", 7) }).await.err();
        let failure = failure.unwrap_or_else(|| panic!("no failure"));
        assert_eq!((failure.kind, failure.message.as_str()), (FailureKind::Bug, "a bug in windlass: index 7 is out of bounds"));
        assert_eq!(supervised(async { 3 }).await, Ok(3));
        assert_eq!(supervised_result(async { Err::<(), _>(failure.clone()) }).await, Err(failure));
    }
}
