//! The windlass command line: reads arguments, files and the environment, wires the parts together, shows what comes of it,
//! and answers with an exit code.
//!
//! stdout is data and stderr is progress. What can be decided without the world is decided in pure functions of the modules
//! below; [`commands`] calls them in order.

mod args;
mod artifacts;
mod cache_scopes;
mod caches;
mod certificates;
mod commands;
mod dockerfiles;
mod drivers;
mod environment;
mod failure;
mod generated;
mod http;
mod kubeconfig;
mod ledger;
mod logging;
mod manifests;
mod no_effect;
mod output;
mod panic;
mod placement;
mod places;
mod platform;
mod plugins;
mod prepare;
mod problems;
mod project;
mod purpose;
mod reading;
mod registries;
mod reporting;
mod secrets;
mod settings_file;
mod settings_problems;
mod show;
mod signals;
mod trust;
mod values;
mod variables;
mod voices;

use std::process::ExitCode;

use tokio::runtime::Runtime;

use args::{Cli, Color, Command};
use failure::Failure;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    panic::install_hook();
    let result = std::panic::catch_unwind(|| {
        commands::completions::answer();
        let words: Vec<_> = std::env::args_os().collect();
        let cli = args::parse(&words).unwrap_or_else(|error| error.exit());
        prepare(&cli);
        run(&cli)
    });
    match result {
        Ok(Ok(code)) => ExitCode::from(code),
        Ok(Err(failure)) => {
            output::progress(&failure.render());
            ExitCode::from(failure.exit_code())
        }
        // The hook has told already.
        Err(_) => ExitCode::from(panic::EXIT_CODE),
    }
}

fn prepare(cli: &Cli) {
    match cli.global.color {
        Color::Auto => {}
        Color::Always => anstream::ColorChoice::Always.write_global(),
        Color::Never => anstream::ColorChoice::Never.write_global(),
    }
    if let Some(complaint) = logging::start(cli.global.verbose, cli.global.color != Color::Never) {
        output::line(&format!("warning: {complaint}"));
    }
}

fn run(cli: &Cli) -> Result<u8, Failure> {
    let global = &cli.global;
    let done = |result: Result<(), Failure>| result.map(|()| 0);
    match &cli.command {
        Command::Check(args) => done(wait(commands::check::run(global, args))),
        Command::Completions(args) => done(commands::completions::run(args)),
        Command::Explain(args) => done(commands::explain::run(args)),
        Command::Init(args) => done(wait(commands::init::run(args))),
        Command::Man(args) => done(commands::man::run(args)),
        Command::Convert(args) => wait(commands::convert::run(global, args)),
        Command::Plan(args) => done(wait(commands::plan::run(global, args))),
        Command::Run(args) => wait(commands::run::run(global, args)),
        Command::Build(args) => wait(commands::build::run(global, args)),
        Command::Doctor(args) => done(wait(commands::doctor::run(global, args))),
        Command::Gc(args) => done(wait(commands::gc::run(global, args))),
        Command::Ls(args) => done(wait(commands::ls::run(global, args))),
        Command::Artifacts(args) => done(wait(commands::artifacts::run(global, &args.command))),
        Command::Cache(args) => done(wait(commands::cache::run(global, &args.command))),
        Command::Trust(args) => done(wait(commands::trust::run(global, args))),
        Command::Plugin(args) => wait(commands::plugin::run(global, &args.command)),
    }
}

fn wait<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = Runtime::new().map_err(Failure::Runtime)?;
    let result = runtime.block_on(work);
    // A thread that waits for a file, of a network perhaps, does not hold up the end.
    runtime.shutdown_background();
    result
}
