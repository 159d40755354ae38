//! What the plugin host sees of a scripted pod.

use std::path::Path;

use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretSlice};
use windlass_engine::ports::http::{HttpError, Request, Response};
use windlass_engine::ports::plugin::{
    BackendError, Command, Exit, ProcessId, ProjectBackend, RegistryAccess, StepBackend, Value,
};
use windlass_model::digest::Digest;
use windlass_model::event::Level;
use windlass_model::result::{Annotation, ResultName, ResultValue};
use windlass_model::secret::SecretName;
use windlass_working_copy::SecretFiles;

use super::answers::babble;
use super::{Manner, Pod, SHARED, WORKING_DIRECTORY};

#[async_trait]
impl ProjectBackend for Pod {
    fn variable(&self, name: &str) -> Option<String> {
        self.environment.get(name).cloned()
    }

    async fn http(&self, request: Request) -> Result<Response, HttpError> {
        if self.turn().await.is_err() {
            // Nobody hears it: who is stopped waits for no answer.
            return Err(HttpError::Failed("the step was stopped".to_owned()));
        }
        self.replied(&request)
    }

    fn workspace(&self) -> &Path {
        self.workspace.path()
    }

    fn secret_files(&self) -> &SecretFiles {
        static NONE: SecretFiles = SecretFiles::none();
        &NONE
    }

    async fn log(&self, level: Level, message: &str) {
        self.state().log.push((level, message.to_owned()));
        // A stop is noticed with the next call.
        let _ = self.turn().await;
    }

    async fn cancelled(&self) {
        let _ = self.stop.subscribe().wait_for(|stopped| *stopped).await;
    }

    fn is_cancelled(&self) -> bool {
        *self.stop.borrow()
    }
}

#[async_trait]
impl StepBackend for Pod {
    async fn start(&self, container: &str, command: Command) -> Result<ProcessId, BackendError> {
        self.reach(container);
        self.turn().await?;
        let process = self.answered(container, &command)?;
        let id = self.state().commands.start(process);
        Ok(ProcessId { container: container.to_owned(), command: id })
    }

    async fn read(&self, process: &ProcessId, max: usize) -> Result<Option<Vec<u8>>, BackendError> {
        self.turn().await?;
        self.with_process(process, |process| {
            let chunk: Vec<u8> = process.output[process.read..].iter().take(max).copied().collect();
            process.read += chunk.len();
            match chunk.is_empty() {
                false => Ok(Some(chunk)),
                true if process.stays && !process.killed => {
                    let why = "the case says that this command stays and writes no more; reading on would never end";
                    Err(BackendError::Failed(why.to_owned()))
                }
                true => Ok(None),
            }
        })
    }

    async fn wait(&self, process: &ProcessId) -> Result<Exit, BackendError> {
        self.turn().await?;
        self.with_process(process, |process| {
            if process.stays && !process.killed {
                let why = "the case says that this command stays; waiting for its end would never end";
                return Err(BackendError::Failed(why.to_owned()));
            }
            let signal = process.killed.then_some(15);
            let code = signal.map_or(process.exit, |signal| 128 + signal);
            let output_digest = Digest::of(&process.output);
            Ok(Exit { code, signal, timed_out: false, output_bytes: process.output.len() as u64, output_digest })
        })
    }

    async fn kill(&self, process: &ProcessId) -> Result<(), BackendError> {
        self.with_process(process, |process| {
            process.killed = process.stays;
            Ok(())
        })
    }

    async fn keep(&self, process: &ProcessId) -> Result<(), BackendError> {
        self.turn().await?;
        self.with_process(process, |_| Ok(()))
    }

    async fn find_program(&self, container: &str, name: &str) -> Result<Option<String>, BackendError> {
        self.reach(container);
        self.turn().await?;
        Ok(self.program(container, name))
    }

    async fn architecture(&self, container: &str) -> Result<String, BackendError> {
        self.reach(container);
        self.turn().await?;
        Ok(self.architectures.get(container).copied().unwrap_or_default().as_str().to_owned())
    }

    async fn read_file(&self, container: &str, path: &str, max: usize) -> Result<Option<Vec<u8>>, BackendError> {
        self.reach(container);
        self.turn().await?;
        let Some(contents) = self.file(container, path) else { return Ok(None) };
        let bytes = if self.manner == Manner::Babbling { babble() } else { self.bytes(&contents)? };
        match bytes.len() <= max {
            true => Ok(Some(bytes)),
            false => Err(BackendError::Failed(format!("{path} has more than {max} bytes"))),
        }
    }

    async fn write_file(&self, container: &str, path: &str, _mode: u32, contents: Value) -> Result<(), BackendError> {
        self.reach(container);
        self.turn().await?;
        self.bytes(&contents)?;
        self.state().files.put(container, path, contents);
        Ok(())
    }

    async fn remove_file(&self, container: &str, path: &str) -> Result<(), BackendError> {
        self.reach(container);
        self.turn().await?;
        self.state().files.remove(container, path);
        Ok(())
    }

    fn containers(&self) -> Vec<String> {
        self.containers.clone()
    }

    fn working_dir(&self, container: &str) -> Result<String, BackendError> {
        self.reach(container);
        Ok(WORKING_DIRECTORY.to_owned())
    }

    fn registries(&self) -> Vec<RegistryAccess> {
        self.registries.clone()
    }

    async fn set_variable(&self, name: &str, value: &str, sensitive: bool) -> Result<(), BackendError> {
        self.turn().await?;
        self.state().variables.insert(name.to_owned(), (value.to_owned(), sensitive));
        Ok(())
    }

    async fn set_result(&self, name: &ResultName, value: ResultValue) -> Result<(), BackendError> {
        self.turn().await?;
        self.state().results.insert(name.to_string(), value.in_variable());
        Ok(())
    }

    async fn annotate(&self, annotation: Annotation) {
        self.state().annotations.push(annotation);
        // As for a line of the log.
        let _ = self.turn().await;
    }

    fn secret(&self, name: &SecretName) -> Option<SecretSlice<u8>> {
        self.secret_bytes(name.as_str()).map(SecretSlice::from)
    }

    async fn new_secret(&self, bytes: SecretSlice<u8>) -> Result<SecretName, BackendError> {
        self.turn().await?;
        let mut state = self.state();
        state.made += 1;
        let name = format!("made-by-the-plugin-{}", state.made);
        state.secrets.insert(name.clone(), bytes.expose_secret().to_vec());
        SecretName::new(name).map_err(|error| BackendError::Invalid(error.to_string()))
    }

    fn private_directory(&self) -> String {
        Self::private()
    }

    fn shared_directory(&self) -> String {
        SHARED.to_owned()
    }
}
