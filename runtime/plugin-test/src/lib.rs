//! Tests of a plugin without a cluster and without an engine: it runs in the real plugin host, and what it reaches there is a *scripted pod*,
//! which answers as a case says and remembers what was done to it.
//!
//! A [`Case`] is one file of the plugin's own: what it is asked, what it finds, what is expected of it. Beside its cases every plugin is held to
//! the rules of conformance ([`Rule`]): it answers every request, it traps on no refusal, and it cleans up after whatever end.
//! [`Suite`] has both as [`Test`]s with a name each.

mod attempt;
mod case;
mod check;
mod conformance;
mod generate;
mod making;
mod pod;
mod subject;
mod suite;

pub use case::{Case, CaseError, parse, read};
pub use conformance::Rule;
pub use subject::{Subject, SubjectError};
pub use suite::{Outcome, Suite, Test};
