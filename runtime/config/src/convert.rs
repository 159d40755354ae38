//! `windlass convert`: a file with its docker scripts written as typed steps, everything else as it was, byte for byte.
//!
//! The text is edited at the places that the parser names, never written anew. What comes out is read again and has to mean
//! what the scripts meant, or nothing comes out.

mod daemon;
mod expected;
mod layout;
mod script;
mod select;
mod shares;
mod write;

use crate::context::Context;
use crate::diagnostics::Diagnostics;
use crate::load::{Configuration, load, read_tasks};
use crate::source::{Source, Span};
use layout::Layout;
use shares::Shares;
use windlass_model::plugin::PluginKind;
use windlass_model::plugin_reference::PluginReference;
use windlass_model::task::{Action, CacheKey};
use windlass_model::text::given_name;

/// The plugins that the steps name.
#[derive(Debug, Clone)]
pub struct Uses {
    /// For `docker login`.
    pub login: PluginReference,
    /// For `docker build`.
    pub build: PluginReference,
    /// For `docker push`.
    pub push: PluginReference,
    /// Builds and pushes go through a docker daemon, so it stays, and so do flags that mean something to it alone.
    pub daemon: bool,
    /// The fields of a build request that the build plugin honours.
    pub honours: Vec<String>,
}

impl Uses {
    fn of(&self, kind: PluginKind) -> &PluginReference {
        match kind {
            PluginKind::Login => &self.login,
            PluginKind::Push => &self.push,
            PluginKind::Build | PluginKind::Step | PluginKind::Config => &self.build,
        }
    }
}

/// A file with typed steps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Converted {
    /// The whole text.
    pub text: String,
    /// What became what, one line a script.
    pub done: Vec<String>,
    /// What stays as it is, with place and reason, one line a word.
    pub left: Vec<String>,
    /// What is worth knowing besides.
    pub notes: Vec<String>,
}

/// Why there is no such file.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// The file has errors.
    #[error("the file has errors")]
    File(Diagnostics),
    /// A task that was named is not there.
    #[error("no task is called `{}`; the file has {known}", given_name(name))]
    UnknownTask {
        /// The name.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The converted text does not mean what the scripts meant.
    #[error("the converted file would not mean the same ({0}); nothing was converted")]
    NotTheSame(String),
}

/// A part of the text and what stands in its place.
#[derive(Debug)]
struct Edit {
    span: Span,
    text: String,
}

/// Converts the docker scripts of the named tasks, or of all when none is named.
///
/// # Errors
/// When the file has errors, a task is not there, or the outcome would not mean the same.
pub fn convert(source: &Source, context: &Context, uses: &Uses, tasks: &[String]) -> Result<Converted, ConvertError> {
    let (document, reads) = read_tasks(source, context).map_err(ConvertError::File)?;
    let before = load(source, context).map_err(ConvertError::File)?;
    let layout = Layout::of(&document);
    let selected = select::select(&document, &layout, &reads, uses, tasks)?;
    let leaving = daemon::leaving(&document, &layout, &selected.reads, uses);
    let mut edits = leaving.edits;
    let mut done = Vec::new();
    for script in &selected.scripts {
        edits.push(script::edit(&document, &layout, script, uses, leaving.shares.of_script(script)));
        done.push(script::told(&document, script, uses));
    }
    let text = apply(document.text(), edits);
    let after = load(&Source::new(document.name(), text.clone()), context);
    let after = after.map_err(|problems| ConvertError::NotTheSame(problems.to_string()))?;
    check(&before, &after, &leaving.shares, uses)?;
    Ok(Converted { text, done, left: selected.left, notes: leaving.notes })
}

fn apply(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| edit.span);
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        let start = edit.span.start as usize;
        if start < at {
            continue;
        }
        out.push_str(text.get(at..start).unwrap_or_default());
        out.push_str(&edit.text);
        at = edit.span.end as usize;
    }
    out.push_str(text.get(at..).unwrap_or_default());
    out
}

/// Every typed step has to be there with the request that the script came to, and every other step as it was.
fn check(before: &Configuration, after: &Configuration, shares: &Shares<'_>, uses: &Uses) -> Result<(), ConvertError> {
    let wrong = |what: String| Err(ConvertError::NotTheSame(what));
    if before.tasks.len() != after.tasks.len() {
        return wrong(format!("{} tasks became {}", before.tasks.len(), after.tasks.len()));
    }
    for (old, new) in before.tasks.iter().zip(&after.tasks) {
        let expected = match shares.of_converted(old) {
            Some(share) => expected::steps(old, uses, share),
            None => old.steps.iter().map(expected::meaning).collect(),
        };
        let found: Vec<_> = new.steps.iter().map(expected::meaning).collect();
        if expected != found {
            let odd = expected.iter().zip(&found).find(|(one, other)| one != other);
            let name = odd.map_or("the number of steps", |(one, _)| one.0.as_str());
            return wrong(format!("task {}, {name}", old.name));
        }
    }
    Ok(())
}

/// Whether a step is a shell script that mentions docker.
fn mentions_docker(action: &Action) -> bool {
    let mention = |lines: &[String]| lines.iter().any(|line| line.to_ascii_lowercase().contains("docker"));
    match action {
        Action::Script { lines, .. } => mention(lines),
        Action::Cache { key, populate, .. } => {
            matches!(key, CacheKey::Script(script) if mention(&script.lines))
                || populate.as_ref().is_some_and(|script| mention(&script.lines))
        }
        Action::Workspace
        | Action::File { .. }
        | Action::Artifacts { .. }
        | Action::UploadCache { .. }
        | Action::Plugin { .. } => false,
    }
}
