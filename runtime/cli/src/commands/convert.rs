//! `windlass convert`.

use windlass_config::{ConvertError, Uses, convert};
use windlass_engine::ports::plugin::PluginHost as _;
use windlass_model::plugin::PluginKind;

use crate::args::{ConvertArgs, Global};
use crate::environment::ProcessEnvironment;
use crate::failure::Failure;
use crate::output;
use crate::plugins::Plugins;
use crate::project::{self, Project};

/// What ends the command when nothing could be converted, or not all that was asked for by name.
const NOT_CONVERTED: u8 = 2;

/// Prints the file with typed steps in place of docker scripts, and tells on stderr what became what and what stayed.
///
/// # Errors
/// When the file has errors, a named task or plugin is not there, or the output cannot be written.
pub async fn run(global: &Global, args: &ConvertArgs) -> Result<u8, Failure> {
    let project = Project::open(global, &args.variables, &ProcessEnvironment)?;
    let uses = uses(args, &project).await?;
    let converted = match convert(&project.source, &project.context, &uses, &args.tasks) {
        Ok(converted) => converted,
        Err(ConvertError::File(diagnostics)) => return Err(project::ProjectError::File(diagnostics).show(global)),
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
    if !args.write {
        output::file(converted.text.as_bytes())?;
    } else if !converted.done.is_empty() {
        project.write(&converted.text)?;
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
    let failed = !converted.left.is_empty() && (converted.done.is_empty() || !args.tasks.is_empty());
    Ok(if failed { NOT_CONVERTED } else { 0 })
}

/// The plugins that the steps name: those of `--use`, each of its kind, else the ones that do what docker did.
async fn uses(args: &ConvertArgs, project: &Project) -> Result<Uses, Failure> {
    let plugins = Plugins::start(&args.plugins).await?;
    let mut honours = Vec::new();
    for substitute in &args.plugins.substitutes {
        let plugin = plugins.inspect(&substitute.plugin, &project.directory).await?;
        if plugin.kind != substitute.kind {
            let message = format!("--use {}={}: it is a {} plugin", substitute.kind, plugin.name, plugin.kind);
            return Err(Failure::usage(message, "windlass plugin ls shows the kind of each plugin"));
        }
        if plugin.kind == PluginKind::Build {
            honours = plugin.honours;
        }
    }
    let asked = |kind| args.plugins.substitutes.iter().find(|s| s.kind == kind).map(|s| s.plugin.to_string());
    let build = asked(PluginKind::Build).unwrap_or_else(|| "docker-build".to_owned());
    let daemon = build == "docker-build";
    let push = if daemon { "docker-push" } else { "oci-push" };
    Ok(Uses {
        login: asked(PluginKind::Login).unwrap_or_else(|| "registry-login".to_owned()),
        push: asked(PluginKind::Push).unwrap_or_else(|| push.to_owned()),
        build,
        daemon,
        honours,
    })
}
