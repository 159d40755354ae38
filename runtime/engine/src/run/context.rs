//! What the steps of one task share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use futures::future::join_all;
use secrecy::{ExposeSecret as _, SecretSlice};
use tokio::sync::mpsc;
use windlass_agent_client::protocol::{InvalidName, Variable};
use windlass_artifact_store::Store;
use windlass_model::event::{Level, RunEvent, TaskRef};
use windlass_model::plan::TaskPlan;
use windlass_model::plugin::{BuiltImage, Credentials};
use windlass_model::pod::{MAIN, Process};
use windlass_model::secret::{EnvValue, EnvVar, SecretName};
use windlass_redact::Redactor;
use windlass_working_copy::Upload;

use super::agents::Agents;
use super::background::Background;
use super::caches::{Known, Movers};
use super::credentials::Login;
use super::ends::Ended;
use super::login::kept::{Kept, Replaced};
use super::room::{self, Room};
use super::sidecar_logs::SidecarLogs;
use super::{wire, working_dir};
use crate::ports::driver::{ContainerEnd, Driver, SecretValues};
use crate::ports::http::{Http, NoHttp};
use crate::ports::plugin::{BackendError, PluginHost, RegistryAccess};
use crate::words::filled;

/// One task of a run, and what its steps have left so far.
pub(super) struct TaskContext {
    pub(super) task: Arc<TaskPlan>,
    pub(super) driver: Arc<dyn Driver>,
    pub(super) plugins: Arc<dyn PluginHost>,
    pub(super) http: Arc<dyn Http>,
    pub(super) agents: Agents,
    pub(super) sidecar_logs: SidecarLogs,
    pub(super) workspace: Upload,
    /// Where what its steps collect is kept.
    pub(super) artifacts: Option<Store>,
    /// What moves its caches, when there is a store for them.
    pub(super) movers: Option<Movers>,
    /// What became of its caches.
    pub(super) caches: Known,
    pub(super) redactor: Redactor,
    pub(super) events: mpsc::Sender<RunEvent>,
    /// When the task began.
    pub(super) began: Instant,
    state: Mutex<State>,
    numbers: AtomicU32,
}

#[derive(Default)]
struct State {
    secrets: SecretValues,
    /// Those that steps have set, oldest first.
    variables: Vec<EnvVar>,
    /// The steps that said results, by the variables of these.
    results: BTreeMap<String, usize>,
    logins: Kept,
    built: Vec<BuiltImage>,
    background: Vec<Background>,
    started: BTreeSet<String>,
    ended: Vec<Ended>,
    made: Room,
}

impl TaskContext {
    pub(super) fn new(
        task: Arc<TaskPlan>,
        driver: Arc<dyn Driver>,
        plugins: Arc<dyn PluginHost>,
        secrets: SecretValues,
        workspace: Upload,
        redactor: Redactor,
        events: mpsc::Sender<RunEvent>,
    ) -> Self {
        let state = Mutex::new(State { secrets, ..State::default() });
        Self {
            task,
            driver,
            plugins,
            http: Arc::new(NoHttp),
            agents: Agents::default(),
            sidecar_logs: SidecarLogs::new(false),
            workspace,
            artifacts: None,
            movers: None,
            caches: Known::default(),
            redactor,
            events,
            began: Instant::now(),
            state,
            numbers: AtomicU32::new(0),
        }
    }

    /// The same, with a place for what its steps collect.
    pub(super) fn with_artifacts(self, artifacts: Store) -> Self {
        Self { artifacts: Some(artifacts), ..self }
    }

    /// The same, with a store for its caches.
    pub(super) fn with_caches(self, movers: Option<Movers>) -> Self {
        Self { movers, ..self }
    }

    /// The same, with all that sidecars write as it comes, if that was asked for.
    pub(super) fn with_sidecar_logs(self, live: bool) -> Self {
        Self { sidecar_logs: SidecarLogs::new(live), ..self }
    }

    /// The same, with what sends the requests of plugins.
    pub(super) fn with_http(self, http: Arc<dyn Http>) -> Self {
        Self { http, ..self }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends an event.
    pub(super) async fn send(&self, event: RunEvent) {
        super::send(&self.events, event).await;
    }

    /// Says something about the pod.
    pub(super) async fn notice(&self, container: Option<String>, level: Level, message: String) {
        self.send(RunEvent::PodNotice { task: TaskRef::of(&self.task), container, level, message }).await;
    }

    /// The environment of a command in a container: the task's, then what steps have set. Secrets are for the task's own containers: one that
    /// a plugin brought gets what the plugin passes to it.
    pub(super) fn environment(&self, container: &str) -> Result<Vec<Variable>, InvalidName> {
        let own = self.task.pod.container(container).is_some_and(|planned| planned.brought_by.is_none());
        let set = self.state().variables.clone();
        wire::environment(&self.task.env, &set, own)
    }

    /// What a variable was set to last, by a step or by the plan.
    fn value_of(&self, name: &str) -> Option<EnvValue> {
        let set = self.state().variables.iter().rev().find(|var| var.name == name).cloned();
        set.or_else(|| self.task.env.iter().rev().find(|var| var.name == name).cloned()).map(|var| var.value)
    }

    /// Whether a variable has a value, secret or not.
    pub(super) fn is_set(&self, name: &str) -> bool {
        self.value_of(name).is_some()
    }

    /// A variable that is not secret.
    pub(super) fn variable(&self, name: &str) -> Option<String> {
        match self.value_of(name)? {
            EnvValue::Text(text) => Some(text),
            EnvValue::Secret(_) => None,
        }
    }

    /// The secret behind a variable, if it is one.
    pub(super) fn secret_of_variable(&self, name: &str) -> Option<SecretName> {
        match self.value_of(name)? {
            EnvValue::Text(_) => None,
            EnvValue::Secret(name) => Some(name),
        }
    }

    /// Sets a variable for the steps that follow, in place of what it was.
    pub(super) fn set_variable(&self, name: &str, value: EnvValue) -> Result<(), BackendError> {
        let mut state = self.state();
        let length = |name: &str, value: &EnvValue| match value {
            EnvValue::Text(text) => name.len() + 2 + text.len(),
            EnvValue::Secret(secret) => name.len() + 2 + state.secrets.get(secret).map_or(0, |value| value.expose_secret().len()),
        };
        let others = state.variables.iter().filter(|other| other.name != name).map(|other| length(&other.name, &other.value));
        room::for_variables(name, others.chain([length(name, &value)]))?;
        state.variables.retain(|other| other.name != name);
        state.variables.push(EnvVar { name: name.to_owned(), value });
        Ok(())
    }

    /// Whether a step may make one more secret of so many bytes; it counts from now on.
    pub(super) fn room_for_secret(&self, length: usize) -> Result<(), BackendError> {
        self.state().made.take(length)
    }

    /// Notes that a step says a result with this variable. What the task sets itself and what another step says stays what it is: an error names
    /// the step, where there is one.
    pub(super) fn claim_result(&self, variable: &str, step: usize) -> Result<(), Option<usize>> {
        if self.task.env.iter().any(|var| var.name == variable) {
            return Err(None);
        }
        match *self.state().results.entry(variable.to_owned()).or_insert(step) {
            first if first == step => Ok(()),
            first => Err(Some(first)),
        }
    }

    /// A secret's value.
    pub(super) fn secret(&self, name: &SecretName) -> Option<SecretSlice<u8>> {
        self.state().secrets.get(name).cloned()
    }

    /// All values, for the driver.
    pub(super) fn secrets(&self) -> SecretValues {
        self.state().secrets.clone()
    }

    /// Adds a secret that came up during the run.
    pub(super) fn add_secret(&self, name: SecretName, value: SecretSlice<u8>) {
        self.state().secrets.insert(name, value);
    }

    /// Adds the credentials of a login step, and tells which earlier ones they replace. As with `docker login`, a line end behind a password is
    /// no part of it.
    pub(super) fn add_logins(&self, step: usize, mut logins: Vec<Credentials>) -> Vec<Replaced> {
        let mut state = self.state();
        for login in &mut logins {
            let value = state.secrets.get(&login.secret).map(|value| value.expose_secret().to_vec()).unwrap_or_default();
            if let Some(password) = value.strip_suffix(b"\n") {
                let password = password.strip_suffix(b"\r").unwrap_or(password);
                let name = login.secret.without_line_end();
                state.secrets.insert(name.clone(), password.to_vec().into());
                login.secret = name;
            }
        }
        state.logins.take(step, logins)
    }

    /// The login steps whose credentials are refused after this time, in seconds since 1970, or earlier.
    pub(super) fn logins_until(&self, time: u64) -> BTreeSet<usize> {
        self.state().logins.until(time)
    }

    /// A number that nothing else of the task has.
    pub(super) fn number(&self) -> u32 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// The names of the secrets in the credentials of login steps so far.
    pub(super) fn login_secrets(&self) -> Vec<SecretName> {
        self.state().logins.iter().map(|login| login.secret.clone()).collect()
    }

    /// The credentials of login steps so far, with their values.
    pub(super) fn logins(&self) -> Vec<Login> {
        let state = self.state();
        let login = |c: &Credentials| {
            let secret = state.secrets.get(&c.secret)?.clone();
            Some(Login { registry: c.registry.clone(), username: c.username.clone(), secret })
        };
        state.logins.iter().filter_map(login).collect()
    }

    /// Notes an image that a build step left.
    pub(super) fn add_built(&self, image: BuiltImage) {
        self.state().built.push(image);
    }

    /// The images that build steps have left so far.
    pub(super) fn built(&self) -> Vec<BuiltImage> {
        self.state().built.clone()
    }

    /// Notes a process that lives until the task ends.
    pub(super) fn add_background(&self, background: Background) {
        self.state().background.push(background);
    }

    /// Ends every background process, and waits until its output reached the reporters.
    pub(super) async fn end_background(&self) {
        let all = std::mem::take(&mut self.state().background);
        join_all(all.into_iter().map(Background::end)).await;
    }

    /// Whether windlass's agent is a container's first process.
    pub(super) fn is_supervised(&self, container: &str) -> bool {
        self.task.pod.container(container).is_some_and(|c| c.process == Process::Supervised)
    }

    /// The directory that commands start in, as the main container sees it: where `CIRRUS_WORKING_DIR` leads now, whoever set it last.
    pub(super) fn own_working_dir(&self) -> String {
        let value = |name: &str| match self.value_of(name)? {
            EnvValue::Text(text) => Some(text),
            // Whoever hides a path means its text in what is shown, not the directory.
            EnvValue::Secret(name) => String::from_utf8(self.secret(&name)?.expose_secret().to_vec()).ok(),
        };
        let written = value("CIRRUS_WORKING_DIR").filter(|written| !written.is_empty());
        filled(&written.unwrap_or_else(|| self.task.working_dir.clone()), |name| self.variable(name))
    }

    /// The directory that commands start in, as a container sees it. A container that a plugin brought has the shared volume elsewhere than
    /// the task's own; `None` when the directory is not in that volume.
    pub(super) fn working_dir(&self, container: &str) -> Option<String> {
        let written = self.own_working_dir();
        if container == MAIN {
            return Some(written);
        }
        let mounts = |name: &str| self.task.pod.container(name).map(|c| c.mounts.as_slice()).unwrap_or_default();
        working_dir::seen_by(mounts(container), mounts(MAIN), &written)
    }

    /// How registries are reached, with what login steps gave.
    pub(super) fn registries(&self) -> Vec<RegistryAccess> {
        let planned = self.task.pod.registries.iter().map(|registry| RegistryAccess {
            host: registry.host.clone(),
            insecure: registry.insecure,
            certificate: registry.certificate_path(),
            mirrors: registry.mirrors.clone(),
            credentials: None,
        });
        let mut known: Vec<RegistryAccess> = planned.collect();
        for login in self.state().logins.iter() {
            let credentials = Some((login.username.clone(), login.secret.clone()));
            match known.iter_mut().find(|registry| registry.host == login.registry) {
                Some(registry) => registry.credentials = credentials,
                None => known.push(RegistryAccess { host: login.registry.clone(), credentials, ..RegistryAccess::default() }),
            }
        }
        known
    }

    /// Notes that a container runs.
    pub(super) fn note_start(&self, container: String) {
        self.state().started.insert(container);
    }

    /// Whether a container is known to have run, or to have ended without.
    pub(super) fn has_started(&self, container: &str) -> bool {
        let state = self.state();
        state.started.contains(container) || state.ended.iter().any(|ended| ended.container == container)
    }

    /// Notes that a container ended, just now as far as is known.
    pub(super) fn note_end(&self, container: String, end: ContainerEnd) {
        self.state().ended.push(Ended { container, end, heard: Instant::now() });
    }

    /// The containers that have ended so far, oldest first.
    pub(super) fn ended(&self) -> Vec<Ended> {
        self.state().ended.clone()
    }

    /// Whether a container is known to have ended.
    pub(super) fn has_ended(&self, container: &str) -> bool {
        self.state().ended.iter().any(|ended| ended.container == container)
    }
}
