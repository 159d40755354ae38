//! Compiled components, kept by content in a directory that only the user can write.
//!
//! wasmtime checks compiled code only lightly before it runs it. So it is taken from this directory alone, and never from a bundle, a
//! workspace or a registry. The directory and each file in it must belong to the user and be closed to everybody else, and each file
//! says itself what it was compiled from: where others could once write, they could also have swapped two files of the user's own.
//! It has a bound, [`sweep::MOST`].

mod sweep;

use std::fs::File;
use std::hash::{Hash as _, Hasher};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};

use cap_std::fs::{Dir, OpenOptions, OpenOptionsExt as _};
use sha2::{Digest as _, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;
use windlass_files::own::{self, OwnError};
use windlass_model::digest::Digest;

/// Where compiled plugins are kept: `windlass/aot` in the user's cache directory; `None` when the user has none.
pub fn default_cache() -> Option<PathBuf> {
    let absolute = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = absolute("XDG_CACHE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".cache")))?;
    Some(cache.join("windlass").join("aot"))
}

/// Makes a component ready to run: from the cache, or by compiling it and leaving it there. Without a cache it still works. `begins` is
/// called when it is compiled, which takes its time.
pub(crate) fn compile(
    engine: &Engine,
    cache: Option<&Path>,
    bytes: &[u8],
    digest: &Digest,
    begins: &dyn Fn(),
) -> wasmtime::Result<Component> {
    let compiled = || {
        begins();
        Component::new(engine, bytes)
    };
    let Some(path) = cache else { return compiled() };
    let directory = match own::directory(path) {
        Ok(directory) => directory,
        Err(e) => {
            tracing::warn!(error = &e as &dyn std::error::Error, "compiled plugins are not kept");
            return compiled();
        }
    };
    let key = key(engine, digest);
    let name = format!("{key}.cwasm");
    match read(&directory, path, &name, &key) {
        Ok(Some(compiled)) => {
            if let Some(component) = mapped(engine, &compiled) {
                return Ok(component);
            }
        }
        Ok(None) => {}
        Err(e) => tracing::warn!(error = &e as &dyn std::error::Error, "a compiled plugin is not used, and made anew"),
    }
    begins();
    let compiled = engine.precompile_component(bytes)?;
    let kept = store(&directory, &name, &key, &compiled).and_then(|()| sweep::sweep(&directory, sweep::MOST, &name));
    if let Err(e) = kept {
        tracing::warn!(path = %path.display(), error = &e as &dyn std::error::Error, "the cache of compiled plugins cannot be kept in order");
    }
    match load(engine, &compiled) {
        Some(component) => Ok(component),
        None => Component::new(engine, bytes),
    }
}

/// What stands for a component: a digest of its own, and of everything that compilation depends on, wasmtime's version included.
fn key(engine: &Engine, digest: &Digest) -> String {
    let mut hasher = Sha256Hasher(Sha256::new());
    hasher.write(digest.as_str().as_bytes());
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

/// What is kept for a component; none when there is nothing, or it was compiled from another.
fn read(directory: &Dir, path: &Path, name: &str, key: &str) -> Result<Option<File>, OwnError> {
    let path = path.join(name);
    let io = |source| OwnError::Io { path: path.clone(), source };
    let mut file = match directory.open(name) {
        Ok(file) => sweep::used(file),
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(io(e)),
    };
    // Of the file that is open, so that it is the one that is read.
    own::check(&file.metadata().map_err(io)?, &path)?;
    let mut said = vec![0; key.len()];
    let whole =
        file.seek(io::SeekFrom::End(-i64::try_from(key.len()).unwrap_or_default())).and_then(|_| file.read_exact(&mut said));
    Ok((whole.is_ok() && said == key.as_bytes()).then(|| file.into_std()))
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
            file.write_all(compiled)?;
            // Behind the code, which begins where a page does.
            file.write_all(key.as_bytes())?;
            file.sync_data()
        })
        .and_then(|()| directory.rename(&temporary, directory, name));
    if written.is_err() {
        // Whatever is left of it is only in the way.
        let _ = directory.remove_file(&temporary);
    }
    written
}

/// The code of a file, of which only those pages are read that are used. Where a system cannot name an open file, it is read whole.
#[expect(unsafe_code, reason = "compiled code can only be vouched for, not checked")]
fn mapped(engine: &Engine, mut file: &File) -> Option<Component> {
    // The file that was checked, whatever has its name by now.
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    // SAFETY: as in `load`. A file that is there is never written to: another one takes its name.
    if let Ok(component) = unsafe { Component::deserialize_file(engine, path) } {
        return Some(component);
    }
    let mut bytes = Vec::new();
    file.rewind().and_then(|()| file.read_to_end(&mut bytes)).ok()?;
    load(engine, &bytes)
}

#[expect(unsafe_code, reason = "compiled code can only be vouched for, not checked")]
fn load(engine: &Engine, compiled: &[u8]) -> Option<Component> {
    // SAFETY: the bytes come from `precompile_component`, of this process, or of an earlier one through a directory and a file that
    // `own::directory` and `read` found to belong to this user and to be writable by nobody else.
    let loaded = unsafe { Component::deserialize(engine, compiled) };
    loaded.map_err(|e| tracing::debug!("a compiled plugin is of no use and is compiled again: {e:#}")).ok()
}

#[cfg(test)]
mod tests;
