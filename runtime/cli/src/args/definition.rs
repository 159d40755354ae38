//! The command line as a whole: what the parts define, without the options that have no effect on a command.

use clap::{Arg, Command, CommandFactory as _};

use super::Cli;

/// What the commands are told that have to do with a project. These have not, or not in this way.
const NOT_TAKEN: [(&str, &[&str]); 7] = [
    ("completions", &["file", "settings", "trust_project"]),
    ("convert", &["trust_project"]),
    ("explain", &["file", "settings", "trust_project"]),
    ("init", &["file", "settings", "trust_project"]),
    ("man", &["file", "settings", "trust_project"]),
    ("plugin", &["file"]),
    ("trust", &["trust_project"]),
];

/// The one command about plugins that runs something, and so asks for trust.
const RUNS_A_PLUGIN: &str = "run";

/// Every command with its options, for whoever reads the command line, completes it or describes it.
pub fn command() -> Command {
    let whole = Cli::command();
    let named = |ids: &[&str]| -> Vec<Arg> {
        let taken = whole.get_arguments().filter(|arg| ids.contains(&arg.get_id().as_str()));
        taken.cloned().map(|arg| arg.hide(true)).collect()
    };
    // Hidden, not gone: they may stand before the command, where nothing knows yet which it is.
    let command =
        NOT_TAKEN.iter().fold(whole.clone(), |command, (name, ids)| command.mut_subcommand(name, |one| one.args(named(ids))));
    command.mut_subcommand("plugin", |plugin| {
        plugin.mut_subcommands(|one| match one.get_name() {
            RUNS_A_PLUGIN => one,
            _ => one.args(named(&["trust_project"])),
        })
    })
}

/// What a person types for each command that does something, with the command.
pub(super) fn leaves(command: &Command) -> Vec<(String, &Command)> {
    fn collect<'c>(command: &'c Command, words: &str, found: &mut Vec<(String, &'c Command)>) {
        let below = command.get_subcommands().filter(|one| one.get_name() != "help");
        let mut alone = true;
        for one in below {
            alone = false;
            collect(one, &format!("{words} {}", one.get_name()), found);
        }
        if alone {
            found.push((words.to_owned(), command));
        }
    }
    let mut found = Vec::new();
    collect(command, command.get_name(), &mut found);
    found
}

/// Whether an option is called so: `--file`, or `-f`.
pub(super) fn is_called(arg: &Arg, name: &str) -> bool {
    match name.strip_prefix("--") {
        Some(long) => arg.get_long() == Some(long),
        None => arg.get_short().is_some_and(|short| name.strip_prefix('-') == Some(short.to_string().as_str())),
    }
}

#[cfg(test)]
mod tests;
