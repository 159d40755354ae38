//! Keys of the HTTP cache are listed, and lie in the store as they are.

use std::sync::Arc;

use async_trait::async_trait;
use windlass_mover_client::Depot;
use windlass_mover_client::protocol::{Answer, Ask};
use windlass_redact::Redactor;

/// Lets nothing be stored under a key that holds the value of a secret.
pub(super) struct Shown {
    pub(super) depot: Arc<dyn Depot>,
    pub(super) redactor: Redactor,
}

#[async_trait]
impl Depot for Shown {
    async fn answer(&self, ask: Ask) -> Answer {
        if let Ask::Publish { key, .. } = &ask
            && self.redactor.text(key) != key.as_str()
        {
            return Answer::No("the key holds the value of a secret".to_owned());
        }
        self.depot.answer(ask).await
    }
}

#[cfg(test)]
mod tests {
    use windlass_mover_client::protocol::{Blob, Sha256};

    use super::*;

    struct Taking;

    #[async_trait]
    impl Depot for Taking {
        async fn answer(&self, _: Ask) -> Answer {
            Answer::Done
        }
    }

    #[tokio::test]
    async fn a_secret_is_no_part_of_a_key() {
        let redactor = Redactor::new();
        redactor.add(["hunter2hunter2"]);
        let shown = Shown { depot: Arc::new(Taking), redactor };
        let publish = |key: &str| Ask::Publish { key: key.to_owned(), blob: Blob { digest: Sha256::of(b""), size: 0 } };
        assert_eq!(shown.answer(publish("http/lib-1")).await, Answer::Done);
        assert!(matches!(shown.answer(publish("http/lib-hunter2hunter2")).await, Answer::No(_)));
    }
}
