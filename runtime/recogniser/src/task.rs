//! All scripts of a task together: a tag or a push speaks of an image that another script built.

mod assembly;
mod before;

use std::ops::Range;

use assembly::Assembly;
use before::SetBefore;

use crate::password_file::PasswordFile;
use crate::refusal::Refusal;
use crate::request::{Kind, Request};
use crate::script::read;

/// A script of a task.
#[derive(Debug, Clone, Copy)]
pub struct Script<'s> {
    /// Its lines, joined by newlines.
    pub text: &'s str,
    /// It runs beside the steps that follow.
    pub background: bool,
}

/// What the docker commands of a task come to. They hang together, so either all of them have a typed form or none is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Recognition {
    /// No script has a docker command.
    NoDocker,
    /// Every script with docker commands, in the task's order.
    Typed(Vec<TypedScript>),
    /// The scripts with docker commands of which something has no typed form, in the task's order.
    Refused {
        /// What has none.
        scripts: Vec<RefusedScript>,
        /// The kinds of steps that docker commands of the task are for, each once.
        kinds: Vec<Kind>,
    },
}

/// A script whose every command is understood.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TypedScript {
    /// Its place among the scripts that were given.
    pub script: usize,
    /// What it comes to, in order; nothing when no command of it has an effect.
    pub requests: Vec<Placed>,
    /// The commands that no request stands for.
    pub notes: Vec<Note>,
    /// The places of comments.
    pub comments: Vec<Range<usize>>,
}

/// A request, and the first command that it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The request.
    pub request: Request,
    /// The command, in bytes of the script.
    pub range: Range<usize>,
}

/// A command that no request stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The command, in bytes of the script.
    pub range: Range<usize>,
    /// Why none has to.
    pub why: &'static str,
    /// It is a `docker` command.
    pub docker: bool,
}

/// A script of which something has no typed form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedScript {
    /// Its place among the scripts that were given.
    pub script: usize,
    /// What has none; at least one.
    pub refusals: Vec<Refusal>,
}

/// Reads the scripts of a task, all of them, in order.
pub fn recognise(scripts: &[Script<'_>], files: &[PasswordFile]) -> Recognition {
    let mut readings = Vec::with_capacity(scripts.len());
    let mut before = SetBefore::default();
    for (at, script) in scripts.iter().enumerate() {
        let mut reading = read(script.text, files, before.of(script.text));
        before.add(script.text);
        if reading.kinds.is_none() {
            continue;
        }
        if script.background {
            let end = script.text.find(char::is_whitespace).unwrap_or(script.text.len());
            reading.refusals.insert(0, Refusal::new(0..end, "runs in the background, which no typed step does"));
        }
        readings.push((at, reading));
    }
    if readings.is_empty() {
        return Recognition::NoDocker;
    }
    let mut kinds: Vec<Kind> = readings.iter().flat_map(|(_, reading)| reading.kinds.iter().flatten().copied()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    let (typed, mut scripts) = Assembly::default().assemble(readings);
    if scripts.is_empty() {
        return Recognition::Typed(typed);
    }
    scripts.sort_by_key(|refused| refused.script);
    Recognition::Refused { scripts, kinds }
}
