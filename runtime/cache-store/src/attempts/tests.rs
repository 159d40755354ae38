use super::*;

fn attempt(run: &str, time: u64, result: Looked) -> Attempt {
    let (task, name, key) = ("test".to_owned(), "deps".to_owned(), "k".to_owned());
    Attempt { run: run.into(), task, name, key, scopes: Vec::new(), result, fingerprint: None, time }
}

#[test]
fn the_last_attempt_and_the_one_that_had_an_entry_are_remembered() -> Result<(), Box<dyn std::error::Error>> {
    let base = tempfile::tempdir()?;
    let attempts = Attempts::of(base.path(), Path::new("/"));
    assert_eq!(attempts.last()?, []);
    let miss = || Looked::Miss { reason: Miss::Absent };
    for (run, time) in [("first", 1), ("second", 2), ("third", 3)] {
        attempts.note(&attempt(run, time, miss()))?;
        if run == "first" {
            attempts.stored("another", "test", "deps")?;
            attempts.stored(run, "test", "deps")?;
        }
    }
    let other = Attempt { task: "other".into(), ..attempt("third", 9, miss()) };
    attempts.note(&other)?;
    let noted = attempts.last()?;
    assert_eq!(noted.iter().map(|noted| noted.last.task.as_str()).collect::<Vec<_>>(), ["other", "test"]);
    let before = noted.get(1).and_then(|noted| noted.before.as_ref());
    assert_eq!(before.map(|before| before.run.as_str()), Some("first"));
    assert_eq!(Attempts::of(base.path(), base.path()).last()?, [], "of another project");
    Ok(())
}
