//! The wasmtime engine, its linker, and the clock that interrupts plugins that compute without end.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use wasmtime::component::{HasSelf, Linker};
use wasmtime::{Config, Engine, EngineWeak};

use crate::bindings::powers::Powers;
use crate::state::State;

/// The time between two looks at a computing plugin.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// WebAssembly cannot run on this machine.
#[derive(Debug, thiserror::Error)]
#[error("the WebAssembly engine does not start: {0}")]
pub struct StartError(String);

pub(crate) fn engine() -> Result<Engine, StartError> {
    let mut config = Config::new();
    config.epoch_interruption(true);
    Engine::new(&config).map_err(|e| StartError(format!("{e:#}")))
}

/// Every power, whether granted or not: what is not granted answers so when it is called.
pub(crate) fn linker(engine: &Engine) -> Result<Linker<State>, StartError> {
    let mut linker = Linker::new(engine);
    Powers::add_to_linker::<_, HasSelf<State>>(&mut linker, |state| state).map_err(|e| StartError(format!("{e:#}")))?;
    Ok(linker)
}

/// A thread that advances the engine's epoch while a plugin runs. It is a thread because a computing plugin occupies the
/// worker that it runs on, and there may be only one.
#[derive(Debug)]
pub(crate) struct Ticker(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    calls: Mutex<Calls>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Calls {
    running: usize,
    closed: bool,
}

impl Ticker {
    pub(crate) fn new(engine: &Engine) -> Result<Self, StartError> {
        let shared = Arc::new(Shared::default());
        let (theirs, engine) = (Arc::clone(&shared), engine.weak());
        thread::Builder::new()
            .name("plugin-clock".into())
            .spawn(move || tick(&theirs, &engine))
            .map_err(|e| StartError(e.to_string()))?;
        Ok(Self(shared))
    }

    /// Ticks until the returned value is dropped.
    pub(crate) fn running(&self) -> Running {
        self.0.change(|calls| calls.running += 1);
        Running(Arc::clone(&self.0))
    }
}

impl Shared {
    fn change(&self, change: impl FnOnce(&mut Calls)) {
        change(&mut self.calls.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.0.change(|calls| calls.closed = true);
    }
}

/// A call of a plugin, for as long as it lasts.
#[derive(Debug)]
pub(crate) struct Running(Arc<Shared>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.change(|calls| calls.running -= 1);
    }
}

fn tick(shared: &Shared, engine: &EngineWeak) {
    loop {
        let idle = |calls: &mut Calls| calls.running == 0 && !calls.closed;
        let calls = shared.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let calls = shared.changed.wait_while(calls, idle).unwrap_or_else(PoisonError::into_inner);
        if calls.closed {
            return;
        }
        drop(calls);
        thread::sleep(TICK);
        match engine.upgrade() {
            Some(engine) => engine.increment_epoch(),
            None => return,
        }
    }
}
