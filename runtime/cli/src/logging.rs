//! Logs of windlass itself, on stderr: nothing unless `-v` or `RUST_LOG` asks for them. They are masked and cleaned like everything else.

use std::io::{self, IsTerminal as _, Write};

use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, fmt};

use crate::output;

/// Starts logging. `RUST_LOG` outranks `-v`.
///
/// Returns what is wrong with `RUST_LOG`, if anything; logging then follows `-v`.
pub fn start(verbose: u8, color: bool) -> Option<String> {
    let by_flag = match verbose {
        0 => "off",
        1 => "windlass=debug,warn",
        _ => "windlass=trace,info",
    };
    let (filter, complaint) = match std::env::var("RUST_LOG") {
        Ok(text) if !text.is_empty() => match EnvFilter::try_new(&text) {
            Ok(filter) => (filter, None),
            Err(error) => (EnvFilter::new(by_flag), Some(format!("RUST_LOG is ignored: {error}"))),
        },
        _ => (EnvFilter::new(by_flag), None),
    };
    let lines = fmt::layer().with_writer(|| Masked(io::stderr())).with_ansi(color && io::stderr().is_terminal());
    // Whatever was asked for: what carries bodies of requests and answers, Secrets among them, is never logged.
    let discreet = filter_fn(|metadata| !carries_bodies(metadata.target()));
    tracing_subscriber::registry().with(lines).with(filter).with(discreet).init();
    complaint
}

/// Modules that log what they send or receive, or what of it they could not read.
const TALKATIVE: [&str; 6] = ["kube_client", "kube_runtime", "hyper", "h2", "rustls", "tungstenite"];

fn carries_bodies(target: &str) -> bool {
    TALKATIVE.iter().any(|module| target.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with("::")))
}

/// Masks what is written. The formatter writes each event at once.
struct Masked<W>(W);

impl<W: Write> Write for Masked<W> {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let event_text = String::from_utf8_lossy(event);
        let masked = output::redactor().text(&event_text);
        // Escapes are the formatter's own, which are colours: it writes those of others as text.
        self.0.write_all(output::coloured(&masked).as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_logs_bodies_is_known_by_module() {
        for target in ["kube_client::client", "kube_client", "kube_runtime::watcher", "hyper::proto::h1::io", "rustls::client"] {
            assert!(carries_bodies(target), "{target}");
        }
        for target in ["windlass_kube::driver", "kube_clients", "hyper_util", "windlass"] {
            assert!(!carries_bodies(target), "{target}");
        }
    }

    /// A secret in a log line, such as in the answer of a server that `-v` shows, is masked.
    #[test]
    fn log_lines_are_masked_and_cleaned() {
        output::redactor().add(["log-secret-7731"]);
        let mut written = Vec::new();
        Masked(&mut written).write_all("\u{1b}[2mDEBUG\u{1b}[0m answer=log-secret-7731 \u{202e}x\n".as_bytes()).expect("memory");
        let text = String::from_utf8(written).expect("text");
        assert_eq!(text, "\u{1b}[2mDEBUG\u{1b}[0m answer=HIDDEN-BY-WINDLASS \u{fffd}x\n");
    }
}
