//! The name that an environment has by what it is made of.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};
use windlass_model::task::{Architecture, BuiltImage};
use windlass_working_copy::Content;

use super::sources::{self, Sources};
use crate::ports::project::ProjectFiles;

/// Changed whenever the same environment is to get another name.
const FORM: &str = "windlass environment 1";

/// Digits of a fingerprint: 128 bits.
const DIGITS: usize = 32;

/// The fingerprint of an environment: the same for the same Dockerfile, the same files that it copies, the same arguments and architecture.
///
/// # Errors
/// When the Dockerfile or a file cannot be read, in words.
pub(super) fn of(environment: &BuiltImage, architecture: Architecture, project: &dyn ProjectFiles) -> Result<String, String> {
    let BuiltImage { context, dockerfile, arguments } = environment;
    let at = |name: &str| if context == "." { name.to_owned() } else { format!("{context}/{name}") };
    let text = project
        .text(&at(dockerfile))
        .ok_or_else(|| format!("there is no {} in the working copy that can be read; correct `dockerfile`", at(dockerfile)))?;
    let own = project.text(&at(&format!("{dockerfile}.dockerignore")));
    let ignored = own.or_else(|| project.text(&at(".dockerignore"))).unwrap_or_default();
    let files = contents(&sources::of(&text), |below| project.contents(context, below, &ignored))?;
    let mut hash = Sha256::new();
    let mut field = |text: &str| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text.as_bytes());
    };
    field(FORM);
    field(architecture.as_str());
    field(dockerfile);
    field(&text);
    field(&arguments.len().to_string());
    for (name, value) in arguments {
        field(name);
        field(value);
    }
    for (path, content) in &files {
        field(path);
        field(content.digest.as_str());
    }
    let hex: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(hex.chars().take(DIGITS).collect())
}

/// The files that count. A source that is not there, or leads elsewhere, puts the rest in doubt.
fn contents(
    sources: &Sources,
    read: impl Fn(Option<&[String]>) -> Result<BTreeMap<String, Content>, String>,
) -> Result<BTreeMap<String, Content>, String> {
    let Sources::These(paths) = sources else { return read(None) };
    if paths.is_empty() {
        return Ok(BTreeMap::new());
    }
    let found = read(Some(paths))?;
    let is_below = |file: &str, path: &str| file.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let all_there = paths.iter().all(|path| found.keys().any(|file| is_below(file, path)));
    if all_there && !found.values().any(|content| content.link) { Ok(found) } else { read(None) }
}
