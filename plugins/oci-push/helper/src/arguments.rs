//! The command line.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use lexopt::Arg::{Long, Short, Value};
use lexopt::{Parser, ValueExt as _};

use crate::digest::Digest;
use crate::error::Error;
use crate::http::Access;
use crate::reference::{Reference, Repository};

/// What to do.
#[derive(Debug)]
pub(crate) enum Command {
    Help,
    Version,
    Push {
        layout: PathBuf,
        select: Option<Digest>,
        references: Vec<Reference>,
        mount_from: Vec<Repository>,
        parallel: usize,
        result: Option<PathBuf>,
        options: RegistryOptions,
    },
    Digest {
        layout: PathBuf,
        select: Option<Digest>,
    },
    Resolve {
        reference: Reference,
        options: RegistryOptions,
    },
    Layout {
        archive: PathBuf,
        directory: PathBuf,
    },
}

/// How registries are talked to.
#[derive(Debug)]
pub(crate) struct RegistryOptions {
    pub(crate) access: Access,
    pub(crate) attempts: u32,
}

/// All options and arguments, before it is known whether they suit the command.
#[derive(Default)]
struct Given {
    used: Vec<&'static str>,
    layout: Option<PathBuf>,
    archive: Option<PathBuf>,
    select: Option<Digest>,
    mount_from: Vec<Repository>,
    parallel: Option<usize>,
    result: Option<PathBuf>,
    access: Access,
    attempts: Option<u32>,
    values: Vec<OsString>,
}

const REGISTRY: [&str; 4] = ["plain-http", "certificate", "insecure", "attempts"];

impl Command {
    /// Reads the command line, program name first.
    pub(crate) fn from_arguments(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, Error> {
        let mut parser = Parser::from_iter(arguments);
        let name = match parser.next().map_err(usage)? {
            Some(Value(name)) => name.string().map_err(usage)?,
            Some(Long("help") | Short('h')) => return Ok(Self::Help),
            Some(Long("version") | Short('V')) => return Ok(Self::Version),
            Some(other) => return Err(usage(other.unexpected())),
            None => return Err(usage("there is no command")),
        };
        let Some(given) = Given::parse(&mut parser)? else { return Ok(Self::Help) };
        given.command(&name)
    }
}

impl Given {
    /// `None` when help is asked for.
    fn parse(parser: &mut Parser) -> Result<Option<Self>, Error> {
        let mut given = Self::default();
        while let Some(argument) = parser.next().map_err(usage)? {
            let option = match argument {
                Value(value) => {
                    given.values.push(value);
                    continue;
                }
                Long("help") | Short('h') => return Ok(None),
                Long(option) => option.to_owned(),
                other => return Err(usage(other.unexpected())),
            };
            given.option(&option, parser)?;
        }
        Ok(Some(given))
    }

    fn option(&mut self, option: &str, parser: &mut Parser) -> Result<(), Error> {
        let name = match option {
            "layout" => set(&mut self.layout, "layout", value(parser)?.into())?,
            "docker-archive" => set(&mut self.archive, "docker-archive", value(parser)?.into())?,
            "result" => set(&mut self.result, "result", value(parser)?.into())?,
            "select" => set(&mut self.select, "select", parsed("select", parser)?)?,
            "parallel" => set(&mut self.parallel, "parallel", number("parallel", 1..=64, parser)? as usize)?,
            "attempts" => set(&mut self.attempts, "attempts", number("attempts", 1..=100, parser)?)?,
            "mount-from" => {
                self.mount_from.push(parsed("mount-from", parser)?);
                "mount-from"
            }
            "plain-http" => {
                self.access.plain_http.push(text(parser)?);
                "plain-http"
            }
            "insecure" => {
                self.access.insecure.push(text(parser)?);
                "insecure"
            }
            "certificate" => {
                let pair = text(parser)?;
                let (host, file) = pair.split_once('=').ok_or_else(|| usage("--certificate takes HOST=FILE"))?;
                self.access.certificates.push((host.to_owned(), PathBuf::from(file)));
                "certificate"
            }
            other => return Err(usage(format!("there is no option --{other}"))),
        };
        self.used.push(name);
        Ok(())
    }

    fn command(mut self, name: &str) -> Result<Command, Error> {
        match name {
            "push" => {
                self.only(name, &[&["layout", "select", "mount-from", "parallel", "result"], &REGISTRY[..]].concat())?;
                let references: Vec<Reference> = self.texts()?.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
                if references.is_empty() {
                    return Err(usage("push takes at least one REFERENCE"));
                }
                Ok(Command::Push {
                    layout: self.needed_layout(name)?,
                    select: self.select.take(),
                    references,
                    mount_from: std::mem::take(&mut self.mount_from),
                    parallel: self.parallel.unwrap_or(4),
                    result: self.result.take(),
                    options: self.registry(),
                })
            }
            "digest" => {
                self.only(name, &["layout", "select"])?;
                let [] = self.exactly("digest takes no arguments")?;
                Ok(Command::Digest { layout: self.needed_layout(name)?, select: self.select.take() })
            }
            "resolve" => {
                self.only(name, &REGISTRY)?;
                let [reference] = self.exactly("resolve takes one REFERENCE")?;
                Ok(Command::Resolve { reference: reference.string().map_err(usage)?.parse()?, options: self.registry() })
            }
            "layout" => {
                self.only(name, &["docker-archive"])?;
                let [directory] = self.exactly("layout takes one DIR")?;
                let archive = self.archive.take().ok_or_else(|| usage("layout needs --docker-archive FILE"))?;
                Ok(Command::Layout { archive, directory: directory.into() })
            }
            other => Err(usage(format!("there is no command {other:?}"))),
        }
    }

    fn only(&self, command: &str, options: &[&str]) -> Result<(), Error> {
        match self.used.iter().find(|used| !options.contains(used)) {
            Some(option) => Err(usage(format!("{command} takes no --{option}"))),
            None => Ok(()),
        }
    }

    fn needed_layout(&mut self, command: &str) -> Result<PathBuf, Error> {
        self.layout.take().ok_or_else(|| usage(format!("{command} needs --layout DIR")))
    }

    fn exactly<const N: usize>(&mut self, otherwise: &str) -> Result<[OsString; N], Error> {
        std::mem::take(&mut self.values).try_into().map_err(|_| usage(otherwise))
    }

    fn texts(&mut self) -> Result<Vec<String>, Error> {
        std::mem::take(&mut self.values).into_iter().map(|value| value.string().map_err(usage)).collect()
    }

    fn registry(self) -> RegistryOptions {
        RegistryOptions { access: self.access, attempts: self.attempts.unwrap_or(6) }
    }
}

fn set<T>(place: &mut Option<T>, name: &'static str, value: T) -> Result<&'static str, Error> {
    match place.replace(value) {
        None => Ok(name),
        Some(_) => Err(usage(format!("--{name} is given twice"))),
    }
}

fn value(parser: &mut Parser) -> Result<OsString, Error> {
    parser.value().map_err(usage)
}

fn text(parser: &mut Parser) -> Result<String, Error> {
    value(parser)?.string().map_err(usage)
}

fn parsed<T: FromStr<Err: fmt::Display>>(name: &str, parser: &mut Parser) -> Result<T, Error> {
    text(parser)?.parse().map_err(|problem| usage(format!("--{name}: {problem}")))
}

fn number(name: &str, range: std::ops::RangeInclusive<u32>, parser: &mut Parser) -> Result<u32, Error> {
    let text = text(parser)?;
    let wrong = || usage(format!("--{name} {text:?}: a number from {} to {}", range.start(), range.end()));
    text.parse().ok().filter(|number| range.contains(number)).ok_or_else(wrong)
}

fn usage(problem: impl fmt::Display) -> Error {
    Error::Usage(format!("{problem}; see windlass-oci --help"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, Error> {
        Command::from_arguments(["windlass-oci"].into_iter().chain(line.split_whitespace()).map(OsString::from))
    }

    #[test]
    fn a_push_takes_its_options_in_any_order() {
        let command = parse("push a.io/x:1 --layout L --plain-http h:1 --certificate c.io=F --parallel 2 b.io/y").unwrap();
        let Command::Push { layout, references, parallel, options, .. } = command else { panic!("{command:?}") };
        assert_eq!(layout, PathBuf::from("L"));
        assert_eq!(references.iter().map(|r| r.text.as_str()).collect::<Vec<_>>(), ["a.io/x:1", "b.io/y"]);
        assert_eq!((parallel, options.attempts), (2, 6));
        assert_eq!(options.access.plain_http, ["h:1"]);
        assert_eq!(options.access.certificates, [("c.io".to_owned(), PathBuf::from("F"))]);
    }

    #[test]
    fn wrong_arguments_are_said_by_name() {
        for (line, word) in [
            ("", "no command"),
            ("fetch", "\"fetch\""),
            ("push --layout L", "REFERENCE"),
            ("push a", "--layout"),
            ("push --layout L --layout M a", "twice"),
            ("push --layout L --parallel 0 a", "1 to 64"),
            ("push --layout L --shout a", "--shout"),
            ("digest --layout L --plain-http h", "--plain-http"),
            ("resolve a b", "one REFERENCE"),
            ("resolve A", "not an image reference"),
            ("layout D", "--docker-archive"),
            ("digest --layout L --select abc", "--select"),
            ("resolve --certificate F a", "HOST=FILE"),
        ] {
            let error = parse(line).err().unwrap();
            assert_eq!(error.exit_code(), 2, "{line}");
            assert!(error.to_string().contains(word), "{line}: {error}");
        }
    }

    #[test]
    fn help_is_help_wherever_it_stands() {
        for line in ["--help", "-h", "push --help", "resolve a -h"] {
            assert!(matches!(parse(line), Ok(Command::Help)), "{line}");
        }
    }
}
