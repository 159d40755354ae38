//! The mover's program. See the library.

use std::io::{IsTerminal as _, Write as _};
use std::os::fd::AsFd as _;
use std::process::ExitCode;

/// The stream failed, or held what the host did not say.
const FAILED: u8 = 1;
/// The command line makes no sense, or a person started it.
const BAD_USAGE: u8 = 2;

const USAGE: &str =
    "windlass starts this program in the containers of its tasks, and speaks with it; it does nothing for anybody else";

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    if arguments.len() == 1 && arguments.first().is_some_and(|argument| argument == "--version") {
        let version = env!("CARGO_PKG_VERSION");
        drop(writeln!(std::io::stdout(), "windlass mover {version}"));
        return ExitCode::SUCCESS;
    }
    if !arguments.is_empty() || std::io::stdin().is_terminal() || std::io::stdout().is_terminal() {
        return fail(BAD_USAGE, USAGE);
    }
    match serve_host() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(FAILED, &error.to_string()),
    }
}

fn serve_host() -> std::io::Result<()> {
    // Requests that the host has signed pass through this memory: no other process of the container is to read it.
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    // Files get the modes that they had.
    rustix::process::umask(rustix::fs::Mode::empty());
    // Without the buffers of the standard library: a frame is written and read whole.
    let input = std::fs::File::from(std::io::stdin().as_fd().try_clone_to_owned()?);
    let output = std::fs::File::from(std::io::stdout().as_fd().try_clone_to_owned()?);
    windlass_mover::run(input, output)
}

fn fail(code: u8, message: &str) -> ExitCode {
    // Who cannot be told learns from the code.
    drop(writeln!(std::io::stderr(), "windlass mover: {message}"));
    ExitCode::from(code)
}
