//! `windlass trust`.

use serde_json::json;

use crate::args::{Global, TableFormat, TargetOptions, TrustArgs, VariableOptions};
use crate::environment::ProcessEnvironment;
use crate::failure::Failure;
use crate::placement::Where;
use crate::project::Project;
use crate::trust::{self, Doing, Trust};
use crate::{kubeconfig, output};

/// Shows what the project asks for, and asks once whether it is to be trusted.
///
/// # Errors
/// When the answer is no or nobody is there to ask, a file is wrong, or the record cannot be changed.
pub fn run(global: &Global, args: &TrustArgs) -> Result<(), Failure> {
    if global.trust_project {
        let message = "--trust-project trusts a project for one command, and this one asks you and remembers the answer";
        return Err(Failure::usage(message, "leave it out here, or give it to the command that is to run"));
    }
    // What is to be said of the task file is for commands that do something with it.
    let project = Project::read(global, &VariableOptions::default(), &ProcessEnvironment).map_err(|error| error.show(global))?;
    let kubeconfig = kubeconfig::usual()?;
    let options = TargetOptions::default();
    let place = Where::new(&options, &project.settings, kubeconfig.as_ref())?;
    let mut trust = Trust::look(global, &project, &place, &Doing::Anything, &ProcessEnvironment);
    if args.revoke {
        return revoke(&trust);
    }
    if args.show {
        return show(&trust, args.output);
    }
    if trust.asks().is_empty() {
        output::progress("this project asks for nothing that needs your trust");
        return Ok(());
    }
    if trust.record().is_none() {
        return Err(Failure::usage("there is no place to remember trust", "set HOME or XDG_STATE_HOME"));
    }
    let asked = !trust.missing().is_empty();
    trust.require()?;
    output::progress(if asked { "trusted; any change of it asks again" } else { "all that this project asks for is trusted" });
    Ok(())
}

fn revoke(trust: &Trust) -> Result<(), Failure> {
    let forgotten = trust.record().map(trust::Record::forget).transpose().map_err(Failure::Output)?;
    output::progress(if forgotten == Some(true) { "no longer trusted" } else { "nothing was trusted" });
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
