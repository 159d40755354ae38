//! Compiled components, kept by content in a directory that only the user can write.
//!
//! wasmtime checks compiled code only lightly before it runs it. So it is taken from this directory alone, and never from a bundle, a
//! workspace or a registry. The directory and each file in it must belong to the user and be closed to everybody else, and each file
//! says itself what it was compiled from: where others could once write, they could also have swapped two files of the user's own.

use std::hash::{Hash as _, Hasher};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{
    Dir, DirBuilder, DirBuilderExt as _, Metadata, MetadataExt as _, OpenOptions, OpenOptionsExt as _, PermissionsExt as _,
};
use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

/// Where compiled plugins are kept: `windlass/aot` in the user's cache directory; `None` when the user has none.
pub fn default_cache() -> Option<PathBuf> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))?;
    Some(cache.join("windlass").join("aot"))
}

/// Why a directory is not trusted with compiled code.
#[derive(Debug, thiserror::Error)]
enum CacheError {
    #[error("{path}")]
    Io { path: PathBuf, source: io::Error },
    #[error("{path} belongs to another user; delete it, or name a directory of your own in XDG_CACHE_HOME")]
    Owner { path: PathBuf },
    #[error(
        "{path} can be written by others, so what is in it may be theirs; delete it with everything in it, and windlass makes it again: \
         rm -r {path}"
    )]
    Open { path: PathBuf },
}

/// Makes a component ready to run: from the cache, or by compiling it and leaving it there. Without a cache it still works.
pub(crate) fn compile(engine: &Engine, cache: Option<&Path>, bytes: &[u8]) -> wasmtime::Result<Component> {
    let Some(path) = cache else { return Component::new(engine, bytes) };
    let directory = match open(path) {
        Ok(directory) => directory,
        Err(e) => {
            tracing::warn!(error = &e as &dyn std::error::Error, "compiled plugins are not kept");
            return Component::new(engine, bytes);
        }
    };
    let key = key(engine, bytes);
    let name = format!("{key}.cwasm");
    match read(&directory, path, &name, &key) {
        Ok(Some(compiled)) => {
            if let Some(component) = load(engine, &compiled) {
                return Ok(component);
            }
        }
        Ok(None) => {}
        Err(e) => tracing::warn!(error = &e as &dyn std::error::Error, "a compiled plugin is not used, and made anew"),
    }
    let compiled = engine.precompile_component(bytes)?;
    if let Err(e) = store(&directory, &name, &key, &compiled) {
        tracing::warn!(path = %path.display(), error = &e as &dyn std::error::Error, "a compiled plugin was not kept");
    }
    match load(engine, &compiled) {
        Some(component) => Ok(component),
        None => Component::new(engine, bytes),
    }
}

/// What stands for a component: a digest of its bytes, and of everything that compilation depends on, wasmtime's version included.
fn key(engine: &Engine, bytes: &[u8]) -> String {
    let mut hasher = Sha256Hasher(Sha256::new());
    hasher.write(&Sha256::digest(bytes));
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

struct Sha256Hasher(Sha256);

impl Hasher for Sha256Hasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Never asked for: the whole digest is.
    fn finish(&self) -> u64 {
        0
    }
}

fn open(path: &Path) -> Result<Dir, CacheError> {
    let io = |source| CacheError::Io { path: path.to_owned(), source };
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io(io::Error::from(io::ErrorKind::InvalidInput)));
    };
    Dir::create_ambient_dir_all(parent, ambient_authority()).map_err(io)?;
    let parent = Dir::open_ambient_dir(parent, ambient_authority()).map_err(io)?;
    match parent.create_dir_with(name, DirBuilder::new().mode(0o700)) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(io(e)),
        _ => {}
    }
    let directory = parent.open_dir(name).map_err(io)?;
    is_own(&directory.dir_metadata().map_err(io)?, path)?;
    Ok(directory)
}

/// Whether nobody but the user can have written it.
fn is_own(metadata: &Metadata, path: &Path) -> Result<(), CacheError> {
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(CacheError::Owner { path: path.to_owned() });
    }
    if metadata.permissions().mode() & 0o022 != 0 {
        return Err(CacheError::Open { path: path.to_owned() });
    }
    Ok(())
}

/// What is kept for a component; none when there is nothing, or it was compiled from another.
fn read(directory: &Dir, path: &Path, name: &str, key: &str) -> Result<Option<Vec<u8>>, CacheError> {
    let path = path.join(name);
    let io = |source| CacheError::Io { path: path.clone(), source };
    let mut file = match directory.open(name) {
        Ok(file) => file,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(io(e)),
    };
    // Of the file that is open, so that it is the one that is read.
    is_own(&file.metadata().map_err(io)?, &path)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(io)?;
    Ok(bytes.strip_prefix(key.as_bytes()).map(<[u8]>::to_vec))
}

/// Written under another name first, so that no one ever reads half a file.
fn store(directory: &Dir, name: &str, key: &str, compiled: &[u8]) -> io::Result<()> {
    let temporary = format!("{name}.{}", std::process::id());
    // A file of this name is left over from a process that was killed, or somebody else's.
    match directory.remove_file(&temporary) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
        _ => {}
    }
    let written = directory
        .open_with(&temporary, OpenOptions::new().write(true).create_new(true).mode(0o600))
        .and_then(|mut file| {
            file.write_all(key.as_bytes())?;
            file.write_all(compiled)?;
            file.sync_data()
        })
        .and_then(|()| directory.rename(&temporary, directory, name));
    if written.is_err() {
        // Whatever is left of it is only in the way.
        let _ = directory.remove_file(&temporary);
    }
    written
}

#[expect(unsafe_code, reason = "compiled code can only be vouched for, not checked")]
fn load(engine: &Engine, compiled: &[u8]) -> Option<Component> {
    // SAFETY: the bytes come from `precompile_component`, of this process, or of an earlier one through a directory and a file that
    // `open` and `read` found to belong to this user and to be writable by nobody else.
    let loaded = unsafe { Component::deserialize(engine, compiled) };
    loaded.map_err(|e| tracing::debug!("a compiled plugin is of no use and is compiled again: {e:#}")).ok()
}

#[cfg(test)]
mod tests;
