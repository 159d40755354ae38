//! Compiled components, kept by content in a directory that only the user can write.
//!
//! wasmtime checks compiled code only lightly before it runs it. So it is taken from this directory alone, which must belong
//! to the user and be closed to everybody else, and never from a bundle, a workspace or a registry.

use std::hash::{Hash as _, Hasher};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, DirBuilder, DirBuilderExt as _, MetadataExt as _, OpenOptions, OpenOptionsExt as _, PermissionsExt as _};
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
    #[error("{path} belongs to another user")]
    Owner { path: PathBuf },
    #[error("{path} can be written by others; close it: chmod 700 {path}")]
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
    let name = key(engine, bytes);
    if let Ok(compiled) = directory.read(&name)
        && let Some(component) = load(engine, &compiled)
    {
        return Ok(component);
    }
    let compiled = engine.precompile_component(bytes)?;
    if let Err(e) = store(&directory, &name, &compiled) {
        tracing::warn!(path = %path.display(), error = &e as &dyn std::error::Error, "a compiled plugin was not kept");
    }
    match load(engine, &compiled) {
        Some(component) => Ok(component),
        None => Component::new(engine, bytes),
    }
}

/// The file name for a component: a digest of its bytes, and of everything that compilation depends on, wasmtime's version included.
fn key(engine: &Engine, bytes: &[u8]) -> String {
    let mut hasher = Sha256Hasher(Sha256::new());
    hasher.write(&Sha256::digest(bytes));
    engine.precompile_compatibility_hash().hash(&mut hasher);
    let mut name: String = hasher.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    name.push_str(".cwasm");
    name
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
    let metadata = directory.dir_metadata().map_err(io)?;
    if metadata.uid() != rustix::process::geteuid().as_raw() {
        return Err(CacheError::Owner { path: path.to_owned() });
    }
    if metadata.permissions().mode() & 0o022 != 0 {
        return Err(CacheError::Open { path: path.to_owned() });
    }
    Ok(directory)
}

/// Written under another name first, so that no one ever reads half a file.
fn store(directory: &Dir, name: &str, compiled: &[u8]) -> io::Result<()> {
    let temporary = format!("{name}.{}", std::process::id());
    let written = directory
        .open_with(&temporary, OpenOptions::new().write(true).create(true).truncate(true).mode(0o600))
        .and_then(|mut file| file.write_all(compiled).and_then(|()| file.sync_data()))
        .and_then(|()| directory.rename(&temporary, directory, name));
    if written.is_err() {
        // Whatever is left of it is only in the way.
        let _ = directory.remove_file(&temporary);
    }
    written
}

#[expect(unsafe_code, reason = "compiled code can only be vouched for, not checked")]
fn load(engine: &Engine, compiled: &[u8]) -> Option<Component> {
    // SAFETY: the bytes come from `precompile_component`, of this process, or of an earlier one through a directory that `open`
    // found to belong to this user and to be writable by nobody else.
    let loaded = unsafe { Component::deserialize(engine, compiled) };
    loaded.map_err(|e| tracing::debug!("a compiled plugin is of no use and is compiled again: {e:#}")).ok()
}

#[cfg(test)]
mod tests;
