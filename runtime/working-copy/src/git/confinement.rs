//! What git is told so that it runs nothing but itself.
//!
//! These are the things by which a repository can name a program that a command which only looks would run:
//!
//! | named by | run when | turned off by |
//! |---|---|---|
//! | `core.fsmonitor` | the index is read | an empty value |
//! | hooks, `core.hooksPath` | an index or a ref is written | a directory without hooks; looking takes no locks |
//! | `filter.NAME.clean`, `.smudge`, `.process` | a file is compared | an empty value for each name that the configuration knows |
//! | `diff.external`, `diff.NAME.command`, `.textconv` | a difference is shown | `--no-ext-diff --no-textconv`, and only names are asked for |
//! | `core.pager`, `pager.*` | something is long | `--no-pager` |
//! | `gpg.program`, `gpg.*.program` with `log.showSignature` | a commit is shown | plumbing is asked, and `log.showSignature` is false |
//! | `remote.NAME.uploadpack`, `.vcs`, `core.sshCommand`, `core.gitProxy`, `credential.helper` and all of a transport | an object that a partial clone lacks is fetched | no protocol is allowed |
//! | configuration of a submodule | its working tree is compared | `--ignore-submodules=dirty`, where differences are asked for |
//! | a directory that looks like a repository | windlass works in it | `safe.bareRepository=explicit` |
//!
//! Aliases cannot replace git's own commands, and nothing else of git's configuration is read by what [`super::gather`] asks.
//!
//! Variables of the user's own environment that name a *place*, as `GIT_DIR` does, work as in any other command; those that name a program
//! are of no use here and are left out. Which directories git trusts stays git's own decision (`safe.directory`).

use std::process::Command;

/// Options of every command. Values given here go before those of any file.
pub(super) const OPTIONS: [&str; 19] = [
    "--no-pager",
    "-c",
    "core.fsmonitor=",
    "-c",
    "core.hooksPath=/dev/null",
    "-c",
    "core.alternateRefsCommand=",
    "-c",
    "core.sshCommand=false",
    "-c",
    "core.askPass=",
    "-c",
    "credential.helper=",
    "-c",
    "log.showSignature=false",
    "-c",
    "protocol.allow=never",
    "-c",
    "safe.bareRepository=explicit",
];

/// Options of every command that compares.
pub(super) const COMPARING: [&str; 5] =
    ["--name-only", "--no-ext-diff", "--no-textconv", "--no-renames", "--ignore-submodules=dirty"];

/// Variables by which a user's shell names programs to git.
const PROGRAMS: [&str; 9] = [
    "GIT_ASKPASS",
    "GIT_EDITOR",
    "GIT_EXTERNAL_DIFF",
    "GIT_PAGER",
    "GIT_PROXY_COMMAND",
    "GIT_SEQUENCE_EDITOR",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "SSH_ASKPASS",
];

/// The variable that holds nothing, for names that `-c` cannot spell.
const NOTHING: &str = "WINDLASS_GIT_NOTHING";

/// Sets what no option says.
pub(super) fn environment(command: &mut Command) {
    for name in PROGRAMS {
        command.env_remove(name);
    }
    command
        .env("LC_ALL", "C")
        // Looking must not write: no refreshed index, no lock that stops a commit next door.
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        // What a partial clone lacks stays away. Older versions know only the second: nothing is a protocol of this name, and it goes before
        // whatever a file allows.
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_ALLOW_PROTOCOL", "none")
        .env(NOTHING, "");
}

/// The options that leave every filter without a program, from the names of all that is configured, each ended by a NUL.
pub(super) fn without_filters(listing: &str) -> Vec<String> {
    let of_key = |key: &str| {
        let (section, rest) = key.split_once('.')?;
        let (name, _) = rest.rsplit_once('.')?;
        section.eq_ignore_ascii_case("filter").then(|| name.to_owned())
    };
    let mut names: Vec<String> = listing.split('\0').filter_map(of_key).collect();
    names.sort();
    names.dedup();
    let overridden = |name: &String| {
        ["clean", "smudge", "process", "required"].map(|key| match key {
            // An empty value is false. `-c` would end the name at its first `=`.
            _ if name.contains('=') => vec![format!("--config-env=filter.{name}.{key}={NOTHING}")],
            _ => vec!["-c".to_owned(), format!("filter.{name}.{key}=")],
        })
    };
    names.iter().flat_map(overridden).flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_that_is_configured_loses_its_program() {
        let listing = "core.bare\0filter.lfs.clean\0filter.lfs.process\0filter.a.b.clean\0filter.x=y.smudge\0filter.nothing\0";
        let options = without_filters(listing).join(" ");
        for part in ["-c filter.lfs.clean= ", "-c filter.a.b.process= ", "-c filter.lfs.required="] {
            assert!(options.contains(part), "{part}: {options}");
        }
        assert!(options.contains(&format!("--config-env=filter.x=y.clean={NOTHING}")), "{options}");
        assert_eq!(options.matches(".clean=").count(), 3, "{options}");
    }
}
