//! Where the files of an image lie: given as the shell sees them, needed as the pod sees them. Pure.

use std::path::{Component, Path, PathBuf};

use crate::failure::Failure;

/// Whether the context is fetched by the builder.
pub(super) fn is_remote(context: &str) -> bool {
    context.contains("://") || context.starts_with("git@") || context.starts_with("github.com/")
}

/// The context as seen from the project's directory.
///
/// # Errors
/// When it does not lie in this directory: only what does is sent into the pod.
pub(super) fn context(given: &str, here: &Path) -> Result<String, Failure> {
    if given == "-" {
        return Err(Failure::usage(
            "the context cannot be read from standard input",
            "name the directory with the files of the image, such as `.`",
        ));
    }
    inside(Path::new(given), here).ok_or_else(|| {
        Failure::usage(
            format!("the context {given} is not in this directory, and only what is in it is sent into the pod"),
            "change into the project, and name the context as seen from there",
        )
    })
}

/// The Dockerfile as seen from the context.
///
/// # Errors
/// When it does not lie in this directory.
pub fn dockerfile(given: &Path, context: &str, here: &Path) -> Result<String, Failure> {
    if is_remote(context) {
        return given.to_str().map(str::to_owned).ok_or_else(|| not_text(given));
    }
    if given == Path::new("-") {
        return Err(Failure::usage("the Dockerfile cannot be read from standard input", "-f names a file of this directory"));
    }
    let file = inside(given, here).ok_or_else(|| {
        Failure::usage(
            format!("the Dockerfile {} is not in this directory, and only what is in it is sent into the pod", given.display()),
            "copy it into the project, or change into the directory that has both",
        )
    })?;
    if context == "." {
        return Ok(file);
    }
    match file.strip_prefix(context).and_then(|rest| rest.strip_prefix('/')) {
        Some(rest) => Ok(rest.to_owned()),
        None => Ok(format!("{}{file}", "../".repeat(context.split('/').count()))),
    }
}

/// A path below a directory, as seen from there; nothing for one that leads out.
fn inside(given: &Path, here: &Path) -> Option<String> {
    let below = if given.is_absolute() { given.strip_prefix(here).ok()? } else { given };
    let mut parts = PathBuf::new();
    for component in below.components() {
        match component {
            Component::Normal(name) => parts.push(name),
            Component::CurDir => {}
            Component::ParentDir if parts.pop() => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    let text = parts.to_str()?;
    Some(if text.is_empty() { ".".to_owned() } else { text.to_owned() })
}

fn not_text(path: &Path) -> Failure {
    Failure::usage(format!("{} is not a name in UTF-8", path.display()), "rename the file")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "/home/me/app";

    #[test]
    fn a_context_lies_in_the_project() {
        for (given, seen) in
            [(".", "."), ("./", "."), ("web/", "web"), ("a/../b", "b"), ("/home/me/app", "."), ("/home/me/app/x", "x")]
        {
            assert_eq!(context(given, Path::new(HERE)).ok().as_deref(), Some(seen), "{given}");
        }
        for given in ["..", "a/../..", "/home/me", "/", "-"] {
            assert!(context(given, Path::new(HERE)).is_err(), "{given}");
        }
    }

    #[test]
    fn a_dockerfile_is_seen_from_the_context() {
        for (given, context, seen) in [
            ("Dockerfile", ".", "Dockerfile"),
            ("web/Dockerfile", "web", "Dockerfile"),
            ("docker/web", "web", "../docker/web"),
            ("docker/web", "a/b", "../../docker/web"),
            ("webby/Dockerfile", "web", "../webby/Dockerfile"),
            ("/home/me/app/web/D", "web", "D"),
            ("sub/D", "https://example.com/x.git", "sub/D"),
        ] {
            assert_eq!(
                dockerfile(Path::new(given), context, Path::new(HERE)).ok().as_deref(),
                Some(seen),
                "{given} of {context}"
            );
        }
        for given in ["../Dockerfile", "/etc/Dockerfile", "-"] {
            assert!(dockerfile(Path::new(given), ".", Path::new(HERE)).is_err(), "{given}");
        }
    }
}
