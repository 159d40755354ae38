//! `windlass init`: the first files of a project.

mod dockerfiles;
mod found;
mod from;
mod question;
mod setup;

use std::path::Path;

use windlass_config::FILE_NAMES;
use windlass_files::put_named;
use windlass_model::plugin::{ImagePlace, PluginKind};
use windlass_model::plugin_reference::PluginReference;
use windlass_plugin_host::{kind_of, leaves_of};
use windlass_working_copy::git::{Program, gather};

use crate::args::{InitArgs, On, TargetOptions};
use crate::failure::Failure;
use crate::{kubeconfig, output};
use setup::{Place, Setup};

/// Where the tasks of a project are.
const TASKS: &str = FILE_NAMES[0];

/// Where its settings are.
const SETTINGS: &str = "windlass.yaml";

/// Which plugins the steps use.
struct Builders {
    login: String,
    build: String,
    push: String,
}

/// Writes `.cirrus.yml`, and `windlass.yaml` where there is something to say in it.
///
/// # Errors
/// When there is a task file already, nothing to build, nothing that says which image or cluster is meant, or a file cannot be written.
pub async fn run(args: &InitArgs) -> Result<(), Failure> {
    refuse_if_there(args)?;
    let place = place(&args.place)?;
    let roles = windlass_assets::roles();
    let builders = Builders { login: roles.login.to_string(), build: builder(args)?, push: roles.push.to_string() };
    let (setup, remarks) = match &args.from {
        Some(file) => {
            let lifted = from::read(file, &builders)?;
            let from::Lifted { tasks, variables, secrets, remarks } = lifted;
            (Setup { place, tasks, variables, secrets }, remarks)
        }
        None => {
            let here =
                std::env::current_dir().map_err(|source| Failure::Unreadable { path: ".".into(), source, help: Vec::new() })?;
            let facts = Program::of(&here).ok().and_then(|git| gather(&git).ok());
            let found::Found { tasks, secrets, remark } = found::look(args, &here, facts.as_ref(), &builders).await?;
            (Setup { place, tasks, variables: Vec::new(), secrets }, Vec::from_iter(remark))
        }
    };
    write(args, &setup)?;
    for remark in remarks {
        output::line(&remark);
    }
    output::progress(&next(&setup, args));
    Ok(())
}

fn refuse_if_there(args: &InitArgs) -> Result<(), Failure> {
    match FILE_NAMES.iter().find(|name| Path::new(name).symlink_metadata().is_ok()) {
        Some(there) if !args.dry_run => Err(Failure::usage(
            format!("{there} is there already"),
            "`windlass check` looks at it; `windlass init --dry-run` prints what would be written without one",
        )),
        _ => Ok(()),
    }
}

/// Where it runs: as asked, else on the cluster of the current context, as with `kubectl`, else on this machine.
fn place(asked: &TargetOptions) -> Result<Place, Failure> {
    let cluster = |context| Place::Cluster { context, namespace: asked.namespace.clone() };
    match (asked.on, &asked.context) {
        (Some(On::Engine), _) => return Ok(Place::Engine),
        (_, Some(context)) => return Ok(cluster(context.clone())),
        _ => {}
    }
    let must = asked.on == Some(On::Kube) || asked.namespace.is_some();
    match kubeconfig::usual()?.and_then(|file| file.current_context) {
        Some(context) if must => Ok(cluster(context)),
        Some(context) => {
            let question =
                format!("Where tasks run: `cluster`, which is the context {context}, or `engine`, which is this machine's");
            match question::ask(&question, Some("cluster".to_owned()), no_answer)?.as_str() {
                "cluster" => Ok(cluster(context)),
                "engine" => Ok(Place::Engine),
                other => Err(Failure::usage(
                    format!("`{other}` is neither `cluster` nor `engine`"),
                    "--on kube, --on engine or --context NAME says it",
                )),
            }
        }
        None if must => Err(Failure::usage("no kubeconfig names a cluster", "name one of its contexts: --context NAME")),
        None => Ok(Place::Engine),
    }
}

fn no_answer() -> Failure {
    Failure::usage("there was no answer", "`windlass help init` shows the options that give it")
}

fn builder(args: &InitArgs) -> Result<String, Failure> {
    let list = "`windlass plugin ls` lists the builders";
    let named = match &args.builder {
        Some(named) => named.clone(),
        None => question::ask("Builder", Some(windlass_assets::roles().builder.to_string()), no_answer)?,
    };
    let plugin = PluginReference::parse(&named).map_err(|error| Failure::usage(format!("--builder: {error}"), list))?;
    if let PluginReference::BuiltIn(name) = &plugin {
        let carried = windlass_assets::PLUGINS.iter().find(|(known, _)| known == name).map(|(_, component)| *component);
        match carried.map(|component| (kind_of(component), leaves_of(component))) {
            Some((Some(PluginKind::Build), leaves)) if !leaves.contains(&ImagePlace::Daemon) => {}
            Some((Some(PluginKind::Build), _)) => {
                let message =
                    format!("--builder: {name} builds in a docker daemon, which needs a privileged container beside it");
                return Err(Failure::usage(message, "take one that needs no daemon, or begin with examples/docker-in-docker"));
            }
            _ => return Err(Failure::usage(format!("--builder: there is no builder `{name}`"), list)),
        }
    }
    Ok(plugin.to_string())
}

fn write(args: &InitArgs, setup: &Setup) -> Result<(), Failure> {
    let settings = setup.settings();
    if args.dry_run {
        let settings = settings.map(|text| format!("\n# {SETTINGS}\n{text}")).unwrap_or_default();
        return output::text(&format!("# {TASKS}\n{}{settings}", setup.tasks()));
    }
    let put = |path: &str, text: &str| {
        put_named(Path::new(path), text.as_bytes())
            .map_err(|error| Failure::Unwritable { path: path.into(), source: error.into() })?;
        output::line(&format!("wrote {path}"));
        Ok(())
    };
    put(TASKS, &setup.tasks())?;
    match settings {
        Some(text) if Path::new(SETTINGS).symlink_metadata().is_ok() => {
            output::progress(&format!("{SETTINGS} is there already and stays as it is; these lines belong into it:\n\n{text}"));
            Ok(())
        }
        Some(text) => put(SETTINGS, &text),
        None => Ok(()),
    }
}

/// What to type now.
fn next(setup: &Setup, args: &InitArgs) -> String {
    let mut lines = vec![String::new(), "Next:".to_owned()];
    let mut step = |command: &str, what: &str| lines.push(format!("  {command:<34} {what}").trim_end().to_owned());
    if args.dry_run {
        step("windlass init", "without --dry-run: write these files");
    }
    step("windlass plan", "what a run does, without doing it");
    for secret in &setup.secrets {
        step(&format!("export {secret}=…"), "");
    }
    let trust = if setup.settings().is_some() { "; asks once whether you trust what windlass.yaml names" } else { "" };
    step("windlass run", &format!("build and push{trust}"));
    lines.push(String::new());
    lines.join("\n")
}
