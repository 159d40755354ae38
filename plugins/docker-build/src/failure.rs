//! What a failure of `docker build` means, in the words of the classic builder and of BuildKit.

use windlass_plugin_sdk::Error;
use windlass_plugin_sdk::builder::diagnosis::{self, Failed};
use windlass_plugin_sdk::containers::Exit;

/// How the classic builder ends a `RUN` that failed, after its command.
const CLASSIC: &str = "' returned a non-zero code: ";

/// How BuildKit does: since version 0.9, and before.
const BUILDKIT: [&str; 2] = ["did not complete successfully: exit code: ", "]: exit code: "];

pub(crate) fn explain(exit: &Exit, output: &str, dockerfile: Option<&str>) -> Error {
    let run = failed_run(output);
    let cause = output.lines().rev().find(|line| line.starts_with("ERROR: ") || line.starts_with("error: "));
    let failed = Failed {
        builder: "docker build",
        exit,
        output: cause.unwrap_or(output),
        run_code: run.map(|(_, code)| code),
        run: run.map(|(command, _)| command),
        dockerfile,
    };
    diagnosis::explain_at(&failed, diagnosis::marked_line(output))
}

/// The last `RUN` that failed: its command as the builder shows it, and its exit code.
fn failed_run(output: &str) -> Option<(&str, i32)> {
    output.lines().rev().find_map(|line| {
        // What the command wrote to standard error was coloured, and the line begins with the end of that.
        let classic = line.split_once("The command '").and_then(|(_, rest)| rest.rsplit_once(CLASSIC));
        let buildkit = || BUILDKIT.iter().find_map(|words| line.rsplit_once(words));
        let (command, code) = classic.or_else(buildkit)?;
        Some((command, code.trim().parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCKERFILE: &str = "FROM a\nRUN true\nRUN echo before; exit 7\n";

    fn explained(code: i32, output: &str) -> (String, Option<i32>) {
        let exit = Exit { code, signal: None, timed_out: false, output_bytes: 0, output_digest: String::new() };
        match explain(&exit, output, Some(DOCKERFILE)) {
            Error::Failed(failure) => (failure.message, failure.exit_code),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_failing_run_is_told_alike_by_the_classic_builder_and_by_every_buildkit() {
        for (code, output) in [
            (
                7,
                "Step 3/3 : RUN echo before; exit 7\n ---> Running in 0a1b\nbefore\n\u{1b}[0mThe command '/bin/sh -c echo before; exit 7' returned a non-zero code: 7\n",
            ),
            (1, "#6 ERROR: x\n------\nexecutor failed running [/bin/sh -c echo before; exit 7]: exit code: 7\n"),
            (
                1,
                "Dockerfile:3\n----\n   2 |     RUN true\n   3 | >>> RUN echo before; exit 7\n----\nERROR: failed to build: failed to solve: process \
                 \"/bin/sh -c echo before; exit 7\" did not complete successfully: exit code: 7\n",
            ),
        ] {
            assert_eq!(
                explained(code, output),
                ("RUN in line 3 of the Dockerfile exited with code 7".into(), Some(7)),
                "{output}"
            );
        }
    }

    #[test]
    fn registries_are_told_in_the_words_of_all_builders() {
        for (output, words) in [
            ("Head \"https://gcr.io/v2/a/manifests/1\": no basic auth credentials\n", "refuses the credentials"),
            ("Get \"https://gcr.io/v2/a/manifests/1\": unauthorized: authentication required\n", "refuses the credentials"),
            ("manifest for gcr.io/a/b:1 not found: manifest unknown: manifest unknown\n", "check its name and tag"),
            (
                "ERROR: failed to solve: gcr.io/a/b:1: failed to resolve source metadata for gcr.io/a/b:1: gcr.io/a/b:1: not found\n",
                "check its name and tag",
            ),
            ("unknown flag: --nonsense\nSee 'docker build --help'.\n", "exited with code 125"),
        ] {
            let (message, _) = explained(125, output);
            assert!(message.starts_with("docker build") && message.contains(words), "{message}");
        }
    }
}
