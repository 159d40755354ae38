//! What BuildKit's failures mean. Its client exits with 1 whatever happened.

use windlass_plugin_sdk::Error;
use windlass_plugin_sdk::builder::diagnosis::{self, Failed};
use windlass_plugin_sdk::containers::Exit;

/// What the last line says of a `RUN` that failed.
const RUN_FAILED: &str = "did not complete successfully: exit code";

pub(crate) fn explain(exit: &Exit, output: &str, dockerfile: Option<&str>) -> Error {
    let last = output.lines().rev().find(|line| line.starts_with("error: "));
    let run_code = last.filter(|line| line.contains(RUN_FAILED)).and_then(|line| diagnosis::number_after(line, RUN_FAILED));
    let failed = Failed {
        builder: "buildkit",
        exit,
        // What a RUN wrote itself tells why it failed; of everything else the last line does.
        output: last.filter(|_| run_code.is_none()).unwrap_or(output),
        run_code,
        run: None,
        dockerfile,
    };
    diagnosis::explain_at(&failed, diagnosis::marked_line(output))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn explained(output: &str) -> String {
        let exit = Exit { code: 1, signal: None, timed_out: false, output_bytes: 0, output_digest: String::new() };
        format!("{:?}", explain(&exit, output, None))
    }

    #[test]
    fn a_failing_run_is_told_with_its_own_code_and_line() {
        let said = explained(
            "#7 [3/3] RUN echo bad; exit 7\n#7 0.074 bad\n\
             #7 ERROR: process \"/bin/sh -c echo bad; exit 7\" did not complete successfully: exit code: 7\n\
             ------\n > [3/3] RUN echo bad; exit 7:\n0.074 bad\n------\nDockerfile:3\n--------------------\n\
             \x20  1 |     FROM gcr.io/my-project/busybox:latest\n   2 |     RUN true\n   3 | >>> RUN echo bad; exit 7\n   4 |     \n\
             --------------------\n\
             error: failed to solve: process \"/bin/sh -c echo bad; exit 7\" did not complete successfully: exit code: 7\n",
        );
        assert!(said.contains("RUN in line 3 of the Dockerfile exited with code 7") && said.contains("Some(7)"), "{said}");
    }

    #[test]
    fn what_else_goes_wrong_is_told() {
        for (last, words) in [
            (
                "gcr.io/my-project/no-such-image: failed to resolve source metadata for gcr.io/my-project/no-such-image:latest: \
                 gcr.io/my-project/no-such-image:latest: not found",
                "check its name and tag",
            ),
            (
                "gcr.io/my-project/busybox: failed to resolve source metadata for gcr.io/my-project/busybox:latest: unexpected status \
                 from HEAD request to https://gcr.io/v2/my-project/busybox/manifests/latest: 401 Unauthorized",
                "refuses the credentials",
            ),
            (
                "failed to push gcr.io/my-project/bk:1: unexpected status from HEAD request to \
                 https://gcr.io/v2/my-project/bk/blobs/sha256:669f: 401 Unauthorized",
                "refuses the credentials",
            ),
            (
                "failed to compute cache key: failed to calculate checksum of ref 70u5::188u: \"/nope\": not found",
                "buildkit exited with code 1: error: failed to solve: failed to compute cache key",
            ),
            ("process \"/bin/sh -c kill -9 $$\" did not complete successfully: exit code: 137", "more `memory`"),
        ] {
            let said = explained(&format!("#1 DONE\nerror: failed to solve: {last}\n"));
            assert!(said.contains(words), "{said}");
        }
    }
}
