//! Telling a person that a component is being compiled, when that takes long enough to wonder.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

/// Who is told, with the name of what is compiled.
pub type Tell = Arc<dyn Fn(&str) + Send + Sync>;

/// How long nobody wonders.
pub(crate) const WORTH_A_WORD: Duration = Duration::from_secs(1);

/// Waits for work that may compile something. `begun` is notified when it does; who is still waiting after a pause is told, once.
pub(crate) async fn waiting<T>(work: impl Future<Output = T>, begun: &Notify, pause: Duration, tell: impl FnOnce()) -> T {
    let telling = async {
        begun.notified().await;
        tokio::time::sleep(pause).await;
        tell();
        std::future::pending::<std::convert::Infallible>().await
    };
    tokio::select! {
        biased;
        done = work => done,
        never = telling => match never {},
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test]
    async fn who_waits_for_a_compiler_is_told_once() {
        let (begun, told, count) = (Notify::new(), Notify::new(), Cell::new(0));
        let work = async {
            begun.notify_one();
            told.notified().await;
        };
        let tell = || {
            count.set(count.get() + 1);
            told.notify_one();
        };
        waiting(work, &begun, Duration::ZERO, tell).await;
        assert_eq!(count.get(), 1);
    }

    #[tokio::test]
    async fn who_waits_for_something_else_or_not_for_long_is_told_nothing() {
        let (begun, never) = (Notify::new(), || panic!("nobody wonders"));
        waiting(tokio::task::yield_now(), &begun, Duration::ZERO, never).await;
        let quick = async {
            begun.notify_one();
            tokio::task::yield_now().await;
        };
        waiting(quick, &begun, Duration::from_secs(3600), never).await;
    }
}
