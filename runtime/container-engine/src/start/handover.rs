//! Secrets, as the agent takes them on its standard input before it listens. So they are in its memory and nowhere else: what is
//! copied into a container before its start lies on the engine's disk, and no engine fills a tmpfs ahead of the start.

use secrecy::ExposeSecret;
use secrecy::zeroize::Zeroizing;
use windlass_agent_protocol::frame;
use windlass_agent_protocol::message::{Call, Request, Secret};
use windlass_engine::ports::driver::SecretValues;
use windlass_model::pod::PodPlan;

use super::StartError;

/// The frames that give a supervised container the pod's secrets.
pub(crate) fn frames(pod: &PodPlan, secrets: &SecretValues) -> Result<Zeroizing<Vec<u8>>, StartError> {
    let mut bytes = Zeroizing::new(Vec::new());
    for (number, secret) in (1..).zip(&pod.secrets) {
        let value = secrets.get(secret).ok_or_else(|| StartError::NoValue { secret: secret.clone() })?;
        let name = windlass_agent_protocol::SecretName::new(secret.as_str())
            .map_err(|_| StartError::SecretName { secret: secret.clone() })?;
        if value.expose_secret().len() > frame::LARGEST_PAYLOAD {
            return Err(StartError::SecretSize { secret: secret.clone() });
        }
        let request = Request::PutSecret { name, value: Secret(value.expose_secret().to_vec()) };
        let frame = frame::encode(&Call { number, request }).map_err(|_| StartError::SecretSize { secret: secret.clone() })?;
        bytes.extend_from_slice(&Zeroizing::new(frame));
    }
    Ok(bytes)
}
