//! `plugin new` and `plugin build`: projects of authors.

use std::path::{Path, PathBuf};

use windlass_config::{Findings, Place, Source};
use windlass_model::text;
use windlass_plugin_kit::{Builder, NewPlugin, Tools, new};

use crate::failure::{self, Failure};
use crate::output;

/// What to do about a build that a compiler refuses.
const HELP: &str =
    "mend what the compiler names; a new project of windlass plugin new builds as it stands, and can be compared with";

/// Writes a project and says what comes next.
///
/// # Errors
/// When a word is none that is known, or the directory is not empty.
pub(super) fn create(wanted: &NewPlugin<'_>) -> Result<(), Failure> {
    let help = "windlass plugin new --help shows what it takes";
    let created = new(wanted).map_err(|error| Failure::usage(failure::causes(&error), help))?;
    output::progress(&format!("wrote a {} project of {} files", created.language, created.files.len()));
    output::text(&format!("{}\n", created.directory.display()))?;
    output::progress(&format!("next: windlass plugin build {}", created.directory.display()));
    Ok(())
}

/// Builds a project.
///
/// # Errors
/// When it is none, a compiler is missing or fails, or the component is not what the project says.
pub(super) async fn build(directory: &Path) -> Result<(), Failure> {
    let directory: PathBuf = directory.to_owned();
    let tools = Tools::of_environment()
        .ok_or_else(|| Failure::usage("there is no cache directory for compilers", "set HOME or XDG_CACHE_HOME"))?;
    let work = move || Builder { tools: &tools, say: &|line| output::line(line) }.build(&directory);
    let built = tokio::task::spawn_blocking(work).await.map_err(|error| Failure::Runtime(std::io::Error::other(error)))?;
    let built = built.map_err(|error| {
        if let Some(said) = error.compiler() {
            output::progress(said);
        }
        let message = error.member().and_then(placed).unwrap_or_else(|| failure::causes(&error));
        // Of a compiler's own words, windlass knows no cure.
        let help = error.is_of_compiler().then(|| HELP.to_owned()).into_iter().collect();
        Failure::Usage { message, help }
    })?;
    if !built.warnings.is_empty() {
        output::progress(&built.warnings);
    }
    for power in &built.unused {
        output::line(&format!("note: the project names the power {power}, which the code does not use"));
    }
    output::progress(&format!("built {} ({}, {})", built.name, text::size(built.size), built.digest.short()));
    output::text(&format!("{}\n", built.component.display()))
}

/// What is wrong with a member of `windlass-plugin.yaml`, with its line and column.
fn placed((path, member, why): (&Path, &str, &str)) -> Option<String> {
    let text = windlass_files::named(path, windlass_files::TEXT).ok()?;
    let findings = Findings::of(&Source::new(path.display().to_string(), text))?;
    let (line, column) = findings.position(Place::Root(member));
    Some(format!("{}:{line}:{column}: {why}", path.display()))
}
