//! The images that a Dockerfile builds on: those of `FROM`, those that files are copied from, and the frontend that reads it.

use std::collections::{BTreeMap, BTreeSet};

use parse_dockerfile::{Flag, Instruction, parse};
use windlass_model::image::ImageReference;
use windlass_model::task::Architecture;

/// What `FROM` calls no image at all.
const SCRATCH: &str = "scratch";

/// An image that a build takes something from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Base {
    /// As it stands in the Dockerfile.
    pub(super) written: String,
    /// The image; an error says why it cannot be told before the build.
    pub(super) image: Result<ImageReference, String>,
}

/// Reads the images off a Dockerfile. `given` are the arguments of the build. Stages, by name or number, are no images.
///
/// # Errors
/// When it is no Dockerfile, in words.
pub(super) fn of(dockerfile: &str, given: &BTreeMap<String, String>, architecture: Architecture) -> Result<Vec<Base>, String> {
    let parsed = parse(dockerfile).map_err(|error| error.to_string())?;
    let mut arguments = platform(architecture);
    let mut stages: Vec<Option<String>> = Vec::new();
    let mut found = Vec::new();
    let frontend = parsed.parser_directives.syntax.iter().map(|directive| directive.value.value.to_owned());
    found.extend(frontend.chain(given.get("BUILDKIT_SYNTAX").cloned()).map(|written| (written, BTreeMap::new())));
    for instruction in &parsed.instructions {
        match instruction {
            // Only those before the first stage count for `FROM`.
            Instruction::Arg(argument) if stages.is_empty() => declare(&argument.arguments.value, given, &mut arguments),
            Instruction::From(from) => {
                let name = from.as_.as_ref().map(|(_, name)| name.value.to_lowercase());
                let image = filled(&from.image.value, &arguments).unwrap_or_else(|_| from.image.value.to_string());
                let is_stage = stages.iter().flatten().any(|stage| *stage == image.to_lowercase());
                if !is_stage && image != SCRATCH {
                    found.push((from.image.value.to_string(), arguments.clone()));
                }
                stages.push(name);
            }
            Instruction::Copy(copy) => found.extend(copied_from(&copy.options, &stages)),
            Instruction::Add(add) => found.extend(copied_from(&add.options, &stages)),
            Instruction::Run(run) => found.extend(mounted_from(&run.options, &stages)),
            _ => {}
        }
    }
    let mut seen = BTreeSet::new();
    let base = |(written, arguments): (String, BTreeMap<String, String>)| {
        let image = filled(&written, &arguments).and_then(|text| ImageReference::parse(&text).map_err(|error| error.to_string()));
        seen.insert(written.clone()).then_some(Base { written, image })
    };
    Ok(found.into_iter().filter_map(base).collect())
}

/// Variables that builders define by themselves, as far as `FROM` uses them for names.
fn platform(architecture: Architecture) -> BTreeMap<String, String> {
    let architecture = architecture.as_str();
    let both = |what: &str, value: String| ["BUILD", "TARGET"].map(|side| (format!("{side}{what}"), value.clone()));
    let all =
        [both("ARCH", architecture.to_owned()), both("OS", "linux".into()), both("PLATFORM", format!("linux/{architecture}"))];
    all.into_iter().flatten().collect()
}

/// `ARG NAME=default OTHER`.
fn declare(words: &str, given: &BTreeMap<String, String>, arguments: &mut BTreeMap<String, String>) {
    for word in words.split_whitespace() {
        let (name, default) = word.split_once('=').map_or((word, None), |(name, default)| (name, Some(default)));
        let default = default.map(|text| text.trim_matches(['"', '\'']));
        // A default may name arguments before it; one that cannot be filled in is as good as none.
        let value = given.get(name).cloned().or_else(|| filled(default?, arguments).ok());
        if let Some(value) = value {
            arguments.insert(name.to_owned(), value);
        }
    }
}

/// `--from` of a copy, where it is an image. Its variables are those of the stage, which nobody knows before the build.
fn copied_from(options: &[Flag<'_>], stages: &[Option<String>]) -> Option<(String, BTreeMap<String, String>)> {
    let from = options.iter().find(|option| option.name.value == "from")?.value.as_ref()?;
    outside(&from.value, stages)
}

/// `from=` of each mount, where it is an image.
fn mounted_from(options: &[Flag<'_>], stages: &[Option<String>]) -> Vec<(String, BTreeMap<String, String>)> {
    let mounts = options.iter().filter(|option| option.name.value == "mount").filter_map(|option| option.value.as_ref());
    let from = mounts.flat_map(|mount| mount.value.split(',')).filter_map(|part| part.trim().strip_prefix("from="));
    from.filter_map(|from| outside(from.trim_matches('"'), stages)).collect()
}

fn outside(from: &str, stages: &[Option<String>]) -> Option<(String, BTreeMap<String, String>)> {
    let numbered = from.parse::<usize>().is_ok_and(|number| number < stages.len());
    let named = stages.iter().flatten().any(|stage| *stage == from.to_lowercase());
    (!numbered && !named && from != SCRATCH).then(|| (from.to_owned(), BTreeMap::new()))
}

/// A text with its variables filled in: `$NAME`, `${NAME}`, `${NAME:-default}`. An error names what has no value.
fn filled(text: &str, arguments: &BTreeMap<String, String>) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text.trim_matches(['"', '\'']);
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (inner, behind) = match after.strip_prefix('{') {
            Some(braced) => braced.split_once('}').ok_or_else(|| format!("`{text}` has a `${{` without its `}}`"))?,
            None => after.split_at(after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len())),
        };
        let (name, default) = inner.split_once(":-").map_or((inner, None), |(name, default)| (name, Some(default)));
        let value = arguments.get(name).filter(|value| default.is_none() || !value.is_empty());
        out.push_str(value.map(String::as_str).or(default).ok_or_else(|| format!("nothing gives its `{name}` a value"))?);
        rest = behind;
    }
    out.push_str(rest);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bases(dockerfile: &str, given: &[(&str, &str)]) -> Vec<String> {
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let found = of(dockerfile, &given, Architecture::Amd64).unwrap_or_else(|e| panic!("{e}: {dockerfile}"));
        found
            .into_iter()
            .map(|base| base.image.map_or_else(|why| format!("{}: {why}", base.written), |image| image.to_string()))
            .collect()
    }

    #[test]
    fn every_image_that_a_build_takes_from_is_found_and_nothing_else() {
        for (dockerfile, expected) in [
            ("FROM a", &["a"][..]),
            (
                "from --platform=$BUILDPLATFORM A/b AS One\nFROM one\nFROM scratch\nCOPY --from=ONE /x /\nCOPY --from=0 /x /",
                &["A/b: `A/b` is not an image reference: its repository `A/b` is not valid"],
            ),
            ("ARG V=1\nARG I=corp.io/go:${V}\nFROM $I", &["corp.io/go:1"]),
            ("ARG V\nFROM go:${V:-2}", &["go:2"]),
            ("FROM go:$V", &["go:$V: nothing gives its `V` a value"]),
            ("FROM a\nARG V=1\nFROM b:$V", &["a", "b:$V: nothing gives its `V` a value"]),
            ("FROM tools-${TARGETARCH}", &["tools-amd64"]),
            (
                "FROM a\nCOPY --from=evil/x /y /\nADD --from=evil/z /y /\nRUN --mount=type=bind,from=evil/m,target=/m true",
                &["a", "evil/x", "evil/z", "evil/m"],
            ),
            ("# syntax=evil/frontend:1\nFROM a", &["evil/frontend:1", "a"]),
            ("# escape=`\nFROM `\n  evil/base", &["evil/base"]),
            ("FROM a\nRUN <<EOF\nFROM b\nEOF\nCOPY <<X /x\nFROM c\nX", &["a"]),
            ("FROM \\\n# a comment\n  a", &["a"]),
        ] {
            assert_eq!(bases(dockerfile, &[]), expected, "{dockerfile}");
        }
        let given = [("V", "9"), ("BUILDKIT_SYNTAX", "evil/frontend")];
        assert_eq!(bases("ARG V=1\nFROM go:$V", &given), ["evil/frontend", "go:9"]);
        assert!(of("FORM a", &BTreeMap::new(), Architecture::Amd64).is_err());
    }
}
