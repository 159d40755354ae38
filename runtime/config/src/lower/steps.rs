//! Instructions to steps, in the order of the text.

use super::keys::{INSTANCES, InstructionKind, SERVICE, TASK, group, instance_key, instruction_key};
use super::read::{Reader, last, place};
use super::written::WrittenScript;
use crate::diagnostics::{Code, Diagnostic};
use crate::problems::Problems;
use crate::shape::Shape;
use crate::source::Span;
use crate::yaml::{Entry, Origin, Value};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use windlass_model::task::{Action, Step, When};

/// The steps of one task under construction.
pub(super) struct Steps<'r> {
    reader: Reader<'r>,
    more: &'static [&'static str],
    list: Vec<Step>,
    scripts: Vec<WrittenScript>,
    /// Where each name was first used, and by which kind.
    names: HashMap<String, (InstructionKind, Span)>,
    /// The caches so far, each with the condition that its instruction stands under and its line.
    caches: Vec<(String, When, usize)>,
    /// What `upload_caches` named already; `None` while the task has none.
    uploaded: Option<HashSet<String>>,
    clones: bool,
    /// A problem was reported that keeps an instruction out of the list.
    incomplete: bool,
}

/// What the instructions of a task came to.
#[derive(Default)]
pub(super) struct Instructions {
    pub steps: Vec<Step>,
    pub scripts: Vec<WrittenScript>,
    /// Nothing is left to do, and no problem says why.
    pub idle: bool,
}

/// What a key of a task means to the reader of its steps.
enum Role<'k> {
    /// Instructions stand under it, which run under this condition.
    Group(When),
    Instruction(InstructionKind, &'k str),
    UploadCaches,
    /// A field, which is read where it counts.
    ReadElsewhere,
    Unknown,
}

impl<'r> Steps<'r> {
    /// Reads every instruction of a task. `more` are keys that this kind of task has besides the usual ones.
    pub(super) fn read(reader: Reader<'r>, entries: &[Entry], more: &'static [&'static str]) -> Instructions {
        let mut steps = Self {
            reader,
            more,
            list: Vec::new(),
            scripts: Vec::new(),
            names: HashMap::new(),
            caches: Vec::new(),
            uploaded: None,
            clones: false,
            incomplete: false,
        };
        steps.instructions(entries, When::OnSuccess, true);
        let idle = steps.list.is_empty() && !steps.incomplete;
        steps.upload_all();
        if !steps.clones {
            let line = entries.first().map_or(1, |first| steps.line(first));
            let clone = Step { name: "clone".to_owned(), when: When::OnSuccess, action: Action::Workspace, line };
            steps.list.insert(0, clone);
            steps.scripts.iter_mut().for_each(|script| script.step += 1);
        }
        Instructions { steps: steps.list, scripts: steps.scripts, idle }
    }

    fn line(&self, entry: &Entry) -> usize {
        self.reader.lowering.document.line(entry.key.span.start)
    }

    fn instructions(&mut self, entries: &[Entry], when: When, top: bool) {
        if !top {
            self.reader.check_repeats(entries);
        }
        // Of a key written twice the last counts, at its own place.
        let counts: HashMap<&str, usize> = entries.iter().enumerate().map(|(at, entry)| (&*entry.key.text, at)).collect();
        for (at, entry) in entries.iter().enumerate() {
            let key = &*entry.key.text;
            match self.role(key, top) {
                Role::Group(when) => self.group(entry, when),
                Role::Instruction(kind, name) if counts.get(key) == Some(&at) => self.instruction(entry, kind, name, when),
                Role::UploadCaches => self.upload_caches(entry, when),
                Role::Instruction(..) | Role::ReadElsewhere => {}
                Role::Unknown => self.unknown(entry, top),
            }
        }
    }

    /// What a key is, in a task or in a block of one.
    fn role<'k>(&self, key: &'k str, top: bool) -> Role<'k> {
        let field = top && (TASK.contains(&key) || self.more.contains(&key));
        match (group(key), instruction_key(key)) {
            (Some(when), _) if top => Role::Group(when),
            _ if key == "upload_caches" => Role::UploadCaches,
            _ if field => Role::ReadElsewhere,
            (_, Some((kind, name))) => Role::Instruction(kind, name),
            _ if top && instance_key(key).is_some() => Role::ReadElsewhere,
            _ => Role::Unknown,
        }
    }

    fn group(&mut self, entry: &Entry, when: When) {
        match &entry.value.value {
            Value::Map(entries) => self.instructions(entries, when, false),
            Value::List(items) if items.iter().all(|item| item.as_map().is_some()) => {
                for entries in items.iter().filter_map(|item| item.as_map()) {
                    self.instructions(entries, when, false);
                }
            }
            Value::Text(_) if entry.value.is_absent() => {}
            _ => {
                self.incomplete = true;
                self.reader.wrong_type(entry, Shape::Instructions);
            }
        }
    }

    /// Each name is a step of its own, where it is written.
    fn upload_caches(&mut self, entry: &Entry, when: When) {
        let mut uploaded = self.uploaded.take().unwrap_or_default();
        let texts = self.reader.texts(entry);
        self.incomplete |= texts.is_none();
        for (written, span) in texts.unwrap_or_default() {
            let Some(name) = self.reader.expand(&written, span) else {
                self.incomplete = true;
                continue;
            };
            let known = || self.caches.iter().map(|(cache, ..)| cache.as_str());
            let problem = if !known().any(|cache| cache == name) {
                let near = self.reader.lowering.problems.nearest(&name, known());
                Diagnostic::error(Code::InvalidValue, span, format!("this task has no cache `{name}` above")).help(
                    near.map_or("name a cache by its key without `_cache`".into(), |near| format!("did you mean `{near}`?")),
                )
            } else if !uploaded.insert(name.clone()) {
                Diagnostic::error(Code::DuplicateName, span, format!("the cache `{name}` is uploaded twice"))
                    .help("name each cache in one `upload_caches`")
            } else {
                let line = self.line(entry);
                self.list.push(upload(name, when, line));
                continue;
            };
            self.reader.push(problem);
        }
        self.uploaded = Some(uploaded);
    }

    /// Without any `upload_caches`, each cache is uploaded after all else, under the condition of its own instruction.
    fn upload_all(&mut self) {
        if self.uploaded.is_none() {
            self.list.extend(std::mem::take(&mut self.caches).into_iter().map(|(name, when, line)| upload(name, when, line)));
        }
    }

    fn unknown(&mut self, entry: &Entry, top: bool) {
        let key = &*entry.key.text;
        if let Some((_, why)) = SERVICE.iter().find(|(word, _)| *word == key).filter(|_| top) {
            self.reader.push(Diagnostic::note(Code::Ignored, entry.key.span, format!("`{key}` has no effect: {why}")));
            return;
        }
        if entry.origin != Origin::Written && key.starts_with('.') {
            return;
        }
        let place = if top { "a task" } else { "this block" };
        let message = format!("{place} has no key `{key}`");
        let known = TASK.iter().copied().filter(|_| top);
        let near = self.reader.lowering.problems.nearest(key, known.chain(INSTANCES.into_iter().filter(|_| top)));
        let (near, instruction) = match near {
            Some(near) => (Some(near.to_owned()), group(near).is_some()),
            None => (nearest_instruction(key, &self.reader.lowering.problems), true),
        };
        self.reader.push(match near {
            // Left out in silence, what it should have done would be green.
            Some(near) if instruction => {
                self.incomplete = true;
                Diagnostic::error(Code::UnknownKey, entry.key.span, message).help(format!("did you mean `{near}`?"))
            }
            Some(near) => Diagnostic::warning(Code::UnknownKey, entry.key.span, message).help(format!("did you mean `{near}`?")),
            None => Diagnostic::warning(Code::UnknownKey, entry.key.span, message).help(
                "it has no effect; the key of an instruction ends in `_script`, `_step`, `_file`, `_cache` or `_artifacts`",
            ),
        });
    }

    fn instruction(&mut self, entry: &Entry, kind: InstructionKind, name: &str, when: When) {
        let own = self.own_name(entry, kind);
        let name = own.as_deref().unwrap_or(name);
        self.check_name(entry, kind, name);
        if kind == InstructionKind::Cache {
            self.caches.push((name.to_owned(), when, self.line(entry)));
        }
        let action = match kind {
            InstructionKind::Script | InstructionKind::BackgroundScript => self.script(entry, kind, name),
            InstructionKind::File => self.reader.file(entry),
            InstructionKind::Step => self.reader.plugin_step(entry),
            InstructionKind::Cache => self.reader.cache(entry),
            InstructionKind::Artifacts => self.reader.artifacts(entry),
        };
        self.incomplete |= action.is_none();
        // Without a path there is nothing to do, as the language says.
        let idle = |action: &Action| matches!(action, Action::Artifacts { paths, .. } if paths.is_empty());
        if let Some(action) = action.filter(|action| !idle(action)) {
            if matches!(kind, InstructionKind::Script | InstructionKind::BackgroundScript) {
                let (step, key, value) = (self.list.len(), entry.key.clone(), Rc::clone(&entry.value));
                self.scripts.push(WrittenScript { step, key, value });
            }
            self.list.push(Step { name: name.to_owned(), when, action, line: self.line(entry) });
        }
    }

    /// A cache, a file or artifacts may say their name inside.
    fn own_name(&self, entry: &Entry, kind: InstructionKind) -> Option<String> {
        let named = matches!(kind, InstructionKind::Cache | InstructionKind::File | InstructionKind::Artifacts);
        let name = last(entry.value.as_map().filter(|_| named)?, "name").filter(|name| !name.value.is_absent())?;
        self.reader.expand(&self.reader.raw(name)?, place(name)).filter(|name| !name.is_empty())
    }

    fn script(&mut self, entry: &Entry, kind: InstructionKind, name: &str) -> Option<Action> {
        if name == "clone" {
            self.clones = true;
        }
        let lines = self.reader.script(entry)?;
        let pushes = super::docker::pushes(&lines);
        Some(Action::Script { lines, background: kind == InstructionKind::BackgroundScript, pushes })
    }

    /// Two instructions of one kind cannot share a name. Of different kinds they can: real files do it.
    fn check_name(&mut self, entry: &Entry, kind: InstructionKind, name: &str) {
        match self.names.get(name) {
            None => {
                self.names.insert(name.to_owned(), (kind, entry.key.span));
            }
            Some((other, first)) => {
                let message = format!("this task has another instruction named `{name}`");
                let same = *other == kind;
                let problem = if same {
                    Diagnostic::error(Code::DuplicateName, entry.key.span, message)
                } else {
                    Diagnostic::warning(Code::DuplicateName, entry.key.span, message)
                };
                let first = *first;
                self.reader.push(problem.related(first, "the other one").help("give one of them another name"));
            }
        }
    }
}

fn upload(name: String, when: When, line: usize) -> Step {
    Step { name: format!("upload {name}"), when, action: Action::UploadCache { name }, line }
}

/// `build_scrpt` is most likely `build_script`.
fn nearest_instruction(key: &str, problems: &Problems) -> Option<String> {
    let (prefix, suffix) = key.rfind('_').map_or(("", key), |at| key.split_at(at + 1));
    let near = problems.nearest(suffix, ["script", "step", "file", "cache", "artifacts"])?;
    Some(format!("{prefix}{near}"))
}
