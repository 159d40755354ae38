//! A plugin's command in the agent's words, with what the task lends it: variables, secrets by name, credentials.

use secrecy::ExposeSecret as _;
use windlass_agent_client::AgentClient;
use windlass_agent_client::protocol::message::Content;
use windlass_agent_client::protocol::{self, CommandId, Stdin, Variable};
use windlass_model::secret::SecretName;

use super::super::credentials::docker_config_of;
use super::super::process::in_words;
use super::super::wire;
use super::Backend;
use crate::ports::plugin::{BackendError, Command, StepBackend as _, Value};

impl Backend {
    /// Lends a command the task's registry credentials: a file in memory that variables point to.
    async fn lend_credentials(&self, agent: &AgentClient) -> Result<Vec<Variable>, BackendError> {
        let logins = self.context.logins();
        if logins.is_empty() {
            return Ok(Vec::new());
        }
        let directory = self.credentials_directory();
        let path = format!("{directory}/config.json");
        let config = docker_config_of(&logins).expose_secret().to_vec();
        agent.put_file(&path, 0o600, Content::Bytes(config)).await.map_err(|e| in_words(&e))?;
        // Podman, Buildah and Skopeo read the second.
        let file = Variable { name: "REGISTRY_AUTH_FILE".into(), value: path.into() };
        Ok(vec![Variable { name: "DOCKER_CONFIG".into(), value: directory.into() }, file])
    }

    /// A command as the agent takes it.
    pub(super) async fn command(
        &self,
        agent: &AgentClient,
        container: &str,
        command: &Command,
    ) -> Result<protocol::Command, BackendError> {
        let text = |word: &String| {
            let word = word.clone();
            if command.expand_argv { protocol::Value::Template(word) } else { protocol::Value::Text(word) }
        };
        let Some((program, args)) = command.argv.split_first() else {
            return Err(BackendError::Invalid("a command needs at least a program".into()));
        };
        let number = self.context.number();
        let id = CommandId::new(format!("s{}-{number}", self.step.index)).map_err(|e| BackendError::Invalid(e.to_string()))?;
        let mut env = match command.bare_environment {
            true => Vec::new(),
            false => self.context.environment(container).map_err(|e| BackendError::Invalid(e.to_string()))?,
        };
        for (name, value) in &command.env {
            env.push(Variable { name: name.clone(), value: wire_value(value)? });
        }
        if command.registry_credentials {
            env.extend(self.lend_credentials(agent).await?);
        }
        let working_dir = match &command.working_dir {
            Some(directory) => protocol::Value::Text(directory.clone()),
            None => protocol::Value::Template(self.working_dir(container)?),
        };
        let mut wire = protocol::Command::new(id, text(program));
        wire.args = args.iter().map(text).collect();
        wire.env = env;
        wire.cwd = Some(working_dir);
        wire.stdin = match &command.stdin {
            Some(value) => Stdin::Value(wire_value(value)?),
            None => Stdin::Empty,
        };
        wire.timeout = command.timeout;
        wire.escaping = command.escaping;
        Ok(wire)
    }
}

fn wire_value(value: &Value) -> Result<protocol::Value, BackendError> {
    Ok(match value {
        Value::Text(text) => protocol::Value::Text(text.clone()),
        Value::Bytes(_) => return Err(BackendError::Invalid("commands take text; bytes are for files".into())),
        Value::Secret(name) => protocol::Value::Secret(wire_name(name)?),
    })
}

/// The name of a secret, as the agent takes it.
pub(super) fn wire_name(name: &SecretName) -> Result<protocol::SecretName, BackendError> {
    wire::secret_name(name).map_err(|e| BackendError::Invalid(e.to_string()))
}
