//! What a configuration depends on besides its own text.

use std::collections::BTreeMap;

use windlass_model::task::Unset;

/// Values from outside the file, and how strict to be.
///
/// Precedence, low to high: [`defaults`](Self::defaults), [`built_in`](Self::built_in), the file's root `env`, the task's
/// `env`, [`overrides`](Self::overrides).
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Variables the runner knows, such as `CIRRUS_BRANCH`. They decide expressions and fill fields, but do not appear in
    /// [`Task::env`](windlass_model::task::Task::env): the runner adds them itself.
    pub built_in: BTreeMap<String, String>,
    /// Variables that the runner would know and has no value for, with the reason.
    pub unset: BTreeMap<String, Unset>,
    /// `variables` of `windlass.yaml`: values for variables that no line of the file defines.
    pub defaults: BTreeMap<String, String>,
    /// Variables given on the command line (`-e NAME=value`).
    pub overrides: BTreeMap<String, String>,
    /// Paths changed since the last good state, relative to the root of the repository, for `changesInclude`.
    /// `None` when nobody knows: then everything counts as changed.
    pub changed_files: Option<Vec<String>>,
    /// Whether there are tasks that are not in the text: what waits for a task of another name may wait for one of them.
    pub more_tasks: bool,
    /// Treat warnings as errors.
    pub strict: bool,
}
