//! The docker commands of a task's scripts: read by the recogniser, their places found in the file, their variables filled in.

mod expand;
mod names;

use super::read::Reader;
use super::written::WrittenScript;
use crate::source::Span;
use crate::variables::Binding;
use crate::yaml::{Node, Value};
use std::ops::Range;
use std::rc::Rc;
use windlass_model::docker::{DockerCommands, LeftOut, PushPattern, RefusedWord, TypedRequest, TypedScript};
use windlass_model::plugin::PluginKind;
use windlass_model::task::{Action, FileContents, Step};
use windlass_recogniser::{Kind, PasswordFile, Placed, Recognition, Refusal, Request, Script, recognise};

/// How the docker scripts of a task would be written as typed steps.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conversion {
    /// Where all scripts of the task are written.
    pub keys: Vec<Span>,
    /// The docker scripts; none unless all of them have a typed form.
    pub scripts: Vec<ScriptConversion>,
}

/// How one script would be.
#[derive(Debug, Clone)]
pub(crate) struct ScriptConversion {
    pub written: WrittenScript,
    /// The name of each step, its request, and the place of the command that it stands for.
    pub steps: Vec<(String, Request, Span)>,
    /// The shell's comments and their places.
    pub comments: Vec<(Span, String)>,
    /// Every docker command in it only shows something, so a daemon can go on answering it.
    pub harmless: bool,
}

/// The text of a script and where each part of it is written.
struct Text {
    text: String,
    /// Where each item of the script begins in the text.
    pieces: Vec<(usize, Rc<Node>)>,
}

impl Reader<'_> {
    /// What the docker commands of a task come to.
    pub(super) fn docker(&self, steps: &[Step], scripts: &[WrittenScript]) -> (DockerCommands, Conversion) {
        let keys = scripts.iter().map(|script| script.key.span).collect();
        let (docker, conversion) = self.recognised(steps, scripts);
        (docker, Conversion { keys, ..conversion })
    }

    fn recognised(&self, steps: &[Step], scripts: &[WrittenScript]) -> (DockerCommands, Conversion) {
        let texts: Vec<Text> = scripts.iter().filter_map(|script| text(steps, script)).collect();
        let background = |script: &WrittenScript| {
            matches!(steps.get(script.step).map(|step| &step.action), Some(Action::Script { background: true, .. }))
        };
        let given: Vec<Script<'_>> = scripts
            .iter()
            .zip(&texts)
            .map(|(script, text)| Script { text: &text.text, background: background(script) })
            .collect();
        match recognise(&given, &files(steps)) {
            Recognition::NoDocker => (DockerCommands::None, Conversion::default()),
            Recognition::Refused { scripts: refused, kinds } => {
                let words = refused.iter().flat_map(|refused| {
                    let place = scripts.get(refused.script).zip(texts.get(refused.script));
                    let word = |refusal| place.map(|(script, text)| self.refused(script, text, refusal));
                    refused.refusals.iter().filter_map(word).collect::<Vec<_>>()
                });
                let kinds = kinds.into_iter().map(kind).collect();
                (DockerCommands::Refused { words: words.collect(), kinds }, Conversion::default())
            }
            Recognition::Typed(typed) => match self.other_shell() {
                None => self.typed(steps, scripts, &texts, &typed),
                Some(shell) => {
                    let words = typed.iter().filter_map(|typed| {
                        let (script, text) = scripts.get(typed.script).zip(texts.get(typed.script))?;
                        let end = text.text.find(char::is_whitespace).unwrap_or(text.text.len());
                        let reason = format!("is read by {shell}, which may split it into other words");
                        Some(self.refused(script, text, &Refusal { range: 0..end, reason, help: None }))
                    });
                    let kinds = kinds(&typed);
                    (DockerCommands::Refused { words: words.collect(), kinds }, Conversion::default())
                }
            },
        }
    }

    fn typed(
        &self,
        steps: &[Step],
        scripts: &[WrittenScript],
        texts: &[Text],
        typed: &[windlass_recogniser::TypedScript],
    ) -> (DockerCommands, Conversion) {
        let mut names = names::Names::new(steps, typed.iter().filter_map(|typed| scripts.get(typed.script)).map(|s| s.step));
        let (mut models, mut conversion, mut refused) = (Vec::new(), Conversion::default(), Vec::new());
        for typed in typed {
            let Some((script, text)) = scripts.get(typed.script).zip(texts.get(typed.script)) else { continue };
            let step_name = steps.get(script.step).map_or("", |step| step.name.as_str());
            let named = names.of(step_name, &typed.requests);
            let mut left_out: Vec<LeftOut> = typed.notes.iter().map(|note| left_out(text, note)).collect();
            let mut requests = Vec::with_capacity(named.len());
            for (name, placed) in named.iter().zip(&typed.requests) {
                match self.request(placed, &mut left_out) {
                    Ok(with) => requests.push(request(name, placed, with)),
                    Err(refusal) => refused.push(self.refused(script, text, &refusal)),
                }
            }
            models.push(TypedScript { step: script.step, key: script.key.text.to_string(), requests, left_out });
            let place = |range: &Range<usize>| self.place(script, text, range.clone());
            let steps = named.into_iter().zip(&typed.requests);
            conversion.scripts.push(ScriptConversion {
                written: script.clone(),
                steps: steps.map(|(name, placed)| (name, placed.request.clone(), place(&placed.range))).collect(),
                comments: typed.comments.iter().map(|range| (place(range), slice(text, range).to_owned())).collect(),
                harmless: typed.requests.is_empty() && typed.notes.iter().all(|note| !note.docker),
            });
        }
        if refused.is_empty() {
            return (DockerCommands::Typed(models), conversion);
        }
        (DockerCommands::Refused { words: refused, kinds: kinds(typed) }, Conversion::default())
    }

    /// What `CIRRUS_SHELL` names, when that does not read scripts as a POSIX shell does.
    fn other_shell(&self) -> Option<String> {
        let Some(Binding::Text(_)) = self.scope.get("CIRRUS_SHELL") else { return None };
        let shell = self.expanded("${CIRRUS_SHELL}");
        let program = shell.split_whitespace().next().and_then(|program| program.rsplit('/').next()).unwrap_or_default();
        let known = ["", "bash", "sh", "ash", "dash", "ksh", "busybox"].contains(&program);
        (!known).then(|| program.to_owned())
    }

    fn refused(&self, script: &WrittenScript, text: &Text, refusal: &Refusal) -> RefusedWord {
        let document = &self.lowering.document;
        let at = self.place(script, text, refusal.range.clone()).start;
        let position = document.position(at);
        RefusedWord {
            key: script.key.text.to_string(),
            line: refusal.line(&text.text),
            place: format!("{}:{}:{}", document.name_at(at), position.line, position.column),
            word: refusal.word(&text.text),
            reason: refusal.reason.clone(),
            help: refusal.help.map(str::to_owned),
        }
    }

    /// Where a part of a script is written.
    fn place(&self, script: &WrittenScript, text: &Text, range: Range<usize>) -> Span {
        let piece = text.pieces.iter().rev().find(|(start, _)| *start <= range.start);
        match piece {
            Some((start, node)) if node.as_text().is_some() => {
                let length = node.as_text().map_or(0, |text| text.text.len());
                self.within(node, range.start - start..(range.end.max(range.start + 1) - start).min(length))
            }
            Some((_, node)) => node.span,
            None => script.key.span,
        }
    }
}

/// What the commands of a script may push, whether or not all of it has a typed form.
pub(super) fn pushes(lines: &[String]) -> Vec<PushPattern> {
    windlass_recogniser::pushes(&lines.join("\n")).into_iter().map(PushPattern::new).collect()
}

/// The text of a script. It is the step's own lines, so what is recognised is what would run.
fn text(steps: &[Step], script: &WrittenScript) -> Option<Text> {
    let Action::Script { lines, .. } = &steps.get(script.step)?.action else { return None };
    let mut pieces = Vec::new();
    let mut at = 0;
    let items = match &script.value.value {
        Value::List(items) => items.clone(),
        Value::Text(_) | Value::Map(_) => vec![Rc::clone(&script.value)],
    };
    let mut lengths = lines.iter().map(|line| line.len() + 1);
    for item in items {
        let count = item.as_text().map_or(1, |text| text.text.strip_suffix('\n').unwrap_or(&text.text).split('\n').count());
        pieces.push((at, item));
        at += lengths.by_ref().take(count).sum::<usize>();
    }
    Some(Text { text: lines.join("\n"), pieces })
}

fn slice<'t>(text: &'t Text, range: &Range<usize>) -> &'t str {
    text.text.get(range.clone()).unwrap_or_default()
}

/// The files that `*_file` instructions make of variables.
fn files(steps: &[Step]) -> Vec<PasswordFile> {
    let file = |step: &Step| match &step.action {
        Action::File { path, contents: FileContents::Variable(variable) } => {
            Some(PasswordFile { path: path.clone(), variable: variable.clone() })
        }
        _ => None,
    };
    steps.iter().filter_map(file).collect()
}

fn request(name: &str, placed: &Placed, with: serde_json::Value) -> TypedRequest {
    let docker_flags = match &placed.request {
        Request::Build(build) => build.docker_flags.clone(),
        Request::Login(_) | Request::Push(_) => Vec::new(),
    };
    TypedRequest { name: name.to_owned(), kind: kind(placed.request.kind()), with, docker_flags }
}

fn left_out(text: &Text, note: &windlass_recogniser::Note) -> LeftOut {
    let command = slice(text, &note.range).split_whitespace().collect::<Vec<_>>().join(" ");
    LeftOut { command, why: note.why.to_owned(), notable: note.docker }
}

/// The kinds of steps that typed scripts are for.
fn kinds(typed: &[windlass_recogniser::TypedScript]) -> Vec<PluginKind> {
    let mut kinds: Vec<PluginKind> =
        typed.iter().flat_map(|typed| &typed.requests).map(|placed| kind(placed.request.kind())).collect();
    kinds.dedup();
    kinds
}

fn kind(kind: Kind) -> PluginKind {
    match kind {
        Kind::Login => PluginKind::Login,
        Kind::Build => PluginKind::Build,
        Kind::Push => PluginKind::Push,
    }
}
