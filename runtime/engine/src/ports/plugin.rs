//! The port to whatever runs plugins, and what a running plugin may ask back.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use secrecy::SecretSlice;
use windlass_model::digest::Digest;
use windlass_model::event::Level;
use windlass_model::plan::PluginCall;
use windlass_model::plugin::{BuildHints, BuiltImage, Credentials, PluginInfo, PushedImage, Requirements};
use windlass_model::plugin_reference::PluginReference;
use windlass_model::result::{Annotation, ResultName, ResultValue};
use windlass_model::secret::SecretName;
use windlass_working_copy::SecretFiles;

use super::http::{self, HttpError};

mod error;

pub use error::PluginError;

/// The most bytes of a file that a plugin reads or writes in one call: as many as go to an agent in one message.
pub const LARGEST_FILE: usize = windlass_agent_client::protocol::frame::LARGEST_PAYLOAD;

/// Loads plugins, asks what they need, and runs them.
#[async_trait]
pub trait PluginHost: Send + Sync {
    /// The plugins that can be used by name alone.
    fn carried(&self) -> Vec<PluginReference>;

    /// Finds a plugin and reads its manifest and import list, without running any of it.
    ///
    /// # Errors
    /// When it is not found, is not a component, has no manifest, or was built for another interface.
    async fn inspect(&self, reference: &PluginReference, base: &Path) -> Result<PluginInfo, PluginError>;

    /// Asks the pure `requirements` of a plugin: what the step brings to the pod. Nothing is granted to it. `build` is what is known of a
    /// build beside its request.
    ///
    /// # Errors
    /// When the plugin refuses the request, naming the field, or traps.
    async fn requirements(
        &self,
        plugin: &PluginInfo,
        request: &serde_json::Value,
        build: Option<&BuildHints>,
    ) -> Result<Requirements, PluginError>;

    /// Runs a step. The plugin reaches the world through `backend` only, and only as far as `call.grants` goes.
    ///
    /// # Errors
    /// When the plugin reports a failure, traps, or exceeds a limit. Its `cleanup` ran before this returns.
    async fn run(&self, call: &PluginCall, input: StepInput, backend: Arc<dyn StepBackend>) -> Result<StepResult, PluginError>;
}

/// A file of the project that tasks are made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Where it is, from the project's root.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// What a step gets from the steps before it.
#[derive(Debug, Clone, Default)]
pub struct StepInput {
    /// Images that earlier build steps of the task left, oldest first.
    pub built: Vec<BuiltImage>,
}

/// What a step leaves behind.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StepResult {
    /// A login step's credentials.
    pub credentials: Vec<Credentials>,
    /// A build step's image.
    pub built: Option<BuiltImage>,
    /// What a registry serves now.
    pub pushed: Vec<PushedImage>,
}

/// A process that a plugin started: the command's identity in its container's agent.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ProcessId {
    /// The container.
    pub container: String,
    /// The command's identity.
    pub command: String,
}

/// A value on its way to a command or a file: text, bytes, or a secret that the plugin holds as a handle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text, taken as it is.
    Text(String),
    /// Bytes, for a file: a program that a plugin brings along.
    Bytes(Vec<u8>),
    /// A secret by name; the agent puts its value in.
    Secret(SecretName),
}

/// A command for a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Program and arguments. Secrets are refused here: arguments are visible to every process of the pod.
    pub argv: Vec<String>,
    /// Expand the variables that `argv` names, in the container; no word is split by what replaces it.
    pub expand_argv: bool,
    /// Variables on top of the task's environment.
    pub env: Vec<(String, Value)>,
    /// What the command reads; an empty input if none.
    pub stdin: Option<Value>,
    /// Where it starts; the task's working directory if none.
    pub working_dir: Option<String>,
    /// After which it is killed; the step's time-out if none.
    pub timeout: Option<Duration>,
    /// Where its output goes.
    pub output: OutputMode,
    /// Processes that it leaves behind live on; otherwise its process group ends with it.
    pub escaping: bool,
    /// Give it the credentials that login steps of the task returned, as a Docker `config.json` that `DOCKER_CONFIG` names.
    pub registry_credentials: bool,
    /// Keep the task's variables from it: it sees only `env`, on top of its container's own.
    pub bare_environment: bool,
}

/// How a registry is reached, as a plugin may know it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RegistryAccess {
    /// Its host as it stands in image references; `docker.io` for Docker Hub.
    pub host: String,
    /// Speak plain HTTP, or do not check the certificate.
    pub insecure: bool,
    /// The file in every container with the authority that signed its certificate.
    pub certificate: Option<String>,
    /// Hosts to ask for images first.
    pub mirrors: Vec<String>,
    /// User name and secret, once a login step gave them.
    pub credentials: Option<(String, SecretName)>,
}

/// Where a command's output goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputMode {
    /// From the agent to the reporters, beside the plugin.
    Inherit,
    /// To the plugin, which reads it in pieces.
    Pipe,
    /// To both.
    Tee,
}

/// How a process ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exit {
    /// Its exit code; 128 + the signal's number when a signal ended it.
    pub code: i32,
    /// The signal, when one ended it.
    pub signal: Option<i32>,
    /// It ran out of time.
    pub timed_out: bool,
    /// Bytes of output, stdout and stderr together.
    pub output_bytes: u64,
    /// Their SHA-256.
    pub output_digest: Digest,
}

/// What a plugin can reach where there is no pod. The plugin host checks grants before it calls any of these.
#[async_trait]
pub trait ProjectBackend: Send + Sync {
    /// A variable that is not secret, unexpanded; `None` when unset.
    fn variable(&self, name: &str) -> Option<String>;
    /// Sends a request to a host.
    async fn http(&self, request: http::Request) -> Result<http::Response, HttpError>;
    /// The working copy on the host.
    fn workspace(&self) -> &Path;
    /// The files of secrets, which are no part of it.
    fn secret_files(&self) -> &SecretFiles;
    /// Shows a line of the plugin's own.
    async fn log(&self, level: Level, message: &str);
    /// Resolves when the plugin is to stop.
    async fn cancelled(&self);
    /// Whether the plugin is to stop.
    fn is_cancelled(&self) -> bool;
}

/// What a plugin can reach while it runs in a step: the same, and the pod.
#[async_trait]
pub trait StepBackend: ProjectBackend {
    /// Starts a command.
    async fn start(&self, container: &str, command: Command) -> Result<ProcessId, BackendError>;
    /// Reads at most `max` bytes of a piped process's output; `None` at its end.
    async fn read(&self, process: &ProcessId, max: usize) -> Result<Option<Vec<u8>>, BackendError>;
    /// Waits until a process ended and all of its inherited output reached the reporters.
    async fn wait(&self, process: &ProcessId) -> Result<Exit, BackendError>;
    /// Kills a process and its group.
    async fn kill(&self, process: &ProcessId) -> Result<(), BackendError>;
    /// Lets a process live until the task ends; the step forgets it.
    async fn keep(&self, process: &ProcessId) -> Result<(), BackendError>;
    /// Where a program is in a container's `PATH`.
    async fn find_program(&self, container: &str, name: &str) -> Result<Option<String>, BackendError>;
    /// Which programs a container runs: `amd64` or `arm64`, as images name it.
    async fn architecture(&self, container: &str) -> Result<String, BackendError>;
    /// Reads a file of at most `max` bytes in a container; `None` when there is none.
    async fn read_file(&self, container: &str, path: &str, max: usize) -> Result<Option<Vec<u8>>, BackendError>;
    /// Writes a file in a container, with its parents.
    async fn write_file(&self, container: &str, path: &str, mode: u32, contents: Value) -> Result<(), BackendError>;
    /// Removes a file in a container; it may be gone already.
    async fn remove_file(&self, container: &str, path: &str) -> Result<(), BackendError>;
    /// The names of the containers that commands can be started in.
    fn containers(&self) -> Vec<String>;
    /// The task's working directory as a container sees it.
    fn working_dir(&self, container: &str) -> Result<String, BackendError>;
    /// How registries are reached, and the credentials that login steps of the task gave.
    fn registries(&self) -> Vec<RegistryAccess>;
    /// Sets a variable for the steps that follow; a sensitive value is masked from now on.
    async fn set_variable(&self, name: &str, value: &str, sensitive: bool) -> Result<(), BackendError>;
    /// Says a named value, which the steps that follow have as a variable.
    async fn set_result(&self, name: &ResultName, value: ResultValue) -> Result<(), BackendError>;
    /// Remarks something about lines of a file.
    async fn annotate(&self, annotation: Annotation);
    /// A secret's bytes, for who may see them; `None` when there is none of the name.
    fn secret(&self, name: &SecretName) -> Option<SecretSlice<u8>>;
    /// Takes bytes that the plugin made as a secret from now on: masked, and known by the name returned.
    async fn new_secret(&self, bytes: SecretSlice<u8>) -> Result<SecretName, BackendError>;
    /// A directory that is this step's own, in memory, the same in every container.
    fn private_directory(&self) -> String;
    /// A directory of the task's on disk, the same in every supervised container.
    fn shared_directory(&self) -> String;
}

/// Why a request of a plugin was not served.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// The request itself is wrong.
    #[error("{0}")]
    Invalid(String),
    /// The command could not be started (no such program, not executable, no such directory).
    #[error("{0}")]
    Failed(String),
    /// The step is being stopped.
    #[error("cancelled")]
    Cancelled,
    /// The container or the connection to it is lost; worth a retry of the task.
    #[error("{0}")]
    Infrastructure(String),
}
