//! What engines mean by what they say when they do not start a container, and what can be done about it.

use windlass_model::roles::Builders;

use crate::engine::{Facts, Flavour};

/// What there is to advise with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Advice<'a> {
    /// The engine.
    pub(crate) facts: &'a Facts,
    /// The builders that can be suggested.
    pub(crate) builders: &'a Builders,
}

impl Advice<'_> {
    /// What runs nearly everywhere, whatever the engine may.
    pub(crate) fn other_builder(&self) -> String {
        format!("a builder that needs no privileges{}", self.builders.example())
    }
}

/// What to do about a refusal; `None` where its words say nothing that is known.
pub(crate) fn help(message: &str, advice: &Advice<'_>) -> Option<String> {
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    // First, because it ends with the words of a missing right, which no builder could do without.
    if says(&["rlimit", "RLIMIT_"]) {
        return Some(rlimit(message, advice.facts));
    }
    let of_rights =
        ["unable to apply caps", "operation not permitted", "Operation not permitted", "privileged mode is incompatible"];
    if says(&of_rights) {
        return Some(rights(advice));
    }
    let help = if says(&["exec format error", "Exec format error"]) {
        "the image is for another processor: choose one for this machine's architecture"
    } else if says(&["no space left on device"]) {
        "free some space on the engine's disk: docker system prune, or podman system prune"
    } else if says(&["nable to find user", "no matching entries in passwd file"]) {
        "the image names a user that its /etc/passwd lacks: use a numeric one"
    } else {
        return None;
    };
    Some(help.into())
}

/// An engine can give its containers no higher resource limits than it has itself, unless it has `CAP_SYS_RESOURCE`.
fn rlimit(message: &str, facts: &Facts) -> String {
    let limit = limit_of(message);
    let setting = match (facts.flavour, facts.rootless) {
        (Flavour::Podman, true) => {
            "write `[containers]` and in the next line `default_ulimits = []` to ~/.config/containers/containers.conf \
             (make the file if there is none), then restart it: systemctl --user restart podman"
                .to_owned()
        }
        (Flavour::Podman, false) => {
            "as root, write `[containers]` and in the next line `default_ulimits = []` to /etc/containers/containers.conf \
             (make the file if there is none), then restart it: systemctl restart podman"
                .to_owned()
        }
        (Flavour::Docker, _) => format!(
            "as root, write `{{\"default-ulimits\": {{\"{limit}\": {{\"Name\": \"{limit}\", \"Soft\": 1024, \"Hard\": 1024}}}}}}` to \
             /etc/docker/daemon.json, then restart it: systemctl restart docker"
        ),
    };
    format!("the engine gives its containers a higher limit (`ulimit`, {limit}) than it may set here: {setting}")
}

/// The limit that is refused, by the word that engines have for it. Of runc there is the number alone.
fn limit_of(message: &str) -> &'static str {
    let of_processes = ["RLIMIT_NPROC", "rlimit type 6"];
    if of_processes.iter().any(|word| message.contains(word)) { "nproc" } else { "nofile" }
}

fn rights(advice: &Advice<'_>) -> String {
    let other_builder = advice.other_builder();
    let not_here = "the engine may not grant what the container asks for (privileged, capabilities)";
    if advice.facts.rootless {
        format!("{not_here}, for it runs without root: run a rootful engine, or {other_builder}")
    } else {
        format!(
            "{not_here}: it runs as root, but what it runs in (a container, a restricted machine) keeps these rights back; give them to it, \
             or use {other_builder}"
        )
    }
}

#[cfg(test)]
mod tests {
    use windlass_model::pod_security::Level;

    use super::*;

    const RLIMITS: [&str; 2] = [
        "crun: setrlimit `RLIMIT_NOFILE`: Operation not permitted: OCI permission denied",
        "runc: runc create failed: unable to start container process: error during container init: error setting rlimits for ready \
         process: error setting rlimit type 7: operation not permitted",
    ];

    /// Nobody who runs the engine as root is told to run it as root, whatever the refusal.
    #[test]
    fn the_cure_fits_the_cause_and_the_engine() {
        let builders: Builders = [("kaniko".to_owned(), Level::Baseline)].into_iter().collect();
        let help = |message: &str, facts: &Facts| help(message, &Advice { facts, builders: &builders });
        let rootful = Facts { flavour: Flavour::Podman, ..Facts::usual() };
        let rootless = Facts { rootless: true, ..rootful.clone() };
        for message in RLIMITS {
            for facts in [&rootful, &rootless] {
                let help = help(message, facts).unwrap_or_default();
                assert!(help.contains("`ulimit`, nofile") && help.contains("`default_ulimits = []`"), "{help}");
                // Where to write it, and what to do then.
                let (file, then) = match facts.rootless {
                    true => ("~/.config/containers/containers.conf", "systemctl --user restart podman"),
                    false => ("/etc/containers/containers.conf", "systemctl restart podman"),
                };
                assert!(help.contains(file) && help.contains(then), "{help}");
                assert!(!help.contains("rootful") && !help.contains("kaniko"), "{help}");
            }
            assert!(help(message, &Facts::usual()).is_some_and(|help| help.contains("daemon.json")), "Docker");
        }
        let processes = help("crun: setrlimit `RLIMIT_NPROC`: Operation not permitted", &rootful).unwrap_or_default();
        assert!(processes.contains("`ulimit`, nproc"), "{processes}");
        let caps = "crun: unable to apply caps: operation not permitted";
        let (with, without) = (help(caps, &rootful).unwrap_or_default(), help(caps, &rootless).unwrap_or_default());
        assert!(!with.contains("rootful") && with.contains("it runs as root") && with.contains("kaniko"), "{with}");
        assert!(without.contains("run a rootful engine"), "{without}");
        assert_eq!(help("something else", &rootful), None);
    }
}
