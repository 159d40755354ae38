//! A machine that has collected something, and the stores that it reaches.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use windlass_artifact_store::{Artifact, Place, Remote, Store};
use windlass_cache_store::{Settings, Stores};
use windlass_model::artifact::FilePath;
use windlass_model::cache::StoreLocation;
use windlass_registry::Registries;

use crate::support;

pub const TIME: &str = "2026-01-02T03:04:05Z";

/// A machine.
pub struct World {
    pub base: tempfile::TempDir,
    pub registries: Arc<Registries>,
    pub environment: Vec<(String, String)>,
}

impl World {
    pub fn new() -> Self {
        let registries = Arc::new(support::World::new(Vec::new()).registries());
        Self { base: tempfile::tempdir().unwrap(), registries, environment: Vec::new() }
    }

    pub async fn open(&self, location: &StoreLocation) -> Remote {
        let stores = Stores::new(Settings {
            state: self.base.path().join("state"),
            cache: self.base.path().join("cache"),
            key: None,
            registries: Arc::clone(&self.registries),
            environment: self.environment.clone(),
            relay_loopback: true,
        });
        Remote::open(location, &stores).await.unwrap()
    }

    pub fn directory(&self) -> PathBuf {
        self.base.path().join("store")
    }

    pub fn location(&self) -> StoreLocation {
        StoreLocation::Directory(self.directory().display().to_string())
    }

    pub fn out(&self) -> PathBuf {
        self.base.path().join("out")
    }

    /// What was collected here by a run.
    pub fn collected(&self, run: &str, task: &str, files: &[(&str, &[u8])]) -> (Store, Artifact) {
        let store = Store::new(Place::Named(self.base.path().join("here")), run);
        let directory = format!("{}/logs", windlass_model::artifact::directory_name(task));
        let mut incoming = store.begin(&directory).unwrap();
        for (path, content) in files {
            incoming.file(FilePath::parse(path.as_bytes()).unwrap(), content.len() as u64).unwrap();
            incoming.write(content).unwrap();
        }
        let artifact = Artifact {
            task: task.to_owned(),
            name: "logs".into(),
            directory: FilePath::parse(directory.as_bytes()).unwrap(),
            content_type: Some("text/plain".into()),
            format: None,
            files: incoming.finish().unwrap(),
        };
        (store, artifact)
    }
}

/// Sends an artifact, lists it on another machine, and fetches it there.
pub async fn there_and_back(here: &World, elsewhere: &World, location: &StoreLocation) {
    let long = "a-long-name/".repeat(30) + "file";
    let big = support::bytes(3 << 20);
    let files: [(&str, &[u8]); 4] = [("a.log", b"one"), ("deep/b.log", &big), ("empty", b""), (&long, b"long")];
    let mut files = files;
    files.sort();
    let (store, artifact) = here.collected("first", "a task", &files);
    let remote = here.open(location).await;
    assert!(remote.list(None).await.unwrap().runs.is_empty(), "nothing is there yet");
    remote.send(&store, &artifact, TIME).await.unwrap();
    let (store, second) = here.collected("second", "t", &[("x", b"x")]);
    remote.send(&store, &second, "2026-01-03T00:00:00Z").await.unwrap();
    // Once more, as a run may that tries again.
    remote.send(&store, &second, "2026-01-03T00:00:00Z").await.unwrap();

    let remote = elsewhere.open(location).await;
    let listing = remote.list(None).await.unwrap();
    assert!(listing.unreadable.is_empty(), "{:?}", listing.unreadable);
    let runs: Vec<(&str, &str)> = listing.runs.iter().map(|index| (index.run.as_str(), index.time.as_str())).collect();
    assert_eq!(runs, [("second", "2026-01-03T00:00:00Z"), ("first", TIME)]);
    let one = remote.list(Some("first")).await.unwrap();
    assert_eq!(one.runs, listing.runs[1..]);
    assert_eq!(one.runs[0].artifacts, std::slice::from_ref(&artifact));
    assert!(remote.list(Some("third")).await.unwrap().runs.is_empty());
    let to = remote.fetch("first", &artifact, &elsewhere.out()).await.unwrap();
    for (path, content) in files {
        assert!(std::fs::read(to.join(path)).unwrap() == content, "{path}");
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
