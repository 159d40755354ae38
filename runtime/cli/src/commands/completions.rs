//! `windlass completions`.

use clap_complete::env::{CompleteEnv, Shells};

use crate::args::{self, CompletionsArgs};
use crate::failure::Failure;
use crate::output;

/// The variable by which a shell asks windlass what to offer.
const VARIABLE: &str = "WINDLASS_COMPLETE";

/// Prints what a shell has to read once; from then on it asks windlass itself what to offer.
///
/// # Errors
/// When stdout cannot be written.
pub fn run(args: &CompletionsArgs) -> Result<(), Failure> {
    let mut script = Vec::new();
    let shells = Shells::builtins();
    let shell = shells.completer(&args.shell.to_string()).ok_or_else(|| {
        Failure::usage(format!("there are no completions for {}", args.shell), "bash, zsh, fish, elvish and powershell have some")
    })?;
    shell.write_registration(VARIABLE, "windlass", "windlass", "windlass", &mut script).map_err(Failure::Output)?;
    output::data(&script)
}

/// Answers a shell that asks what to offer, and ends this process then.
pub fn answer() {
    CompleteEnv::with_factory(args::command).var(VARIABLE).complete();
}
