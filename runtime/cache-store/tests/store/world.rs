//! A user's machine, with the stores that it reaches.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use windlass_cache_store::{Caches, Entry, Owner, Settings, Stores};
use windlass_model::cache::{CacheAccess, CacheScope, StoreLocation};
use windlass_model::quantity::MebiBytes;
use windlass_mover_client::protocol::{Blob, Sha256};
use windlass_registry::Registries;

use crate::support;

/// A machine.
pub struct World {
    pub base: tempfile::TempDir,
    pub registries: Arc<Registries>,
    pub environment: Vec<(String, String)>,
    pub relay_loopback: bool,
}

impl World {
    pub fn new() -> Self {
        let registries = Arc::new(support::World::new(Vec::new()).registries());
        Self { base: tempfile::tempdir().unwrap(), registries, environment: Vec::new(), relay_loopback: false }
    }

    /// As one process reaches stores.
    pub fn stores(&self) -> Stores {
        self.stores_with(None)
    }

    /// As one reaches them that has another key.
    pub fn stores_with(&self, key: Option<&str>) -> Stores {
        Stores::new(Settings {
            state: self.base.path().join("state"),
            cache: self.base.path().join("cache"),
            key: key.map(|key| key.as_bytes().to_vec().into()),
            registries: Arc::clone(&self.registries),
            environment: self.environment.clone(),
            relay_loopback: self.relay_loopback,
        })
    }

    pub fn directory(&self) -> PathBuf {
        self.base.path().join("store")
    }

    pub fn location(&self) -> StoreLocation {
        StoreLocation::Directory(self.directory().display().to_string())
    }
}

pub fn scope(line: &str) -> CacheScope {
    CacheScope { namespace: "corp/app".into(), line: line.into() }
}

/// Reads the first of these lines and the others, and writes the first.
pub fn access(store: StoreLocation, lines: &[&str]) -> CacheAccess {
    let read: Vec<CacheScope> = lines.iter().map(|line| scope(line)).collect();
    CacheAccess { store, write: read[0].clone(), read, max_size: MebiBytes(64), expire_days: 7 }
}

pub fn owner(run: &str) -> Owner {
    Owner { task: "test".into(), run: run.into() }
}

pub async fn open(stores: &Stores, store: StoreLocation, lines: &[&str]) -> Caches {
    Caches::open(&access(store, lines), owner("run"), stores).await.unwrap()
}

pub fn blob(bytes: &[u8]) -> Blob {
    Blob { digest: Sha256::of(bytes), size: bytes.len() as u64 }
}

pub fn entry(key: &str, tree: Blob, packs: &[Blob]) -> Entry {
    Entry {
        key: key.into(),
        name: "deps".into(),
        folders: vec!["deps".into()],
        task: "test".into(),
        run: "run".into(),
        created: Caches::now(),
        tree,
        packs: packs.to_vec(),
        entries: 1,
        bytes: packs.iter().map(|pack| pack.size).sum(),
        fingerprint: None,
    }
}

/// All files below a directory.
pub fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found.sort();
    found
}

/// Those of a kind: `blobs` or `entries`.
pub fn files_of(directory: &Path, kind: &str) -> Vec<PathBuf> {
    files(directory).into_iter().filter(|path| path.components().any(|part| part.as_os_str() == kind)).collect()
}

/// This test as another process, of which `part` says what it does.
pub fn child(test: &str, part: &str, place: &Path) -> String {
    let program = std::env::current_exe().unwrap();
    format!("CHILD={part} PLACE='{}' exec '{}' --exact {test} --nocapture", place.display(), program.display())
}

/// What a child does, and where.
pub fn as_child() -> Option<(String, PathBuf)> {
    Some((std::env::var("CHILD").ok()?, std::env::var_os("PLACE")?.into()))
}
