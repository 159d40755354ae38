//! What Makisu's failures mean.

use windlass_plugin_sdk::Error;
use windlass_plugin_sdk::builder::diagnosis::{self, Failed};
use windlass_plugin_sdk::containers::Exit;

/// Makisu exits with 1 whatever happened, and says last what it was. Other lines of the level ERROR are the output of a `RUN`, or caches
/// that are cold.
pub(crate) fn explain(exit: &Exit, output: &str, dockerfile: Option<&str>) -> Error {
    let cause = cause(output);
    let run_code = run_code(cause);
    // What a RUN wrote itself tells why it failed; of everything else the last error does.
    let told = if run_code.is_some() { output } else { cause };
    let failed = Failed { builder: "makisu", exit, output: told, run_code, run: last_run(output), dockerfile };
    match diagnosis::explain(&failed) {
        Error::Failed(mut failure) => {
            if let Some(hint) = hint(cause) {
                failure.message = format!("{}; {hint}", failure.message);
            }
            Error::Failed(failure)
        }
        other => other,
    }
}

/// The last error, or what was said of a wrong flag before the usage.
fn cause(output: &str) -> &str {
    let told = output.rsplit_once("ERROR").map(|(_, rest)| rest.split_once('\t').map_or(rest, |(_, message)| message));
    let said = told.unwrap_or_else(|| output.split_once("\nUsage:").map_or(output, |(before, _)| before));
    // What TLS failed for counts; it tries again without in any case.
    said.split_once(",\nfallback http error").map_or(said, |(with_tls, _)| with_tls).trim()
}

/// The exit code of the `RUN` that failed.
fn run_code(cause: &str) -> Option<i32> {
    let ended = cause.rsplit_once("cmd wait: ").map(|(_, ended)| ended)?;
    // A shell that is killed has no code of its own; 128 and the signal's number is how others tell it.
    if ended.starts_with("signal: killed") { Some(137) } else { diagnosis::number_after(ended, "exit status") }
}

/// `* Step 3/3 (commit,modifyfs) : RUN exit 7  (58bc0a94)` is written before the command runs.
fn last_run(output: &str) -> Option<&str> {
    let step = output.lines().rev().find_map(|line| line.split_once("* Step ").map(|(_, step)| step))?;
    let (_, command) = step.split_once(" : RUN ")?;
    Some(command.rsplit_once("  (").map_or(command, |(command, _)| command))
}

/// What is so with Makisu alone.
fn hint(cause: &str) -> Option<&'static str> {
    let says = |words: &[&str]| words.iter().any(|word| cause.contains(word));
    if says(&["unsupported manifest mediatype", "manifest not found"]) {
        Some("makisu finds only images in Docker's format, not OCI's")
    } else if says(&["UNAUTHORIZED", " 401"]) {
        Some(
            "makisu can log in only to registries that hand out tokens, so if the credentials are right, use another builder here",
        )
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN_FAILED: &str = "2026-01-01T12:36:28.677Z\t\u{1b}[34mINFO\u{1b}[0m\t* Step 3/3 (commit,modifyfs) : RUN echo before;    \
        echo err >&2; exit 7  (58bc0a94)\n2026-01-01T12:36:28.685Z\t\u{1b}[31mERROR\u{1b}[0m\terr\n\n\
        2026-01-01T12:36:28.686Z\t\u{1b}[31mERROR\u{1b}[0m\tCommand exited with 7\n\n\
        2026-01-01T12:36:28.701Z\t\u{1b}[31mERROR\u{1b}[0m\tfailed to execute build plan: execute stage: build stage 0: build node: \
        do execute: execute step: cmd wait: exit status 7\n";

    fn explained(output: &str) -> (String, Option<i32>) {
        let exit = Exit { code: 1, signal: None, timed_out: false, output_bytes: 0, output_digest: String::new() };
        match explain(&exit, output, Some("FROM a\nRUN true\nRUN echo before; \\\n   echo err >&2; exit 7\n")) {
            Error::Failed(failure) => (failure.message, failure.exit_code),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_failing_run_is_told_by_its_line_and_its_own_code() {
        assert_eq!(explained(RUN_FAILED), ("RUN in line 3 of the Dockerfile exited with code 7".into(), Some(7)));
        let (message, code) = explained(&RUN_FAILED.replace("cmd wait: exit status 7", "cmd wait: signal: killed"));
        assert!(code == Some(137) && message.contains("memory"), "{message}");
    }

    #[test]
    fn a_cold_cache_is_not_the_cause() {
        let output = "2026-01-01T12:00:00.000Z\tERROR\tFailed to fetch intermediate layer with cache ID a: layer not found in cache\n\
            2026-01-01T12:00:01.000Z\tERROR\tfailed to execute build plan: execute stage: build stage 0: build node: do execute: \
            execute step: get manifest: pull image r/nope:latest: pull manifest: manifest not found\n";
        let (message, _) = explained(output);
        assert!(message.contains("check its name and tag") && message.contains("Docker's format"), "{message}");
        assert!(!message.contains("cache"), "{message}");
    }

    #[test]
    fn a_refused_login_tells_what_makisu_cannot() {
        let output = "2026-01-01T12:00:01.000Z\tERROR\tfailed to execute build plan: pull manifest: http send error: GET \
            https://gcr.io/v2/a/manifests/latest 401: {\"errors\":[{\"code\":\"UNAUTHORIZED\"}]}\n\n";
        let (message, _) = explained(output);
        assert!(message.contains("refuses the credentials") && message.contains("tokens"), "{message}");
    }

    #[test]
    fn a_certificate_counts_and_not_the_attempt_without_tls() {
        let output = "2026-01-01T12:00:01.000Z\tERROR\tfailed to execute build plan: original https error: Get \"https://gcr.io/v2/\": tls: \
            failed to verify certificate: x509: certificate signed by unknown authority,\nfallback http error: Get \"http://gcr.io/v2/\": dial tcp \
            10.0.0.1:80: connect: connection refused\n";
        assert!(explained(output).0.contains("ca_file"));
    }

    #[test]
    fn a_wrong_flag_is_told_without_the_usage() {
        let (message, _) = explained("Error: unknown flag: --nonsense\nUsage:\n  makisu build -t=<image_tag>\n");
        assert_eq!(message, "makisu exited with code 1: Error: unknown flag: --nonsense");
    }

    #[test]
    fn what_a_run_wrote_itself_tells_why_it_failed() {
        let full = RUN_FAILED.replace("\terr\n", "\tdd: error writing '/x': No space left on device\n");
        assert!(explained(&full).0.contains("the disk is full"), "{}", explained(&full).0);
    }
}
