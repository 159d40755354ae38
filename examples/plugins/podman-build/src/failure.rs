//! What Podman's failures mean.

use windlass_plugin_sdk::Error;
use windlass_plugin_sdk::builder::diagnosis::{self, Failed};
use windlass_plugin_sdk::containers::Exit;

/// Podman exits with the code of the `RUN` that failed, and with 125 otherwise.
pub(crate) fn explain(exit: &Exit, output: &str, dockerfile: Option<&str>) -> Error {
    let run = failed_run(output);
    let run_code = run.map(|_| diagnosis::number_after(output, "exit status").unwrap_or(exit.code));
    diagnosis::explain(&Failed { builder: "podman", exit, output, run_code, run, dockerfile })
}

/// The last line is `Error: building at STEP "RUN exit 7": exit status 7`.
fn failed_run(output: &str) -> Option<&str> {
    let (_, named) = output.rsplit_once("building at STEP \"RUN ")?;
    named.rsplit_once("\": ").map(|(run, _)| run)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(code: i32, output: &str) -> String {
        let exit = Exit { code, signal: None, timed_out: false, output_bytes: 0, output_digest: String::new() };
        format!("{:?}", explain(&exit, output, Some("FROM a\nRUN true\nRUN exit 7\n")))
    }

    #[test]
    fn a_failing_run_is_told_by_its_line() {
        let said = explained(7, "subprocess exited with status 7\nError: building at STEP \"RUN exit 7\": exit status 7\n");
        assert!(said.contains("RUN in line 3 of the Dockerfile exited with code 7"), "{said}");
    }

    #[test]
    fn another_failure_is_told_by_its_meaning() {
        let said = explained(
            125,
            "Error: creating build container: reading manifest latest in gcr.io/a: unauthorized: authentication required\n",
        );
        assert!(said.contains("podman: the registry refuses the credentials"), "{said}");
    }
}
