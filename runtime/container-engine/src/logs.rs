//! What containers wrote by themselves.

use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::query_parameters::LogsOptionsBuilder;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use windlass_engine::ports::driver::{DriverError, LogPart};

use crate::engine::Engine;
use crate::tail::Tail;

impl Engine {
    /// The end of a container's log. `name` is the engine's name of it, `container` the pod's.
    pub(crate) async fn log_tail(&self, name: &str, container: &str, part: LogPart) -> Result<Vec<u8>, DriverError> {
        let options = LogsOptionsBuilder::default().stdout(true).stderr(true).tail(&part.lines.to_string());
        // Whole seconds of the engine's clock: a second more shows a line too many, not one too few.
        let since = part.within.map(|within| crate::clock::now().saturating_sub(within.as_secs() + 1));
        let options = match since.and_then(|since| i32::try_from(since).ok()) {
            Some(since) => options.since(since),
            None => options,
        };
        let mut log = self.docker.logs(name, Some(options.build()));
        let mut tail = Tail::default();
        while let Some(piece) = log.next().await {
            tail.add(piece.map_err(|e| self.log_error(container, &e))?.as_ref());
        }
        Ok(tail.bytes())
    }

    /// All that a container writes, as it comes.
    pub(crate) fn follow_log(&self, name: &str, container: &str) -> BoxStream<'static, Result<Vec<u8>, DriverError>> {
        let options = LogsOptionsBuilder::default().stdout(true).stderr(true).follow(true).build();
        let (engine, container) = (self.clone(), container.to_owned());
        let piece = move |piece: Result<LogOutput, Error>| match piece {
            Ok(piece) => Ok(piece.as_ref().to_vec()),
            Err(e) => Err(engine.log_error(&container, &e)),
        };
        self.docker.logs(name, Some(options)).map(piece).boxed()
    }

    fn log_error(&self, container: &str, error: &Error) -> DriverError {
        if crate::error::is_missing(error) {
            return DriverError::NotFound { what: format!("container {container}") };
        }
        self.error(error)
    }
}
