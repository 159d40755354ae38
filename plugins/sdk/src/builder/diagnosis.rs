//! What a builder's failure means, in the same words whichever builder it was.

use crate::bindings::powers::windlass::plugin::types::Failure;
use crate::builder::dockerfile;
use crate::containers::Exit;
use crate::error::Error;

/// What is known of a failed build.
#[derive(Debug, Clone, Copy)]
pub struct Failed<'a> {
    /// The builder's name.
    pub builder: &'a str,
    /// How its command ended.
    pub exit: &'a Exit,
    /// The end of what it wrote.
    pub output: &'a str,
    /// The exit code of the `RUN` that failed, when the builder tells.
    pub run_code: Option<i32>,
    /// The text of that `RUN`, as the builder shows it.
    pub run: Option<&'a str>,
    /// The Dockerfile's text.
    pub dockerfile: Option<&'a str>,
}

/// What the kernel says in any program, and what it means.
const DISK_FULL: (&str, &str) =
    ("no space left on device", "the disk is full; give the node more ephemeral storage, or the build a smaller context");

const UNKNOWN_IMAGE: &str = "an image that the Dockerfile starts from is not in its registry; check its name and tag";

/// Words that builders and registries use, and what they mean. The first that is found counts, so the more exact stand first.
const MEANINGS: [(&[&str], &str); 13] = [
    (&[DISK_FULL.0], DISK_FULL.1),
    (
        &["certificate has expired or is not yet valid", "certificate is not yet valid", "certificate has expired"],
        "the registry's certificate is not valid at this time; if it is good, the node's clock is wrong: compare `date` there with yours",
    ),
    (
        &["certificate signed by unknown authority", "unable to get local issuer certificate", "self-signed certificate"],
        "the registry's certificate is signed by an authority that the builder does not know; name it in windlass.yaml: \
         `registries: {HOST: {ca_file: ca.pem}}`",
    ),
    (
        &["server gave HTTP response to HTTPS client", "http: server gave HTTP response"],
        "the registry speaks plain HTTP; say so in windlass.yaml: `registries: {HOST: {insecure: true}}`",
    ),
    (
        &["pull access denied"],
        "an image that the Dockerfile starts from is not in its registry, or needs credentials; check its name, and the login step",
    ),
    (
        &[
            "DENIED",
            "denied:",
            "403 Forbidden",
            "HTTP 403",
            "insufficient_scope",
            "access to the resource is denied",
            "push access denied",
        ],
        "the registry accepts the credentials but does not allow this; check whether the account may push to this repository, or pull from \
         it",
    ),
    (
        &[
            "UNAUTHORIZED",
            "unauthorized",
            "401 Unauthorized",
            "HTTP 401",
            "authentication required",
            "no basic auth credentials",
            "incorrect username or password",
        ],
        "the registry refuses the credentials, or there are none; check the login step, the secret it uses, and what the account may do",
    ),
    (
        &["manifest unknown", "MANIFEST_UNKNOWN", "manifest not found", "NAME_UNKNOWN", "name unknown", "not found: manifest"],
        UNKNOWN_IMAGE,
    ),
    (
        &["no such host", "server misbehaving", "Temporary failure in name resolution"],
        "a registry's name cannot be resolved inside the pod; check it, or give its address in windlass.yaml under `host_aliases`",
    ),
    (
        &["connection refused", "no route to host", "network is unreachable", "i/o timeout", "TLS handshake timeout"],
        "the pod cannot reach a registry; check that it runs and that the pod may talk to it",
    ),
    (
        &[
            "connection reset by peer",
            "unexpected EOF",
            "broken pipe",
            "use of closed network connection",
            "502 Bad Gateway",
            "503 Service Unavailable",
            "\": EOF",
            "server closed idle connection",
            // What a registry says of an upload that goes on where it was not cut.
            "blob upload invalid",
            "BLOB_UPLOAD_INVALID",
        ],
        "a registry closed the connection; try again, and look at its log if it happens twice",
    ),
    (
        &["operation not permitted", "Operation not permitted", "permission denied"],
        "the container lacks a right that the Dockerfile needs; `windlass plan` shows what it has",
    ),
    (&["cannot allocate memory", "out of memory"], "there was not enough memory; give the build step more `memory`"),
];

/// The error that a builder's bad end is.
pub fn explain(failed: &Failed<'_>) -> Error {
    explain_at(failed, None)
}

/// As [`explain`], for a builder that tells the line of the `RUN` that failed.
pub fn explain_at(failed: &Failed<'_>, line: Option<usize>) -> Error {
    let exit_code = Some(failed.run_code.unwrap_or(failed.exit.code));
    Error::Failed(Failure { message: sentence(failed, line), exit_code })
}

fn sentence(failed: &Failed<'_>, line: Option<usize>) -> String {
    let Failed { builder, exit, output, .. } = failed;
    if exit.timed_out {
        return format!("{builder} ran out of time");
    }
    // 137 of a RUN is the kernel's doing too: nothing else sends SIGKILL in a build.
    let killed = |who: &str| format!("{who} ran out of memory and was killed (137); give the build step more `memory`");
    if failed.run_code == Some(137) {
        return killed(&run(failed, line));
    }
    if exit.signal == Some(9) || exit.code == 137 {
        return killed(builder);
    }
    if let Some(signal) = exit.signal {
        return format!("{builder} was killed by signal {signal}");
    }
    if let Some(code) = failed.run_code {
        let why = if output.to_ascii_lowercase().contains(DISK_FULL.0) { format!(": {}", DISK_FULL.1) } else { String::new() };
        return format!("{} exited with code {code}{why}", run(failed, line));
    }
    match meaning(output) {
        Some((words, means)) => format!("{builder}: {means} ({words})"),
        None => format!("{builder} exited with code {}{}", exit.code, last_words(output)),
    }
}

/// The `RUN` that failed, with its line when that can be told.
fn run(failed: &Failed<'_>, line: Option<usize>) -> String {
    let named = failed.run.unwrap_or_default();
    match line.or_else(|| failed.dockerfile.and_then(|text| dockerfile::line_of_run(text, named))) {
        Some(line) => format!("RUN in line {line} of the Dockerfile"),
        None if named.is_empty() => "a RUN of the Dockerfile".to_owned(),
        None => format!("`{}` of the Dockerfile", shortened(named)),
    }
}

/// What the last telling line of the output means, with that line.
fn meaning(output: &str) -> Option<(String, String)> {
    output.lines().rev().take(40).find_map(|line| {
        let known = MEANINGS.iter().find(|(words, _)| words.iter().any(|word| line.contains(word)));
        let means = known.map(|(_, means)| *means).or_else(|| swallowed(line).then_some(UNKNOWN_IMAGE))?;
        let host = host(line);
        Some((shortened(line), host.map_or_else(|| means.to_owned(), |host| means.replace("{HOST:", &format!("{{{host}:")))))
    })
}

/// The registry that a line is about, as a key of `registries` in YAML: the host of its last URL.
fn host(line: &str) -> Option<String> {
    let (_, url) = line.rsplit_once("https://").or_else(|| line.rsplit_once("http://"))?;
    let host = url.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '_'))).next()?;
    let host = host.trim_end_matches(':');
    if host.is_empty() {
        return None;
    }
    // Before a space a colon would end the key.
    Some(if host.contains(':') { format!("\"{host}\"") } else { host.to_owned() })
}

/// Whether BuildKit says of an image that it is not there. It swallows the registry's own words.
fn swallowed(line: &str) -> bool {
    line.contains("failed to resolve source metadata") && line.ends_with(": not found")
}

/// The builder's own last line, for a failure that nobody has met before.
fn last_words(output: &str) -> String {
    output.lines().rev().find(|line| !line.trim().is_empty()).map(|line| format!(": {}", shortened(line))).unwrap_or_default()
}

/// A line that fits a sentence.
fn shortened(line: &str) -> String {
    // What was tried stands at the beginning, and why it failed at the end.
    const BEGINNING: usize = 140;
    const END: usize = 160;
    let line = line.trim();
    let letters: Vec<char> = line.chars().collect();
    let (beginning, end) = (letters.iter().take(BEGINNING), letters.iter().skip(letters.len().saturating_sub(END)));
    if letters.len() <= BEGINNING + END { line.to_owned() } else { beginning.chain(['…'].iter()).chain(end).collect() }
}

/// The first line that BuildKit's excerpt of the Dockerfile marks: `   3 | >>> RUN exit 7`.
pub fn marked_line(output: &str) -> Option<usize> {
    output.lines().find_map(|line| {
        let (number, text) = line.split_once('|')?;
        text.starts_with(" >>>").then(|| number.trim().parse().ok())?
    })
}

/// The number behind the last `word` of the output: `exit status 7`.
pub fn number_after(output: &str, word: &str) -> Option<i32> {
    let (_, rest) = output.rsplit_once(word)?;
    let rest = rest.trim_start_matches([' ', ':']);
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exit(code: i32) -> Exit {
        Exit { code, signal: None, timed_out: false, output_bytes: 0, output_digest: String::new() }
    }

    fn said(code: i32, output: &str) -> String {
        let exit = exit(code);
        sentence(&Failed { builder: "kaniko", exit: &exit, output, run_code: None, run: None, dockerfile: None }, None)
    }

    #[test]
    fn a_failing_run_is_told_with_its_code_and_line() {
        let exit = exit(1);
        let failed = Failed {
            builder: "makisu",
            exit: &exit,
            output: "",
            run_code: number_after("execute step: cmd wait: exit status 7", "exit status"),
            run: Some("exit 7"),
            dockerfile: Some("FROM a\nRUN true\nRUN exit 7\n"),
        };
        assert_eq!(sentence(&failed, Some(5)), "RUN in line 5 of the Dockerfile exited with code 7");
        assert_eq!(sentence(&failed, None), "RUN in line 3 of the Dockerfile exited with code 7");
        let full = Failed { output: "dd: error writing '/x': No space left on device\n", ..failed };
        assert!(
            sentence(&full, None)
                .ends_with("code 7: the disk is full; give the node more ephemeral storage, or the build a smaller context")
        );
        assert!(matches!(explain(&failed), Error::Failed(Failure { exit_code: Some(7), .. })));
    }

    #[test]
    fn what_registries_say_is_told_in_the_same_words() {
        for (output, word) in [
            ("error checking push permissions: UNAUTHORIZED: authentication required", "refuses the credentials"),
            ("GET …: MANIFEST_UNKNOWN: manifest unknown", "check its name and tag"),
            ("x509: certificate signed by unknown authority\n", "ca_file"),
            ("x509: certificate has expired or is not yet valid: current time", "clock"),
            ("denied: requested access to the resource is denied", "whether the account may push"),
            (
                "failed to resolve source metadata for r/a:1: unexpected status from HEAD request to https://r/v2/: 401 Unauthorized",
                "refuses",
            ),
            (
                "pull access denied, repository does not exist or may require authorization: server message: insufficient_scope",
                "login step",
            ),
            ("write /a: no space left on device", "disk is full"),
            (
                "error: failed to solve: r/a:1: failed to resolve source metadata for r/a:1: r/a:1: not found",
                "check its name and tag",
            ),
        ] {
            assert!(said(1, output).contains(word), "{output}: {}", said(1, output));
        }
        for (output, key) in [
            ("Get \"https://r.example/v2/\": x509: certificate signed by unknown authority", "{r.example: {ca_file: ca.pem}}"),
            (
                "Get \"https://r.example:5000/v2/\": x509: certificate signed by unknown authority",
                "{\"r.example:5000\": {ca_file: ca.pem}}",
            ),
            ("Get \"https://10.0.0.1/v2/\": http: server gave HTTP response to HTTPS client", "{10.0.0.1: {insecure: true}}"),
            ("x509: certificate signed by unknown authority", "{HOST: {ca_file: ca.pem}}"),
        ] {
            assert!(said(1, output).contains(key), "{output}: {}", said(1, output));
        }
        assert_eq!(said(3, "strange\n\n"), "kaniko exited with code 3: strange");
        let long = said(1, &format!("begins {} ends", "x".repeat(1000)));
        assert!(long.contains("begins x") && long.contains("x…x") && long.ends_with("x ends") && long.len() < 350, "{long}");
    }

    #[test]
    fn a_kill_is_told_as_want_of_memory() {
        assert!(said(137, "").contains("kaniko ran out of memory and was killed (137); give the build step more `memory`"));
        let exit = exit(1);
        let dockerfile = Some("FROM a\nRUN head\n");
        let failed = Failed { builder: "makisu", exit: &exit, output: "", run_code: Some(137), run: Some("head"), dockerfile };
        assert!(sentence(&failed, None).starts_with("RUN in line 2 of the Dockerfile ran out of memory and was killed (137)"));
    }
}
