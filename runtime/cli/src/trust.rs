//! Trust in a repository: what its files ask for beyond themselves and their pods comes true only when the user has agreed, once, to
//! exactly that.

mod ask;
mod collect;
mod files;
mod question;
mod record;
mod used;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use windlass_model::plan::Target;
use windlass_model::settings::Settings;

use crate::args::Global;
use crate::environment::{self, Environment};
use crate::failure::Failure;
use crate::output;
use crate::placement::{Said, Where};
use crate::prepare::Prepared;
use crate::project::Project;

pub use ask::Ask;
pub use collect::{CACHE_KEY, is_own_file, of_artifacts, of_caches, of_registry, of_secret, of_target};
pub use question::{lines, somebody_is_there};
pub use record::Record;
pub use used::of_plugin;

/// What a project asks for, and what of it the user trusts.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    asks: BTreeSet<Ask>,
    trusted: BTreeSet<Ask>,
    /// Where that is remembered; `None` without a home.
    record: Option<Record>,
    /// `--trust-project`.
    all: bool,
}

impl Trust {
    /// What the user has trusted of a project, before it is known what is asked for.
    pub fn remembered(global: &Global, home: &Path, environment: &impl Environment) -> Self {
        let state = environment::state_directory(environment);
        // Where nothing is above it, the directory is the one in which windlass runs.
        let home = if home.as_os_str().is_empty() { Path::new(".") } else { home }.canonicalize().ok();
        let record = state.zip(home).map(|(state, home)| Record::of(&state, &home));
        let trusted = record.as_ref().map(Record::trusted).unwrap_or_default();
        Self { asks: BTreeSet::new(), trusted, record, all: global.trust_project }
    }

    /// Looks at all that a project asks for, without doing any of it.
    pub fn look(global: &Global, project: &Project, place: &Where<'_>, environment: &impl Environment) -> Self {
        let asks = collect::asks(&project.voices, &project.configuration.tasks, place);
        let borrowed = borrowed(project);
        Self { asks: asks.into_iter().chain(borrowed).collect(), ..Self::remembered(global, &project.home(), environment) }
    }

    /// The same trust, for what one run does.
    #[must_use]
    pub fn in_run(self, prepared: &Prepared, place: &Where<'_>) -> Self {
        let asks = used::asks(prepared, place);
        let borrowed = borrowed(&prepared.project);
        Self { asks: asks.into_iter().chain(borrowed).collect(), ..self }
    }

    /// From now on it is about these.
    pub fn ask_for(&mut self, asks: BTreeSet<Ask>) {
        self.asks = asks;
    }

    /// For a directory without a project.
    pub fn nothing() -> Self {
        Self::default()
    }

    /// `--trust-project`.
    #[cfg(test)]
    pub fn of_all() -> Self {
        Self { all: true, ..Self::nothing() }
    }

    /// Everything that the project asks for.
    pub fn asks(&self) -> &BTreeSet<Ask> {
        &self.asks
    }

    /// The places outside of the project whose Git objects may go along.
    pub fn objects(&self) -> BTreeSet<PathBuf> {
        let allowed = self.asks.iter().filter(|ask| self.allows(ask));
        let store = |ask: &Ask| if let Ask::Objects { store } = ask { Some(store.clone()) } else { None };
        allowed.filter_map(store).collect()
    }

    /// Where trust in it is remembered.
    pub fn record(&self) -> Option<&Record> {
        self.record.as_ref()
    }

    /// Whether one thing may be done.
    pub fn allows(&self, ask: &Ask) -> bool {
        self.all || self.trusted.iter().any(|trusted| trusted.covers(ask))
    }

    /// What is asked for, one line each, with a word on what was trusted when it was something else.
    fn lines(&self, asks: &BTreeSet<Ask>) -> Vec<String> {
        let changed =
            |ask: &&Ask| self.trusted.iter().any(|old| old != *ask && ask.replaces(old) && old.to_string() == ask.to_string());
        let line = |(ask, line): (&Ask, String)| match changed(&ask) {
            true => format!("{line} (a file that it names has changed since you trusted it)"),
            false => line,
        };
        asks.iter().zip(lines(asks)).map(line).collect()
    }

    /// What the user has still to agree to.
    pub fn missing(&self) -> BTreeSet<Ask> {
        self.asks.iter().filter(|ask| !self.allows(ask)).cloned().collect()
    }

    /// Sees to it that all is trusted: asks who is there to be asked, once, and remembers a yes.
    ///
    /// # Errors
    /// When the answer is no, or nobody is there.
    pub fn require(&mut self) -> Result<(), Failure> {
        let missing = self.missing();
        if missing.is_empty() || !somebody_is_there() {
            return self.check();
        }
        let before = !self.trusted.is_empty();
        if !question::ask(&self.lines(&missing), before) {
            return Err(Failure::Declined);
        }
        // What changed takes the place of what was there; what this command does not ask for stays.
        self.trusted.retain(|old| !missing.iter().any(|new| new.replaces(old)));
        self.trusted.extend(missing);
        if let Some(record) = &self.record
            && let Err(error) = record.write(self.trusted.clone())
        {
            output::progress(&format!(
                "warning: the answer could not be remembered, so it holds for this command alone: {error}"
            ));
        }
        Ok(())
    }

    /// The same for a command that asks nobody.
    ///
    /// # Errors
    /// When something is not trusted.
    pub fn check(&self) -> Result<(), Failure> {
        let missing = self.missing();
        if missing.is_empty() {
            return Ok(());
        }
        let before = !self.trusted.is_empty();
        Err(Failure::Untrusted { asks: self.lines(&missing), options: place_options(&missing), before })
    }

    /// Whether a place that a task or a setting chose may be used.
    pub fn allows_target(&self, target: &Target, said: Said, platform: &Settings) -> bool {
        let by_file = |ask: &Ask| match (ask, target) {
            (Ask::Kubeconfig { path, .. }, Target::Kube { kubeconfig, .. }) => kubeconfig.as_ref() == Some(path),
            _ => false,
        };
        of_target(target, said, platform).is_none_or(|ask| self.allows(&ask)) && !self.missing().iter().any(by_file)
    }
}

/// Git objects that a project has not itself.
fn borrowed(project: &Project) -> impl Iterator<Item = Ask> {
    windlass_working_copy::borrowed(&project.directory).into_iter().map(|store| Ask::Objects { store })
}

/// A place that the command line names needs no trust: the options for it, where it is all that is missing.
fn place_options(missing: &BTreeSet<Ask>) -> Option<String> {
    let mut missing = missing.iter();
    let (Some(Ask::Place { kubeconfig: None, context, namespace }), None) = (missing.next(), missing.next()) else {
        return None;
    };
    let options = [("--context", context), ("--namespace", namespace)];
    let options = options.into_iter().filter_map(|(option, name)| Some(format!("{option} {}", name.as_ref()?)));
    Some(options.collect::<Vec<_>>().join(" "))
}
