//! `docker login`, with its password from a pipe, a here-string or a flag.

use super::{Session, words};
use crate::flags::{Flag, read, switch, value};
use crate::refusal::Refusal;
use crate::request::{Handed, Login};
use crate::syntax::Simple;
use crate::text::{Text, Variable};
use crate::word::Word;

use super::Command;

const FLAGS: [Flag; 3] = [value("--username", Some('u')), value("--password", Some('p')), switch("--password-stdin", None)];

const PASSWORD_HELP: &str = "put the password into a variable of its own, as ENCRYPTED[…] under `env`, and pass that variable";

/// Where `--password-stdin` reads from.
pub(super) enum Source<'a> {
    Pipe(&'a Simple),
    Word(&'a Word),
    File(&'a Word),
    Nothing,
}

impl Session<'_> {
    /// A login without a pipe in front.
    pub(super) fn docker_login(&mut self, simple: &Simple) -> Result<Command, Refusal> {
        let mut source = Source::Nothing;
        for redirect in &simple.redirects {
            let sign = self.script.get(redirect.operator.clone()).unwrap_or_default();
            source = match (&redirect.target, sign) {
                (Some(word), "<<<") => Source::Word(word),
                (Some(word), "<") => Source::File(word),
                _ => return Err(Refusal::no_form(redirect.operator.clone())),
            };
        }
        self.login(simple, source).map(Command::Login)
    }

    pub(super) fn login(&self, simple: &Simple, source: Source<'_>) -> Result<Login, Refusal> {
        let name = simple.words.get(1).map(|word| word.range.clone()).unwrap_or_default();
        let arguments = read(simple.words.get(2..).unwrap_or_default(), &FLAGS, self.script)?;
        if let Some(second) = arguments.rest.get(1) {
            return Err(Refusal::new(second.range.clone(), "is a second registry, which has no typed form"));
        }
        let registry = arguments.rest.first().map(|word| word.text()).transpose()?.and_then(|text| host(&text));
        let Some(username) = arguments.last("--username") else {
            return Err(Refusal::new(name, "asks for a user name, which needs a terminal").help("give it with --username"));
        };
        let (password, handed) = match (arguments.last("--password"), arguments.last("--password-stdin")) {
            (Some(given), None) => match given.value.sole_variable() {
                Some(variable) => (variable.name.clone(), (!variable.quoted).then_some(Handed::Word)),
                None => return Err(Refusal::new(given.range.clone(), "takes one variable and nothing else").help(PASSWORD_HELP)),
            },
            (None, Some(given)) => self.password(&source, given.range.clone())?,
            (Some(_), Some(second)) => return Err(Refusal::new(second.range.clone(), "is a second password")),
            (None, None) => {
                return Err(
                    Refusal::new(name, "asks for a password, which needs a terminal").help("give it with --password-stdin")
                );
            }
        };
        Ok(Login { registry, username: username.value.clone(), password, handed })
    }

    /// The variable that is read from the standard input, and what is read of it.
    fn password(&self, source: &Source<'_>, flag: std::ops::Range<usize>) -> Result<(String, Option<Handed>), Refusal> {
        match source {
            Source::Pipe(simple) => {
                let Some(program) = simple.words.first() else { return Err(Refusal::no_form(flag)) };
                let refused = |reason: &str| Err(Refusal::new(program.range.clone(), reason).help(PASSWORD_HELP));
                let (word, split) = match (words(simple).as_slice(), simple.words.as_slice()) {
                    (["echo", _], [_, word]) | (["echo", "-n", _], [_, _, word]) => (word, Some(Handed::Words)),
                    // Of several words it would print each by itself, which no password is meant to be.
                    (["printf", "%s" | "%s\\n", _], [_, _, word]) => (word, None),
                    (["printf", _], [_, word]) if variable(word)?.is_some() => {
                        return Err(Refusal::new(
                            word.range.clone(),
                            "is printed as a format, in which `%` and backslashes count",
                        )
                        .help("print it with `printf '%s' \"$NAME\"`"));
                    }
                    (["cat", _], [_, file]) => return self.file(file),
                    (["echo" | "printf" | "cat", ..], _) => {
                        return refused("prints more than one variable, which has no typed form");
                    }
                    _ => return refused("has no typed form"),
                };
                match variable(word)? {
                    Some(variable) if variable.quoted => Ok((variable.name, None)),
                    Some(_) if split.is_none() => {
                        Err(Refusal::new(word.range.clone(), "has no quotes, so a shell would split its value into words")
                            .help("put it in double quotes"))
                    }
                    Some(variable) => Ok((variable.name, split)),
                    None => refused("prints something else than one variable, which has no typed form"),
                }
            }
            // Here, no shell splits what stands without quotes.
            Source::Word(word) => match variable(word)? {
                Some(variable) => Ok((variable.name, None)),
                None => Err(Refusal::new(flag, "reads something else than one variable").help(PASSWORD_HELP)),
            },
            Source::File(word) => self.file(word),
            Source::Nothing => Err(Refusal::new(flag, "reads a standard input that nothing feeds").help(PASSWORD_HELP)),
        }
    }

    /// A file that a `*_file` instruction made of a variable.
    fn file(&self, word: &Word) -> Result<(String, Option<Handed>), Refusal> {
        let path = word.text()?;
        let known = path.literal().and_then(|path| {
            let plain = |path: &str| path.trim_start_matches("./").to_owned();
            self.files.iter().find(|file| plain(&file.path) == plain(path))
        });
        match known {
            Some(file) => Ok((file.variable.clone(), None)),
            None => Err(Refusal::new(word.range.clone(), "is a file, and a typed login takes a variable").help(PASSWORD_HELP)),
        }
    }
}

/// The variable that a word is. What is spelled out may be the secret itself, so it is not made part of a refusal.
fn variable(word: &Word) -> Result<Option<Variable>, Refusal> {
    match word.text() {
        Ok(text) => Ok(text.sole_variable().cloned()),
        Err(refusal) if refusal.range != word.range => Err(refusal),
        Err(_) => Ok(None),
    }
}

/// The host of what stands behind `docker login`, which takes addresses too; `None` for Docker Hub.
fn host(written: &Text) -> Option<Text> {
    let bare = written.strip_prefix("https://").or_else(|| written.strip_prefix("http://")).unwrap_or_else(|| written.clone());
    let host = bare.split_once('/').map_or(bare, |(host, _)| host);
    let hub = matches!(host.literal(), Some("" | "docker.io" | "index.docker.io" | "registry-1.docker.io"));
    (!hub).then_some(host)
}
