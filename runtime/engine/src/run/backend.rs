//! What a running plugin reaches: the containers of its task, its variables and secrets, and nothing of another task.

mod command;
mod finish;
mod http;
mod results;
mod values;

use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use secrecy::SecretSlice;
use tokio::sync::Mutex;
use tokio_util::sync::CancellationToken;
use windlass_agent_client::AgentClient;
use windlass_agent_client::protocol::CommandId;
use windlass_agent_client::protocol::message::Content;
use windlass_model::docker::PushPattern;
use windlass_model::event::{Level, RunEvent, StepRef};
use windlass_model::pod::Process;
use windlass_model::result::{Annotation, ResultName, ResultValue};
use windlass_model::secret::SecretName;
use windlass_working_copy::SecretFiles;

use super::captured::SharedCapture;
use super::context::TaskContext;
use super::process::{Label, Running, in_words};
use super::pushes::Pushes;
use super::wire;
use crate::ports::http::{self as ports, HttpError};
use crate::ports::plugin::{BackendError, Command, Exit, ProcessId, ProjectBackend, RegistryAccess, StepBackend, Value};
use crate::times;
use command::wire_name;

/// The backend of one step.
pub(super) struct Backend {
    context: Arc<TaskContext>,
    step: StepRef,
    /// What its script may push.
    pushes: Arc<[PushPattern]>,
    cancel: CancellationToken,
    processes: Mutex<BTreeMap<String, Arc<Mutex<Running>>>>,
    /// Commands that an agent was asked to start and that are no processes of the step yet. Whoever asked may have stopped waiting.
    asked: Mutex<BTreeMap<CommandId, AgentClient>>,
    /// Takes down what the step writes.
    captured: Option<SharedCapture>,
    /// The containers that the step has used, and whether its files there are still in use when it is over.
    used: Mutex<BTreeMap<String, Use>>,
}

/// What a step leaves in a container.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Use {
    /// Nothing that anybody needs.
    #[default]
    Over,
    /// A process that lives on, and may need the step's files.
    Kept,
}

impl Backend {
    pub(super) fn new(context: Arc<TaskContext>, step: StepRef, cancel: CancellationToken) -> Self {
        let pushes = context.task.steps.get(step.index).map(|step| step.pushes.clone()).unwrap_or_default().into();
        Self {
            context,
            step,
            pushes,
            cancel,
            processes: Mutex::default(),
            asked: Mutex::default(),
            captured: None,
            used: Mutex::default(),
        }
    }

    /// The same, and what it writes is taken down.
    pub(super) fn capturing(self, captured: Option<SharedCapture>) -> Self {
        Self { captured, ..self }
    }

    /// Where the step's commands find the credentials that they are lent.
    fn credentials_directory(&self) -> String {
        format!("{}/docker", StepBackend::private_directory(self))
    }

    /// The agent of a container that the step is about to use.
    async fn agent_to_use(&self, container: &str) -> Result<AgentClient, BackendError> {
        let agent = self.agent(container)?;
        self.used.lock().await.entry(container.to_owned()).or_default();
        Ok(agent)
    }

    fn agent(&self, container: &str) -> Result<AgentClient, BackendError> {
        self.context.agents.get(container).ok_or_else(|| {
            let known = StepBackend::containers(self).join(", ");
            BackendError::Invalid(format!("no command can run in container `{container}`; in these it can: {known}"))
        })
    }

    async fn process(&self, process: &ProcessId) -> Result<Arc<Mutex<Running>>, BackendError> {
        let found = self.processes.lock().await.get(&process.command).cloned();
        found.ok_or_else(|| BackendError::Invalid(format!("the step has no process {}", process.command)))
    }

    /// Waits for something of the agent, but no longer than until the step is to stop.
    async fn cancellable<T>(&self, work: impl Future<Output = Result<T, BackendError>>) -> Result<T, BackendError> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(BackendError::Cancelled),
            result = work => result,
        }
    }
}

#[async_trait]
impl ProjectBackend for Backend {
    fn variable(&self, name: &str) -> Option<String> {
        self.context.variable(name)
    }

    async fn http(&self, request: ports::Request) -> Result<ports::Response, HttpError> {
        http::send(&self.context, request).await
    }

    fn workspace(&self) -> &Path {
        &self.context.workspace.root
    }

    fn secret_files(&self) -> &SecretFiles {
        &self.context.workspace.secret_files
    }

    async fn log(&self, level: Level, message: &str) {
        let step = self.step.clone();
        self.context.send(RunEvent::PluginLog { step, level, message: message.to_owned() }).await;
    }

    async fn cancelled(&self) {
        self.cancel.cancelled().await;
    }

    fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }
}

#[async_trait]
impl StepBackend for Backend {
    async fn start(&self, container: &str, command: Command) -> Result<ProcessId, BackendError> {
        let agent = self.agent_to_use(container).await?;
        self.cancellable(async {
            let wire = self.command(&agent, container, &command).await?;
            let (id, mut secrets) = (wire.id.clone(), wire::named_by(&wire));
            if command.registry_credentials {
                // They are in a file; what is masked goes by their names.
                for name in self.context.login_secrets() {
                    secrets.insert(wire_name(&name)?);
                }
            }
            // It may run from here on, also when nobody waits for the answer any more.
            self.asked.lock().await.insert(id.clone(), agent.clone());
            let started = self.context.with_secrets(&agent, container, secrets, agent.start(wire));
            started.await.map_err(|e| in_words(&e))?;
            let (step, events) = (self.step.clone(), self.context.events.clone());
            let captured = self.captured.clone();
            let label = Label { step, pushes: Pushes::new(Arc::clone(&self.pushes)), events, captured };
            let running = Running::new(agent, id.clone(), command.output, label);
            let process = ProcessId { container: container.to_owned(), command: id.to_string() };
            self.processes.lock().await.insert(process.command.clone(), Arc::new(Mutex::new(running)));
            self.asked.lock().await.remove(&id);
            Ok(process)
        })
        .await
    }

    async fn read(&self, process: &ProcessId, max: usize) -> Result<Option<Vec<u8>>, BackendError> {
        let running = self.process(process).await?;
        self.cancellable(async { running.lock().await.read(max).await }).await
    }

    async fn wait(&self, process: &ProcessId) -> Result<Exit, BackendError> {
        let running = self.process(process).await?;
        self.cancellable(async { running.lock().await.wait().await }).await
    }

    async fn kill(&self, process: &ProcessId) -> Result<(), BackendError> {
        let agent = self.agent(&process.container)?;
        let id = CommandId::new(process.command.as_str()).map_err(|e| BackendError::Invalid(e.to_string()))?;
        agent.stop(&id, times::KILL_GRACE).await.map_err(|e| in_words(&e))
    }

    async fn keep(&self, process: &ProcessId) -> Result<(), BackendError> {
        let found = self.processes.lock().await.remove(&process.command);
        let Some(running) = found.and_then(Arc::into_inner) else {
            return Err(BackendError::Invalid(format!(
                "process {} cannot be kept: it belongs to another step, or is being waited for",
                process.command
            )));
        };
        self.used.lock().await.insert(process.container.clone(), Use::Kept);
        self.context.add_background(running.into_inner().into_background(self.step.clone(), self.context.events.clone()));
        Ok(())
    }

    async fn find_program(&self, container: &str, name: &str) -> Result<Option<String>, BackendError> {
        let agent = self.agent(container)?;
        self.cancellable(async { agent.find_program(name).await.map_err(|e| in_words(&e)) }).await
    }

    async fn architecture(&self, container: &str) -> Result<String, BackendError> {
        let agent = self.agent(container)?;
        self.cancellable(async { agent.architecture().await.map_err(|e| in_words(&e)) }).await
    }

    async fn read_file(&self, container: &str, path: &str, max: usize) -> Result<Option<Vec<u8>>, BackendError> {
        let agent = self.agent(container)?;
        self.cancellable(async { agent.read_file(path, max).await.map_err(|e| in_words(&e)) }).await
    }

    async fn write_file(&self, container: &str, path: &str, mode: u32, contents: Value) -> Result<(), BackendError> {
        let agent = self.agent_to_use(container).await?;
        let content = match contents {
            Value::Text(text) => Content::Bytes(text.into_bytes()),
            Value::Bytes(bytes) => Content::Bytes(bytes),
            Value::Secret(name) => Content::Secret(wire_name(&name)?),
        };
        let secrets = wire::of_file(&content);
        let put = self.context.with_secrets(&agent, container, secrets, agent.put_file(path, mode, content));
        self.cancellable(async { put.await.map_err(|e| in_words(&e)) }).await
    }

    async fn remove_file(&self, container: &str, path: &str) -> Result<(), BackendError> {
        let agent = self.agent(container)?;
        // A plugin tidies up after a stop too; its clean-up has a time limit of its own.
        agent.remove_file(path).await.map_err(|e| in_words(&e))
    }

    fn containers(&self) -> Vec<String> {
        let supervised = |c: &&windlass_model::pod::ContainerPlan| c.process == Process::Supervised;
        self.context.task.pod.containers.iter().filter(supervised).map(|c| c.name.clone()).collect()
    }

    fn working_dir(&self, container: &str) -> Result<String, BackendError> {
        self.context.working_dir(container).ok_or_else(|| {
            let variable = |name| self.context.variable(name).unwrap_or_default();
            BackendError::Invalid(format!(
                "container {container} does not see the working copy: CIRRUS_WORKING_DIR ({}) is not below CIRRUS_VOLUME ({}), \
                 the directory that all containers share; set one of them so that it is",
                variable("CIRRUS_WORKING_DIR"),
                variable("CIRRUS_VOLUME"),
            ))
        })
    }

    fn registries(&self) -> Vec<RegistryAccess> {
        self.context.registries()
    }

    async fn set_variable(&self, name: &str, value: &str, sensitive: bool) -> Result<(), BackendError> {
        values::set(self, name, value, sensitive).await
    }

    async fn set_result(&self, name: &ResultName, value: ResultValue) -> Result<(), BackendError> {
        results::set(&self.context, &self.step, name, value).await
    }

    async fn annotate(&self, annotation: Annotation) {
        self.context.send(RunEvent::Annotated { step: self.step.clone(), annotation }).await;
    }

    fn secret(&self, name: &SecretName) -> Option<SecretSlice<u8>> {
        self.context.secret(name)
    }

    async fn new_secret(&self, bytes: SecretSlice<u8>) -> Result<SecretName, BackendError> {
        values::new_secret(self, bytes).await
    }

    fn private_directory(&self) -> String {
        format!("{}/step-{}", self.context.driver.run_directory(), self.step.index)
    }

    fn shared_directory(&self) -> String {
        format!("{}/.windlass", self.context.driver.shared_directory())
    }
}
