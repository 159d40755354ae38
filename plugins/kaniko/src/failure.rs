//! What Kaniko's failures mean.

use windlass_plugin_sdk::Error;
use windlass_plugin_sdk::builder::diagnosis::{self, Failed};
use windlass_plugin_sdk::containers::Exit;

/// Kaniko exits with the code of the `RUN` that failed, and with 1 otherwise.
pub(crate) fn explain(exit: &Exit, output: &str, dockerfile: Option<&str>) -> Error {
    let run_failed = output.contains("waiting for process to exit: ");
    let run_code = run_failed.then(|| diagnosis::number_after(output, "exit status").unwrap_or(exit.code));
    let (output, run) = (without_usage(output), last_run(output));
    diagnosis::explain(&Failed { builder: "kaniko", exit, output, run_code, run: run.as_deref(), dockerfile })
}

/// A wrong flag is told in one line, and followed by seventy lines of usage.
fn without_usage(output: &str) -> &str {
    output.split_once("\nUsage:").map_or(output, |(before, _)| before)
}

/// `… level=info msg="RUN exit 7"` is written before the command runs, its own quotes behind backslashes.
fn last_run(output: &str) -> Option<String> {
    let command = output.lines().rev().find_map(|line| line.split_once("msg=\"RUN ").map(|(_, command)| command))?;
    let command = command.trim_end();
    Some(command.strip_suffix('"').unwrap_or(command).replace("\\\"", "\"").replace("\\\\", "\\"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(code: i32, output: &str) -> String {
        let exit = Exit { code, signal: None, timed_out: false, output_bytes: 0, output_digest: String::new() };
        format!("{:?}", explain(&exit, output, Some("FROM a\nRUN true\nRUN echo \"a b\" && exit 7\n")))
    }

    #[test]
    fn a_failing_run_is_told_by_its_line() {
        let output = "time=\"…\" level=info msg=\"RUN true\"\ntime=\"…\" level=info msg=\"RUN echo \\\"a b\\\" && exit 7\"\n\
            time=\"…\" level=info msg=\"Running: [/bin/sh -c …]\"\n\
            error building image: error building stage: failed to execute command: waiting for process to exit: exit status 7\n";
        let said = explained(7, output);
        assert!(said.contains("RUN in line 3 of the Dockerfile exited with code 7"), "{said}");
    }

    #[test]
    fn a_wrong_flag_is_told_without_the_usage() {
        let said = explained(1, "Error: unknown flag: --nonsense\nUsage:\n  executor [flags]\n  --cache  Use cache\n");
        assert!(said.contains("unknown flag: --nonsense"), "{said}");
    }
}
