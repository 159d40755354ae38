//! What git and the ledger say of the working copy.

use std::path::{Path, PathBuf};

use windlass_working_copy::git::{self, Absent, Facts, Program};

use crate::environment::{self, Environment};
use crate::ledger::{Branch, Green, Ledger};

/// The working copy and its history, as far as anybody knows them.
#[derive(Debug, Default)]
pub struct WorkingCopy {
    /// Variables for every task, below the file's own.
    pub variables: Vec<(&'static str, String)>,
    /// Paths that changed, relative to the project; `None` when nobody knows.
    pub changed_files: Option<Vec<String>>,
    /// Things that a person should know.
    pub remarks: Vec<String>,
    /// Where a green run is to be remembered.
    pub greens: Option<Greens>,
    /// Paths that the commit does not hold as they are.
    pub uncommitted: Vec<String>,
}

/// Where a green run of this commit is to be remembered.
#[derive(Debug, Clone)]
pub struct Greens {
    ledger: Ledger,
    branch: Branch,
    change: String,
}

impl Greens {
    /// Remembers a green run.
    ///
    /// # Errors
    /// When the ledger cannot be written.
    pub fn record(&self, build: &str) -> Result<(), crate::ledger::LedgerError> {
        self.ledger.record(&self.branch, &Green { change: self.change.clone(), build: build.to_owned() })
    }
}

impl WorkingCopy {
    /// Looks at a project. `branch` and `affected` are what the command line says instead of git.
    pub fn look(directory: &Path, branch: Option<&str>, affected: Option<&[String]>, environment: &impl Environment) -> Self {
        let asked = Program::of(directory).map_err(Absent::from).and_then(|git| Ok((git::gather(&git)?, git)));
        let (facts, git) = match asked {
            Ok(asked) => asked,
            Err(absent) => return Self::without_git(&absent, affected),
        };
        let mut copy = Self { variables: facts.variables(), uncommitted: facts.uncommitted.clone(), ..Self::default() };
        copy.remarks.extend(facts.remark());
        let branch = branch
            .map(str::to_owned)
            .or_else(|| facts.branch.clone())
            .map(|branch| Branch { repository: repository(&facts), branch });
        let ledger = environment::state_directory(environment).map(|state| Ledger::below(&state));
        let mut green = None;
        if let (Some(ledger), Some(branch)) = (ledger, branch) {
            match ledger.last_green(&branch) {
                Ok(found) => green = found,
                Err(error) => copy.remarks.push(format!("the last green commit is not known: {}", chain(&error))),
            }
            copy.greens = facts.head.as_ref().map(|head| Greens { ledger, branch, change: head.sha.clone() });
        }
        if let Some(green) = &green {
            copy.variables.push(("CIRRUS_LAST_GREEN_CHANGE", green.change.clone()));
            copy.variables.push(("CIRRUS_LAST_GREEN_BUILD_ID", green.build.clone()));
        }
        copy.changed_files = match affected {
            Some(files) => Some(files.to_vec()),
            None => match facts.changed_files(&git, green.as_ref().map(|g| g.change.as_str())) {
                Ok(files) => files.map(|files| below(&files, &facts.root, directory)),
                Err(error) => {
                    copy.remarks.push(format!("changesInclude(…) counts every file as changed: {}", chain(&error)));
                    None
                }
            },
        };
        copy
    }

    fn without_git(absent: &Absent, affected: Option<&[String]>) -> Self {
        let remark = format!("{}: CIRRUS_CHANGE_IN_REPO, CIRRUS_BRANCH and their like are not set (-e sets them)", chain(absent));
        Self { remarks: vec![remark], changed_files: affected.map(<[String]>::to_vec), ..Self::default() }
    }
}

/// A repository's lasting name: where it comes from, else where it lies.
fn repository(facts: &Facts) -> String {
    match &facts.origin {
        Some(origin) => format!("{}/{}", origin.host.as_deref().unwrap_or("file"), origin.full_name()),
        None => facts.root.display().to_string(),
    }
}

/// Those of a repository's files that lie in the project, relative to it.
fn below(files: &[String], root: &Path, directory: &Path) -> Vec<String> {
    let project = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    let Ok(prefix) = project.strip_prefix(&root).map(PathBuf::from) else { return files.to_vec() };
    files.iter().filter_map(|file| Path::new(file).strip_prefix(&prefix).ok()).map(|path| path.display().to_string()).collect()
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_those_of_the_project_relative_to_it() {
        let root = tempfile::tempdir().expect("a temporary directory");
        let project = root.path().join("services/api");
        std::fs::create_dir_all(&project).expect("a directory");
        let files = ["README", "services/api/src/a", "services/api2/b"].map(str::to_owned);
        assert_eq!(below(&files, root.path(), &project), ["src/a"]);
        assert_eq!(below(&files, root.path(), root.path()), files);
    }

    #[test]
    fn outside_of_a_checkout_one_remark_says_which_variables_are_missing() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let environment = std::collections::BTreeMap::new();
        let copy = WorkingCopy::look(directory.path(), None, None, &environment);
        assert!(copy.variables.is_empty() && copy.changed_files.is_none());
        assert!(matches!(copy.remarks.as_slice(), [one] if one.contains("not a git checkout") && one.contains("CIRRUS_BRANCH")));
    }
}
