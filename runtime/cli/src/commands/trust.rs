//! `windlass trust`.

use serde_json::json;

use crate::args::{Global, PluginFiles, SecretOptions, TableFormat, TargetOptions, TrustArgs, VariableOptions};
use crate::environment::ProcessEnvironment;
use crate::failure::Failure;
use crate::generated::How;
use crate::placement::Where;
use crate::plugins::bundled::Bundled;
use crate::project::Project;
use crate::reading::ProjectError;
use crate::trust::{self, Trust};
use crate::{kubeconfig, output};

/// Shows what the project asks for, and asks once whether it is to be trusted. Where plugins make its tasks, that is asked first which these
/// plugins need.
///
/// # Errors
/// When the answer is no or nobody is there to ask, a file is wrong, or the record cannot be changed.
pub async fn run(global: &Global, args: &TrustArgs) -> Result<(), Failure> {
    if global.trust_project {
        let message = "--trust-project trusts a project for one command, and this one asks you and remembers the answer";
        return Err(Failure::usage(message, "leave it out here, or give it to the command that is to run"));
    }
    let (mut trust, mut whole) = look(global, args.revoke).await?;
    if args.revoke {
        return revoke(&trust);
    }
    if args.show {
        return show(&trust, args.output);
    }
    let mut asked = false;
    loop {
        if trust.asks().is_empty() {
            output::progress("this project asks for nothing that needs your trust");
            return Ok(());
        }
        if trust.record().is_none() {
            return Err(Failure::usage("there is no place to remember trust", "set HOME or XDG_STATE_HOME"));
        }
        let missing = !trust.missing().is_empty();
        asked |= missing;
        trust.require()?;
        if whole || !missing {
            break;
        }
        (trust, whole) = look(global, false).await?;
    }
    output::progress(if asked { "trusted; any change of it asks again" } else { "all that this project asks for is trusted" });
    Ok(())
}

/// What the project asks for, and whether that is all: before the plugins that make its tasks are trusted, nobody knows what these ask for.
async fn look(global: &Global, without_plugins: bool) -> Result<(Trust, bool), Failure> {
    // What is to be said of the task file is for commands that do something with it.
    let (options, plugins) = ((&VariableOptions::default(), &SecretOptions::default()), PluginFiles::default());
    let alone = || Project::read(global, options, &ProcessEnvironment).map(|project| (project, false));
    let read = if without_plugins {
        alone()
    } else {
        match Project::read_with(global, options, Bundled::default(), How::silent(&plugins)).await {
            Ok((project, wrong)) if wrong.is_empty() => Ok((project, true)),
            Ok((_, wrong)) => Err(ProjectError::of_files(wrong)),
            Err(ProjectError::Other(Failure::Untrusted { .. })) => alone(),
            Err(error) => Err(error),
        }
    };
    let (project, whole) = read.map_err(|error| error.show(global))?;
    let kubeconfig = kubeconfig::usual()?;
    let options = TargetOptions::default();
    let place = Where::new(&options, &project.settings, kubeconfig.as_ref())?;
    Ok((Trust::look(global, &project, &place, &ProcessEnvironment), whole))
}

fn revoke(trust: &Trust) -> Result<(), Failure> {
    let forgotten = match trust.record() {
        Some(record) => record.forget().map_err(|source| Failure::Unwritable { path: record.path().to_owned(), source })?,
        None => false,
    };
    output::progress(if forgotten { "no longer trusted" } else { "nothing was trusted" });
    Ok(())
}

fn show(trust: &Trust, format: TableFormat) -> Result<(), Failure> {
    let missing = trust.missing();
    if format == TableFormat::Json {
        let asks = trust.asks().iter().map(|ask| json!({"trusted": !missing.contains(ask), "what": ask.to_string(), "ask": ask}));
        let project = trust.record().map(|record| record.project().display().to_string());
        return output::json(&json!({"project": project, "trusted": missing.is_empty(), "asks": asks.collect::<Vec<_>>()}));
    }
    let mut text = String::new();
    for (ask, line) in trust.asks().iter().zip(trust::lines(trust.asks())) {
        let mark = if missing.contains(ask) { "not trusted" } else { "trusted" };
        text.push_str(&format!("{mark:<12} {line}\n"));
    }
    if text.is_empty() {
        text.push_str("this project asks for nothing that needs your trust\n");
    }
    output::text(&text)
}
