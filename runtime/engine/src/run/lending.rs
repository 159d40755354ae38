//! Secrets on their way to the agents: each gets those of the commands and files that use them, when they do, and no others.

use std::collections::BTreeSet;

use secrecy::{ExposeSecret as _, SecretSlice};
use windlass_agent_client::protocol::SecretName;
use windlass_agent_client::protocol::message::Secret;
use windlass_agent_client::{AgentClient, ClientError};

use super::context::TaskContext;
use super::wire;
use crate::ports::driver::SecretValues;

impl TaskContext {
    /// The values of the secrets that the agent of a container knows.
    pub(super) fn secrets_told(&self, container: &str) -> Vec<Vec<u8>> {
        let told = self.agents.told_so_far(container);
        let all = self.secrets();
        let told = all.iter().filter(|(name, _)| wire::secret_name(name).is_ok_and(|name| told.contains(&name)));
        told.map(|(_, value)| value.expose_secret().to_vec()).collect()
    }

    /// Tells an agent the values that it lacks of some secrets, and asks it for what needs them. Nobody waits in between: the agent takes one
    /// after the other. A secret without a value is for the agent to miss.
    pub(super) async fn with_secrets<T>(
        &self,
        agent: &AgentClient,
        container: &str,
        secrets: BTreeSet<SecretName>,
        work: impl Future<Output = Result<T, ClientError>>,
    ) -> Result<T, ClientError> {
        let untold = self.agents.untold(container, secrets);
        let all = if untold.is_empty() { SecretValues::new() } else { self.secrets() };
        let value = |(name, value): (&windlass_model::secret::SecretName, &SecretSlice<u8>)| {
            let name = wire::secret_name(name).ok().filter(|name| untold.contains(name))?;
            Some((name, Secret(value.expose_secret().to_vec())))
        };
        let values: Vec<_> = all.iter().filter_map(value).collect();
        if values.is_empty() {
            return work.await;
        }
        let names = values.iter().map(|(name, _)| name.clone()).collect();
        let tell = async {
            agent.put_secrets(values).await?;
            self.agents.told(container, names);
            Ok(())
        };
        // The first is polled first, so that it is sent first.
        futures::try_join!(tell, work).map(|((), done)| done)
    }
}
