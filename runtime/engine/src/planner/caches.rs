//! Where the caches of a task are, and which of them it may see.
//!
//! Whose they are is said by whoever runs windlass: by Git, the command line, and the platform. Nothing of the task file has a part in it, so that no
//! change of the file makes a run write what another line of work restores.

use windlass_model::cache::{CacheAccess, CacheScope, StoreLocation};
use windlass_model::plan::{StepAction, StepPlan, Target};
use windlass_model::settings::CacheSettings;

/// Where caches are kept, and for whom. The default is a directory of the user's, for a project of no name.
#[derive(Debug, Clone, Default)]
pub struct CacheStore {
    /// What the settings say.
    pub settings: CacheSettings,
    /// Who shares entries, where the settings do not say it.
    pub namespace: String,
    /// What is worked on.
    pub own: WorkLine,
    /// The branch that a pull request is to be merged into.
    pub base: Option<String>,
    /// The branch that all work begins with.
    pub default: Option<String>,
}

/// A line of work, as whoever runs windlass knows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum WorkLine {
    /// A pull request, by its number.
    Pull(String),
    /// A branch.
    Branch(String),
    /// Nobody knows.
    #[default]
    None,
}

/// The line of what belongs to no branch.
const NONE: &str = "none";

impl WorkLine {
    /// What it is called in scopes. No branch is called as a pull request is, whatever its name.
    fn line(&self) -> String {
        match self {
            Self::Pull(number) => format!("pr/{number}"),
            Self::Branch(name) if name == NONE || ["pr/", "branch/"].iter().any(|taken| name.starts_with(taken)) => {
                format!("branch/{name}")
            }
            Self::Branch(name) => name.clone(),
            Self::None => NONE.to_owned(),
        }
    }
}

impl CacheStore {
    /// What a task that runs there may do with caches; `None` when they start empty.
    pub(super) fn access(&self, target: &Target) -> Option<CacheAccess> {
        let of_user = || (*target == Target::Engine).then(|| StoreLocation::Directory(String::new()));
        let store = self.settings.store.clone().or_else(of_user)?;
        let namespace = self.settings.namespace.as_ref().unwrap_or(&self.namespace);
        let scope = |line: &WorkLine| CacheScope { namespace: namespace.clone(), line: line.line() };
        let write = scope(&self.own);
        let is_pull = matches!(self.own, WorkLine::Pull(_));
        let builds_on = self.base.iter().filter(|_| is_pull).chain(&self.default);
        let mut read = vec![write.clone()];
        for branch in builds_on.map(|branch| scope(&WorkLine::Branch(branch.clone()))) {
            if !read.contains(&branch) {
                read.push(branch);
            }
        }
        let (max_size, expire_days) = (self.settings.max_size(), self.settings.expire_days());
        Some(CacheAccess { store, read, write, max_size, expire_days })
    }
}

/// What to say of the caches of a task that has no store.
pub(super) fn start_empty(task: &str, steps: &[StepPlan]) -> Option<String> {
    let names: Vec<&str> = steps
        .iter()
        .filter_map(|step| match &step.action {
            StepAction::Cache(cache) => Some(cache.name.as_str()),
            StepAction::Workspace
            | StepAction::File { .. }
            | StepAction::Artifacts(_)
            | StepAction::UploadCache(_)
            | StepAction::Plugin(_) => None,
        })
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "{task}: its caches start empty ({}), since nothing says where those of clusters are kept; in windlass.yaml: cache: {{store: \"oci://HOST/REPOSITORY\"}}, or an s3://, gs:// or az:// one",
            names.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(own: WorkLine, base: Option<&str>, default: Option<&str>) -> Vec<String> {
        let named = |name: Option<&str>| name.map(str::to_owned);
        let (base, default) = (named(base), named(default));
        let store = CacheStore { namespace: "o/r".into(), own, base, default, ..CacheStore::default() };
        let access = store.access(&Target::Engine).expect("a store");
        assert_eq!(access.read.first(), Some(&access.write), "a run writes its own scope, and looks there first");
        access.read.into_iter().map(|scope| scope.to_string()).collect()
    }

    #[test]
    fn a_run_reads_what_it_builds_on_and_writes_its_own() {
        let branch = |name: &str| WorkLine::Branch(name.to_owned());
        let pull = || WorkLine::Pull("7".to_owned());
        assert_eq!(lines(pull(), Some("next"), Some("main")), ["o/r@pr/7", "o/r@next", "o/r@main"]);
        assert_eq!(lines(pull(), Some("main"), Some("main")), ["o/r@pr/7", "o/r@main"]);
        assert_eq!(lines(pull(), None, None), ["o/r@pr/7"]);
        assert_eq!(lines(branch("main"), None, Some("main")), ["o/r@main"]);
        assert_eq!(lines(branch("topic"), Some("next"), Some("main")), ["o/r@topic", "o/r@main"], "it is no pull request");
        assert_eq!(lines(WorkLine::None, None, Some("main")), ["o/r@none", "o/r@main"]);
    }

    /// A branch whose name looks like something else would share its entries with that.
    #[test]
    fn no_two_lines_of_work_have_one_scope() {
        let branches = ["pr/7", "branch/pr/7", "none", "branch/none", "branch/x", "x", "pr"];
        let branches = branches.map(|name| WorkLine::Branch(name.to_owned()));
        let all = branches.into_iter().chain([WorkLine::None, WorkLine::Pull("7".into()), WorkLine::Pull("none".into())]);
        let lines: Vec<String> = all.map(|line| line.line()).collect();
        let different: std::collections::BTreeSet<&String> = lines.iter().collect();
        assert_eq!(different.len(), lines.len(), "{lines:?}");
    }

    #[test]
    fn only_an_engine_has_a_store_of_its_own() {
        let cluster = Target::Kube { kubeconfig: None, context: "c".into(), namespace: "n".into() };
        let store = CacheStore::default();
        assert_eq!(store.access(&Target::Engine).map(|access| access.store.to_string()).as_deref(), Some("dir:"));
        assert_eq!(store.access(&cluster), None);
        let settings = CacheSettings { store: StoreLocation::parse("s3://b").ok(), ..CacheSettings::default() };
        let store = CacheStore { settings, ..store };
        for target in [Target::Engine, cluster] {
            assert_eq!(store.access(&target).map(|access| access.store.to_string()).as_deref(), Some("s3://b"));
        }
    }
}
