//! Reads windlass configuration: task files (`.cirrus.yml`) and the platform's `windlass.yaml`.
//!
//! Text goes in, typed tasks or a list of *all* problems comes out, each with its file, line, column, caret and a way to
//! fix it. But for [`discover()`], nothing here reads a file, a clock or the environment.
//!
//! The stages, one module each: bytes to text (`yaml::decode`), text to a tree that keeps order, repeats and places
//! (`yaml`), one copy of a task for each variant (`matrix`), and the tree to tasks (`lower`) with the small languages in its
//! fields (`expression`, `variables`, `quantity`). Any input ends in a result within bounded time: `yaml::limits`.

mod budget;
mod context;
mod convert;
mod diagnostics;
mod discover;
mod expression;
mod findings;
mod load;
mod lower;
mod matrix;
mod problems;
mod quantity;
mod settings;
mod shape;
mod source;
mod variables;
mod yaml;

pub use context::Context;
pub use convert::{ConvertError, Converted, Uses, convert};
pub use diagnostics::{Code, Diagnostic, Diagnostics, Severity, Style};
pub use discover::{Discovered, FILE_NAMES, NotFound, discover};
pub use findings::{Findings, Message, Place};
pub use load::{Configuration, load, load_in_part};
pub use settings::{SETTINGS_KEYS, Writer, load_settings, load_settings_in_part, load_settings_of};
pub use source::Source;
