//! What tasks collect: whole, under their names, or not at all.

use std::fs;
use std::path::{Path, PathBuf};

use windlass_artifact_store::Index;
use windlass_engine::run::Cancel;
use windlass_model::digest::Digest;
use windlass_model::event::{FailureKind, Level, RunEvent, StepOutcome};
use windlass_model::task::{Action, Step, When};

use super::outcome::Run;
use super::support::local::{Fault, Local};
use super::{run, run_steps, step, task};

fn artifacts(name: &str, when: When, paths: &[&str]) -> Step {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    let action = Action::Artifacts { paths, content_type: Some("text/plain".into()), format: None };
    Step { action, ..step(name, when, &[]) }
}

fn kept(run: &Run, name: &str) -> PathBuf {
    run.artifacts.path().join("run/t").join(name)
}

/// Every entry of the run's directory, those that begin with a dot and are no list included.
fn all_names(run: &Run) -> Vec<String> {
    let entries = fs::read_dir(run.artifacts.path().join("run/t")).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

fn warnings(run: &Run) -> Vec<&str> {
    let warning = |event: &'_ RunEvent| matches!(event, RunEvent::PodNotice { level: Level::Warning, .. });
    let events = run.events.iter().filter(|event| warning(event));
    events
        .filter_map(|event| if let RunEvent::PodNotice { message, .. } = event { Some(message.as_str()) } else { None })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_collected_in_their_turn_with_their_digests() {
    let steps = vec![
        step(
            "make",
            When::OnSuccess,
            &["mkdir -p out/deep", "printf one > out/a.log", "printf two > out/deep/b.log", "printf no > out/c.txt"],
        ),
        artifacts("logs", When::OnSuccess, &["out/**/*.log", "$CIRRUS_WORKING_DIR/out/c.*"]),
        step("change", When::OnSuccess, &["printf changed > out/a.log", "echo SUB=deep >> $CIRRUS_ENV"]),
        artifacts("later", When::OnSuccess, &["out/${SUB}/*"]),
    ];
    let run = run_steps(Local::new(None), steps).await;
    assert_eq!(run.outcome.exit_code.code(), 0, "{:?}", run.events);
    for (path, content) in
        [("logs/out/a.log", "one"), ("logs/out/deep/b.log", "two"), ("logs/out/c.txt", "no"), ("later/out/deep/b.log", "two")]
    {
        assert_eq!(fs::read_to_string(kept(&run, path)).expect(path), content);
    }
    let told: Vec<_> = run
        .events
        .iter()
        .filter_map(|event| match event {
            RunEvent::ArtifactFile { artifact, path, size, digest, .. } => Some(format!("{artifact} {path} {size} {digest}")),
            RunEvent::ArtifactCollected { artifact, directory, files, size, .. } => {
                assert!(Path::new(directory).ends_with(format!("run/t/{artifact}")), "{directory}");
                Some(format!("{artifact}: {files} of {size}"))
            }
            _ => None,
        })
        .collect();
    let file = |artifact: &str, path: &str, content: &str| format!("{artifact} {path} {} {}", content.len(), Digest::of(content));
    let expected = [
        file("logs", "out/a.log", "one"),
        file("logs", "out/c.txt", "no"),
        file("logs", "out/deep/b.log", "two"),
        "logs: 3 of 8".to_owned(),
        file("later", "out/deep/b.log", "two"),
        "later: 1 of 3".to_owned(),
    ];
    assert_eq!(told, expected);
    let index: Index =
        serde_json::from_slice(&fs::read(run.artifacts.path().join("run/.index.json")).expect("a list")).expect("a list");
    let listed: Vec<_> = index
        .artifacts
        .iter()
        .map(|one| (one.task.as_str(), one.name.as_str(), one.directory.as_str(), one.files.len()))
        .collect();
    assert_eq!(listed, [("t", "logs", "t/logs", 3), ("t", "later", "t/later", 1)]);
    assert_eq!(index.artifacts.first().and_then(|one| one.content_type.as_deref()), Some("text/plain"));
    assert_eq!(run.standing, [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_conditions_of_the_language_hold() {
    let steps = vec![
        step("break", When::OnSuccess, &["echo x > report", "exit 1"]),
        artifacts("never", When::OnSuccess, &["report"]),
        artifacts("failed", When::OnFailure, &["report"]),
        artifacts("always", When::Always, &["report"]),
    ];
    let run = run_steps(Local::new(None), steps).await;
    assert_eq!(run.outcome.exit_code.code(), 1);
    assert_eq!(all_names(&run), ["always", "failed"]);
    let slow = vec![
        step("slow", When::OnSuccess, &["echo x > report", "touch ../ready", "sleep 600"]),
        artifacts("always", When::Always, &["report"]),
    ];
    let driver = Local::new(None);
    let (cancel, ready) = (Cancel::default(), driver.path().join("ready"));
    let interrupt = cancel.soft.clone();
    tokio::spawn(async move {
        while !ready.exists() {
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
        interrupt.cancel();
    });
    let run = self::run(driver, |directory| vec![task(directory, slow)], cancel, None).await;
    assert_eq!((run.outcome.exit_code.code(), all_names(&run)), (130, vec!["always".to_owned()]), "{:?}", run.events);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_match_is_a_warning_and_what_is_no_file_is_told() {
    let steps = vec![
        step(
            "make",
            When::OnSuccess,
            &["mkdir -p dist/sub", "echo x > dist/a", "mkfifo dist/pipe", "ln -s nothing dist/dangling", "ln -s a dist/link"],
        ),
        artifacts("none", When::OnSuccess, &["*.nothing", "dist"]),
        artifacts("some", When::OnSuccess, &["dist/**"]),
    ];
    let run = run_steps(Local::new(None), steps).await;
    assert_eq!(run.outcome.exit_code.code(), 0, "{:?}", run.events);
    let warnings = warnings(&run);
    for expected in [
        "none: 0 artifacts for *.nothing: no file of ",
        "none: dist is not collected: it is a directory; write dist/** for the files in it",
        "some: dist/pipe is not collected: it is a pipe",
        "some: dist/dangling is not collected: it is a link that leads nowhere",
    ] {
        assert!(warnings.iter().any(|warning| warning.starts_with(expected)), "{expected}: {warnings:?}");
    }
    assert_eq!(all_names(&run), ["some"]);
    assert_eq!(fs::read_to_string(kept(&run, "some/dist/link")).expect("the link's file"), "x\n");
    assert!(!fs::symlink_metadata(kept(&run, "some/dist/link")).expect("it is there").is_symlink());
}

async fn refused(make: &[&str], paths: &[&str]) -> (Run, windlass_model::event::Failure) {
    let steps = vec![step("make", When::OnSuccess, make), artifacts("some", When::OnSuccess, paths)];
    let run = run_steps(Local::new(None), steps).await;
    assert_eq!(run.outcome.exit_code.code(), 1, "{:?}", run.events);
    assert_eq!(all_names(&run), [""; 0], "nothing is left");
    let failure = run.task_failure().expect("a failure");
    assert_eq!(failure.kind, FailureKind::Task);
    (run, failure)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_leads_out_of_the_working_directory_fails_the_step() {
    for (make, paths, says) in [
        (&["ln -s /etc/passwd secret"][..], &["*"][..], "\"secret\" is a link that leads out of the working directory"),
        (&["ln -s /etc etc"], &["etc/passwd"], "\"etc\" is a link that leads out"),
        (&["echo OUT=/etc/passwd >> $CIRRUS_ENV"], &["$OUT"], "`/etc/passwd` is not below the working directory"),
        (&["echo OUT=../../etc >> $CIRRUS_ENV"], &["$OUT/passwd"], "`../../etc/passwd` leads out of the working directory"),
        (&["touch $'bad\\nname'"], &["*"], "cannot be collected: the name holds control characters"),
        (&["touch $'bad\\xff'"], &["*"], "cannot be collected: the name is not UTF-8"),
    ] {
        let (_, failure) = refused(make, paths).await;
        assert!(failure.message.contains(says), "{says}: {}", failure.message);
        assert!(windlass_model::text::is_fit(&failure.message), "{:?}", failure.message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_settings_allow_names_the_biggest_and_keeps_nothing() {
    let make = &["echo x > small", "truncate -s 3G big"];
    let (_, failure) = refused(make, &["*"]).await;
    assert_eq!(
        failure.message,
        "2 files of 3.0 GiB together, and at most 1.0 GiB may be collected; the biggest is big (3.0 GiB)"
    );
    assert!(failure.help.is_some_and(|help| help.contains("artifacts: {max_size: …}")));
}

/// Bytes are bytes: nothing is masked in files. Whoever passes them on is told.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_holds_a_secret_is_told() {
    let steps = vec![
        step("token", When::OnSuccess, &["echo MY_TOKEN=s3cr3t-of-the-run >> $CIRRUS_ENV"]),
        step(
            "make",
            When::OnSuccess,
            &[
                "head -c 300000 /dev/zero > leak",
                "printf %s \"$MY_TOKEN\" >> leak",
                "echo fine > clean",
                "echo fine > \"n-$MY_TOKEN\"",
            ],
        ),
        artifacts("some", When::OnSuccess, &["*"]),
    ];
    let run = run_steps(Local::new(None), steps).await;
    assert_eq!(run.outcome.exit_code.code(), 0, "{:?}", run.events);
    assert_eq!(
        warnings(&run),
        ["some: leak, n-s3cr3t-of-the-run hold the value of a secret, in the name or in the bytes, and neither is masked"]
    );
    assert!(fs::read(kept(&run, "some/leak")).expect("the file").ends_with(b"s3cr3t-of-the-run"));
}

const RANDOM: &[&str] = &["head -c 20000000 /dev/urandom > big", "sha256sum big"];

/// Streams that break every two megabytes bring every byte all the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_cut_brings_all_of_it() {
    let steps = vec![step("make", When::OnSuccess, RANDOM), artifacts("some", When::OnSuccess, &["big"])];
    let run = run_steps(Local::new(Some(Fault::CutStreams(2_000_000))), steps).await;
    assert_eq!(run.outcome.exit_code.code(), 0, "{:?}", run.events);
    let digest = Digest::of(fs::read(kept(&run, "some/big")).expect("the file"));
    assert!(run.output().contains(digest.as_str().trim_start_matches("sha256:")), "{digest}: {}", run.output());
}

/// The first file comes, and of the second no piece ever arrives whole: the connection is lost for good in the middle.
#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_lost_leaves_no_half_and_is_not_green() {
    let steps = vec![step("make", When::OnSuccess, &["echo a > a", RANDOM[0]]), artifacts("some", When::OnSuccess, &["*"])];
    let run = run_steps(Local::new(Some(Fault::CutStreams(60_000))), steps).await;
    assert_eq!(run.steps().first().map(|(_, outcome)| outcome.clone()), Some(StepOutcome::Passed), "{:?}", run.events);
    assert_eq!(run.outcome.exit_code.code(), 3, "{:?}", run.events);
    assert_eq!(all_names(&run), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pod_that_is_lost_leaves_no_half_and_is_not_green() {
    let make = step("make", When::OnSuccess, &["truncate -s 900M big"]);
    let late = step("late", When::Always, &["touch ../struck", "sleep 600"]);
    let tasks = |directory: &Path| vec![task(directory, vec![make, late, artifacts("some", When::Always, &["big"])])];
    let run = run(Local::new(Some(Fault::DeletedByOthers)), tasks, Cancel::default(), Some("struck")).await;
    assert_ne!(run.outcome.exit_code.code(), 0, "{:?}", run.events);
    assert_eq!(all_names(&run), [""; 0]);
}

/// The same events and lines as a plugin's remarks, and no failure: whether tests passed, the step that ran them says.
#[tokio::test(flavor = "multi_thread")]
async fn reports_become_remarks_and_what_is_none_a_warning() {
    let report = r#"<testsuites><testsuite name='s'><testcase classname='c' name='t' file='src/a.c' line='3'><failure message='it broke'/></testcase></testsuite></testsuites>"#;
    let make = format!("mkdir out; echo \"{report}\" > out/good.xml; echo no > out/bad.xml");
    let Step { action: Action::Artifacts { paths, content_type, .. }, .. } =
        artifacts("reports", When::OnSuccess, &["out/*.xml"])
    else {
        panic!("artifacts");
    };
    let action = Action::Artifacts { paths, content_type, format: Some("JUnit".into()) };
    let steps = vec![step("make", When::OnSuccess, &[&make]), Step { action, ..step("reports", When::OnSuccess, &[]) }];
    let run = run_steps(Local::new(None), steps).await;
    assert_eq!(run.outcome.exit_code.code(), 0, "{:?}", run.events);
    let remarks: Vec<_> = run
        .events
        .iter()
        .filter_map(|event| match event {
            RunEvent::Annotated { step, annotation } => {
                Some((step.name.as_str(), annotation.place(), annotation.level, annotation.message.as_str()))
            }
            _ => None,
        })
        .collect();
    assert_eq!(remarks, [("reports", "src/a.c:3".to_owned(), Level::Error, "it broke")]);
    let warnings = warnings(&run);
    assert!(
        matches!(&warnings[..], [one] if one.starts_with("reports: out/bad.xml is no report in the format junit: line ")),
        "{warnings:?}"
    );
    assert_eq!(all_names(&run), ["reports"]);
}
