use std::fs;
use std::os::unix::fs::symlink;

use super::*;
use crate::{Artifact, Place, Store};

type TestResult = Result<(), Box<dyn std::error::Error>>;

fn path(text: &str) -> FilePath {
    FilePath::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}"))
}

fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

#[test]
fn an_artifact_has_its_name_when_it_is_whole_and_not_before() -> TestResult {
    let project = tempfile::tempdir()?;
    let store = Store::new(Place::Project(project.path().to_owned()), "run");
    let task = project.path().join(".windlass/artifacts/run/task");
    let mut incoming = store.begin("task/logs")?;
    incoming.file(path("a/b.log"), 5)?;
    incoming.write(b"hel")?;
    assert!(!task.join("logs").exists() && names(&task).iter().all(|name| name.starts_with('.')), "{:?}", names(&task));
    incoming.write(b"lo")?;
    incoming.file(path("empty"), 0)?;
    let files = incoming.finish()?;
    assert_eq!(fs::read_to_string(task.join("logs/a/b.log"))?, "hello");
    assert_eq!(names(&task), ["logs"]);
    assert_eq!(files.iter().map(|file| (file.path.as_str(), file.size)).collect::<Vec<_>>(), [("a/b.log", 5), ("empty", 0)]);
    assert_eq!(files.first().map(|file| &file.digest), Some(&Digest::of("hello")));
    assert!(matches!(store.begin("task/logs"), Err(StoreError::Exists { .. })));
    // Neither Git nor the next run takes it for a part of the project.
    assert_eq!(fs::read_to_string(task.with_file_name(".gitignore"))?, "*\n");
    let artifact = Artifact {
        task: "task".into(),
        name: "logs".into(),
        directory: path("task/logs"),
        content_type: None,
        format: None,
        files,
    };
    store.note(artifact.clone(), "2026-01-01T00:00:00Z")?;
    let index: crate::Index = serde_json::from_slice(&fs::read(task.with_file_name(".index.json"))?)?;
    assert_eq!(index.artifacts, [artifact]);
    Ok(())
}

#[test]
fn what_does_not_come_to_its_end_leaves_nothing() -> TestResult {
    let place = tempfile::tempdir()?;
    let store = Store::new(Place::Named(place.path().join("made/for it")), "run");
    let task = place.path().join("made/for it/run/task");
    let mut cut = store.begin("task/logs")?;
    cut.file(path("a/b"), 5)?;
    cut.write(b"hel")?;
    drop(cut);
    let mut short = store.begin("task/logs")?;
    short.file(path("a"), 5)?;
    short.write(b"hel")?;
    assert!(matches!(short.file(path("b"), 0), Err(StoreError::Size { .. })));
    drop(short);
    let mut last = store.begin("task/logs")?;
    last.file(path("a"), 5)?;
    assert!(matches!(last.finish(), Err(StoreError::Size { .. })));
    let mut long = store.begin("task/logs")?;
    long.file(path("a"), 5)?;
    assert!(matches!(long.write(b"hello!"), Err(StoreError::Size { .. })));
    drop(long);
    assert_eq!(names(&task), [""; 0]);
    Ok(())
}

/// As on a file system that takes `A` and `a` for one name: the second of them is refused, and not lost.
#[test]
fn two_names_that_are_one_here_are_refused() -> TestResult {
    let place = tempfile::tempdir()?;
    let store = Store::new(Place::Named(place.path().to_owned()), "run");
    for (first, second) in [("a", "a"), ("a", "a/b"), ("a/b", "a"), ("x/a", "x/a")] {
        let mut incoming = store.begin("task/logs")?;
        incoming.file(path(first), 0)?;
        let refused = incoming.file(path(second), 0);
        assert!(matches!(&refused, Err(StoreError::Taken { path }) if path.as_str() == second), "{refused:?}");
    }
    Ok(())
}

/// A repository may hold anything, links in place of what windlass makes included.
#[test]
fn nothing_is_written_where_a_repository_leads() -> TestResult {
    for link in [".windlass", ".windlass/artifacts", ".windlass/artifacts/run", ".windlass/artifacts/run/task"] {
        let (project, elsewhere) = (tempfile::tempdir()?, tempfile::tempdir()?);
        for (target, what) in [(elsewhere.path(), "a link out"), (project.path(), "a link within")] {
            let at = project.path().join(link);
            fs::create_dir_all(at.parent().ok_or("no parent")?)?;
            symlink(target, &at)?;
            let store = Store::new(Place::Project(project.path().to_owned()), "run");
            let refused = store.begin("task/logs");
            assert!(matches!(refused, Err(StoreError::NotADirectory { .. })), "{link}: {what}: {refused:?}");
            assert_eq!(names(elsewhere.path()), [""; 0]);
            fs::remove_file(&at)?;
        }
    }
    Ok(())
}

/// A host that was killed removes nothing itself.
#[test]
fn the_next_run_removes_what_a_killed_one_left_half() -> TestResult {
    let project = tempfile::tempdir()?;
    let place = Place::Project(project.path().to_owned());
    let killed = Store::new(place.clone(), "killed");
    let mut incoming = killed.begin("task/logs")?;
    incoming.file(path("half"), 9)?;
    incoming.write(b"half")?;
    let task = project.path().join(".windlass/artifacts/killed/task");
    let half = task.join(".gone.1-0.part");
    fs::create_dir(&half)?;
    fs::write(half.join("x"), "x")?;
    let foreign = project.path().join(".windlass/artifacts/of-somebody/task/.x.1-0.part");
    fs::create_dir_all(&foreign)?;
    drop(Store::new(place, "next").begin("task/logs")?);
    assert!(!half.exists() && foreign.exists());
    assert_eq!(names(&task).len(), 1, "another is at it: {:?}", names(&task));
    Ok(())
}
