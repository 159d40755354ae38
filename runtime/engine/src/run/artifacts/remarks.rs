//! What collected reports say of lines of files. A file that is no report is a warning, and fails nothing.

use windlass_annotations::{Format, LARGEST, MOST};
use windlass_artifact_store::Artifact;
use windlass_model::event::{Level, RunEvent};
use windlass_model::result::Annotation;
use windlass_working_copy::paths;

use super::Collecting;
use super::places::Project;
use crate::words::in_one_line;

/// Warnings about files that are no reports; more are counted.
const WARNINGS: usize = 5;

/// What the reports of one artifact came to.
#[derive(Default)]
struct Remarks {
    annotations: Vec<Annotation>,
    more: u64,
    warnings: Vec<String>,
}

/// Reads the files of an artifact, if its format is known, and tells what they say.
pub(super) async fn make(from: &Collecting<'_>, artifact: &Artifact) {
    let Some(format) = artifact.format.as_deref().and_then(Format::parse) else { return };
    let (store, artifact) = (from.store.clone(), artifact.clone());
    let (directory, copy) = (from.directory.to_owned(), from.context.workspace.clone());
    let reading = tokio::task::spawn_blocking(move || {
        let mut remarks = Remarks::default();
        // Without the files of the project, reports are believed.
        let known = paths(&copy.root, &copy.secret_files).unwrap_or_else(|error| {
            tracing::debug!(%error, "the files of the project are not known");
            Vec::new()
        });
        let project = Project::new(&directory, known);
        let files = match store.files() {
            Ok(files) => files,
            Err(error) => return Remarks { warnings: vec![in_one_line(&error)], ..remarks },
        };
        for file in &artifact.files {
            let read = files.read(&artifact.directory, &file.path, LARGEST).map_err(|error| in_one_line(&error));
            let report = read.and_then(|bytes| {
                windlass_annotations::read(format, file.path.as_str(), &bytes, &project)
                    .map_err(|error| format!("{} is no report in the format {format}: {error}", file.path))
            });
            match report {
                Ok(report) => {
                    let room = MOST.saturating_sub(remarks.annotations.len());
                    remarks.more += report.more + report.annotations.len().saturating_sub(room) as u64;
                    remarks.annotations.extend(report.annotations.into_iter().take(room));
                }
                Err(warning) => remarks.warnings.push(warning),
            }
        }
        remarks
    });
    let Ok(remarks) = reading.await else {
        return from.warn(format!("{}: its files could not be read as {format}", from.step.name)).await;
    };
    tell(from, remarks).await;
}

async fn tell(from: &Collecting<'_>, remarks: Remarks) {
    let name = &from.step.name;
    let more = remarks.warnings.len().saturating_sub(WARNINGS);
    for warning in remarks.warnings.into_iter().take(WARNINGS) {
        from.warn(format!("{name}: {warning}")).await;
    }
    if more > 0 {
        from.warn(format!("{name}: {more} more files are no such reports")).await;
    }
    for annotation in remarks.annotations {
        from.context.send(RunEvent::Annotated { step: from.step.clone(), annotation }).await;
    }
    if remarks.more > 0 {
        let message = format!("{name}: its reports say {} things more, which are in the files", remarks.more);
        from.context.notice(None, Level::Info, message).await;
    }
}
