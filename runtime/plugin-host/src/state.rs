//! What an instance of a plugin holds on the host's side.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use cap_std::fs::Dir;
use wasmtime::component::{Resource, ResourceTable, ResourceTableError};
use windlass_engine::ports::plugin::{BackendError, ProcessId, ProjectBackend, StepBackend, Value};
use windlass_model::plugin::{Grants, Power, Powers};
use windlass_model::secret::SecretName;
use windlass_working_copy::Part;

use crate::bindings::powers::windlass::plugin::types::{Error, Failure};
use crate::limits::{Limits, Usage};
use crate::log::LogGate;
use crate::powers::results::Said;
use crate::refusal::{Cause, Refusals};
use crate::trial::Tried;

/// A handle to a secret.
#[derive(Debug)]
pub struct Secret(pub(crate) SecretName);

/// A handle to a container.
#[derive(Debug)]
pub struct Container(pub(crate) String);

/// A handle to a running command.
#[derive(Debug)]
pub struct Process(pub(crate) ProcessId);

/// The world that an instance reaches, and how far.
#[derive(Clone)]
pub(crate) struct Reach {
    pub(crate) backend: Arc<dyn ProjectBackend>,
    /// Nothing, where no step runs.
    pub(crate) pod: Option<Arc<dyn StepBackend>>,
    pub(crate) grants: Grants,
    /// What the plugin's imports and manifest ask for.
    pub(crate) asks: Powers,
    /// The containers that are the step's own.
    pub(crate) own: BTreeSet<String>,
    /// The container that the step names.
    pub(crate) container: String,
    /// Whether waiting ends when the step is to stop. Not in `cleanup`, which runs because of that.
    pub(crate) stoppable: bool,
}

/// The state of one instance.
pub(crate) struct State {
    /// Nothing, for calls that are pure.
    pub(crate) reach: Option<Reach>,
    pub(crate) table: ResourceTable,
    pub(crate) usage: Usage,
    pub(crate) log: LogGate,
    /// The last error that the plugin logged: a panic's text, if it panicked.
    pub(crate) last_error: Option<String>,
    /// Processes that would outlive the instance if nobody killed them.
    pub(crate) running: Vec<ProcessId>,
    /// The working copy, once it was asked for.
    pub(crate) workspace: Option<Arc<Dir>>,
    /// What is part of it, from then on.
    pub(crate) part: Option<Arc<Part>>,
    /// What the host refused.
    pub(crate) refusals: Refusals,
    /// The powers that were tried, granted or not.
    tried: Tried,
    /// How many results and remarks it has said.
    pub(crate) said: Said,
    /// How many requests it has sent.
    pub(crate) requests: usize,
}

impl State {
    pub(crate) fn new(reach: Option<Reach>, limits: Limits, tried: Tried) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(limits.handles);
        Self {
            reach,
            table,
            usage: Usage::new(limits),
            log: LogGate::new(limits, Instant::now()),
            last_error: None,
            running: Vec::new(),
            workspace: None,
            part: None,
            refusals: Refusals::default(),
            tried,
            said: Said::default(),
            requests: 0,
        }
    }

    /// The world, if this power was granted, within whatever limits. Every function of a power asks first.
    pub(crate) fn allow(&mut self, power: Power) -> Result<Reach, Error> {
        self.tried.note(power);
        match &self.reach {
            Some(reach) if reach.grants.allows(power) => Ok(reach.clone()),
            Some(reach) if !reach.asks.has(power) => Err(self.refusals.refuse(power, "", Cause::Manifest)),
            Some(reach) => {
                let mut enough = reach.grants.powers.clone();
                enough.take(power, &reach.asks);
                Err(self.refusals.refuse(power, "", Cause::Grant(Box::new(enough))))
            }
            None => Err(self.refusals.refuse(power, "", Cause::Requirements("in `requirements`, where no power works"))),
        }
    }

    /// The world, if this power was granted for one thing. `allows` says whether it is among some powers, and
    /// `widen` adds it to those that were granted.
    pub(crate) fn allow_one(
        &mut self,
        power: Power,
        detail: &str,
        allows: impl Fn(&Powers) -> bool,
        widen: impl Fn(&mut Powers),
    ) -> Result<Reach, Error> {
        let reach = self.allow(power)?;
        if !allows(&reach.asks) {
            return Err(self.refusals.refuse(power, detail, Cause::Manifest));
        }
        if !allows(&reach.grants.powers) {
            let mut enough = reach.grants.powers;
            widen(&mut enough);
            return Err(self.refusals.refuse(power, detail, Cause::Grant(Box::new(enough))));
        }
        Ok(reach)
    }

    /// Makes a handle.
    pub(crate) fn push<T: Send + 'static>(&mut self, entry: T) -> Result<Resource<T>, Error> {
        self.table.push(entry).map_err(|e| match e {
            ResourceTableError::Full => failed("the plugin holds too many handles at once"),
            other => failed(other.to_string()),
        })
    }

    /// A value on its way to a command, its handle replaced by a name.
    pub(crate) fn value(&self, value: crate::bindings::powers::windlass::plugin::containers::Value) -> wasmtime::Result<Value> {
        use crate::bindings::powers::windlass::plugin::containers::Value as Wit;
        Ok(match value {
            Wit::Text(text) => Value::Text(text),
            Wit::Bytes(bytes) => Value::Bytes(bytes),
            Wit::Secret(secret) => Value::Secret(self.table.get(&secret)?.0.clone()),
        })
    }
}

impl Reach {
    /// The pod, and what else only a step has. A plugin that runs in none imports no power that would ask for it.
    pub(crate) fn pod(&self) -> Result<&dyn StepBackend, Error> {
        self.pod.as_deref().ok_or_else(|| failed("there is no pod, because no step runs"))
    }

    /// Waits for the backend, or until the step is to stop.
    pub(crate) async fn wait<T>(&self, work: impl Future<Output = Result<T, BackendError>>) -> Result<T, Error> {
        if !self.stoppable {
            return work.await.map_err(Error::from);
        }
        tokio::select! {
            biased;
            done = work => done.map_err(Error::from),
            () = self.backend.cancelled() => Err(Error::Cancelled),
        }
    }
}

impl From<BackendError> for Error {
    fn from(error: BackendError) -> Self {
        match error {
            BackendError::Invalid(message) | BackendError::Failed(message) => failed(message),
            BackendError::Cancelled => Self::Cancelled,
            BackendError::Infrastructure(message) => Self::Infrastructure(message),
        }
    }
}

pub(crate) fn failed(message: impl Into<String>) -> Error {
    Error::Failed(Failure { message: message.into(), exit_code: None })
}
