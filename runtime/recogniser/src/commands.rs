//! One pipeline to what it does.

mod build;
mod image;
mod login;
mod path;
mod shell;

use std::ops::Range;

use crate::password_file::PasswordFile;
use crate::refusal::Refusal;
use crate::request::{Build, Kind, Login};
use crate::syntax::{Pipeline, Simple};
use crate::text::Text;
use crate::variables::Variables;
use crate::word::{Part, Word};

/// What a command comes to.
#[derive(Debug)]
pub(crate) enum Command {
    Login(Login),
    Build {
        build: Box<Build>,
        push: bool,
    },
    Tag {
        from: Text,
        to: Text,
    },
    Push {
        reference: Text,
        all_tags: bool,
    },
    Pull {
        reference: Text,
    },
    /// Nothing that a typed step would have to do, and why.
    Nothing(&'static str),
    /// It ends the script with an error, which a failed step does anyway.
    Fail,
}

/// What the commands of a script so far have changed.
pub(crate) struct Session<'s> {
    pub(crate) script: &'s str,
    pub(crate) variables: Variables,
    /// The directory that commands run in, below the working directory.
    pub(crate) directory: Text,
    pub(crate) files: &'s [PasswordFile],
}

/// The kinds of steps that the docker commands of a pipeline are for, whether or not they are understood; `None` when there is
/// no docker command in it.
pub(crate) fn kinds(pipeline: &Pipeline) -> Option<Vec<Kind>> {
    let mut kinds = None;
    for simple in &pipeline.commands {
        let words: Vec<Option<String>> = simple.words.iter().map(Word::literal).collect();
        let Some(at) = program(&words, is_docker) else { continue };
        let kinds = kinds.get_or_insert_with(Vec::new);
        let is = |word: &str| words.iter().skip(at + 1).take(3).flatten().any(|w| w == word);
        for (word, kind) in [("login", Kind::Login), ("build", Kind::Build), ("push", Kind::Push), ("--push", Kind::Push)] {
            if is(word) {
                kinds.push(kind);
            }
        }
    }
    kinds
}

/// Words that stand before a command without being one.
const BEFORE: [&str; 22] = [
    "if", "then", "else", "elif", "while", "until", "do", "!", "{", "time", "sudo", "exec", "env", "nohup", "nice", "command",
    "eval", "timeout", "retry", "xargs", "bash", "sh",
];

/// Where a docker command stands among words; `is_client` knows its program.
pub(crate) fn program(words: &[Option<String>], is_client: impl Fn(&str) -> bool) -> Option<usize> {
    let mut wrapped = false;
    for (at, word) in words.iter().enumerate() {
        let word = word.as_deref().unwrap_or_default();
        if is_client(word) || word == "gcloud" && words.iter().flatten().any(|w| w == "configure-docker") {
            return Some(at);
        }
        wrapped |= BEFORE.contains(&word);
        let passes = wrapped || word.contains('=') || word.is_empty();
        if !passes || word == "-v" {
            return None;
        }
    }
    None
}

fn is_docker(word: &str) -> bool {
    let name = word.rsplit('/').next().unwrap_or_default();
    name == "docker" || name == "docker-compose" || name.starts_with("docker-credential-")
}

impl Session<'_> {
    /// What a pipeline does.
    pub(crate) fn pipeline(&mut self, pipeline: &Pipeline) -> Result<Command, Refusal> {
        match (pipeline.commands.as_slice(), &pipeline.pipe) {
            ([only], _) => self.simple(only),
            ([source, sink], Some(pipe)) => {
                let (source, sink) = (self.filled(source)?, self.filled(sink)?);
                match words(&sink).as_slice() {
                    ["docker", "login", ..] => self.login(&sink, login::Source::Pipe(&source)).map(Command::Login),
                    _ => Err(self.first_unknown(&source, &sink).unwrap_or_else(|| Refusal::no_form(pipe.clone()))),
                }
            }
            (commands, pipe) => {
                let place = pipe.clone().or_else(|| commands.first().and_then(|c| c.words.first()).map(|w| w.range.clone()));
                Err(Refusal::no_form(place.unwrap_or_default()))
            }
        }
    }

    /// Of `aws … | docker …` it is the first that has no form.
    fn first_unknown(&self, source: &Simple, sink: &Simple) -> Option<Refusal> {
        let known = ["docker", "echo", "printf", "cat"];
        let first = [source, sink]
            .into_iter()
            .filter_map(|simple| simple.words.first())
            .find(|word| !word.literal().is_some_and(|name| known.contains(&name.as_str())))?;
        Some(Refusal::no_form(first.range.clone()))
    }

    fn simple(&mut self, simple: &Simple) -> Result<Command, Refusal> {
        let mut words = simple.words.iter();
        let mut assigned = Vec::new();
        let first = loop {
            let Some(word) = words.next() else { break None };
            match crate::variables::assignment(word) {
                Some((name, value)) => assigned.push((name, self.variables.fill(&value))),
                None => break Some(word),
            }
        };
        let Some(first) = first else {
            if let Some(redirect) = simple.redirects.first() {
                return Err(Refusal::no_form(redirect.operator.clone()));
            }
            return self.assign(assigned);
        };
        for (name, value) in &assigned {
            if !shell::only_chooses_docker(name) {
                return Err(Refusal::no_form(value.head(name.len(), self.script)));
            }
        }
        let rest: Vec<Word> = std::iter::once(first).chain(words).map(|word| self.variables.fill(word)).collect();
        let redirects = simple.redirects.iter().map(|redirect| crate::syntax::Redirect {
            operator: redirect.operator.clone(),
            here_string: redirect.here_string,
            target: redirect.target.as_ref().map(|word| self.variables.fill(word)),
        });
        self.command(&Simple { words: rest, redirects: redirects.collect() })
    }

    fn assign(&mut self, assigned: Vec<(String, Word)>) -> Result<Command, Refusal> {
        for (name, value) in assigned {
            self.set(name, &value)?;
        }
        Ok(Command::Nothing("its value is filled in"))
    }

    /// Sets a variable of the script.
    fn set(&mut self, name: String, value: &Word) -> Result<(), Refusal> {
        if name.starts_with("DOCKER_") && !shell::only_chooses_docker(&name) {
            let place = value.head(name.len(), self.script);
            return Err(Refusal::new(place, "tells the docker command where to go, which has no typed form"));
        }
        if name == "IFS" {
            let place = value.head(name.len(), self.script);
            return Err(Refusal::new(place, "changes how a shell splits values into words, which has no typed form"));
        }
        self.variables.assign(name, value);
        Ok(())
    }

    fn filled(&self, simple: &Simple) -> Result<Simple, Refusal> {
        let words = simple.words.iter().map(|word| self.variables.fill(word)).collect();
        match simple.redirects.first() {
            Some(redirect) => Err(Refusal::no_form(redirect.operator.clone())),
            None => Ok(Simple { words, redirects: Vec::new() }),
        }
    }

    fn command(&mut self, simple: &Simple) -> Result<Command, Refusal> {
        match words(simple).as_slice() {
            ["docker", rest @ ..] => self.docker(simple, rest),
            [name, ..] => self.shell(simple, name),
            [] => Err(Refusal::no_form(0..0)),
        }
    }

    fn docker(&mut self, simple: &Simple, rest: &[&str]) -> Result<Command, Refusal> {
        let form = match rest {
            ["login", ..] => return self.docker_login(simple),
            ["build", ..] => 1,
            ["buildx" | "image" | "builder", "build", ..] => 2,
            ["push" | "pull" | "tag", ..] => return self.image(simple, 2),
            ["image", "push" | "pull" | "tag", ..] => return self.image(simple, 3),
            _ => 0,
        };
        self.only_silenced(simple)?;
        if form > 0 {
            return self.build(simple, form + 1);
        }
        match rest {
            ["logout", ..] => Ok(Command::Nothing("credentials of a typed login are gone when the task ends")),
            ["version" | "info" | "--version" | "-v" | "images" | "ps", ..]
            | ["image", "ls" | "list", ..]
            | ["buildx", "version" | "ls", ..]
            | ["system", "info" | "df", ..] => match self.opaque(simple) {
                Some(refusal) => Err(refusal),
                None => Ok(Command::Nothing("it only shows something")),
            },
            _ => Err(Refusal::no_form(self.verb(simple))),
        }
    }

    /// `docker`, and the words that say what it is to do.
    fn verb(&self, simple: &Simple) -> Range<usize> {
        const GROUPS: [&str; 11] =
            ["image", "buildx", "builder", "container", "system", "compose", "network", "volume", "context", "manifest", "scout"];
        let words: Vec<Option<String>> = simple.words.iter().take(3).map(Word::literal).collect();
        let start = simple.words.first().map_or(0, |word| word.range.start);
        let more = match words.get(1) {
            Some(Some(group)) if GROUPS.contains(&group.as_str()) => 2,
            _ => 1,
        };
        let last =
            simple.words.get(more).filter(|word| word.is_bare()).or_else(|| simple.words.get(1)).or_else(|| simple.words.first());
        // A flag may carry a secret behind its `=`.
        let end = last.map_or(start, |word| match word.literal() {
            Some(flag) if flag.starts_with('-') => word.head(flag.find('=').unwrap_or(flag.len()), self.script).end,
            _ => word.range.end,
        });
        start..end
    }

    /// What only a shell can work out, in a command that is otherwise left out.
    fn opaque(&self, simple: &Simple) -> Option<Refusal> {
        let part = |part: &Part| match part {
            Part::Opaque { range, why } if *why == crate::lex::COMMAND => Some(Refusal::new(range.clone(), *why)),
            _ => None,
        };
        simple.words.iter().flat_map(|word| &word.parts).find_map(part)
    }

    /// A command's output may be thrown away, but not kept: later commands could read it.
    fn only_silenced(&self, simple: &Simple) -> Result<(), Refusal> {
        for redirect in &simple.redirects {
            let sign = self.script.get(redirect.operator.clone()).unwrap_or_default();
            let target = redirect.target.as_ref().and_then(Word::literal);
            let silenced = sign.ends_with('>') && target.as_deref() == Some("/dev/null")
                || sign.ends_with(">&") && matches!(target.as_deref(), Some("1" | "2"));
            if !silenced {
                return Err(Refusal::no_form(redirect.operator.clone()));
            }
        }
        Ok(())
    }
}

/// The words of a command as far as they are plain; any other is empty.
fn words(simple: &Simple) -> Vec<&str> {
    fn plain(word: &Word) -> &str {
        match word.parts.as_slice() {
            [Part::Literal { text, .. }] => text,
            _ => "",
        }
    }
    simple.words.iter().map(plain).collect()
}
