//! What git and the ledger say of the working copy.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use windlass_model::task::{Task, Unset};
use windlass_working_copy::git::{self, Absent, Facts, Program};
use windlass_working_copy::{SecretFile, SecretFiles, Standing};

use crate::environment::{self, Environment};
use crate::failure::causes;
use crate::ledger::{Branch, Green, Ledger};

/// The working copy and its history, as far as anybody knows them.
#[derive(Debug, Default)]
pub struct WorkingCopy {
    /// Variables for every task, below the file's own.
    pub variables: Vec<(&'static str, String)>,
    /// Paths that changed, relative to the project; `None` when nobody knows.
    pub changed_files: Option<Vec<String>>,
    /// Variables of git's that have no value, with the reason.
    pub unset: BTreeMap<String, Unset>,
    /// The same in one line, for who need not be told of each.
    pub unset_remark: Option<String>,
    /// Other things that a person should know.
    pub remarks: Vec<String>,
    /// Where a green run is to be remembered.
    pub greens: Option<Greens>,
    /// Paths that the commit does not hold as they are.
    pub uncommitted: Vec<String>,
    /// Where the repository comes from, `HOST/PATH`; `None` when it comes from nowhere.
    pub origin: Option<String>,
    /// The directory of the project below that of the repository; empty when it is that.
    pub below: String,
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

/// What is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Looked<'a> {
    /// The project.
    pub directory: &'a Path,
    /// The files that values of secrets are read from.
    pub secret_files: &'a SecretFiles,
}

impl WorkingCopy {
    /// Looks at a project. `branch` and `affected` are what the command line says instead of git. The sources of secrets are no part of what
    /// changed: they do not travel.
    pub fn look(looked: Looked<'_>, branch: Option<&str>, affected: Option<&[String]>, environment: &impl Environment) -> Self {
        let Looked { directory, secret_files } = looked;
        let asked = Program::of(directory).map_err(Absent::from).and_then(|git| Ok((git::gather(&git)?, git)));
        let (mut facts, git) = match asked {
            Ok(asked) => asked,
            Err(absent) => return Self::without_git(&absent, affected),
        };
        let left_out = secret_files.within(&facts.root).into_iter().filter(SecretFile::is_left_out).collect::<Vec<_>>();
        facts.uncommitted.retain(|path| !left_out.iter().any(|file| file.path == Path::new(path)));
        let mut copy = Self { variables: facts.variables(), uncommitted: facts.uncommitted.clone(), ..Self::default() };
        copy.origin = facts.origin.is_some().then(|| repository(&facts));
        copy.below = below(&facts.root, directory).map(|path| path.display().to_string()).unwrap_or_default();
        copy.remarks.extend(facts.remark());
        if facts.branch.is_none() {
            copy.has_no(&["CIRRUS_BRANCH"], "no branch is checked out", Some("git switch BRANCH"));
        }
        if facts.head.is_none() {
            let cure = how_to_commit(&left_out);
            copy.has_no(&Facts::OF_CHANGE, NO_COMMIT, Some(&cure));
            copy.unset_remark = Some(format!("{NO_COMMIT}, so Git knows no CIRRUS_CHANGE_IN_REPO; {cure}"));
        }
        let branch = branch
            .map(str::to_owned)
            .or_else(|| facts.branch.clone())
            .map(|branch| Branch { repository: repository(&facts), branch });
        let ledger = environment::state_directory(environment).map(|state| Ledger::below(&state));
        let mut green = None;
        if let (Some(ledger), Some(branch)) = (ledger, branch) {
            match ledger.last_green(&branch) {
                Ok(found) => green = found,
                Err(error) => copy.remarks.push(format!("the last green commit is not known: {}", causes(&error))),
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
                Ok(files) => files.map(|files| files_below(&files, &facts.root, directory)),
                Err(error) => {
                    copy.remarks.push(format!("changesInclude(…) counts every file as changed: {}", causes(&error)));
                    None
                }
            },
        };
        copy
    }

    fn without_git(absent: &Absent, affected: Option<&[String]>) -> Self {
        let reason = causes(absent);
        let mut copy = Self { changed_files: affected.map(<[String]>::to_vec), ..Self::default() };
        copy.has_no(&["CIRRUS_BRANCH"], &reason, None);
        copy.has_no(&Facts::OF_CHANGE, &reason, None);
        let remark = format!("{reason}: CIRRUS_CHANGE_IN_REPO, CIRRUS_BRANCH and their like are not set (-e sets them)");
        copy.unset_remark = Some(remark);
        copy
    }

    fn has_no(&mut self, variables: &[&str], reason: &str, cure: Option<&str>) {
        let unset = Unset { reason: reason.to_owned(), cure: cure.map(str::to_owned) };
        self.unset.extend(variables.iter().map(|name| ((*name).to_owned(), unset.clone())));
    }

    /// Everything that a person should know, when `tasks` run. Of a value that one of them waits for is told where it is missed.
    pub fn remarks(&self, tasks: &[Task]) -> Vec<&String> {
        let missed = tasks.iter().flat_map(|task| &task.undefined).any(|variable| variable.unset.is_some());
        self.unset_remark.iter().filter(|_| !missed).chain(&self.remarks).collect()
    }
}

/// A repository in which nothing was committed.
const NO_COMMIT: &str = "there is no commit yet";

/// What to do there, so that no source of a secret is committed.
fn how_to_commit(left_out: &[SecretFile]) -> String {
    let commit = "git add --all && git commit";
    if left_out.is_empty() {
        return format!("commit first: {commit}");
    }
    let names: Vec<String> =
        left_out.iter().map(|file| format!("{}, the source of {}", file.path.display(), file.in_words())).collect();
    let staged = left_out.iter().filter(|file| file.standing == Standing::Staged);
    let unstage: String = staged.map(|file| format!("git rm --cached '{}' && ", file.path.display())).collect();
    format!("commit first, but not {}: name it in .gitignore, then {unstage}{commit}", names.join("; "))
}

/// A repository's lasting name: where it comes from, else where it lies.
fn repository(facts: &Facts) -> String {
    match &facts.origin {
        Some(origin) => format!("{}/{}", origin.host.as_deref().unwrap_or("file"), origin.full_name()),
        None => facts.root.display().to_string(),
    }
}

/// The project's directory as the repository sees it.
fn below(root: &Path, directory: &Path) -> Option<PathBuf> {
    let project = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    project.strip_prefix(&root).map(PathBuf::from).ok()
}

/// Those of a repository's files that lie in the project, relative to it.
fn files_below(files: &[String], root: &Path, directory: &Path) -> Vec<String> {
    let Some(prefix) = below(root, directory) else { return files.to_vec() };
    files.iter().filter_map(|file| Path::new(file).strip_prefix(&prefix).ok()).map(|path| path.display().to_string()).collect()
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
        assert_eq!(files_below(&files, root.path(), &project), ["src/a"]);
        assert_eq!(files_below(&files, root.path(), root.path()), files);
    }

    #[test]
    fn outside_of_a_checkout_one_remark_says_which_variables_are_missing() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let environment = std::collections::BTreeMap::new();
        let copy = WorkingCopy::look(
            Looked { directory: directory.path(), secret_files: &SecretFiles::none() },
            None,
            None,
            &environment,
        );
        assert!(copy.variables.is_empty() && copy.changed_files.is_none());
        let remarks = copy.remarks(&[]);
        assert!(matches!(remarks.as_slice(), [one] if one.contains("not a git checkout") && one.contains("CIRRUS_BRANCH")));
    }
}
