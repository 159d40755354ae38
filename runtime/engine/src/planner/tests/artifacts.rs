//! What steps collect, against what settings allow and where the working directory is.

use windlass_model::artifact::MAX_SIZE;
use windlass_model::plan::StepAction;
use windlass_model::quantity::MebiBytes;
use windlass_model::secret::EnvVar;
use windlass_model::settings::{ArtifactSettings, Settings};
use windlass_model::task::{Action, Step, When};

use super::world::{Asking, planned, planned_of, refused, task};

fn collects(name: &str, paths: &[&str]) -> Step {
    let paths = paths.iter().map(|path| (*path).to_owned()).collect();
    let action = Action::Artifacts { paths, content_type: None, format: Some("junit".into()) };
    Step { name: name.to_owned(), when: When::Always, action, line: 5 }
}

fn allows(size: u64) -> Settings {
    let artifacts = ArtifactSettings { max_size: Some(MebiBytes(size)), ..ArtifactSettings::default() };
    Settings { artifacts, ..Settings::default() }
}

async fn size(settings: Settings, more: Vec<Settings>) -> MebiBytes {
    let more = more.into_iter().map(|settings| ("theirs.yaml".to_owned(), settings)).collect();
    let plan = planned(&Asking::of_files(settings, more), vec![collects("logs", &["*.log"])]).await.unwrap();
    match &plan.tasks[0].steps[0].action {
        StepAction::Artifacts(artifact) => artifact.max_size,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_smallest_size_that_a_file_names_counts() {
    assert_eq!(size(Settings::default(), vec![Settings::default()]).await, MAX_SIZE);
    assert_eq!(size(allows(5), vec![allows(9000)]).await, MebiBytes(5));
    assert_eq!(size(allows(9000), vec![allows(5)]).await, MebiBytes(5));
    assert_eq!(size(Settings::default(), vec![allows(9000)]).await, MebiBytes(9000));
}

#[tokio::test]
async fn every_artifact_has_a_directory_of_its_own() {
    let steps = vec![collects("logs", &["*.log"]), collects("logs/../x", &["a"]), collects("logs", &["b"])];
    let plan = planned(&Asking::of(Settings::default()), steps).await.unwrap();
    let directories: Vec<&str> = plan.tasks[0]
        .steps
        .iter()
        .map(|step| match &step.action {
            StepAction::Artifacts(artifact) => artifact.directory.as_str(),
            other => panic!("{other:?}"),
        })
        .collect();
    let apart: std::collections::BTreeSet<&str> = directories.iter().copied().collect();
    assert_eq!(apart.len(), 3, "{directories:?}");
    assert!(directories.iter().all(|directory| directory.starts_with("t/logs") && directory.matches('/').count() == 1));
}

#[tokio::test]
async fn what_lies_outside_is_refused_before_a_pod_is_made() {
    let world = Asking::of(Settings::default());
    for (path, says) in [
        ("../x", "`../x` leads out of the working directory (/tmp/cirrus-ci-build)"),
        ("/etc/passwd", "`/etc/passwd` is not below the working directory (/tmp/cirrus-ci-build)"),
        ("$CIRRUS_WORKING_DIR/../x", "is not below the working directory"),
        ("a[", "`a[` is not a pattern of files: a `[` has no `]`"),
        (".", "write `**` for all files"),
    ] {
        let text = refused(&world, vec![collects("logs", &["fine", path])]).await;
        assert!(text.contains("line 5: task t, step logs: ") && text.contains(says), "{path}: {text}");
    }
    // What a step may still set is judged once it is used.
    for path in ["$LATER/x", "/tmp/cirrus-ci-build/a", "$CIRRUS_WORKING_DIR/a", "Outer$Inner.class"] {
        assert!(planned(&world, vec![collects("logs", &[path])]).await.is_ok(), "{path}");
    }
    let mut moved = task(0, vec![collects("logs", &["/elsewhere/a"])]);
    moved.env.push(EnvVar::text("CIRRUS_WORKING_DIR", "/elsewhere"));
    assert!(planned_of(&world, &[moved], &[]).await.is_ok());
}
