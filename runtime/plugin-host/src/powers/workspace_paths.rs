//! Which files of the working copy a plugin may reach: those that its grant allows, and some only when the grant names them in full.

use std::io::{self, Read as _};
use std::path::Path;
use std::sync::Arc;

use cap_std::fs::Dir;
use windlass_engine::ports::plugin::ProjectBackend;
use windlass_files::Tree;
use windlass_model::path;
use windlass_model::plugin::{Power, Powers};
use windlass_model::power::PathScope;
use windlass_working_copy::Part;

use crate::bindings::powers::windlass::plugin::types::Error;
use crate::bindings::powers::windlass::plugin::workspace_read::Entry;
use crate::powers::sizes;
use crate::state::{State, failed};
use crate::words;

/// How every module of WebAssembly and every component begins.
const WASM: [u8; 4] = *b"\0asm";

impl State {
    /// The path in its one form, if the grant allows it, and what it leads to by way of links.
    pub(super) async fn allow_path(&mut self, power: Power, directory: &Arc<Dir>, text: &str) -> Result<String, Error> {
        let reach = self.allow(power)?;
        sizes::path(text)?;
        let path = path::normal(text).trim_start_matches("./").to_owned();
        if path.starts_with('/') || path == ".." || path.starts_with("../") {
            return Err(failed(format!("{}: it leads out of the project", words::name(text))));
        }
        let part = self.part(&*reach.backend);
        let (asked, directory) = (path.clone(), Arc::clone(directory));
        let found = tokio::task::spawn_blocking(move || {
            let real = real(&directory, &asked).filter(|real| *real != asked);
            let paths = [Some(asked), real].into_iter().flatten();
            paths.map(|path| Found::of(power, &directory, &part, path)).collect::<Vec<_>>()
        });
        // Whatever the file system does, a step that is to stop stops.
        let found = reach.wait(async { Ok(found.await.unwrap_or_default()) }).await?;
        for found in found {
            self.allow_found(power, &found)?;
        }
        Ok(if path.is_empty() { ".".to_owned() } else { path })
    }

    fn allow_found(&mut self, power: Power, found: &Found) -> Result<(), Error> {
        let Found { path, directory, kept } = found;
        let allows = |powers: &Powers| {
            scope(powers, power).is_some_and(|scope| match directory {
                // Its root is where everything begins that is granted, and its names are looked at one by one.
                true => path.is_empty() || scope.allows(path, kept.is_some()) || scope.leads_below(path, kept.is_some()),
                false => scope.allows(path, kept.is_some()),
            })
        };
        let why = kept.map(|kept| format!(", {kept}: only a grant that names it in full has it")).unwrap_or_default();
        let detail = format!("{}{why}", words::name(path));
        let widen = |powers: &mut Powers| match power {
            Power::WorkspaceWrite => powers.workspace_write = powers.workspace_write.take().map(|scope| scope.with(path)),
            _ => powers.workspace_read = powers.workspace_read.take().map(|scope| scope.with(path)),
        };
        self.allow_one(power, &detail, allows, widen).map(drop)
    }

    /// What is part of the working copy.
    fn part(&mut self, backend: &dyn ProjectBackend) -> Arc<Part> {
        Arc::clone(self.part.get_or_insert_with(|| Arc::new(Part::of(backend.workspace(), backend.secret_files()))))
    }

    /// The entries of a directory that are granted, or that lead to something that is.
    pub(super) async fn shown(&mut self, directory: &str, entries: Vec<Entry>) -> Result<Vec<Entry>, Error> {
        let reach = self.allow(Power::WorkspaceRead)?;
        let directory = path::normal(directory).trim_start_matches("./").to_owned();
        let (part, below) = (self.part(&*reach.backend), directory.clone());
        let names = entries.iter().map(|entry| entry.name.clone()).collect();
        let part = tokio::task::spawn_blocking(move || part.names(Path::new(&below), &names));
        let part = reach.wait(async { Ok(part.await.unwrap_or_default()) }).await?;
        let may_see = |entry: &Entry| {
            let path = if directory.is_empty() { entry.name.clone() } else { format!("{directory}/{}", entry.name) };
            let kept = !part.contains(&entry.name) || is_git(&path);
            [&reach.asks, &reach.grants.powers].into_iter().all(|powers| {
                scope(powers, Power::WorkspaceRead)
                    .is_some_and(|scope| scope.allows(&path, kept) || entry.directory && scope.leads_below(&path, kept))
            })
        };
        Ok(entries.into_iter().filter(may_see).collect())
    }
}

fn scope(powers: &Powers, power: Power) -> Option<&PathScope> {
    if power == Power::WorkspaceWrite { powers.workspace_write.as_ref() } else { powers.workspace_read.as_ref() }
}

/// A path that is asked for, or one that it leads to.
struct Found {
    path: String,
    directory: bool,
    /// Why a grant must name it.
    kept: Option<&'static str>,
}

impl Found {
    fn of(power: Power, tree: &Dir, part: &Part, path: String) -> Self {
        let metadata = tree.symlink_metadata(&path).ok();
        let directory = path.is_empty() || metadata.as_ref().is_some_and(|data| data.is_dir());
        let kept = match power {
            Power::WorkspaceWrite => kept_from_writers(&path).or_else(|| holds_component(tree, &path)),
            _ if is_git(&path) => Some("which is Git's own"),
            // What is not there gives nothing away.
            _ if metadata.is_some() && !path.is_empty() && !part.has(Path::new(&path)) => {
                Some("which Git or .windlassignore ignores, or a secret is read from")
            }
            _ => None,
        };
        Self { path, directory, kept }
    }
}

fn is_git(path: &str) -> bool {
    path.split('/').any(|part| part.eq_ignore_ascii_case(".git"))
}

/// Why only a grant that names a file lets it be changed: it decides what Git or windlass do on this machine, later or in another directory.
fn kept_from_writers(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let of_windlass = |part: &str| part.to_ascii_lowercase().starts_with(".windlass");
    if is_git(path) {
        Some("by which Git decides what to run")
    } else if matches!(name.as_str(), "windlass.yaml" | "windlass.yml" | "windlass.lock" | ".cirrus.yml" | ".cirrus.yaml") {
        Some("by which windlass decides what to run")
    } else if matches!(name.as_str(), ".gitignore" | ".ignore") {
        Some("which says what is ignored, and so what is kept from plugins")
    } else if path.split('/').any(of_windlass) {
        Some("which is windlass' own")
    } else if Path::new(&name).extension().is_some_and(|extension| extension == "wasm") {
        Some("which may be a plugin")
    } else {
        None
    }
}

/// Whether a file is a component already: a task names plugins by any path.
fn holds_component(tree: &Dir, path: &str) -> Option<&'static str> {
    let mut beginning = [0; WASM.len()];
    let mut file = Tree::of(tree).ok()?.file(Path::new(path), false).ok()?;
    (file.read_exact(&mut beginning).is_ok() && beginning == WASM).then_some("which may be a plugin")
}

/// Where a path leads by way of links; of a file that is not there yet, where its directory does. `None` when that cannot be told: then it
/// cannot be opened, either.
fn real(tree: &Dir, path: &str) -> Option<String> {
    let mut above = Path::new(path);
    let mut below = Vec::new();
    loop {
        match tree.canonicalize(if above.as_os_str().is_empty() { Path::new(".") } else { above }) {
            Ok(real) => {
                let whole = below.iter().rev().fold(real, |path, name| path.join(name));
                return whole.to_str().map(|path| path::normal(path).trim_start_matches("./").to_owned());
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                below.push(above.file_name()?.to_owned());
                above = above.parent()?;
            }
            Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_decides_what_runs_on_this_machine_is_kept_from_writers() {
        for path in [
            ".git",
            ".git/config",
            "sub/.git/hooks/pre-commit",
            ".GIT/config",
            "windlass.yaml",
            "docs/windlass.yaml",
            "Windlass.yaml",
            ".cirrus.yml",
            "docs/.cirrus.yml",
            ".windlassignore",
            ".gitignore",
            "src/.gitignore",
            ".ignore",
            ".windlass/x",
            "plugins/mine.wasm",
            "a.WASM",
        ] {
            assert!(kept_from_writers(path).is_some(), "{path}");
        }
        for path in ["src/main.c", "gitignore", "windlass.yaml.md", "wasm", "docs/cirrus.yml"] {
            assert!(kept_from_writers(path).is_none(), "{path}");
        }
    }
}
