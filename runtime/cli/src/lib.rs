//! The windlass command line: reads arguments, files and the environment, wires the parts together, shows what comes of it,
//! and answers with an exit code.
//!
//! stdout is data and stderr is progress. What can be decided without the world is decided in pure functions of the modules
//! below; [`commands`] calls them in order.

mod args;
mod commands;
mod environment;
mod failure;
mod git;
mod ledger;
mod logging;
mod output;
mod panic;
mod project;
mod secrets;
mod variables;

use std::process::ExitCode;

use clap::Parser as _;

use args::{Cli, Color, Command};
use failure::Failure;

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    panic::install_hook();
    let result = std::panic::catch_unwind(|| {
        let cli = Cli::parse();
        prepare(&cli);
        run(cli)
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
        output::progress(&format!("warning: {complaint}"));
    }
}

fn run(cli: Cli) -> Result<u8, Failure> {
    match cli.command {
        Command::Completions(args) => commands::completions::run(&args).map(|()| 0),
        Command::Check(args) => commands::check::run(&cli.global, &args).map(|()| 0),
        Command::Plan(_) | Command::Run(_) | Command::Doctor(_) | Command::Gc(_) | Command::Ls(_) | Command::Plugin(_) => {
            Err(Failure::usage("this command is not part of this build of windlass yet", "windlass check reads the file"))
        }
    }
}
