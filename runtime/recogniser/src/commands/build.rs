//! `docker build`, `docker buildx build`, `docker image build`.

use super::{Command, Session, path};
use crate::flags::{Arguments, Flag, Given, read, switch, value};
use crate::refusal::Refusal;
use crate::request::Build;
use crate::syntax::Simple;
use crate::text::Text;
use crate::word::{Part, Word};

const FLAGS: [Flag; 24] = [
    value("--file", Some('f')),
    value("--tag", Some('t')),
    value("--build-arg", None),
    value("--label", None),
    value("--target", None),
    value("--platform", None),
    value("--cache-from", None),
    value("--cache-to", None),
    value("--secret", None),
    value("--progress", None),
    value("--provenance", None),
    value("--sbom", None),
    switch("--push", None),
    switch("--load", None),
    switch("--quiet", Some('q')),
    switch("--no-cache", None),
    switch("--pull", None),
    switch("--rm", None),
    switch("--force-rm", None),
    // Known, so that what is said of them is better than that they are not.
    value("--iidfile", None),
    value("--metadata-file", None),
    value("--output", Some('o')),
    value("--network", None),
    value("--builder", None),
];

impl Session<'_> {
    /// `arguments` is the place of the first word behind `build`.
    pub(super) fn build(&mut self, simple: &Simple, arguments: usize) -> Result<Command, Refusal> {
        let Some(verb) = simple.words.get(arguments - 1) else { return Err(Refusal::no_form(0..0)) };
        let given = read(simple.words.get(arguments..).unwrap_or_default(), &FLAGS, self.script)?;
        for flag in &given.flags {
            let reason = match flag.name {
                "--iidfile" | "--metadata-file" => "writes a file that later commands would read, which has no typed form",
                "--output" => "sends the image elsewhere, which has no typed form; `--push` and `--load` have one",
                "--network" | "--builder" => "has no typed form",
                _ => continue,
            };
            return Err(Refusal::new(flag.range.clone(), reason));
        }
        let context = self.context(verb, &given)?;
        let mut build = Build { context, ..Build::default() };
        self.dockerfile(&given, &mut build)?;
        build.target = given.last("--target").map(|flag| flag.value.clone());
        build.tags = given.all("--tag").map(|flag| flag.value.clone()).collect();
        if build.tags.is_empty() {
            return Err(Refusal::new(verb.range.clone(), "names no image; a typed build needs at least one `--tag`"));
        }
        build.platforms = given.all("--platform").flat_map(|flag| flag.value.split(',')).collect();
        self.build_args(&given, &mut build)?;
        build.labels = given.all("--label").map(pair).collect::<Result<_, _>>()?;
        for flag in given.all("--secret") {
            build.secrets.push(self.secret(flag)?);
        }
        cache(&given, &mut build)?;
        docker_flags(&given, &mut build)?;
        Ok(Command::Build { build: Box::new(build), push: given.last("--push").is_some() })
    }

    fn context(&self, verb: &Word, given: &Arguments<'_>) -> Result<Text, Refusal> {
        let context = match given.rest.as_slice() {
            [context] => context,
            [] => return Err(Refusal::new(verb.range.clone(), "names no context")),
            [_, second, ..] => {
                let spread = given
                    .rest
                    .iter()
                    .find(|word| word.parts.iter().any(|part| matches!(part, Part::Variable { quoted: false, .. })));
                let word = spread.unwrap_or(second);
                return Err(Refusal::new(
                    word.range.clone(),
                    "is more than one context, or a flag in a variable, which has no typed form",
                ));
            }
        };
        // `$(pwd)` and `$PWD` are where the shell is.
        let written = self.script.get(context.range.clone()).unwrap_or_default().trim_matches('"');
        let text =
            if matches!(written, "$(pwd)" | "$PWD" | "${PWD}" | "`pwd`") { Text::of_literal(".") } else { context.text()? };
        if text.literal() == Some("-") {
            return Err(Refusal::new(context.range.clone(), "reads the context from standard input, which has no typed form"));
        }
        Ok(if path::is_remote(&text) { text } else { path::from_working_directory(&self.directory, &text) })
    }

    fn dockerfile(&self, given: &Arguments<'_>, build: &mut Build) -> Result<(), Refusal> {
        let Some(flag) = given.last("--file") else { return Ok(()) };
        if flag.value.literal() == Some("-") {
            return Err(Refusal::new(flag.range.clone(), "reads the Dockerfile from standard input, which has no typed form"));
        }
        if path::is_remote(&build.context) {
            build.dockerfile = Some(flag.value.clone());
            return Ok(());
        }
        let file = path::from_working_directory(&self.directory, &flag.value);
        let seen = path::from_context(&build.context, &file);
        let unknown = || Refusal::new(flag.range.clone(), "names a file whose place in the context is not known");
        build.dockerfile = Some(seen.ok_or_else(unknown)?);
        Ok(())
    }

    fn build_args(&self, given: &Arguments<'_>, build: &mut Build) -> Result<(), Refusal> {
        for flag in given.all("--build-arg") {
            let (name, value) = match flag.value.split_once('=') {
                Some(_) => pair(flag)?,
                // A name alone takes the variable of that name.
                None => match flag.value.literal() {
                    Some(name) => (name.to_owned(), self.own(name, flag)?),
                    None => {
                        return Err(Refusal::new(
                            flag.range.clone(),
                            "names its argument by a variable, which has no typed form",
                        ));
                    }
                },
            };
            if name == "SOURCE_DATE_EPOCH" {
                build.source_date_epoch = Some(value);
            } else {
                build.build_args.retain(|(known, _)| *known != name);
                build.build_args.push((name, value));
            }
        }
        Ok(())
    }

    /// The value of a variable by its name.
    fn own(&self, name: &str, flag: &Given) -> Result<Text, Refusal> {
        let part = Part::Variable { name: name.to_owned(), quoted: true, braces: false };
        self.variables.fill(&Word { range: flag.range.clone(), parts: vec![part] }).text()
    }

    /// `id=…,env=…` or `id=…,src=…`: the id, and the variable that holds the secret.
    fn secret(&self, flag: &Given) -> Result<(String, String), Refusal> {
        let refused = |reason: &str| Refusal::new(flag.range.clone(), reason);
        let (mut id, mut variable, mut file) = (None, None, None);
        for part in flag.value.split(',') {
            let (key, value) = part.split_once('=').ok_or_else(|| refused("takes `id=…,env=…`"))?;
            let slot = match key.literal() {
                Some("id") => &mut id,
                Some("env") => &mut variable,
                Some("src" | "source") => &mut file,
                Some("type") if matches!(value.literal(), Some("env" | "file")) => continue,
                _ => return Err(refused("takes `id`, `env` and `src`, and nothing else that has a typed form")),
            };
            *slot = Some(value.literal().ok_or_else(|| refused("has a variable where a name has to be"))?.to_owned());
        }
        let id = id.ok_or_else(|| refused("lacks its `id`"))?;
        match (variable, file) {
            (Some(variable), None) => Ok((id, variable)),
            // Without a source docker takes the variable named as the id.
            (None, None) => Ok((id.clone(), id)),
            (_, Some(path)) => {
                let known = self.files.iter().find(|file| file.path.trim_start_matches("./") == path.trim_start_matches("./"));
                let help = "make it of a variable: `env=NAME`";
                let unknown = || refused("reads a file, and a typed build takes secrets from variables").help(help);
                Ok((id, known.ok_or_else(unknown)?.variable.clone()))
            }
        }
    }
}

/// `NAME=value`; a name alone has an empty value.
fn pair(flag: &Given) -> Result<(String, Text), Refusal> {
    let (name, value) = flag.value.split_once('=').unwrap_or_else(|| (flag.value.clone(), Text::default()));
    match name.literal() {
        Some(name) if !name.is_empty() => Ok((name.to_owned(), value)),
        _ => Err(Refusal::new(flag.range.clone(), "has a variable where a name has to be, which has no typed form")),
    }
}

fn cache(given: &Arguments<'_>, build: &mut Build) -> Result<(), Refusal> {
    for flag in given.all("--cache-from") {
        let (mut reference, _) = registry(flag, &[])?;
        build.cache_from.append(&mut reference);
    }
    for flag in given.all("--cache-to") {
        let (references, mode) = registry(flag, &["mode"])?;
        match (references.as_slice(), &build.cache_to) {
            ([one], None) => (build.cache_to, build.cache_mode) = (Some(one.clone()), mode),
            _ => return Err(Refusal::new(flag.range.clone(), "is a second place for the cache, which has no typed form")),
        }
    }
    if given.last("--no-cache").is_some() {
        build.cache_from.clear();
    }
    Ok(())
}

/// References of a cache: plain ones, or `type=registry,ref=…`.
fn registry(flag: &Given, more: &[&str]) -> Result<(Vec<Text>, Option<Text>), Refusal> {
    let parts = flag.value.split(',');
    if parts.iter().all(|part| part.split_once('=').is_none()) {
        return Ok((parts, None));
    }
    let (mut references, mut mode) = (Vec::new(), None);
    for part in parts {
        let refused = |reason| Refusal::new(flag.range.clone(), reason);
        let Some((key, value)) = part.split_once('=') else { return Err(refused("mixes references and settings")) };
        match (key.literal(), value.literal()) {
            (Some("type"), Some("registry")) => {}
            (Some("type"), _) => return Err(refused("has a typed form for `type=registry` alone")),
            (Some("ref"), _) => references.push(value),
            (Some(key), _) if more.contains(&key) => mode = Some(value),
            _ => return Err(refused("has a typed form for `ref` and `mode` alone")),
        }
    }
    Ok((references, mode))
}

/// What says something to a docker client only.
fn docker_flags(given: &Arguments<'_>, build: &mut Build) -> Result<(), Refusal> {
    for name in ["--no-cache", "--pull"] {
        if given.last(name).is_some() {
            build.docker_flags.push(name.to_owned());
        }
    }
    for name in ["--provenance", "--sbom"] {
        match given.last(name) {
            Some(flag) if flag.value.literal() == Some("false") => build.docker_flags.push(format!("{name}=false")),
            Some(flag) => return Err(Refusal::new(flag.range.clone(), "has a typed form when it is `false` only")),
            None => {}
        }
    }
    Ok(())
}
