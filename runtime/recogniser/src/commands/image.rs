//! `docker tag`, `docker push` and `docker pull`, with or without `image` in front.

use super::{Command, Session};
use crate::flags::{Flag, read, switch, value};
use crate::refusal::Refusal;
use crate::syntax::Simple;
use crate::text::Text;
use crate::word::Word;

const PUSH: [Flag; 2] = [switch("--all-tags", Some('a')), switch("--quiet", Some('q'))];
const PULL: [Flag; 2] = [switch("--quiet", Some('q')), value("--platform", None)];

impl Session<'_> {
    /// `arguments` is the place of the first word behind the verb.
    pub(super) fn image(&self, simple: &Simple, arguments: usize) -> Result<Command, Refusal> {
        self.only_silenced(simple)?;
        let Some(verb) = simple.words.get(arguments - 1) else { return Err(Refusal::no_form(0..0)) };
        let words = simple.words.get(arguments..).unwrap_or_default();
        match verb.literal().as_deref() {
            Some("tag") => match read(words, &[], self.script)?.rest.as_slice() {
                [from, to] => Ok(Command::Tag { from: from.text()?, to: to.text()? }),
                _ => Err(takes(verb, "takes two references")),
            },
            Some("push") => {
                let given = read(words, &PUSH, self.script)?;
                let reference = one(verb, &given.rest)?;
                Ok(Command::Push { reference, all_tags: given.last("--all-tags").is_some() })
            }
            _ => Ok(Command::Pull { reference: one(verb, &read(words, &PULL, self.script)?.rest)? }),
        }
    }
}

fn one(verb: &Word, rest: &[&Word]) -> Result<Text, Refusal> {
    match rest {
        [reference] => reference.text(),
        _ => Err(takes(verb, "takes one reference")),
    }
}

fn takes(verb: &Word, what: &str) -> Refusal {
    Refusal::new(verb.range.clone(), what)
}
