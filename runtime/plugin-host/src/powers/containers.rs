//! The power `containers`: containers and the files in them. Commands are in `processes`.

use std::time::Duration;

use wasmtime::component::Resource;
use windlass_engine::ports::plugin::{Command, OutputMode, Value};
use windlass_model::plugin::{Power, Powers};

use crate::bindings::powers::windlass::plugin::containers::{self, Command as WitCommand, Output, Value as WitValue};
use crate::bindings::powers::windlass::plugin::types::Error;
use crate::powers::{environment, sizes};
use crate::state::{Container, Process, Reach, State, failed};

/// The largest file that a plugin may read in one call.
const MAX_FILE: usize = sizes::FILE;

impl State {
    fn container(&mut self, name: Option<String>) -> Result<Resource<Container>, Error> {
        let reach = self.allow(Power::Containers)?;
        let name = name.unwrap_or_else(|| reach.container.clone());
        sizes::fits("a container's name", name.len(), sizes::NAME)?;
        // First, so that nobody learns which containers there are by asking for them.
        let reach = self.allow_container(&name)?;
        let there_are = reach.pod()?.containers();
        if !there_are.contains(&name) {
            let there_are = there_are.join(", ");
            return Err(failed(format!("commands cannot be started in a container `{name}`; they can in: {there_are}")));
        }
        self.push(Container(name))
    }

    /// The world, if this container is among those that were granted.
    pub(super) fn allow_container(&mut self, name: &str) -> Result<Reach, Error> {
        let own = self.reach.as_ref().is_some_and(|reach| reach.own.contains(name));
        let allows = |powers: &Powers| powers.containers.as_ref().is_some_and(|scope| scope.allows(name, own));
        let widen = |powers: &mut Powers| powers.containers = powers.containers.take().map(|scope| scope.including(name, own));
        self.allow_one(Power::Containers, name, allows, widen)
    }

    /// The world and a container's name, if it was granted.
    fn inside(&mut self, container: &Resource<Container>) -> wasmtime::Result<Result<(Reach, String), Error>> {
        let name = self.table.get(container)?.0.clone();
        Ok(self.allow_container(&name).map(|reach| (reach, name)))
    }

    fn command(&self, command: WitCommand, own: bool) -> wasmtime::Result<Command> {
        let mut env: Vec<(String, Value)> = Vec::with_capacity(command.env.len());
        for (name, value) in command.env {
            env.push((name, self.value(value)?));
        }
        Ok(Command {
            argv: command.argv,
            expand_argv: command.expand_argv,
            env,
            stdin: command.stdin.map(|value| self.value(value)).transpose()?,
            working_dir: command.working_dir,
            timeout: command.timeout_ms.map(Duration::from_millis),
            output: match command.output {
                Output::Inherit => OutputMode::Inherit,
                Output::Pipe => OutputMode::Pipe,
                Output::Tee => OutputMode::Tee,
            },
            escaping: command.escaping_processes,
            registry_credentials: command.registry_credentials,
            // A container that the plugin brings holds nothing of the task's but what the plugin passes on.
            bare_environment: command.bare_environment || own,
        })
    }

    async fn start_command(&mut self, reach: &Reach, container: &str, command: Command) -> Result<Resource<Process>, Error> {
        check(&command)?;
        if command.registry_credentials && reach.own.contains(container) {
            // They are secrets of the task's, and such a container has none by itself.
            self.allow(Power::Registries)?;
        }
        if reach.stoppable && reach.backend.is_cancelled() {
            return Err(Error::Cancelled);
        }
        // Not given up halfway: a command that started anyway would have no handle to be killed by.
        let process = reach.pod()?.start(container, command).await?;
        self.running.push(process.clone());
        self.push(Process(process))
    }
}

/// Refuses a command that makes no sense or is too large to be sent.
fn check(command: &Command) -> Result<(), Error> {
    if command.argv.first().is_none_or(String::is_empty) {
        return Err(failed("a command without a program cannot be started"));
    }
    if command.argv.len() + command.env.len() > sizes::WORDS {
        return Err(failed(format!("a command has at most {} words and variables together", sizes::WORDS)));
    }
    if command.argv.iter().any(|word| word.contains('\0')) {
        return Err(failed("a word of a command cannot hold a NUL"));
    }
    if let Some((name, _)) = command.env.iter().find(|(name, _)| !environment::is_name(name)) {
        return Err(environment::no_name(name));
    }
    let words = command.argv.iter().map(String::len);
    let variables = command.env.iter().map(|(name, value)| name.len() + length(value));
    sizes::fits("a command", words.chain(variables).sum(), sizes::COMMAND)?;
    command.stdin.as_ref().map_or(Ok(()), |value| sizes::fits("what a command reads", length(value), sizes::FILE))?;
    command.working_dir.as_ref().map_or(Ok(()), |path| sizes::path(path))
}

/// What a value takes up in a call. A secret is only named there.
fn length(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Secret(name) => name.as_str().len(),
    }
}

/// Goes on with what was allowed, or answers the plugin that it was not.
macro_rules! allowed {
    ($result:expr) => {
        match $result {
            Ok(allowed) => allowed,
            Err(e) => return Ok(Err(e)),
        }
    };
}

impl containers::Host for State {
    async fn default(&mut self) -> wasmtime::Result<Result<Resource<Container>, Error>> {
        Ok(self.container(None))
    }

    async fn open(&mut self, name: String) -> wasmtime::Result<Result<Resource<Container>, Error>> {
        Ok(self.container(Some(name)))
    }

    async fn private_directory(&mut self) -> wasmtime::Result<Result<String, Error>> {
        Ok(self.allow(Power::Containers).and_then(|reach| reach.pod().map(|pod| pod.private_directory())))
    }

    async fn shared_directory(&mut self) -> wasmtime::Result<Result<String, Error>> {
        Ok(self.allow(Power::Containers).and_then(|reach| reach.pod().map(|pod| pod.shared_directory())))
    }
}

impl containers::HostContainer for State {
    async fn name(&mut self, container: Resource<Container>) -> wasmtime::Result<String> {
        Ok(self.table.get(&container)?.0.clone())
    }

    async fn working_dir(&mut self, container: Resource<Container>) -> wasmtime::Result<Result<String, Error>> {
        let (reach, container) = allowed!(self.inside(&container)?);
        Ok(reach.pod().and_then(|pod| pod.working_dir(&container).map_err(Error::from)))
    }

    async fn find_program(
        &mut self,
        container: Resource<Container>,
        name: String,
    ) -> wasmtime::Result<Result<Option<String>, Error>> {
        let (reach, container) = allowed!(self.inside(&container)?);
        allowed!(sizes::fits("a program's name", name.len(), sizes::NAME));
        Ok(reach.wait(allowed!(reach.pod()).find_program(&container, &name)).await)
    }

    async fn architecture(&mut self, container: Resource<Container>) -> wasmtime::Result<Result<String, Error>> {
        let (reach, container) = allowed!(self.inside(&container)?);
        Ok(reach.wait(allowed!(reach.pod()).architecture(&container)).await)
    }

    async fn read_file(
        &mut self,
        container: Resource<Container>,
        path: String,
        max: u32,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        let (reach, container) = allowed!(self.inside(&container)?);
        allowed!(sizes::path(&path));
        Ok(reach.wait(allowed!(reach.pod()).read_file(&container, &path, (max as usize).min(MAX_FILE))).await)
    }

    async fn write_file(
        &mut self,
        container: Resource<Container>,
        path: String,
        mode: u32,
        contents: WitValue,
    ) -> wasmtime::Result<Result<(), Error>> {
        let (reach, container) = allowed!(self.inside(&container)?);
        allowed!(sizes::path(&path));
        let contents = self.value(contents)?;
        allowed!(sizes::fits("a file", length(&contents), sizes::FILE));
        Ok(reach.wait(allowed!(reach.pod()).write_file(&container, &path, mode & 0o7777, contents)).await)
    }

    async fn remove_file(&mut self, container: Resource<Container>, path: String) -> wasmtime::Result<Result<(), Error>> {
        let (reach, container) = allowed!(self.inside(&container)?);
        allowed!(sizes::path(&path));
        Ok(reach.wait(allowed!(reach.pod()).remove_file(&container, &path)).await)
    }

    async fn start(
        &mut self,
        container: Resource<Container>,
        command: WitCommand,
    ) -> wasmtime::Result<Result<Resource<Process>, Error>> {
        let (reach, container) = allowed!(self.inside(&container)?);
        let command = self.command(command, reach.own.contains(&container))?;
        Ok(self.start_command(&reach, &container, command).await)
    }

    async fn drop(&mut self, container: Resource<Container>) -> wasmtime::Result<()> {
        self.table.delete(container)?;
        Ok(())
    }
}
