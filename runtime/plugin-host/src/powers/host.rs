//! What every plugin may do: speak, and notice that it is to stop.

use std::time::Instant;

use windlass_model::event::Level;

use crate::bindings::powers::windlass::plugin::host::{Host, Level as WitLevel};
use crate::log::Verdict;
use crate::state::State;

impl Host for State {
    async fn log(&mut self, level: WitLevel, message: String) -> wasmtime::Result<()> {
        let level = match level {
            WitLevel::Debug => Level::Debug,
            WitLevel::Info => Level::Info,
            WitLevel::Warning => Level::Warning,
            WitLevel::Error => Level::Error,
        };
        let Verdict::Show { line, remark } = self.log.admit(&message, Instant::now()) else { return Ok(()) };
        match &self.reach {
            Some(reach) => {
                if let Some(remark) = remark {
                    reach.backend.log(Level::Warning, &remark).await;
                }
                reach.backend.log(level, line).await;
            }
            None => tracing::debug!(?level, "{line}"),
        }
        if level == Level::Error {
            self.last_error = Some(line.to_owned());
        }
        Ok(())
    }

    async fn cancelled(&mut self) -> wasmtime::Result<bool> {
        Ok(self.reach.as_ref().is_some_and(|reach| reach.stoppable && reach.backend.is_cancelled()))
    }
}
