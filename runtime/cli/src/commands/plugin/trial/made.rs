//! `plugin run --file`: the tasks that a config plugin makes of a file, printed. The entry of `generate` is written here; what becomes of it is
//! decided where that of any other is: by policy, grants and the user's trust.

use std::path::{Path, PathBuf};

use serde_json::json;
use windlass_config::Writer;

use super::with;
use crate::args::{Global, TryArgs};
use crate::environment::ProcessEnvironment;
use crate::failure::Failure;
use crate::generated::{Generated, How};
use crate::output;
use crate::plugins::bundled::Bundled;
use crate::project::Opened;
use crate::reading::ProjectError;
use crate::voices::{Generator, Layer};

/// Prints the tasks.
///
/// # Errors
/// As [`Generated::find`].
pub(super) async fn print(global: &Global, args: &TryArgs, file: &Path) -> Result<(), Failure> {
    let global = Global { file: None, task: Some(String::new()), ..global.clone() };
    let entry = json!({"file": file, "uses": args.plugin, "with": with(args)?});
    let made = made(&global, args, &entry).await.map_err(|error| error.show(&global))?;
    made.made.first().map_or(Ok(()), |made| output::file(output::redactor().text(&made.text).as_bytes()))
}

async fn made(global: &Global, args: &TryArgs, entry: &serde_json::Value) -> Result<Generated, ProjectError> {
    let layer = settings(entry)?;
    let bundled = Bundled::find(global, &args.plugins, &ProcessEnvironment).await?;
    let opened = Opened::look(global, (&args.variables, &args.secrets), bundled, &ProcessEnvironment)?;
    let how = How { asks: true, ..How::looking(&args.plugins) };
    let all = layer.settings.generate.iter().enumerate();
    let generators = all.map(|(at, said)| Generator { layer: &layer, at, said, of_repository: true }).collect();
    Generated::of(global, &opened, generators, how).await
}

/// The settings of a project that has this entry. Messages name them as the command that wrote them.
fn settings(entry: &serde_json::Value) -> Result<Layer, ProjectError> {
    let text = json!({"generate": [entry]}).to_string();
    let (layer, problems) = Layer::read(PathBuf::from("plugin run"), text.into_bytes(), Writer::Repository);
    if problems.has_errors() { Err(ProjectError::of_files(vec![problems])) } else { Ok(layer) }
}
