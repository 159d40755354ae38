//! `windlass convert`.

use serde_json::json;
use windlass_config::{ConvertError, Converted, Uses, convert};
use windlass_engine::planner::PluginSource;
use windlass_model::plugin::PluginKind;

use crate::args::{ConvertArgs, Global, TableFormat};
use crate::environment::ProcessEnvironment;
use crate::failure::Failure;
use crate::output;
use crate::plugins::{Plugins, source};
use crate::project::Project;
use crate::reading::ProjectError;
use crate::trust::Trust;

/// What ends the command when nothing could be converted, or not all that was asked for by name.
const NOT_CONVERTED: u8 = 2;

/// Prints the file with typed steps in place of docker scripts, and tells on stderr what became what and what stayed.
///
/// # Errors
/// When the file has errors, a named task or plugin is not there, or the output cannot be written.
pub async fn run(global: &Global, args: &ConvertArgs) -> Result<u8, Failure> {
    let project = Project::open(global, &args.variables, &ProcessEnvironment)?;
    let uses = uses(args, &project).await?;
    let converted = match convert(&project.own_source()?, &project.context, &uses, &args.tasks) {
        Ok(converted) => converted,
        Err(ConvertError::File(diagnostics)) => return Err(ProjectError::of_file(diagnostics).show(global)),
        Err(error @ ConvertError::UnknownTask { .. }) => {
            return Err(Failure::Usage { message: error.to_string(), help: Vec::new() });
        }
        Err(error @ ConvertError::NotTheSame(_)) => {
            return Err(Failure::usage(
                error.to_string(),
                "write the steps by hand; windlass plan --use build=PLUGIN shows their requests",
            ));
        }
    };
    let write = args.write && !converted.done.is_empty();
    if write {
        project.write(&converted.text)?;
    }
    let failed = !converted.left.is_empty() && (converted.done.is_empty() || !args.tasks.is_empty());
    let exit_code = if failed { NOT_CONVERTED } else { 0 };
    if args.output == TableFormat::Json {
        let Converted { text, done, notes, left } = converted;
        let text = (!args.write).then_some(text);
        output::json(&json!({ "text": text, "written": write, "converted": done, "notes": notes, "not_converted": left }))?;
        return Ok(exit_code);
    }
    if !args.write {
        output::file(converted.text.as_bytes())?;
    }
    for line in &converted.done {
        output::line(line);
    }
    for line in &converted.notes {
        output::line(&format!("note: {line}"));
    }
    for line in &converted.left {
        output::line(&format!("not converted: {line}"));
    }
    if converted.done.is_empty() && converted.left.is_empty() {
        output::line("note: no script has docker commands to convert");
    }
    Ok(exit_code)
}

/// The plugins that the steps name: those of `--use`, each of its kind, else the ones that do what docker did.
async fn uses(args: &ConvertArgs, project: &Project) -> Result<Uses, Failure> {
    let locked = source::of_project(&args.plugins.given, project, &Trust::nothing())?;
    let host = Plugins::substituting(&args.plugins, &project.directory, locked).await?;
    let plugins = PluginSource::new(host.as_ref(), &project.directory);
    let asked = |kind| args.plugins.substitutes.iter().find(|s| s.kind == kind).map(|s| s.plugin.clone());
    let none = |what: &str| Failure::usage(format!("no known plugin {what}"), "name one with --use");
    let build = match asked(PluginKind::Build) {
        Some(build) => build,
        None => plugins.builds_in_daemon().await.ok_or_else(|| none("builds as docker does"))?,
    };
    let builder = plugins.inspect(&build).await?;
    let push = match asked(PluginKind::Push) {
        Some(push) => push,
        None => plugins.push_for(&builder).await.ok_or_else(|| none(&format!("pushes what {} leaves", builder.name)))?,
    };
    Ok(Uses {
        login: asked(PluginKind::Login).unwrap_or_else(|| windlass_assets::roles().login),
        push,
        build,
        daemon: builder.needs_daemon(),
        honours: builder.honours,
    })
}
