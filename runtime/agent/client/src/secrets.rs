//! Secrets on their way to an agent.

use windlass_agent_protocol::SecretName;
use windlass_agent_protocol::frame::LARGEST_PAYLOAD;
use windlass_agent_protocol::message::Secret;

use crate::ClientError;

/// The most secrets in one request.
const SECRETS_AT_ONCE: usize = 100;

/// Secrets in as few messages as hold them.
pub(crate) fn batches(secrets: Vec<(SecretName, Secret)>) -> Result<Vec<Vec<(SecretName, Secret)>>, ClientError> {
    let (mut batches, mut size) = (Vec::<Vec<_>>::new(), 0);
    for (name, value) in secrets {
        let length = value.0.len();
        if length > LARGEST_PAYLOAD {
            return Err(ClientError::TooLarge { what: format!("the secret {name}"), limit: LARGEST_PAYLOAD });
        }
        // For names and lengths a frame has room beside its payload.
        match batches.last_mut() {
            Some(batch) if size + length <= LARGEST_PAYLOAD && batch.len() < SECRETS_AT_ONCE => {
                size += length;
                batch.push((name, value));
            }
            _ => {
                size = length;
                batches.push(vec![(name, value)]);
            }
        }
    }
    Ok(batches)
}

#[cfg(test)]
mod tests {
    use windlass_agent_protocol::{Request, frame};

    use super::*;

    #[test]
    fn secrets_travel_together_as_long_as_a_frame_holds_them() -> Result<(), Box<dyn std::error::Error>> {
        let secret =
            |length: usize| Ok::<_, Box<dyn std::error::Error>>((SecretName::new("x".repeat(200))?, Secret(vec![0; length])));
        let lengths = |secrets: Vec<_>| Ok::<_, ClientError>(batches(secrets)?.iter().map(Vec::len).collect::<Vec<_>>());
        assert_eq!(lengths(vec![])?, [0; 0]);
        assert_eq!(lengths(vec![secret(10)?, secret(LARGEST_PAYLOAD - 10)?, secret(1)?])?, [2, 1]);
        let many: Vec<_> = (0..150).map(|_| secret(1)).collect::<Result<_, _>>()?;
        assert_eq!(lengths(many)?, [100, 50]);
        assert!(batches(vec![secret(LARGEST_PAYLOAD + 1)?]).is_err());
        for batch in batches(vec![secret(LARGEST_PAYLOAD)?])? {
            frame::encode(&Request::PutSecrets(batch))?;
        }
        Ok(())
    }
}
