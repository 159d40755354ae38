//! A backend whose containers `main` and `other` are this machine.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command as OsCommand;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretSlice};
use sha2::{Digest as _, Sha256};
use tokio::sync::watch;
use windlass_engine::ports::http::{HttpError, Request, Response};
use windlass_engine::ports::plugin::{
    BackendError, Command, Exit, OutputMode, ProcessId, ProjectBackend, RegistryAccess, StepBackend, Value,
};
use windlass_model::digest::Digest;
use windlass_model::event::Level;
use windlass_model::result::{Annotation, ResultName, ResultValue};
use windlass_model::secret::SecretName;
use windlass_working_copy::SecretFiles;

use super::process::Running;
use super::workspace::the_workspace;

/// What plugins did to it is kept for the test to look at.
pub struct Local {
    root: tempfile::TempDir,
    path: String,
    variables: BTreeMap<String, String>,
    secrets: Mutex<BTreeMap<String, Vec<u8>>>,
    processes: Mutex<BTreeMap<String, (Arc<Running>, OutputMode)>>,
    next: AtomicUsize,
    stop: watch::Sender<bool>,
    pub commands: Mutex<Vec<Command>>,
    pub kept: Mutex<Vec<ProcessId>>,
    pub killed: Mutex<Vec<ProcessId>>,
    pub output: Mutex<Vec<u8>>,
    /// What plugins know of registries.
    pub registries: Mutex<Vec<RegistryAccess>>,
    pub set: Mutex<Vec<(String, String, bool)>>,
    pub requests: Mutex<Vec<Request>>,
    pub results: Mutex<Vec<(String, ResultValue)>>,
    pub annotations: Mutex<Vec<Annotation>>,
    pub logged: Mutex<Vec<(Level, String)>>,
    /// Told the number of started commands.
    pub started: watch::Sender<usize>,
}

impl Local {
    /// `path` is what commands find programs in; `variables` are the task's.
    pub fn new(path: &str, variables: &[(&str, &str)]) -> Arc<Self> {
        let root = tempfile::tempdir().expect("a directory");
        for directory in ["workspace", "work", "run"] {
            std::fs::create_dir(root.path().join(directory)).expect("a directory");
        }
        Arc::new(Self {
            root,
            path: path.to_owned(),
            variables: variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            secrets: Mutex::new(BTreeMap::from([
                ("TOKEN".to_owned(), b"hunter2".to_vec()),
                ("OTHER".to_owned(), b"other".to_vec()),
            ])),
            processes: Mutex::default(),
            next: AtomicUsize::new(0),
            stop: watch::channel(false).0,
            commands: Mutex::default(),
            kept: Mutex::default(),
            killed: Mutex::default(),
            output: Mutex::default(),
            registries: Mutex::default(),
            set: Mutex::default(),
            requests: Mutex::default(),
            results: Mutex::default(),
            annotations: Mutex::default(),
            logged: Mutex::default(),
            started: watch::channel(0).0,
        })
    }

    /// With a program of its own before those of the machine.
    pub fn with_program(name: &str, script: &str) -> Arc<Self> {
        let mut local = Self::new("/usr/bin:/bin", &[]);
        let bin = local.path("bin");
        std::fs::create_dir(&bin).expect("a directory");
        std::fs::write(bin.join(name), script).expect("a file");
        std::fs::set_permissions(bin.join(name), std::fs::Permissions::from_mode(0o755)).expect("a mode");
        Arc::get_mut(&mut local).expect("nobody else has it").path.insert_str(0, &format!("{}:", bin.display()));
        local
    }

    /// Without any program.
    pub fn bare() -> Arc<Self> {
        let mut local = Self::new("", &[]);
        let none = local.path("no-programs");
        std::fs::create_dir(&none).expect("a directory");
        Arc::get_mut(&mut local).expect("nobody else has it").path = none.display().to_string();
        local
    }

    /// With the machine's own programs.
    pub fn plain(variables: &[(&str, &str)]) -> Arc<Self> {
        Self::new("/usr/local/bin:/usr/bin:/bin", variables)
    }

    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    pub fn path(&self, below: &str) -> PathBuf {
        self.root.path().join(below)
    }

    pub fn shown(&self) -> String {
        String::from_utf8_lossy(&self.output.lock().expect("no panic")).into_owned()
    }

    pub fn log(&self) -> Vec<String> {
        self.logged.lock().expect("no panic").iter().map(|(_, line)| line.clone()).collect()
    }

    /// A process by its identity.
    pub fn process(&self, process: &ProcessId) -> Arc<Running> {
        let processes = self.processes.lock().expect("no panic");
        Arc::clone(&processes.get(&process.command).expect("the plugin started it").0)
    }

    fn mode(&self, process: &ProcessId) -> OutputMode {
        self.processes.lock().expect("no panic").get(&process.command).expect("the plugin started it").1
    }

    fn bytes(&self, value: &Value) -> Vec<u8> {
        match value {
            Value::Text(text) => text.clone().into_bytes(),
            Value::Bytes(bytes) => bytes.clone(),
            Value::Secret(name) => self.secrets.lock().expect("no panic").get(name.as_str()).expect("it exists").clone(),
        }
    }

    fn show(&self, bytes: &[u8]) {
        self.output.lock().expect("no panic").extend_from_slice(bytes);
    }
}

fn failed(error: std::io::Error) -> BackendError {
    BackendError::Failed(error.to_string())
}

#[async_trait]
impl ProjectBackend for Local {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    async fn http(&self, request: Request) -> Result<Response, HttpError> {
        let origin = request.address.origin().clone();
        let url = request.address.url().to_string();
        self.requests.lock().expect("no panic").push(request);
        match origin.host.as_str() {
            // As a host inside of the user's network that the settings do not name.
            "inside.example" => Err(HttpError::Private { origin, address: [10, 0, 0, 1].into() }),
            "slow.example" => {
                std::future::pending::<()>().await;
                unreachable!("it is dropped")
            }
            _ => Ok(Response { url, status: 200, headers: vec![("x".into(), "y".into())], body: b"hello".to_vec() }),
        }
    }

    fn workspace(&self) -> &Path {
        the_workspace()
    }

    fn secret_files(&self) -> &SecretFiles {
        static NONE: SecretFiles = SecretFiles::none();
        &NONE
    }

    async fn log(&self, level: Level, message: &str) {
        self.logged.lock().expect("no panic").push((level, message.to_owned()));
    }

    async fn cancelled(&self) {
        let _ = self.stop.subscribe().wait_for(|stopped| *stopped).await;
    }

    fn is_cancelled(&self) -> bool {
        *self.stop.borrow()
    }
}

#[async_trait]
impl StepBackend for Local {
    async fn start(&self, container: &str, command: Command) -> Result<ProcessId, BackendError> {
        let mut os = OsCommand::new(&command.argv[0]);
        os.args(&command.argv[1..]).env_clear().env("PATH", &self.path).envs(&self.variables);
        for (name, value) in &command.env {
            os.env(name, String::from_utf8(self.bytes(value)).expect("text"));
        }
        os.current_dir(command.working_dir.as_ref().map_or_else(|| self.path("work"), PathBuf::from));
        let stdin = command.stdin.as_ref().map(|value| self.bytes(value));
        let running = Running::start(os, stdin, command.escaping).map_err(failed)?;
        let id = self.next.fetch_add(1, Ordering::SeqCst).to_string();
        self.processes.lock().expect("no panic").insert(id.clone(), (running, command.output));
        self.commands.lock().expect("no panic").push(command);
        self.started.send_modify(|n| *n += 1);
        Ok(ProcessId { container: container.to_owned(), command: id })
    }

    async fn read(&self, process: &ProcessId, max: usize) -> Result<Option<Vec<u8>>, BackendError> {
        let chunk = self.process(process).read(max).await;
        if let (Some(chunk), OutputMode::Tee) = (&chunk, self.mode(process)) {
            self.show(chunk);
        }
        Ok(chunk)
    }

    async fn wait(&self, process: &ProcessId) -> Result<Exit, BackendError> {
        let running = self.process(process);
        let mut all = Vec::new();
        if self.mode(process) == OutputMode::Inherit {
            while let Some(chunk) = running.read(usize::MAX).await {
                self.show(&chunk);
                all.extend(chunk);
            }
        }
        let (code, signal) = running.wait().await;
        let output_digest = Digest::from_sha256(Sha256::digest(&all).into());
        Ok(Exit { code, signal, timed_out: false, output_bytes: all.len() as u64, output_digest })
    }

    async fn kill(&self, process: &ProcessId) -> Result<(), BackendError> {
        self.process(process).kill();
        self.killed.lock().expect("no panic").push(process.clone());
        Ok(())
    }

    async fn keep(&self, process: &ProcessId) -> Result<(), BackendError> {
        self.kept.lock().expect("no panic").push(process.clone());
        Ok(())
    }

    async fn find_program(&self, _: &str, name: &str) -> Result<Option<String>, BackendError> {
        let found = self.path.split(':').map(|directory| format!("{directory}/{name}"));
        Ok(found.into_iter().find(|path| Path::new(path).is_file()))
    }

    async fn architecture(&self, _: &str) -> Result<String, BackendError> {
        Ok("arm64".to_owned())
    }

    async fn read_file(&self, _: &str, path: &str, max: usize) -> Result<Option<Vec<u8>>, BackendError> {
        match std::fs::read(path) {
            Ok(bytes) if bytes.len() <= max => Ok(Some(bytes)),
            Ok(_) => Err(BackendError::Failed(format!("{path} is larger than {max}"))),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(failed(e)),
        }
    }

    async fn write_file(&self, _: &str, path: &str, mode: u32, contents: Value) -> Result<(), BackendError> {
        if let Some(parent) = Path::new(path).parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        std::fs::write(path, self.bytes(&contents)).map_err(failed)?;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).map_err(failed)
    }

    async fn remove_file(&self, _: &str, path: &str) -> Result<(), BackendError> {
        match std::fs::remove_file(path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(failed(e)),
            _ => Ok(()),
        }
    }

    fn containers(&self) -> Vec<String> {
        vec!["main".into(), "other".into()]
    }

    fn working_dir(&self, _: &str) -> Result<String, BackendError> {
        Ok(self.path("work").display().to_string())
    }

    fn registries(&self) -> Vec<RegistryAccess> {
        self.registries.lock().expect("no panic").clone()
    }

    fn shared_directory(&self) -> String {
        self.path("shared").display().to_string()
    }

    async fn set_variable(&self, name: &str, value: &str, sensitive: bool) -> Result<(), BackendError> {
        self.set.lock().expect("no panic").push((name.to_owned(), value.to_owned(), sensitive));
        Ok(())
    }

    async fn set_result(&self, name: &ResultName, value: ResultValue) -> Result<(), BackendError> {
        self.results.lock().expect("no panic").push((name.to_string(), value));
        Ok(())
    }

    async fn annotate(&self, annotation: Annotation) {
        self.annotations.lock().expect("no panic").push(annotation);
    }

    fn secret(&self, name: &SecretName) -> Option<SecretSlice<u8>> {
        self.secrets.lock().expect("no panic").get(name.as_str()).cloned().map(SecretSlice::from)
    }

    async fn new_secret(&self, bytes: SecretSlice<u8>) -> Result<SecretName, BackendError> {
        self.secrets.lock().expect("no panic").insert("made".into(), bytes.expose_secret().to_vec());
        SecretName::new("made").map_err(|e| BackendError::Failed(e.to_string()))
    }

    fn private_directory(&self) -> String {
        self.path("run/step-1").to_str().expect("UTF-8").to_owned()
    }
}
