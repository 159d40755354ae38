//! Commands around the docker ones that change nothing, or only what windlass can follow.

use super::{Command, Session, path};
use crate::refusal::Refusal;
use crate::syntax::Simple;
use crate::variables::assignment;
use crate::word::Word;

/// Variables that choose among builders of the docker command; here the plugin chooses.
pub(super) fn only_chooses_docker(name: &str) -> bool {
    matches!(
        name,
        "DOCKER_BUILDKIT" | "DOCKER_CLI_EXPERIMENTAL" | "DOCKER_CLI_HINTS" | "BUILDKIT_PROGRESS" | "COMPOSE_DOCKER_CLI_BUILD"
    )
}

impl Session<'_> {
    /// A command that is not docker's.
    pub(super) fn shell(&mut self, simple: &Simple, name: &str) -> Result<Command, Refusal> {
        let Some(program) = simple.words.first() else { return Err(Refusal::no_form(0..0)) };
        let arguments = simple.words.get(1..).unwrap_or_default();
        match name {
            "cd" => self.change_directory(program, arguments),
            "export" => self.export(arguments),
            "set" => set(arguments),
            "echo" | "printf" => {
                self.only_silenced(simple)?;
                match self.opaque(simple) {
                    Some(refusal) => Err(refusal),
                    None => Ok(Command::Nothing("it only prints")),
                }
            }
            "true" | ":" => Ok(Command::Nothing("it does nothing")),
            "sleep" if arguments.len() == 1 => Ok(Command::Nothing("it only waits")),
            "false" => Ok(Command::Fail),
            "exit" => match arguments {
                [code] if code.literal().is_some_and(|code| code.parse::<u8>().is_ok_and(|code| code > 0)) => Ok(Command::Fail),
                _ => Err(Refusal::no_form(program.range.clone())),
            },
            // Of `NAME=value` only the name is shown.
            _ => Err(Refusal::no_form(program.head(name.find('=').unwrap_or(name.len()), self.script))),
        }
    }

    fn change_directory(&mut self, program: &Word, arguments: &[Word]) -> Result<Command, Refusal> {
        let [to] = arguments else { return Err(Refusal::no_form(program.range.clone())) };
        match path::directory(&self.directory, &to.text()?) {
            Some(directory) if !to.prefix().starts_with('-') => {
                self.directory = directory;
                Ok(Command::Nothing("paths count from there"))
            }
            _ => Err(Refusal::new(to.range.clone(), "is not below the working directory")),
        }
    }

    fn export(&mut self, arguments: &[Word]) -> Result<Command, Refusal> {
        for word in arguments {
            match assignment(word) {
                Some((name, value)) => self.set(name, &value)?,
                None if word.is_bare() && !word.prefix().starts_with('-') => {}
                None => return Err(Refusal::no_form(word.range.clone())),
            }
        }
        Ok(Command::Nothing("its value is filled in"))
    }
}

/// Typed steps stop at the first failure, as `set -e` does; what would turn that off is refused.
fn set(arguments: &[Word]) -> Result<Command, Refusal> {
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        let text = word.literal().unwrap_or_default();
        let letters =
            text.strip_prefix('-').filter(|letters| !letters.is_empty() && letters.chars().all(|c| "euxvo".contains(c)));
        match letters {
            Some(letters) if letters.ends_with('o') => {
                let option = words.next().ok_or_else(|| Refusal::no_form(word.range.clone()))?;
                if !matches!(option.literal().as_deref(), Some("pipefail" | "errexit" | "nounset" | "xtrace" | "verbose")) {
                    return Err(Refusal::no_form(option.range.clone()));
                }
            }
            Some(_) => {}
            None if text == "+x" => {}
            None => return Err(Refusal::no_form(word.range.clone())),
        }
    }
    Ok(Command::Nothing("a typed step stops at the first failure anyway"))
}
