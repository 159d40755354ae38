//! One call of one export, in an instance of its own, within its limits.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use wasmtime::{Engine, Store, UpdateDeadline};
use windlass_engine::ports::plugin::PluginError;
use windlass_model::event::Level;

use crate::bindings::powers::windlass::plugin::types::Error;
use crate::convert;
use crate::engine::Ticker;
use crate::grant::Asker;
use crate::limits::{LimitReached, Limits};
use crate::state::{Reach, State};
use crate::trap::{Broken, explain};
use crate::trial::Tried;

/// What a call of an export gives: an error of wasmtime's, or what the plugin returned.
pub(crate) type Outcome<'a, T> = Pin<Box<dyn Future<Output = wasmtime::Result<Result<T, Error>>> + Send + 'a>>;

/// What it takes to call a plugin.
pub(crate) struct Call<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) ticker: &'a Ticker,
    pub(crate) limits: Limits,
    pub(crate) asker: &'a Asker,
    /// The export, as messages name it.
    pub(crate) export: &'static str,
    /// The time it may take.
    pub(crate) wall: Duration,
    /// Which powers it tries, for who watches.
    pub(crate) tried: Tried,
}

impl Call<'_> {
    /// Makes an instance's store, calls an export with it, and settles what the instance leaves behind. The state is returned with
    /// a result, because the result may hold handles into it.
    pub(crate) async fn perform<T, F>(&self, reach: Option<Reach>, work: F) -> Result<(T, State), PluginError>
    where
        T: Send,
        F: for<'s> FnOnce(&'s mut Store<State>) -> Outcome<'s, T> + Send,
    {
        let mut store = self.store(reach.clone());
        let ticking = self.ticker.running();
        let ended = tokio::select! {
            biased;
            ended = work(&mut store) => Ended::Returned(ended),
            () = tokio::time::sleep(self.wall) => Ended::TooLong,
            () = stopped(reach.as_ref(), self.limits.grace) => Ended::Stopped,
        };
        drop(ticking);
        let mut state = store.into_data();
        settle(&mut state).await;
        match ended {
            Ended::Returned(Ok(Ok(result))) => Ok((result, state)),
            Ended::Returned(Ok(Err(error))) => {
                let stopped = state.reach.as_ref().is_some_and(|reach| reach.backend.is_cancelled());
                Err(convert::error(error, self.asker, &state.refusals, stopped))
            }
            Ended::Returned(Err(error)) => Err(self.trapped(explain(&error, state.last_error.as_deref()))),
            Ended::TooLong => {
                let cause = LimitReached::Wall(self.wall).to_string();
                Err(self.trapped(Broken { cause, frames: Vec::new() }))
            }
            Ended::Stopped => Err(PluginError::Cancelled),
        }
    }

    fn store(&self, reach: Option<Reach>) -> Store<State> {
        let mut store = Store::new(self.engine, State::new(reach, self.limits, self.tried.clone()));
        store.limiter(|state| &mut state.usage);
        // What one call carries is copied, so it is no more than the instance itself may have: a text is cut or refused where it arrives, and
        // only a list that names the same text again and again comes to more.
        store.set_hostcall_fuel(self.limits.memory);
        store.set_epoch_deadline(1);
        store.epoch_deadline_callback(|mut context| {
            context.data_mut().usage.computed()?;
            // Gives way, so that a stop or the end of its time reaches a plugin that never waits.
            Ok(UpdateDeadline::YieldCustom(1, Box::pin(tokio::task::yield_now())))
        });
        store
    }

    fn trapped(&self, broken: Broken) -> PluginError {
        PluginError::Trapped {
            plugin: self.asker.plugin.clone(),
            export: self.export.to_owned(),
            cause: broken.cause,
            frames: broken.frames,
        }
    }
}

enum Ended<T> {
    Returned(wasmtime::Result<Result<T, Error>>),
    TooLong,
    Stopped,
}

/// Resolves when the step was to stop and the plugin has had its time to return.
async fn stopped(reach: Option<&Reach>, grace: Duration) {
    match reach {
        Some(reach) if reach.stoppable => {
            reach.backend.cancelled().await;
            tokio::time::sleep(grace).await;
        }
        _ => std::future::pending().await,
    }
}

/// Kills the commands that nobody holds any more, and says what of the log is missing.
async fn settle(state: &mut State) {
    let Some(reach) = state.reach.clone() else { return };
    for process in state.running.drain(..) {
        let Some(pod) = &reach.pod else { break };
        // It may have ended by itself in the meantime.
        let _ = pod.kill(&process).await;
    }
    if let Some(remark) = state.log.remark() {
        reach.backend.log(Level::Warning, &remark).await;
    }
}
