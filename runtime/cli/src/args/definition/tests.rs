//! Every command, walked: it lists what it takes, and takes no more.

use std::collections::BTreeSet;
use std::ffi::OsString;

use clap::Command;

use super::{command, leaves};
use crate::args::parse;

/// Options that every command takes.
const COMMON: [&str; 4] = ["color", "help", "verbose", "version"];

/// What each command does something with, beside [`COMMON`]. Whoever adds an option says here who has a use for it.
const TAKEN: [(&str, &str); 33] = [
    ("windlass check", "affected-files env env-file file locked offline output plugin settings strict trust-project"),
    (
        "windlass plan",
        "affected-files context env env-file file locked namespace offline on output plugin pull-policy secret settings strict trust-project \
         use",
    ),
    (
        "windlass run",
        "affected-files artifacts context dry-run env env-file file jobs locked namespace no-tasks offline on output plugin pull-policy secret settings \
         sidecar-logs strict trust-project use",
    ),
    (
        "windlass build",
        "build-arg builder cache-from cache-to context dry-run file image label locked login namespace no-cache no-push offline on output platform \
         plugin pull-policy secret settings tag target trust-project",
    ),
    ("windlass convert", "affected-files env env-file file locked offline output plugin settings strict use write"),
    ("windlass init", "builder context dockerfile dry-run from image namespace on"),
    ("windlass doctor", "context file locked namespace offline on output plugin settings trust-project use"),
    ("windlass gc", "all context dry-run file namespace on output settings trust-project"),
    ("windlass ls", "context file namespace on output settings trust-project"),
    ("windlass trust", "file output revoke settings show"),
    ("windlass artifacts ls", "artifacts file output settings trust-project"),
    ("windlass artifacts get", "artifacts file out output settings trust-project"),
    ("windlass cache ls", "file output scope settings trust-project"),
    ("windlass cache rm", "all dry-run file name output scope settings trust-project"),
    ("windlass cache prune", "dry-run file output settings trust-project"),
    ("windlass cache explain", "file output settings trust-project"),
    ("windlass plugin ls", "locked offline output plugin settings"),
    ("windlass plugin inspect", "locked offline output plugin settings"),
    ("windlass plugin new", "directory kind lang powers settings"),
    ("windlass plugin build", "settings"),
    ("windlass plugin test", "case cases list seed settings"),
    (
        "windlass plugin run",
        "affected-files context dry-run env env-file file image locked namespace offline on output plugin pull-policy secret settings strict \
         trust-project with",
    ),
    ("windlass plugin diff", "locked offline output plugin settings"),
    ("windlass plugin pack", "compat name out settings tag"),
    ("windlass plugin push", "compat settings"),
    ("windlass plugin sign", "key settings"),
    ("windlass plugin verify", "identity issuer key settings signatures trusted-root"),
    ("windlass plugin update", "approve dry-run settings"),
    ("windlass plugin vendor", "settings"),
    ("windlass plugin prune", "max-size settings"),
    ("windlass completions", ""),
    ("windlass explain", "output"),
    ("windlass man", "directory"),
];

fn built() -> Command {
    let mut command = command();
    command.build();
    command
}

fn listed(command: &Command) -> BTreeSet<&str> {
    command.get_arguments().filter(|arg| !arg.is_hide_set()).filter_map(|arg| arg.get_long()).collect()
}

#[test]
fn each_command_lists_the_options_that_it_uses() {
    let command = built();
    let leaves = leaves(&command);
    let names: Vec<&str> = leaves.iter().map(|(words, _)| words.as_str()).collect();
    assert_eq!(names.len(), TAKEN.len(), "{names:?}");
    for (words, options) in TAKEN {
        let (_, leaf) = leaves.iter().find(|(name, _)| name == words).unwrap_or_else(|| panic!("there is no {words}"));
        let found: BTreeSet<&str> = listed(leaf).into_iter().filter(|option| !COMMON.contains(option)).collect();
        assert_eq!(found, options.split_whitespace().collect(), "{words}");
    }
}

/// Every option of another command is refused, with the commands that take it: behind the command, and before it where that may stand.
#[test]
fn an_option_of_another_command_is_refused_and_says_whose_it_is() {
    let command = built();
    let leaves = leaves(&command);
    let all: BTreeSet<&str> = leaves.iter().flat_map(|(_, leaf)| listed(leaf)).collect();
    for (words, leaf) in &leaves {
        let own = listed(leaf);
        for option in all.iter().filter(|option| !own.contains(**option)) {
            if (words.as_str(), *option) == ("windlass trust", "trust-project") {
                // It says itself why not.
                continue;
            }
            let flag = format!("--{option}");
            let takes_value = leaves
                .iter()
                .flat_map(|(_, leaf)| leaf.get_arguments())
                .any(|arg| arg.get_long() == Some(option) && arg.get_action().takes_values());
            let given: Vec<&str> = if takes_value { vec![&flag, "x"] } else { vec![&flag] };
            let needed = needed(leaf);
            let command: Vec<&str> = words.split(' ').chain(needed.iter().map(String::as_str)).collect();
            let told = refused(&[&command[..], &given].concat());
            assert!(told.contains(&format!("unexpected argument '{flag}'")), "{words} {option}: {told}");
            assert!(told.contains(&format!("`{flag}` has no effect on `{words}`; these take it: `windlass ")), "{words}: {told}");
            let before = [&command[..1], &given, &command[1..]].concat();
            let told = refused(&before);
            assert!(told.contains(&format!("unexpected argument '{flag}'")), "{before:?}: {told}");
        }
    }
}

/// What a command cannot do without.
fn needed(command: &Command) -> Vec<String> {
    let words = |arg: &clap::Arg| arg.get_possible_values().first().map_or("x".to_owned(), |value| value.get_name().to_owned());
    let positionals = command.get_positionals().filter(|arg| arg.is_required_set()).map(words);
    let options = command.get_opts().filter(|arg| arg.is_required_set());
    let options = options.flat_map(|arg| [format!("--{}", arg.get_long().unwrap_or_default()), "x".to_owned()]);
    positionals.chain(options).collect()
}

fn refused(words: &[&str]) -> String {
    let words: Vec<OsString> = words.iter().map(OsString::from).collect();
    match parse(&words) {
        Err(error) => error.to_string(),
        Ok(cli) => panic!("{words:?} is taken: {cli:?}"),
    }
}

/// A tip that is none is worse than none.
#[test]
fn only_what_is_really_near_is_suggested() {
    for (line, told) in [
        ("windlass rn", "did you mean `run`?"),
        ("windlass rnu", "did you mean `run`?"),
        ("windlass help rnu", "did you mean `run`?"),
        ("windlass plugin inspct", "did you mean `inspect`?"),
        ("windlass help plugin l", "did you mean `ls`?"),
        ("windlass execute", "the commands are check, plan, run, "),
        ("windlass plan --output yml", "did you mean `yaml`?"),
        ("windlass run --job 2", "did you mean `--jobs`?"),
        ("windlass completions bsh", "did you mean `bash`?"),
        ("windlass --jobs 2 run", "write `--jobs` behind a command that takes it: `windlass run`"),
    ] {
        let told_of = refused(&line.split(' ').collect::<Vec<_>>());
        assert!(told_of.contains(told) && told_of.matches("tip:").count() == 1, "{line}: {told_of}");
    }
    for (line, values) in [
        ("windlass plan --output xml", "[possible values: text, json, yaml]"),
        ("windlass completions tcsh", "[possible values: bash, elvish, fish, powershell, zsh]"),
        ("windlass run --no-tasks maybe", "[possible values: pass, fail]"),
    ] {
        let told = refused(&line.split(' ').collect::<Vec<_>>());
        assert!(told.contains(values) && !told.contains("tip:"), "{line}: {told}");
    }
}
