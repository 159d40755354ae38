//! Where what tasks collect is kept.

use std::path::{Path, PathBuf};

use windlass_artifact_store::{Place, Remote};
use windlass_model::plan::{Plan, StepAction};

use crate::args::Global;
use crate::environment::ProcessEnvironment;
use crate::failure::Failure;
use crate::prepare::Prepared;
use crate::project::home_of;
use crate::trust::{Trust, of_artifacts};
use crate::voices::{self, Found};
use crate::{caches, output};

/// The directory that a person named, else the one of the project that a command is about.
pub fn of_project(global: &Global, named: Option<&Path>) -> Place {
    place(named, &home_of(global).unwrap_or_default())
}

/// The store of a run, if something of it goes to one.
///
/// # Errors
/// When it cannot be opened.
pub async fn store_of_run(prepared: &Prepared) -> Result<Option<Remote>, Failure> {
    let Some(location) = location(&prepared.plan) else { return Ok(None) };
    let stores = caches::stores(&prepared.project.voices, &prepared.trust, None)?;
    Ok(Some(Remote::open(location, &stores).await?))
}

fn location(plan: &Plan) -> Option<&windlass_model::cache::StoreLocation> {
    let steps = plan.tasks.iter().flat_map(|task| &task.steps);
    steps.filter_map(|step| if let StepAction::Artifacts(plan) = &step.action { plan.store.as_ref() } else { None }).next()
}

/// The store of the project that a command is about, if settings name one. What a repository says of it that nobody trusts does not count.
///
/// # Errors
/// When a settings file is wrong, or the store cannot be opened.
pub async fn store_of_project(global: &Global) -> Result<Option<Remote>, Failure> {
    let home = home_of(global);
    let found = Found { named: &global.settings, beside: home.as_deref() };
    let voices = voices::find(found, &ProcessEnvironment).map_err(|error| error.show(global))?;
    let trust = Trust::remembered(global, &home.unwrap_or_default(), &ProcessEnvironment);
    let platform = voices.platform();
    let asked = voices.repository.as_ref().and_then(|layer| of_artifacts(layer, &voices, &platform));
    let location = match asked {
        Some(ask) if !trust.allows(&ask) => {
            output::progress("note: the store that the project names was left out: you have not trusted it (windlass trust)");
            platform.artifacts.store
        }
        _ => voices.settings().artifacts.store,
    };
    let Some(location) = location else { return Ok(None) };
    Ok(Some(Remote::open(&location, &caches::stores(&voices, &trust, None)?).await?))
}

/// The directory that a person named, else the project's own. What windlass itself runs in is not named in paths.
pub fn place(named: Option<&Path>, project: &Path) -> Place {
    match named {
        Some(directory) => Place::Named(directory.to_owned()),
        None if is_here(project) => Place::Project(PathBuf::new()),
        None => Place::Project(project.to_owned()),
    }
}

fn is_here(project: &Path) -> bool {
    let canonical = |path: &Path| path.canonicalize().ok();
    project.as_os_str().is_empty()
        || canonical(project).is_some_and(|project| canonical(Path::new(".")).is_some_and(|here| here == project))
}
