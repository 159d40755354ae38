//! What Buildah's failures mean.

use windlass_plugin_sdk::Error;
use windlass_plugin_sdk::builder::diagnosis::{self, Failed};
use windlass_plugin_sdk::containers::Exit;

/// What the last line says of a failing step, before the step itself.
const STEP: &str = "building at STEP \"";

/// Buildah exits with the code of the `RUN` that failed, and with 125 otherwise.
pub(crate) fn explain(exit: &Exit, output: &str, dockerfile: Option<&str>) -> Error {
    let last = output.lines().rev().find(|line| line.starts_with("Error: "));
    let run = last.and_then(|line| line.split_once(STEP)).and_then(|(_, step)| step.strip_prefix("RUN "));
    // The program between Buildah and the command says how it ended, and ends with 1 itself when that was by a signal.
    let killed = run.is_some() && output.lines().rev().take(5).any(|line| line == "subprocess exited on killed");
    // Nor did the command fail when it was not got to run.
    let not_run = |line: &&str| line.starts_with("error running subprocess: ") || line.starts_with("error running container: ");
    let not_run = run.and_then(|_| output.lines().rev().take(5).find(not_run));
    let run_code = match run {
        _ if not_run.is_some() => None,
        Some(_) if killed => Some(137),
        Some(step) if step.contains("\": ") => diagnosis::number_after(step, "exit status"),
        _ => None,
    };
    let command =
        run.and_then(|step| step.rsplit_once("\": ")).map(|(command, _)| command.trim_end_matches("\": while running runtime"));
    // What a RUN wrote itself tells why it failed; of everything else the last error does, which may go on for some lines.
    let last = output.rsplit_once("\nError: ").map(|(_, last)| last);
    let output = not_run.or(last).filter(|_| run_code.is_none()).unwrap_or(output);
    diagnosis::explain(&Failed { builder: "buildah", exit, output, run_code, run: command, dockerfile })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(code: i32, output: &str) -> String {
        let exit = Exit { code, signal: None, timed_out: false, output_bytes: 0, output_digest: String::new() };
        format!("{:?}", explain(&exit, output, Some("FROM a\nRUN true\nRUN true && \\\n  exit 9\n")))
    }

    #[test]
    fn a_failing_run_is_told_by_its_line() {
        let output = "STEP 3/3: RUN true &&   exit 9\nsubprocess exited with status 9\nsubprocess exited with status 9\n\
            Error: building at STEP \"RUN true &&   exit 9\": exit status 9\n";
        let said = explained(9, output);
        assert!(said.contains("RUN in line 3 of the Dockerfile exited with code 9") && said.contains("Some(9)"), "{said}");
        let newer = output.replace("\": exit status", "\": while running runtime: exit status");
        assert!(explained(9, &newer).contains("RUN in line 3 of the Dockerfile exited with code 9"));
    }

    #[test]
    fn an_error_of_several_lines_is_read_to_its_end() {
        let output = "STEP 1/1: FROM scratch\nError: pushing image \"sha256:4a\" to \"docker://r.example/a\": errors:\n\
            error parsing HTTP 401 response body: unexpected end of JSON input: \"\"\n";
        assert!(explained(125, output).contains("refuses the credentials"), "{}", explained(125, output));
    }

    #[test]
    fn a_killed_run_is_want_of_memory() {
        let output = "STEP 2/2: RUN kill -9 $$\nsubprocess exited on killed\nsubprocess exited with status 1\n\
            Error: building at STEP \"RUN kill -9 $$\": exit status 1\n";
        let said = explained(1, output);
        assert!(said.contains("more `memory`") && said.contains("Some(137)"), "{said}");
    }

    #[test]
    fn a_run_that_could_not_be_started_is_not_blamed() {
        let output = "STEP 2/2: RUN --mount=type=secret,id=tok cat /run/secrets/tok\n\
            error running subprocess: remounting \"/var/tmp/buildah2373308279/mnt/rootfs/run/secrets/tok\" in mount namespace with expected \
            flags: operation not permitted\n\
            Error: building at STEP \"RUN --mount=type=secret,id=tok cat /run/secrets/tok\": exit status 1\n";
        let said = explained(1, output);
        assert!(said.contains("lacks a right") && said.contains("remounting"), "{said}");
    }

    #[test]
    fn what_registries_and_other_steps_say_is_told() {
        for (output, words) in [
            (
                "Error: creating build container: initializing source docker://gcr.io/my-project/no-such-image:latest: reading manifest \
                 latest in gcr.io/my-project/no-such-image: manifest unknown: manifest unknown",
                "check its name and tag",
            ),
            (
                "Error: creating build container: initializing source docker://gcr.io/my-project/busybox:latest: reading manifest latest \
                 in gcr.io/my-project/busybox: unauthorized: authentication required",
                "refuses the credentials",
            ),
            (
                "Error: creating build container: initializing source docker://r:5077/library/busybox:latest: pinging container registry \
                 r:5077: Get \"https://r:5077/v2/\": http: server gave HTTP response to HTTPS client",
                "insecure: true",
            ),
            (
                "Error: building at STEP \"COPY nope /\": checking on sources under \"/w\": copier: stat: \"/nope\": no such file or directory",
                "buildah exited with code 125: Error: building at STEP \\\"COPY nope /",
            ),
        ] {
            let said = explained(125, output);
            assert!(said.contains(words), "{said}");
        }
    }
}
