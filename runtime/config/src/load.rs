//! The way from a file to its tasks.

use crate::context::Context;
use crate::diagnostics::Diagnostics;
use crate::lower::{Lowering, RULES, Read};
use crate::problems::Problems;
use crate::source::{Document, Source};
use crate::yaml::{Limits, decode, parse};
use windlass_model::task::{LeftOut, Task};

/// The tasks of a file.
#[derive(Debug)]
pub struct Configuration {
    /// In the order of the text; a matrix's copies stand together.
    pub tasks: Vec<Task>,
    /// The tasks that are not among them because their `only_if` is false.
    pub left_out: Vec<LeftOut>,
    /// Warnings and notes: nothing that keeps the tasks from running.
    pub warnings: Diagnostics,
}

/// What reading each task of a file came to, with its places in the text.
///
/// # Errors
/// As [`load`].
pub(crate) fn read_tasks(source: &Source, context: &Context) -> Result<(Document, Vec<Read>), Diagnostics> {
    let limits = Limits::default();
    let document = decode(source, &limits)?;
    let mut diagnostics = Diagnostics::new(document.clone());
    let root = parse(&document, &limits, RULES, &mut diagnostics);
    let problems = Problems::new(diagnostics);
    let lowering = Lowering::new(context, document.clone(), problems);
    let reads = root.map(|root| lowering.read(&root)).unwrap_or_default();
    let problems = lowering.problems.into_inner().sorted();
    if problems.has_errors() { Err(problems) } else { Ok((document, reads)) }
}

/// Reads a task file.
///
/// # Errors
/// Every problem of the file, at least one of them an error.
pub fn load(source: &Source, context: &Context) -> Result<Configuration, Diagnostics> {
    let read = load_in_part(source, context)?;
    if read.warnings.has_errors() { Err(read.warnings) } else { Ok(read) }
}

/// Reads what can be read of a task file, with every problem of the file among its warnings. With an error among them the tasks are to be
/// looked at for more that is wrong, and never to be run.
///
/// # Errors
/// When nothing of it can be read.
pub fn load_in_part(source: &Source, context: &Context) -> Result<Configuration, Diagnostics> {
    let limits = Limits::default();
    let document = decode(source, &limits)?;
    let mut diagnostics = Diagnostics::new(document.clone());
    let root = parse(&document, &limits, RULES, &mut diagnostics);
    let lowering = Lowering::new(context, document, Problems::new(diagnostics));
    // A file of comments only has no tasks, and nothing is wrong with it.
    let (tasks, left_out) = root.map(|root| lowering.tasks(&root)).unwrap_or_default();
    let mut warnings = lowering.problems.into_inner().sorted();
    if context.strict {
        warnings.promote_warnings();
    }
    Ok(Configuration { tasks, left_out, warnings })
}
