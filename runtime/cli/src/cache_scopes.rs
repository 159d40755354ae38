//! Whose caches a run reads and writes, by the word of whoever runs windlass.
//!
//! The task file has no part in it, nor has what the repository's `windlass.yaml` says of variables: a pull request could call itself `main`.

use std::path::Path;

use sha2::{Digest as _, Sha256};
use windlass_engine::planner::{CacheStore, WorkLine};

use crate::environment::Environment;
use crate::project::{Project, WorkingCopy};
use crate::variables::Given;

/// The store of the settings, and the scopes of this run.
pub fn store(project: &Project, environment: &impl Environment) -> CacheStore {
    let facts = Facts { given: &project.given, copy: &project.copy, environment };
    CacheStore {
        settings: project.settings.cache.clone(),
        namespace: facts.namespace(&project.directory),
        own: facts.line(),
        base: facts.get("CIRRUS_BASE_BRANCH"),
        default: facts.get("CIRRUS_DEFAULT_BRANCH"),
    }
}

/// What is known of the run outside of the project's own files.
struct Facts<'a, E> {
    given: &'a Given,
    copy: &'a WorkingCopy,
    environment: &'a E,
}

impl<E: Environment> Facts<'_, E> {
    /// The command line, then windlass's own environment.
    fn said(&self, name: &str) -> Option<String> {
        let given = self.given.get(name).map(|given| given.value.clone());
        let value = given.or_else(|| self.environment.get(name)?.into_string().ok());
        value.filter(|value| !value.is_empty())
    }

    /// The same, then Git.
    fn get(&self, name: &str) -> Option<String> {
        let of_git = || self.copy.variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone());
        self.said(name).or_else(of_git)
    }

    fn line(&self) -> WorkLine {
        let pull = self.said("CIRRUS_PR").map(WorkLine::Pull);
        pull.or_else(|| self.get("CIRRUS_BRANCH").map(WorkLine::Branch)).unwrap_or_default()
    }

    /// The repository, with the directory of the project in it: projects of one repository may have tasks and caches of the same names. The
    /// host of the repository is part of its name, so that no other host can offer one of that name.
    fn namespace(&self, directory: &Path) -> String {
        let repository = self.said("CIRRUS_REPO_FULL_NAME").or_else(|| self.copy.origin.clone());
        match repository {
            Some(repository) if self.copy.below.is_empty() => repository,
            Some(repository) => format!("{repository}:{}", self.copy.below),
            None => of_directory(directory),
        }
    }
}

/// What a directory is called that belongs to no repository.
fn of_directory(directory: &Path) -> String {
    let path = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let digest = hex::encode(Sha256::digest(path.as_os_str().as_encoded_bytes()));
    format!("{name}-{}", digest.get(..12).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::args::VariableOptions;

    fn given(flags: &[&str]) -> Given {
        let env = flags.iter().map(|text| text.parse().expect("a variable")).collect();
        Given::collect(&VariableOptions { env, ..VariableOptions::default() }, &BTreeMap::new()).expect("variables")
    }

    fn copy() -> WorkingCopy {
        WorkingCopy {
            variables: vec![("CIRRUS_BRANCH", "topic".into()), ("CIRRUS_DEFAULT_BRANCH", "main".into())],
            origin: Some("git.corp/shop/app".into()),
            ..WorkingCopy::default()
        }
    }

    fn line(flags: &[&str], environment: &[(&'static str, &'static str)]) -> WorkLine {
        let environment: BTreeMap<&str, &str> = environment.iter().copied().collect();
        Facts { given: &given(flags), copy: &copy(), environment: &environment }.line()
    }

    #[test]
    fn the_command_line_then_the_environment_then_git_say_what_is_worked_on() {
        let branch = |name: &str| WorkLine::Branch(name.into());
        assert_eq!(line(&[], &[]), branch("topic"));
        assert_eq!(line(&[], &[("CIRRUS_BRANCH", "ci")]), branch("ci"));
        assert_eq!(line(&["CIRRUS_BRANCH=cli"], &[("CIRRUS_BRANCH", "ci")]), branch("cli"));
        assert_eq!(line(&[], &[("CIRRUS_PR", "7")]), WorkLine::Pull("7".into()), "a pull request has a branch, too");
        assert_eq!(line(&["CIRRUS_PR=8", "CIRRUS_BRANCH=main"], &[]), WorkLine::Pull("8".into()));
        assert_eq!(line(&["CIRRUS_PR="], &[]), branch("topic"), "an empty one is none");
    }

    #[test]
    fn a_namespace_is_a_repository_or_a_directory() {
        let name = |flags: &[&str], copy: &WorkingCopy, directory: &Path| {
            Facts { given: &given(flags), copy, environment: &BTreeMap::new() }.namespace(directory)
        };
        let here = Path::new("/");
        assert_eq!(name(&[], &copy(), here), "git.corp/shop/app");
        assert_eq!(name(&["CIRRUS_REPO_FULL_NAME=shop/app"], &copy(), here), "shop/app");
        let inside = WorkingCopy { below: "services/api".into(), ..copy() };
        assert_eq!(name(&[], &inside, here), "git.corp/shop/app:services/api");
        let directories = [tempfile::tempdir(), tempfile::tempdir()].map(|directory| directory.expect("a directory"));
        let [one, other] = directories.each_ref().map(|directory| {
            let path = directory.path().join("app");
            std::fs::create_dir(&path).expect("a directory");
            name(&[], &WorkingCopy::default(), &path)
        });
        assert!(one.starts_with("app-") && one != other, "{one} {other}");
    }
}
