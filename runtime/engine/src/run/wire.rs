//! Variables and secrets in the words of agents.

use std::collections::BTreeSet;

use windlass_agent_client::protocol::message::Content;
use windlass_agent_client::protocol::{Command, InvalidName, SecretName, Stdin, Value, Variable};
use windlass_model::secret::{EnvValue, EnvVar};

/// The name of a secret, as agents take it.
pub(super) fn secret_name(name: &windlass_model::secret::SecretName) -> Result<SecretName, InvalidName> {
    SecretName::new(name.key())
}

/// The secrets that a command names.
pub(super) fn named_by(command: &Command) -> BTreeSet<SecretName> {
    let input = if let Stdin::Value(value) = &command.stdin { Some(value) } else { None };
    let values = command.env.iter().map(|variable| &variable.value).chain(&command.args).chain(&command.cwd);
    let named = values.chain(input).chain([&command.program]).filter_map(|value| match value {
        Value::Secret(name) => Some(name.clone()),
        Value::Text(_) | Value::Template(_) => None,
    });
    named.collect()
}

/// The secret that a file is filled with.
pub(super) fn of_file(content: &Content) -> BTreeSet<SecretName> {
    match content {
        Content::Secret(name) => [name.clone()].into(),
        Content::Bytes(_) => BTreeSet::new(),
    }
}

/// The variables of a command: the task's, then those that steps have set. Without secrets, unless the container is the task's own.
pub(super) fn environment(planned: &[EnvVar], set: &[EnvVar], own: bool) -> Result<Vec<Variable>, InvalidName> {
    let variable = |var: &EnvVar, text: fn(String) -> Value| {
        let value = match &var.value {
            EnvValue::Text(value) => Ok(text(value.clone())),
            EnvValue::Secret(name) if own => secret_name(name).map(Value::Secret),
            EnvValue::Secret(_) => return None,
        };
        Some(value.map(|value| Variable { name: var.name.clone(), value }))
    };
    let planned = planned.iter().filter_map(|var| variable(var, Value::Template));
    planned.chain(set.iter().filter_map(|var| variable(var, Value::Text))).collect()
}

#[cfg(test)]
mod tests {
    use windlass_agent_client::protocol::CommandId;

    use super::*;

    /// Proves that a container that a plugin brought has no secret of the task in the variables of its commands: an agent is told only what
    /// its commands name.
    #[test]
    fn secrets_of_the_task_are_for_its_own_containers() -> Result<(), Box<dyn std::error::Error>> {
        let secret = |name: &str, of: &str| -> Result<EnvVar, Box<dyn std::error::Error>> {
            let value = EnvValue::Secret(windlass_model::secret::SecretName::new(of)?);
            Ok(EnvVar { name: name.to_owned(), value })
        };
        let planned = [EnvVar::text("A", "$B"), secret("TOKEN", "TOKEN")?];
        let set = [EnvVar::text("C", "$D"), secret("PASSWORD", "windlass-s1-2")?];
        let names = |own| environment(&planned, &set, own).map(|all| all.into_iter().map(|var| var.name).collect::<Vec<_>>());
        assert_eq!(names(true)?, ["A", "TOKEN", "C", "PASSWORD"]);
        assert_eq!(names(false)?, ["A", "C"]);
        let values: Vec<Value> = environment(&planned, &set, false)?.into_iter().map(|var| var.value).collect();
        assert_eq!(values, [Value::Template("$B".into()), Value::Text("$D".into())], "what a step has set is not expanded");
        Ok(())
    }

    /// Proves that a secret whose name no agent takes is not dropped in silence: it goes by its key.
    #[test]
    fn a_secret_of_any_name_is_in_the_environment() -> Result<(), Box<dyn std::error::Error>> {
        let name = "NPM_CONFIG_//reg.example/:_authToken";
        let value = EnvValue::Secret(windlass_model::secret::SecretName::new(name)?);
        let variables = environment(&[EnvVar { name: name.to_owned(), value }], &[], true)?;
        assert!(matches!(&variables[..], [Variable { name: found, value: Value::Secret(_) }] if found == name), "{variables:?}");
        Ok(())
    }

    /// Proves that no place of a command was forgotten: what is not told, the agent misses.
    #[test]
    fn every_secret_that_a_command_names_is_found() -> Result<(), Box<dyn std::error::Error>> {
        let secret = |name: &str| Ok::<_, Box<dyn std::error::Error>>(Value::Secret(SecretName::new(name)?));
        let mut command = Command::new(CommandId::new("c")?, secret("program")?).arg("plain").arg(secret("arg")?);
        command = command.env("A", secret("env")?).env("B", Value::Template("$A".into()));
        command.cwd = Some(secret("cwd")?);
        command.stdin = Stdin::Value(secret("stdin")?);
        let named: Vec<String> = named_by(&command).into_iter().map(String::from).collect();
        assert_eq!(named, ["arg", "cwd", "env", "program", "stdin"]);
        Ok(())
    }
}
