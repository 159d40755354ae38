//! The powers `workspace-read` and `workspace-write`: the working copy, through a directory handle that paths cannot leave.

use std::io;
use std::path::Path;
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use windlass_engine::ports::plugin::BackendError;
use windlass_files::Tree;
use windlass_model::plugin::Power;

use crate::bindings::powers::windlass::plugin::types::Error;
use crate::bindings::powers::windlass::plugin::{workspace_read, workspace_write};
use crate::powers::sizes;
use crate::state::{State, failed};

/// The largest file that a plugin may read in one call.
const MAX_FILE: usize = sizes::FILE;

/// The largest number of entries of a directory that a plugin is given.
const MAX_ENTRIES: usize = 10_000;

impl State {
    /// The working copy, if the power was granted.
    fn workspace(&mut self, power: Power) -> Result<Arc<Dir>, Error> {
        let reach = self.allow(power)?;
        if let Some(directory) = &self.workspace {
            return Ok(Arc::clone(directory));
        }
        let path = reach.backend.workspace();
        let directory = Dir::open_ambient_dir(path, ambient_authority())
            .map_err(|e| failed(format!("the working copy {} cannot be read: {e}", path.display())))?;
        let directory = Arc::new(directory);
        self.workspace = Some(Arc::clone(&directory));
        Ok(directory)
    }

    /// Works on the working copy, away from the threads that must not wait.
    async fn in_workspace<T: Send + 'static>(
        &mut self,
        power: Power,
        path: String,
        work: impl FnOnce(&Dir, &Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let directory = self.workspace(power)?;
        let reach = self.allow(power)?;
        let path = self.allow_path(power, &directory, &path).await?;
        let shown = path.clone();
        let work = tokio::task::spawn_blocking(move || work(&directory, Path::new(&path)));
        // A file system may take for ever; the step does not.
        let done = reach.wait(async {
            let done = work.await.map_err(|_| io::Error::other("it was not read to the end"));
            done.flatten().map_err(|error| BackendError::Failed(format!("{shown}: {error}")))
        });
        done.await
    }
}

impl workspace_read::Host for State {
    async fn read(&mut self, path: String, max: u32) -> wasmtime::Result<Result<Vec<u8>, Error>> {
        let max = u64::from(max).min(MAX_FILE as u64);
        Ok(self.in_workspace(Power::WorkspaceRead, path, move |directory, path| read(directory, path, max)).await)
    }

    async fn entries(&mut self, path: String) -> wasmtime::Result<Result<Vec<workspace_read::Entry>, Error>> {
        let found = self.in_workspace(Power::WorkspaceRead, path.clone(), entries).await;
        match found {
            Ok(found) => Ok(self.shown(&path, found).await),
            Err(e) => Ok(Err(e)),
        }
    }
}

impl workspace_write::Host for State {
    async fn write(&mut self, path: String, contents: Vec<u8>) -> wasmtime::Result<Result<(), Error>> {
        if let Err(e) = sizes::fits("a file", contents.len(), sizes::FILE) {
            return Ok(Err(e));
        }
        let write = move |directory: &Dir, path: &Path| Ok(Tree::of(directory)?.write(path, &contents)?);
        Ok(self.in_workspace(Power::WorkspaceWrite, path, write).await)
    }
}

fn read(directory: &Dir, path: &Path, max: u64) -> io::Result<Vec<u8>> {
    Ok(Tree::of(directory)?.read(path, max)?)
}

fn entries(directory: &Dir, path: &Path) -> io::Result<Vec<workspace_read::Entry>> {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let mut found = Vec::new();
    for entry in directory.read_dir(path)? {
        let entry = entry?;
        // A name that is not UTF-8 cannot be said in WIT.
        let Ok(name) = entry.file_name().into_string() else { continue };
        let metadata = entry.metadata()?;
        found.push(workspace_read::Entry { name, directory: metadata.is_dir(), size: metadata.len() });
        if found.len() > MAX_ENTRIES {
            return Err(io::Error::other(format!("it has more than {MAX_ENTRIES} entries")));
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}
