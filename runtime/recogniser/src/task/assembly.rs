//! From the commands of a task's scripts to requests: which image a tag, a push or a pull speaks of.

use std::ops::Range;

use super::{Note, Placed, RefusedScript, TypedScript};
use crate::commands::Command;
use crate::refusal::Refusal;
use crate::request::{Build, Push, Request};
use crate::script::Reading;
use crate::text::Text;

/// Whether two references name the same image: `latest` is what a reference without a tag means.
fn same(one: &Text, other: &Text) -> bool {
    let tagged = |text: &Text| text.clone().then(Text::of_literal(":latest"));
    one == other || tagged(one) == *other || *one == tagged(other)
}

/// Whether a reference is a tag of this repository.
fn of_repository(reference: &Text, repository: &Text) -> bool {
    same(reference, repository) || reference.strip_text(&repository.clone().then(Text::of_literal(":"))).is_some()
}

/// The requests of a task under construction.
#[derive(Default)]
pub(super) struct Assembly {
    typed: Vec<TypedScript>,
    refused: Vec<RefusedScript>,
    /// Where each image is built: script and request.
    images: Vec<(usize, usize)>,
    /// Pulls, whose reason is known once all builds are: script, place, reference.
    pulls: Vec<(usize, usize, Range<usize>, Text)>,
}

impl Assembly {
    /// The typed scripts, and what of them has no typed form.
    pub(super) fn assemble(mut self, readings: Vec<(usize, Reading)>) -> (Vec<TypedScript>, Vec<RefusedScript>) {
        for (script, reading) in readings {
            let at = self.typed.len();
            self.typed.push(TypedScript { script, comments: reading.comments, ..TypedScript::default() });
            let mut refusals = reading.refusals;
            let mut joined = false;
            for (command, range) in reading.commands {
                let pushes = matches!(command, Command::Push { .. });
                if let Err(refusal) = self.command(at, command, range, joined) {
                    refusals.push(refusal);
                }
                joined = pushes;
            }
            if !refusals.is_empty() {
                self.refused.push(RefusedScript { script, refusals });
            }
        }
        self.explain_pulls();
        self.shorten_pushes();
        (self.typed, self.refused)
    }

    fn command(&mut self, at: usize, command: Command, range: Range<usize>, joined: bool) -> Result<(), Refusal> {
        match command {
            Command::Login(login) => self.add(at, Request::Login(login), range),
            Command::Build { build, push } => {
                let tags = build.tags.clone();
                self.images.push((at, self.typed.get(at).map_or(0, |script| script.requests.len())));
                self.add(at, Request::Build(build), range.clone());
                if push {
                    self.add(at, Request::Push(Push { tags }), range);
                }
            }
            Command::Tag { from, to } => {
                let Some(build) = self.built(&from) else { return Err(not_built(range)) };
                if !build.tags.iter().any(|tag| same(tag, &to)) {
                    build.tags.push(to);
                }
                self.note(at, range, "the build gives the image this tag, too", true);
            }
            Command::Push { reference, all_tags } => {
                let tags = if all_tags { self.tags_of(&reference) } else { vec![reference.clone()] };
                let known = !tags.is_empty() && tags.iter().all(|tag| self.built(tag).is_some());
                if !known {
                    return Err(not_built(range));
                }
                self.push(at, tags, range, joined);
            }
            Command::Pull { reference } => {
                let notes = self.typed.get(at).map_or(0, |script| script.notes.len());
                self.pulls.push((at, notes, range, reference));
            }
            Command::Nothing(why) => self.note(at, range, why, false),
            Command::Fail => {}
        }
        Ok(())
    }

    fn add(&mut self, at: usize, request: Request, range: Range<usize>) {
        if let Some(script) = self.typed.get_mut(at) {
            script.requests.push(Placed { request, range });
        }
    }

    fn note(&mut self, at: usize, range: Range<usize>, why: &'static str, docker: bool) {
        if let Some(script) = self.typed.get_mut(at) {
            script.notes.push(Note { range, why, docker });
        }
    }

    /// Pushes in a row are one request.
    fn push(&mut self, at: usize, tags: Vec<Text>, range: Range<usize>, joined: bool) {
        let last = self.typed.get_mut(at).and_then(|script| script.requests.last_mut());
        match last {
            Some(Placed { request: Request::Push(push), .. }) if joined => {
                push.tags.extend(tags);
            }
            _ => self.add(at, Request::Push(Push { tags }), range),
        }
    }

    fn builds(&self) -> impl Iterator<Item = &Build> {
        let requests = self.typed.iter().flat_map(|script| &script.requests);
        requests.filter_map(|placed| if let Request::Build(build) = &placed.request { Some(&**build) } else { None })
    }

    /// The last build so far of an image.
    fn built(&mut self, reference: &Text) -> Option<&mut Build> {
        let place = self.images.iter().rev().copied().find(|(script, request)| {
            let placed = self.typed.get(*script).and_then(|script| script.requests.get(*request));
            matches!(placed, Some(Placed { request: Request::Build(build), .. }) if build.tags.iter().any(|tag| same(tag, reference)))
        });
        let (script, request) = place?;
        match self.typed.get_mut(script)?.requests.get_mut(request)? {
            Placed { request: Request::Build(build), .. } => Some(build),
            _ => None,
        }
    }

    fn tags_of(&self, repository: &Text) -> Vec<Text> {
        let tags = self.builds().flat_map(|build| &build.tags);
        tags.filter(|tag| of_repository(tag, repository)).cloned().collect()
    }

    /// A pull that warms the cache of a build has no typed form of its own: builders fetch their cache themselves. What any
    /// other pull is for cannot be told, so it is refused.
    fn explain_pulls(&mut self) {
        for (at, place, range, reference) in std::mem::take(&mut self.pulls).into_iter().rev() {
            let warms = self.builds().any(|build| build.cache_from.iter().any(|from| same(from, &reference)));
            let Some(script) = self.typed.get_mut(at) else { continue };
            if warms {
                let why = "the build reads this cache itself";
                script.notes.insert(place, Note { range, why, docker: true });
                continue;
            }
            let help = "builders fetch base images themselves: remove the line if that is what it is for";
            let refusal =
                Refusal::new(range, "pulls what no `--cache-from` of a build names, which has no typed form").help(help);
            match self.refused.iter_mut().find(|refused| refused.script == script.script) {
                Some(refused) => refused.refusals.push(refusal),
                None => self.refused.push(RefusedScript { script: script.script, refusals: vec![refusal] }),
            }
        }
        for refused in &mut self.refused {
            refused.refusals.sort_by_key(|refusal| refusal.range.start);
        }
    }

    /// Where several images are built and a step pushes all of them, it says so by naming none.
    fn shorten_pushes(&mut self) {
        if self.images.len() < 2 {
            return;
        }
        let mut built: Vec<Text> = Vec::new();
        for placed in self.typed.iter_mut().flat_map(|script| &mut script.requests) {
            match &mut placed.request {
                Request::Build(build) => built.extend(build.tags.iter().cloned()),
                Request::Push(push) if built.iter().all(|tag| push.tags.iter().any(|pushed| same(pushed, tag))) => {
                    push.tags.clear()
                }
                Request::Push(_) | Request::Login(_) => {}
            }
        }
    }
}

fn not_built(range: Range<usize>) -> Refusal {
    Refusal::new(range, "speaks of an image that no build before it makes, which has no typed form")
}
