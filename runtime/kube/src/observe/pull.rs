//! Failed image pulls: the ones that trying again cannot mend, and the others.

use super::outlook::{Cause, Waiting};

/// What network and load look like in the runtimes' messages; they go before everything else, since a proxy's page or a
/// resolver's answer may hold any word.
const PASSING: [&str; 11] = [
    "no such host",
    "connection refused",
    "connection reset",
    "i/o timeout",
    "TLS handshake timeout",
    "deadline exceeded",
    "network is unreachable",
    "no route to host",
    "unexpected EOF",
    "429 Too Many Requests",
    "toomanyrequests",
];

const MISSING: [&str; 4] = ["not found", "manifest unknown", "name unknown", "does not exist or no pull access"];

const DENIED: [&str; 7] = [
    "pull access denied",
    "unauthorized",
    "401 Unauthorized",
    "403 Forbidden",
    "authorization failed",
    "authentication required",
    "access denied",
];

/// Judges a failed pull by the container runtime's message.
pub(super) fn judge(message: &str, image: &str) -> Waiting {
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if has(&PASSING) {
        return Waiting::Doubtful(Cause::with_help(
            format!("image {image} cannot be pulled: {}", last_cause(message)),
            "the node reaches the registry, not this machine: check the registry's name and the node's network",
        ));
    }
    if has(&["no match for platform"]) {
        return Waiting::Hopeless(Cause::with_help(
            format!("image {image} does not exist for this node's architecture"),
            "set `architecture` to one that the image has, or build the image for this one",
        ));
    }
    if has(&DENIED) {
        return Waiting::Hopeless(Cause::with_help(
            format!("the registry refuses to serve image {image}: {}", last_cause(message)),
            "check its name; a private image needs the name of a Secret of type kubernetes.io/dockerconfigjson for pulls",
        ));
    }
    if has(&MISSING) {
        return Waiting::Hopeless(Cause::with_help(
            format!("image {image} does not exist: {}", last_cause(message)),
            "check its repository and tag",
        ));
    }
    if has(&["x509:", "HTTP response to HTTPS client"]) {
        return Waiting::Hopeless(Cause::with_help(
            format!("image {image} cannot be pulled: {}", last_cause(message)),
            "the container runtime of the nodes must trust this registry; that is set on the nodes",
        ));
    }
    // Between two attempts older kubelets say only that they wait.
    if message.is_empty() || message.starts_with("Back-off pulling image") && !message.contains("Err") {
        return Waiting::Fine;
    }
    Waiting::Doubtful(Cause::new(format!("image {image} cannot be pulled: {}", last_cause(message))))
}

/// The end of a runtime's message: what came before repeats the image's name at every layer of the software.
fn last_cause(message: &str) -> &str {
    let start =
        message.rmatch_indices(": ").map(|(at, separator)| at + separator.len()).find(|start| message.len() - start >= 30);
    message.get(start.unwrap_or(0)..).unwrap_or(message)
}
