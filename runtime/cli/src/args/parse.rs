//! Reading the words of a command line, and what is said to who writes one that windlass does not know.

use std::ffi::OsString;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgMatches, Command, Error, FromArgMatches as _};
use windlass_model::nearest::nearest;

use super::Cli;
use super::definition::{command, is_called, leaves};

/// Reads a command line, the name of the program first.
///
/// # Errors
/// When it cannot be read, or is a question for help: what to show, with the exit code.
pub fn parse(words: &[OsString]) -> Result<Cli, Error> {
    let mut command = command();
    command.build();
    let matches = command.try_get_matches_from_mut(words).map_err(|error| reworded(error, &command, words))?;
    if let Some(error) = without_effect(&command, &matches) {
        return Err(reworded(error, &command, words));
    }
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// The refusal of an option that the command does not take and that stands where any command's may stand.
fn without_effect(command: &Command, matches: &ArgMatches) -> Option<Error> {
    let (mut at, mut found) = (command, matches);
    while let Some((name, below)) = found.subcommand() {
        (at, found) = (at.find_subcommand(name)?, below);
    }
    let typed = |id: &str| found.value_source(id) == Some(ValueSource::CommandLine);
    // `trust` says itself why it does not take that one, in a variable of the environment too.
    let hidden = at.get_arguments().filter(|arg| arg.is_hide_set() && at.get_name() != "trust");
    let arg = hidden.into_iter().find(|arg| typed(arg.get_id().as_str()))?;
    let mut error = Error::new(ErrorKind::UnknownArgument).with_cmd(at);
    error.insert(ContextKind::InvalidArg, ContextValue::String(format!("--{}", arg.get_long()?)));
    error.insert(ContextKind::Usage, ContextValue::StyledStr(at.clone().render_usage()));
    Some(error)
}

/// The error with what helps: a name that is really near, else all names there are; and whose an option is that this command does not take.
fn reworded(mut error: Error, command: &Command, words: &[OsString]) -> Error {
    let tip = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            error.remove(ContextKind::SuggestedSubcommand);
            text(&error, ContextKind::InvalidSubcommand).map(|wrong| subcommand(command_of(command, words, &wrong), &wrong))
        }
        ErrorKind::InvalidValue => {
            error.remove(ContextKind::SuggestedValue);
            let Some(ContextValue::Strings(names)) = error.get(ContextKind::ValidValue) else { return error };
            text(&error, ContextKind::InvalidValue).and_then(|wrong| near(&wrong, names.iter().map(String::as_str)))
        }
        ErrorKind::UnknownArgument => {
            error.remove(ContextKind::SuggestedArg);
            let wrong = text(&error, ContextKind::InvalidArg).filter(|wrong| wrong.starts_with('-'));
            wrong.and_then(|wrong| option(command, command_of(command, words, &wrong), &wrong))
        }
        _ => None,
    };
    if let Some(tip) = tip {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    }
    error
}

fn text(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        _ => None,
    }
}

fn near<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(wrong, names).map(|name| format!("did you mean `{name}`?"))
}

fn subcommand(at: &Command, wrong: &str) -> String {
    let names: Vec<&str> = at.get_subcommands().map(Command::get_name).filter(|name| *name != "help").collect();
    near(wrong, names.iter().copied()).unwrap_or_else(|| format!("the commands are {}", names.join(", ")))
}

/// What to say of an option that a command does not take: which do, or which of its own is meant.
fn option(command: &Command, at: &Command, wrong: &str) -> Option<String> {
    let takes = |(_, one): &(String, &Command)| one.get_arguments().any(|arg| !arg.is_hide_set() && is_called(arg, wrong));
    let takers: Vec<String> = leaves(command).iter().filter(|leaf| takes(leaf)).map(|(words, _)| format!("`{words}`")).collect();
    let here = at.get_bin_name().unwrap_or(at.get_name());
    if !takers.is_empty() {
        let takers = takers.join(", ");
        return Some(match at.has_subcommands() {
            true => format!("write `{wrong}` behind a command that takes it: {takers}"),
            false => format!("`{wrong}` has no effect on `{here}`; these take it: {takers}"),
        });
    }
    let longs = at.get_arguments().filter(|arg| !arg.is_hide_set()).filter_map(|arg| arg.get_long());
    let name = nearest(wrong.trim_start_matches('-'), longs)?;
    Some(format!("did you mean `--{name}`?"))
}

/// The command that the words before a wrong one lead to. What options have as their values is not looked at closely.
fn command_of<'c>(command: &'c Command, words: &[OsString], wrong: &str) -> &'c Command {
    let mut at = command;
    let is_wrong = |word: &str| word.strip_prefix(wrong).is_some_and(|rest| rest.is_empty() || rest.starts_with('='));
    for word in words.iter().skip(1).filter_map(|word| word.to_str()).take_while(|word| !is_wrong(word)) {
        at = at.get_subcommands().find(|one| one.get_name() == word && word != "help").unwrap_or(at);
    }
    at
}
