//! What a task's mover is given and may leave. A container asks: whatever it says, it reads what its task may read, leaves bytes under their own
//! digest, and writes no entry but those of the HTTP cache in its own scope.

mod http;
mod incoming;
mod reading;

use std::sync::Arc;

use async_trait::async_trait;
use windlass_mover_client::Depot;
use windlass_mover_client::protocol::{Answer, Ask};

use crate::StoreError;
use crate::caches::Inner;
use crate::miss::causes;
use incoming::Incoming;

/// The window through which one task's mover asks.
pub(crate) struct Window {
    caches: Arc<Inner>,
    incoming: Incoming,
    http: http::Memory,
}

impl Window {
    pub(crate) fn of(caches: &Arc<Inner>) -> Self {
        Self { caches: Arc::clone(caches), incoming: Incoming::default(), http: http::Memory::default() }
    }
}

#[async_trait]
impl Depot for Window {
    async fn answer(&self, ask: Ask) -> Answer {
        let answer = match ask {
            Ask::Fetch(blob) => self.fetch(blob).await,
            Ask::Read { blob, offset, most } => self.read(&blob, offset, most).await,
            Ask::Store(blob) => self.store(blob).await,
            Ask::Write { blob, offset, bytes } => self.write(&blob, offset, bytes).await,
            Ask::Stored(blob) => self.stored(blob).await,
            Ask::Lookup { key, prefix } => self.lookup(&key, prefix).await,
            Ask::Publish { key, blob } => self.publish(key, blob).await,
            Ask::Forget { key } => self.forget(&key).await,
        };
        answer.unwrap_or_else(|error| Answer::No(causes(&error)))
    }
}

/// The answer to what may not be, or is not there: which of the two is nobody's business.
fn no(what: &str) -> Result<Answer, StoreError> {
    Ok(Answer::No(what.to_owned()))
}
