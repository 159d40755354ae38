//! `windlass artifacts …`.

mod kept;

use std::path::Path;

use serde_json::json;
use windlass_artifact_store::Artifact;
use windlass_model::text::{one_line, size};

use crate::args::{ArtifactsCommand, Global, TableFormat};
use crate::failure::Failure;
use crate::{output, show};
use kept::{Kept, Run};

/// Lists or fetches artifacts.
///
/// # Errors
/// When they cannot be read, there is no such one, or a file is not what was collected.
pub async fn run(global: &Global, command: &ArtifactsCommand) -> Result<(), Failure> {
    match command {
        ArtifactsCommand::Ls { run, place, output } => list(&Kept::of(global, place).await?, run.as_deref(), *output).await,
        ArtifactsCommand::Get { run, artifact, out, place, output } => {
            let kept = Kept::of(global, place).await?;
            get(&kept, (run.as_deref(), artifact.as_deref()), out, *output).await
        }
    }
}

async fn list(kept: &Kept, run: Option<&str>, output: TableFormat) -> Result<(), Failure> {
    let runs = match run {
        Some(run) => vec![kept.named(run).await?],
        None => kept.all().await?,
    };
    match output {
        TableFormat::Json => output::json(&runs.iter().map(|run| &run.index).collect::<Vec<_>>()),
        TableFormat::Text if runs.is_empty() => {
            output::line(&format!("there are no artifacts in {}", kept.places()));
            Ok(())
        }
        TableFormat::Text if run.is_some() => output::text(&files(kept, &runs)),
        TableFormat::Text => output::text(&overview(kept, &runs)),
    }
}

fn overview(kept: &Kept, runs: &[Run]) -> String {
    let header = ["RUN", "TIME", "TASK", "ARTIFACT", "FILES", "SIZE", "WHERE"].map(str::to_owned).to_vec();
    let row = |run: &Run, artifact: &Artifact| {
        vec![
            run.index.run.clone(),
            run.index.time.clone(),
            artifact.task.clone(),
            artifact.name.clone(),
            artifact.files.len().to_string(),
            size(artifact.size()),
            kept.shown(run, artifact),
        ]
    };
    let rows = runs.iter().flat_map(|run| run.index.artifacts.iter().map(move |artifact| row(run, artifact)));
    show::table(&[header].into_iter().chain(rows).collect::<Vec<_>>())
}

fn files(kept: &Kept, runs: &[Run]) -> String {
    let mut text = String::new();
    for run in runs {
        for artifact in &run.index.artifacts {
            let path = kept.shown(run, artifact);
            text.push_str(&format!("{} of {}, in {}\n", one_line(&artifact.name), one_line(&artifact.task), one_line(&path)));
            let row = |file: &windlass_model::artifact::ArtifactFile| {
                vec![String::new(), size(file.size), file.digest.to_string(), file.path.to_string()]
            };
            text.push_str(&show::table(&artifact.files.iter().map(row).collect::<Vec<_>>()));
        }
    }
    text
}

async fn get(kept: &Kept, (run, wanted): (Option<&str>, Option<&str>), out: &Path, output: TableFormat) -> Result<(), Failure> {
    // A run's name has no slash.
    let (run, wanted) = match (run, wanted) {
        (Some(artifact), None) if artifact.contains('/') => (None, Some(artifact)),
        given => given,
    };
    let run = match run {
        Some(run) => kept.named(run).await?,
        None => kept.last().await?,
    };
    let index = &run.index;
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
        let path = match &kept.store {
            Some(store) if run.in_store => store.fetch(&index.run, artifact, out).await?,
            _ => kept.place.fetch(&index.run, artifact, out)?,
        };
        let path = path.display().to_string();
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
