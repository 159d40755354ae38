//! The agent's program. See the library.

use std::io::Write;
use std::process::ExitCode;

use windlass_agent::settings::{self, Mode, Settings, USAGE};
use windlass_agent::{bridge, supervise};
use windlass_agent_protocol::Interruption;

/// The agent could not do its work at all.
const FAILED: u8 = 1;
/// The command line makes no sense.
const BAD_USAGE: u8 = 2;
/// As `timeout` does.
const DEADLINE: u8 = 124;
/// The host was not heard of for too long.
const HOST_LOST: u8 = 125;
/// As a shell says "ended by SIGTERM".
const TERMINATED: u8 = 128 + 15;

fn main() -> ExitCode {
    match settings::parse(std::env::args().skip(1)) {
        Ok(Mode::Supervise(settings)) => match supervise::supervise(settings) {
            Ok(Interruption::Terminated) => TERMINATED.into(),
            Ok(Interruption::Deadline) => DEADLINE.into(),
            Ok(Interruption::HostLost) => HOST_LOST.into(),
            Err(error) => fail(FAILED, &error.to_string()),
        },
        Ok(Mode::Connect { run, wait }) => {
            let settings = Settings { run, ..Settings::default() };
            match bridge::connect(&settings.socket(), wait) {
                Ok(()) => ExitCode::SUCCESS,
                Err(error) => fail(FAILED, &error.to_string()),
            }
        }
        Ok(Mode::Version) => {
            let version = env!("CARGO_PKG_VERSION");
            drop(writeln!(std::io::stdout(), "windlass agent {version}"));
            ExitCode::SUCCESS
        }
        Err(error) => fail(BAD_USAGE, &format!("{error}\n{USAGE}")),
    }
}

fn fail(code: u8, message: &str) -> ExitCode {
    // Who cannot be told learns from the code.
    drop(writeln!(std::io::stderr(), "windlass agent: {message}"));
    ExitCode::from(code)
}
