//! One script to what its commands do, in order.

use std::ops::Range;

use crate::commands::{Command, Session, kinds};
use crate::password_file::PasswordFile;
use crate::refusal::Refusal;
use crate::request::Kind;
use crate::syntax::{List, Pipeline, parse};
use crate::text::Text;
use crate::variables::Variables;

/// A script, read.
pub(crate) struct Reading {
    /// What its commands do, each with its place.
    pub(crate) commands: Vec<(Command, Range<usize>)>,
    /// What has no typed form.
    pub(crate) refusals: Vec<Refusal>,
    /// The kinds of steps that its docker commands are for; `None` without a docker command.
    pub(crate) kinds: Option<Vec<Kind>>,
    /// The shell's comments.
    pub(crate) comments: Vec<Range<usize>>,
}

/// Reads a script. `variables` are those that steps before it have set.
pub(crate) fn read(script: &str, files: &[PasswordFile], variables: Variables) -> Reading {
    let parsed = parse(script);
    let mut session = Session { script, variables, directory: Text::default(), files };
    let mut reading = Reading { commands: Vec::new(), refusals: parsed.refusals, kinds: None, comments: parsed.comments };
    for list in parsed.lists.iter().chain(&parsed.unfinished) {
        for kinds in list.pipelines.iter().filter_map(kinds) {
            reading.kinds.get_or_insert_with(Vec::new).extend(kinds);
        }
    }
    for list in &parsed.lists {
        match commands(&mut session, list) {
            Ok(commands) => reading.commands.extend(commands),
            Err(refusals) => reading.refusals.extend(refusals),
        }
    }
    reading.refusals.sort_by_key(|refusal| refusal.range.start);
    reading
}

/// The commands of one list. A typed step that fails ends the task, so `&&` adds nothing; behind `||` only what does nothing
/// can stand.
fn commands(session: &mut Session<'_>, list: &List) -> Result<Vec<(Command, Range<usize>)>, Vec<Refusal>> {
    let mut commands = Vec::with_capacity(list.pipelines.len());
    let mut refusals = Vec::new();
    for pipeline in &list.pipelines {
        match session.pipeline(pipeline) {
            Ok(command) => commands.push((command, range(pipeline))),
            Err(refusal) => refusals.push(refusal),
        }
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let may_fail = |command: &Command| matches!(command, Command::Pull { .. } | Command::Nothing(_));
    for (place, operator) in &list.alternatives {
        let before = commands.iter().take(*place).all(|(command, _)| may_fail(command));
        let behind = commands.get(*place).map(|(command, _)| command);
        let harmless = match behind {
            Some(Command::Fail) => true,
            Some(command) => before && may_fail(command),
            None => false,
        };
        if !harmless {
            let reason = "lets the script go on after a failure, which has no typed form";
            return Err(vec![Refusal::new(operator.clone(), reason)]);
        }
    }
    let guarded = |place: usize| list.alternatives.iter().any(|(at, _)| *at == place);
    if let Some((_, (_, place))) =
        commands.iter().enumerate().find(|(at, (command, _))| matches!(command, Command::Fail) && !guarded(*at))
    {
        return Err(vec![Refusal::no_form(place.clone())]);
    }
    Ok(commands)
}

fn range(pipeline: &Pipeline) -> Range<usize> {
    let words = || pipeline.commands.iter().flat_map(|simple| &simple.words);
    let start = words().next().map_or(0, |word| word.range.start);
    let end = words().last().map_or(start, |word| word.range.end);
    start..end
}
