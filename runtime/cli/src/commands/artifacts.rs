//! `windlass artifacts …`.

use std::path::Path;

use serde_json::json;
use windlass_artifact_store::{Artifact, Index, Place};
use windlass_model::text::{one_line, size};

use crate::args::{ArtifactsCommand, Global, TableFormat};
use crate::failure::Failure;
use crate::{artifacts, output, show};

/// Lists or fetches artifacts.
///
/// # Errors
/// When they cannot be read, there is no such one, or a file is not what was collected.
pub fn run(global: &Global, command: &ArtifactsCommand) -> Result<(), Failure> {
    match command {
        ArtifactsCommand::Ls { run, place, output } => {
            list(&artifacts::of_project(global, place.directory.as_deref()), run.as_deref(), *output)
        }
        ArtifactsCommand::Get { run, artifact, out, place, output } => {
            let place = artifacts::of_project(global, place.directory.as_deref());
            get(&place, (run.as_deref(), artifact.as_deref()), out, *output)
        }
    }
}

/// What there is. What cannot be read is told, and does not hide the rest.
fn runs(place: &Place) -> Result<Vec<Index>, Failure> {
    let listing = place.list()?;
    for unreadable in listing.unreadable {
        output::line(&format!("warning: {}", crate::failure::causes(&unreadable)));
    }
    Ok(listing.runs)
}

fn list(place: &Place, run: Option<&str>, output: TableFormat) -> Result<(), Failure> {
    let mut runs = runs(place)?;
    if let Some(run) = run {
        runs = vec![named(runs, run, place)?];
    }
    match output {
        TableFormat::Json => output::json(&runs),
        TableFormat::Text if runs.is_empty() => {
            output::line(&format!("there are no artifacts in {}", place.path().display()));
            Ok(())
        }
        TableFormat::Text if run.is_some() => output::text(&files(place, &runs)),
        TableFormat::Text => output::text(&overview(place, &runs)),
    }
}

fn named(runs: Vec<Index>, run: &str, place: &Place) -> Result<Index, Failure> {
    runs.into_iter().find(|index| index.run == run).ok_or_else(|| {
        let message = format!("no run {run} has left artifacts in {}", place.path().display());
        Failure::usage(message, "windlass artifacts ls lists those that have")
    })
}

fn overview(place: &Place, runs: &[Index]) -> String {
    let header = ["RUN", "TIME", "TASK", "ARTIFACT", "FILES", "SIZE", "WHERE"].map(str::to_owned).to_vec();
    let row = |index: &Index, artifact: &Artifact| {
        vec![
            index.run.clone(),
            index.time.clone(),
            artifact.task.clone(),
            artifact.name.clone(),
            artifact.files.len().to_string(),
            size(artifact.size()),
            place.path().join(&index.run).join(artifact.directory.as_str()).display().to_string(),
        ]
    };
    let rows = runs.iter().flat_map(|index| index.artifacts.iter().map(move |artifact| row(index, artifact)));
    show::table(&[header].into_iter().chain(rows).collect::<Vec<_>>())
}

fn files(place: &Place, runs: &[Index]) -> String {
    let mut text = String::new();
    for index in runs {
        for artifact in &index.artifacts {
            let path = place.path().join(&index.run).join(artifact.directory.as_str()).display().to_string();
            text.push_str(&format!("{} of {}, in {}\n", one_line(&artifact.name), one_line(&artifact.task), one_line(&path)));
            let row = |file: &windlass_model::artifact::ArtifactFile| {
                vec![String::new(), size(file.size), file.digest.to_string(), file.path.to_string()]
            };
            text.push_str(&show::table(&artifact.files.iter().map(row).collect::<Vec<_>>()));
        }
    }
    text
}

fn get(place: &Place, (run, wanted): (Option<&str>, Option<&str>), out: &Path, output: TableFormat) -> Result<(), Failure> {
    // A run's name has no slash.
    let (run, wanted) = match (run, wanted) {
        (Some(artifact), None) if artifact.contains('/') => (None, Some(artifact)),
        given => given,
    };
    let runs = runs(place)?;
    let index = match run {
        Some(run) => named(runs, run, place)?,
        None => runs.into_iter().next().ok_or_else(|| {
            let message = format!("there are no artifacts in {}", place.path().display());
            Failure::usage(message, "name the directory that `run --artifacts DIR` kept them in, with --artifacts DIR")
        })?,
    };
    let is_wanted = |artifact: &&Artifact| {
        wanted.is_none_or(|wanted| {
            // As the last screen writes it, and as the directory is called.
            artifact.directory.as_str() == wanted || wanted.strip_prefix(&*artifact.task) == Some(&format!("/{}", artifact.name))
        })
    };
    let chosen: Vec<&Artifact> = index.artifacts.iter().filter(is_wanted).collect();
    if chosen.is_empty() {
        let known: Vec<&str> = index.artifacts.iter().map(|artifact| artifact.directory.as_str()).collect();
        let message = format!("run {} has no artifact {}", index.run, wanted.unwrap_or_default());
        return Err(Failure::usage(message, format!("it has {}", known.join(", "))));
    }
    let mut records = Vec::new();
    for artifact in chosen {
        let path = place.fetch(&index.run, artifact, out)?.display().to_string();
        if output == TableFormat::Text {
            let files = artifact.files.len();
            let plural = if files == 1 { "" } else { "s" };
            output::text(&format!("{}: {files} file{plural}, {}\n", one_line(&path), size(artifact.size())))?;
        }
        records.push(
            json!({ "run": index.run, "task": artifact.task, "name": artifact.name, "path": path, "files": artifact.files }),
        );
    }
    if output == TableFormat::Json { output::json(&records) } else { Ok(()) }
}
