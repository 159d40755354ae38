use std::fs;
use std::os::unix::fs::symlink;

use windlass_model::artifact::FilePath;

use super::*;
use crate::Store;

type TestResult = Result<(), Box<dyn std::error::Error>>;

/// A place with one artifact of a run.
fn kept(run: &str, time: &str) -> Result<(tempfile::TempDir, Place), Box<dyn std::error::Error>> {
    let root = tempfile::tempdir()?;
    let place = Place::Named(root.path().to_owned());
    leave(&place, run, time)?;
    Ok((root, place))
}

fn leave(place: &Place, run: &str, time: &str) -> TestResult {
    let store = Store::new(place.clone(), run);
    let mut incoming = store.begin("task/logs")?;
    for (path, content) in [("a.log", "one"), ("deep/b.log", "two")] {
        incoming.file(FilePath::parse(path.as_bytes())?, content.len() as u64)?;
        incoming.write(content.as_bytes())?;
    }
    let (directory, files) = (FilePath::parse(b"task/logs")?, incoming.finish()?);
    let (task, name) = ("task".to_owned(), "logs".to_owned());
    store.note(Artifact { task, name, directory, content_type: None, format: None, files }, time)?;
    Ok(())
}

fn only(place: &Place) -> Result<Artifact, Box<dyn std::error::Error>> {
    let listing = place.list()?;
    let run = listing.runs.first().ok_or("no run")?;
    Ok(run.artifacts.first().ok_or("no artifact")?.clone())
}

#[test]
fn what_runs_left_is_listed_and_fetched_as_it_was() -> TestResult {
    let (root, place) = kept("older", "2026-01-01T00:00:00Z")?;
    leave(&place, "newer", "2026-01-02T00:00:00Z")?;
    fs::create_dir(root.path().join("of-somebody"))?;
    fs::write(root.path().join("file"), "x")?;
    let listing = place.list()?;
    assert_eq!(listing.runs.iter().map(|index| index.run.as_str()).collect::<Vec<_>>(), ["newer", "older"]);
    assert!(listing.unreadable.is_empty());
    let out = tempfile::tempdir()?;
    let to = place.fetch("older", &only(&place)?, &out.path().join("new/here"))?;
    assert_eq!(fs::read_to_string(to.join("deep/b.log"))?, "two");
    assert!(matches!(place.fetch("older", &only(&place)?, &out.path().join("new/here")), Err(StoreError::Exists { .. })));
    assert!(Place::Project(root.path().to_owned()).list()?.runs.is_empty());
    Ok(())
}

/// A list may come with a repository.
#[test]
fn a_list_that_no_run_wrote_is_told_and_left_out() -> TestResult {
    let (root, place) = kept("run", "2026-01-01T00:00:00Z")?;
    let path = root.path().join("run").join(index::NAME);
    let written = fs::read_to_string(&path)?;
    for (from, to) in [
        ("2026-01-01T00:00:00Z", "9999-01-01T00:00:00Z"),
        ("2026-01-01T00:00:00Z", "later"),
        ("task/logs", ".git/rebase-merge"),
        ("task/logs", "task/.logs"),
        ("task/logs", "task"),
        ("task/logs", "task/logs/deeper"),
    ] {
        assert!(written.contains(from), "{written}");
        fs::write(&path, written.replace(from, to))?;
        let listing = place.list()?;
        assert!(listing.runs.is_empty(), "{to}");
        assert!(matches!(listing.unreadable.as_slice(), [StoreError::Forged { .. }]), "{to}: {:?}", listing.unreadable);
    }
    fs::write(&path, written)?;
    assert_eq!(place.list()?.runs.len(), 1);
    Ok(())
}

#[test]
fn what_was_changed_since_is_not_fetched() -> TestResult {
    for (content, what) in [("eno", "other bytes"), ("on", "fewer"), ("one more", "more")] {
        let (root, place) = kept("run", "2026-01-01T00:00:00Z")?;
        fs::write(root.path().join("run/task/logs/a.log"), content)?;
        let out = tempfile::tempdir()?;
        let refused = place.fetch("run", &only(&place)?, out.path());
        assert!(matches!(refused, Err(StoreError::Changed { .. } | StoreError::Size { .. })), "{what}: {refused:?}");
        assert_eq!(fs::read_dir(out.path())?.count(), 0, "{what}: not even an empty directory of the task");
    }
    Ok(())
}

/// Anybody may have put lists and links into a project.
#[test]
fn nothing_but_what_lies_there_is_fetched() -> TestResult {
    let (root, place) = kept("run", "2026-01-01T00:00:00Z")?;
    let (out, artifact) = (tempfile::tempdir()?, only(&place)?);
    let file = root.path().join("run/task/logs/a.log");
    fs::write(root.path().join("secret"), "one")?;
    fs::remove_file(&file)?;
    for target in [root.path().join("secret"), "../../../secret".into(), "deep/b.log".into()] {
        symlink(&target, &file)?;
        let refused = place.fetch("run", &artifact, out.path());
        assert!(matches!(refused, Err(StoreError::Unreadable { .. })), "{target:?}: {refused:?}");
        fs::remove_file(&file)?;
    }
    let list = root.path().join("run/.index.json");
    let good = fs::read_to_string(&list)?;
    for (from, to) in
        [("a.log", "../../../secret"), ("task/logs", "../other"), ("\"run\": \"run\"", "\"run\": \"other\""), ("{", "")]
    {
        fs::write(&list, good.replacen(from, to, 1))?;
        let listing = place.list()?;
        assert_eq!((listing.runs.len(), listing.unreadable.len()), (0, 1), "{to}");
    }
    fs::remove_file(&list)?;
    symlink("/etc/passwd", &list)?;
    assert_eq!(place.list()?.unreadable.len(), 1);
    fs::remove_dir_all(root.path().join("run"))?;
    symlink("/", root.path().join("run"))?;
    assert!(place.list()?.runs.is_empty());
    Ok(())
}
