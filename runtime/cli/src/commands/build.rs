//! `windlass build`: one image without a task file. The task is written here; what becomes of it is decided where that of any other is.

mod cache;
mod logins;
pub(super) mod paths;
mod request;
mod secrets;

use serde_json::{Map, Value, json};
use windlass_model::image::ImageReference;
use windlass_model::plugin::PluginKind;
use windlass_model::plugin_reference::PluginReference;

use super::run as runs;
use crate::args::{
    BuildArgs, Choice, Global, NoTasks, On, PluginChoice, RunArgs, SecretOptions, Substitution, TargetOptions, VariableOptions,
};
use crate::failure::Failure;
use crate::kubeconfig;
use logins::Logins;
use secrets::Secrets;

/// Builds an image and pushes it; answers with an exit code.
///
/// # Errors
/// When an option cannot be taken, then as `windlass run`.
pub async fn run(global: &Global, args: &BuildArgs) -> Result<u8, Failure> {
    let tags = tags(args)?;
    let secrets = Secrets::read(&args.build_secrets)?;
    let build = request::of(args, &tags, &secrets)?;
    let logins = Logins::find(&tags, &args.logins).await?;
    let global = Global { file: None, task: Some(task(args, build, &logins)?), ..global.clone() };
    let choice = Choice {
        tasks: Vec::new(),
        variables: VariableOptions { env: logins.values(), ..VariableOptions::default() },
        secrets: SecretOptions { secret: secrets.sources() },
        target: place(args.place.clone())?,
        pull: args.pull.clone(),
        plugins: PluginChoice { substitutes: builder(args)?, given: args.plugins.clone() },
    };
    let run = RunArgs {
        choice,
        jobs: 1,
        sidecar_logs: false,
        no_tasks: NoTasks::Fail,
        artifacts: None,
        dry_run: args.dry_run,
        output: args.output,
    };
    runs::run(&global, &run).await
}

/// The references to push to.
fn tags(args: &BuildArgs) -> Result<Vec<ImageReference>, Failure> {
    let read = |text: &String| ImageReference::parse(text).map_err(|error| Failure::usage(error.to_string(), TAG));
    args.tags.iter().map(read).collect()
}

const TAG: &str = "-t names the image as `docker push` takes it, such as gcr.io/my-project/app:1";

/// Where it runs when nobody says so: on the cluster of the current context, as with `kubectl`, else on this machine.
fn place(asked: TargetOptions) -> Result<TargetOptions, Failure> {
    if asked.on.is_some() || asked.context.is_some() {
        return Ok(asked);
    }
    let has_cluster = kubeconfig::usual()?.is_some_and(|file| file.current_context.is_some());
    let on = if has_cluster || asked.namespace.is_some() { On::Kube } else { On::Engine };
    Ok(TargetOptions { on: Some(on), ..asked })
}

/// Another builder than the usual one: chosen as for any task, so that the push that takes what it leaves is found as for any.
fn builder(args: &BuildArgs) -> Result<Vec<Substitution>, Failure> {
    let Some(named) = &args.builder else { return Ok(Vec::new()) };
    let plugin = PluginReference::parse(named)
        .map_err(|error| Failure::usage(format!("--builder: {error}"), "`windlass plugin ls` lists the builders"))?;
    Ok(vec![Substitution { kind: PluginKind::Build, plugin }])
}

/// The text of a task file that builds one image.
fn task(args: &BuildArgs, build: Map<String, Value>, logins: &Logins) -> Result<String, Failure> {
    let roles = windlass_assets::roles();
    let mut task = Map::from_iter([("container".to_owned(), json!({"image": args.image}))]);
    task.extend(logins.steps(&roles.login));
    task.insert("build_step".to_owned(), json!({"uses": roles.builder.to_string(), "with": build}));
    if !args.no_push {
        task.insert("push_step".to_owned(), json!({"uses": roles.push.to_string()}));
    }
    serde_yaml::to_string(&json!({"image_task": task})).map_err(|error| {
        Failure::usage(
            error.to_string(),
            "the options are written into a task file, which takes any text: this is a bug in windlass",
        )
    })
}

#[cfg(test)]
mod tests;
