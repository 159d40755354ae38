//! What one instance of a plugin may use up.

use std::time::Duration;

use wasmtime::ResourceLimiter;
use windlass_engine::times;

use crate::engine::TICK;

/// Limits of one instance of a plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of memory, and of one call to the host.
    pub memory: usize,
    /// Elements of tables.
    pub table_elements: usize,
    /// Handles that it holds at once: secrets, containers, processes.
    pub handles: usize,
    /// Time that it may compute by itself; waiting for a command does not count.
    pub compute: Duration,
    /// Time from the beginning to the end of a step. The task's own time limit is usually shorter.
    pub wall: Duration,
    /// Time for `requirements`.
    pub requirements_wall: Duration,
    /// Time for `generate`.
    pub generate_wall: Duration,
    /// Bytes of the text of a file that tasks are made from.
    pub source: usize,
    /// Bytes of the text of the tasks that are made from it.
    pub generated: usize,
    /// Time for `cleanup`. A stopped run waits for it.
    pub cleanup_wall: Duration,
    /// Time that it gets to return once the step is to stop.
    pub grace: Duration,
    /// Bytes of its own log lines that are shown at once.
    pub log_burst: usize,
    /// Bytes of its own log lines that are shown each second, beyond the burst.
    pub log_rate: usize,
    /// Bytes of its own log lines that are shown in all.
    pub log_total: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 256 << 20,
            table_elements: 20_000,
            handles: 4096,
            compute: Duration::from_secs(60),
            wall: Duration::from_secs(24 * 60 * 60),
            requirements_wall: Duration::from_secs(60),
            generate_wall: Duration::from_secs(10),
            source: 1 << 20,
            generated: 4 << 20,
            cleanup_wall: times::PLUGIN_CLEANUP,
            grace: times::PLUGIN_GRACE,
            log_burst: 256 << 10,
            log_rate: 64 << 10,
            log_total: 8 << 20,
        }
    }
}

/// A limit that a plugin ran into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LimitReached {
    #[error("it wanted more than its {} MiB of memory", .0 >> 20)]
    Memory(usize),
    #[error("it wanted tables of more than {0} elements")]
    Table(usize),
    #[error("it computed for {} s without finishing", .0.as_secs_f32())]
    Compute(Duration),
    #[error("it took longer than {} s", .0.as_secs_f32())]
    Wall(Duration),
}

/// What an instance has used of its limits.
#[derive(Debug)]
pub(crate) struct Usage {
    limits: Limits,
    memory: usize,
    table_elements: usize,
    ticks: u32,
}

impl Usage {
    pub(crate) fn new(limits: Limits) -> Self {
        Self { limits, memory: 0, table_elements: 0, ticks: 0 }
    }

    /// Counts one more tick during which the plugin computed.
    pub(crate) fn computed(&mut self) -> Result<(), LimitReached> {
        self.ticks = self.ticks.saturating_add(1);
        if TICK * self.ticks > self.limits.compute { Err(LimitReached::Compute(self.limits.compute)) } else { Ok(()) }
    }
}

impl ResourceLimiter for Usage {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        self.memory = self.memory.saturating_add(desired.saturating_sub(current));
        // An error traps. Had the guest only been told no, its allocator would abort with less to say.
        if self.memory > self.limits.memory { Err(LimitReached::Memory(self.limits.memory).into()) } else { Ok(true) }
    }

    fn table_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> wasmtime::Result<bool> {
        self.table_elements = self.table_elements.saturating_add(desired.saturating_sub(current));
        if self.table_elements > self.limits.table_elements {
            return Err(LimitReached::Table(self.limits.table_elements).into());
        }
        Ok(true)
    }

    fn instances(&self) -> usize {
        64
    }

    fn memories(&self) -> usize {
        16
    }

    fn tables(&self) -> usize {
        64
    }
}
