//! What the steps of one task share.

mod logins;
mod variables;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use futures::future::join_all;
use secrecy::{ExposeSecret as _, SecretSlice};
use tokio::sync::mpsc;
use windlass_artifact_store::Store;
use windlass_model::event::{Level, RunEvent, TaskRef};
use windlass_model::plan::TaskPlan;
use windlass_model::plugin::BuiltImage;
use windlass_model::pod::{MAIN, Process};
use windlass_model::secret::{EnvValue, EnvVar, SecretName};
use windlass_redact::Redactor;
use windlass_working_copy::Upload;

use super::agents::Agents;
use super::background::Background;
use super::caches::{Known, Movers};
use super::ends::Ended;
use super::login::kept::Kept;
use super::room::Room;
use super::sidecar_logs::SidecarLogs;
use super::working_dir;
use crate::ports::driver::{ContainerEnd, Driver, SecretValues};
use crate::ports::http::{Http, NoHttp};
use crate::ports::plugin::PluginHost;
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

    /// A number that nothing else of the task has.
    pub(super) fn number(&self) -> u32 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
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
