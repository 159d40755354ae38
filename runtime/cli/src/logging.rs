//! Logs of windlass itself, on stderr: nothing unless `-v` or `RUST_LOG` asks for them.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// Starts logging. `RUST_LOG` outranks `-v`.
///
/// Returns what is wrong with `RUST_LOG`, if anything; logging then follows `-v`.
pub fn start(verbose: u8, color: bool) -> Option<String> {
    let by_flag = match verbose {
        0 => "off",
        1 => "windlass=debug,warn",
        // Wire-level logs of HTTP and TLS libraries are left out: they would show request bodies, Secrets among them.
        _ => "windlass=trace,info",
    };
    let (filter, complaint) = match std::env::var("RUST_LOG") {
        Ok(text) if !text.is_empty() => match EnvFilter::try_new(&text) {
            Ok(filter) => (filter, None),
            Err(error) => (EnvFilter::new(by_flag), Some(format!("RUST_LOG is ignored: {error}"))),
        },
        _ => (EnvFilter::new(by_flag), None),
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(color && std::io::stderr().is_terminal())
        .init();
    complaint
}
