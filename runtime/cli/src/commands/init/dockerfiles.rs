//! The Dockerfiles of a project: which there are, and from which directory each is built.

use std::collections::BTreeSet;
use std::path::Path;

use windlass_files::{TEXT, Tree};

/// One image: one task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Image {
    /// The task's name, without `_task`.
    pub task: String,
    /// The directory with its files, seen from the project's.
    pub context: String,
    /// Seen from the context.
    pub dockerfile: String,
    /// As a task file writes it: variables are filled in.
    pub reference: String,
}

/// Endings and beginnings of the names that builders and editors take for a Dockerfile's.
const NAMES: [&str; 2] = ["Dockerfile", "Containerfile"];

/// Whether a path is that of a Dockerfile: `Dockerfile`, `Dockerfile.prod`, `prod.Dockerfile`, and the same with `Containerfile`.
pub(super) fn is_one(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    !name.ends_with(".dockerignore") && NAMES.iter().any(|known| variant(name, known).is_some())
}

/// What stands beside the usual name: `prod` of `Dockerfile.prod`.
fn variant<'a>(name: &'a str, known: &str) -> Option<&'a str> {
    if name == known {
        return Some("");
    }
    let before = name.strip_suffix(known).and_then(|rest| rest.strip_suffix('.'));
    before.or_else(|| name.strip_prefix(known).and_then(|rest| rest.strip_prefix('.'))).filter(|rest| !rest.is_empty())
}

/// An image for each of these Dockerfiles, all of them paths of the project. The first has the name that was given, and each other one adds its
/// own to it. `reference` makes the whole reference of a name.
pub(super) fn images(project: &Path, files: &[String], base: &str, reference: impl Fn(&str) -> String) -> Vec<Image> {
    let mut taken = BTreeSet::new();
    let mut first = true;
    let image = |file: &String| {
        let (directory, name) = file.rsplit_once('/').unwrap_or((".", file));
        let own = own_name(directory, name);
        let mut task = if files.len() == 1 || own.is_empty() { "image".to_owned() } else { own.clone() };
        for number in 2.. {
            if taken.insert(task.clone()) {
                break;
            }
            task = format!("{own}-{number}");
        }
        let pushed = if std::mem::take(&mut first) { base.to_owned() } else { format!("{base}-{task}") };
        let context = context(project, directory, file);
        let dockerfile = file.strip_prefix(&format!("{context}/")).unwrap_or(file).to_owned();
        Image { task, context, dockerfile, reference: reference(&pushed) }
    };
    files.iter().map(image).collect()
}

/// What tells this Dockerfile from the others: its directory, and what its name says.
fn own_name(directory: &str, name: &str) -> String {
    let variant = NAMES.iter().find_map(|known| variant(name, known)).unwrap_or_default();
    let last = directory.rsplit('/').next().filter(|last| *last != ".").unwrap_or_default();
    let parts = [last, variant].map(|part| {
        let kept: String = part.to_ascii_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        kept.trim_matches('-').to_owned()
    });
    parts.iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join("-")
}

/// The directory that a Dockerfile is built from: the nearest one above it that has what it copies; where that is not known, the nearest
/// one that has more than Dockerfiles in it.
fn context(project: &Path, directory: &str, file: &str) -> String {
    let text = Tree::open(project).ok().and_then(|tree| tree.read(Path::new(file), TEXT).ok());
    let text = text.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
    let sources: Vec<&str> = text.lines().flat_map(sources).collect();
    let above = || Path::new(directory).ancestors().filter_map(Path::to_str).filter(|path| !path.is_empty()).chain(["."]);
    let has_source = |base: &&str| {
        sources.iter().any(|source| project.join(base).join(source.trim_start_matches('/')).symlink_metadata().is_ok())
    };
    let has_more = |base: &&str| {
        let is_more = |name: &str| !is_one(name) && !name.starts_with('.');
        std::fs::read_dir(project.join(base))
            .is_ok_and(|entries| entries.flatten().any(|entry| entry.file_name().to_str().is_some_and(is_more)))
    };
    above().find(has_source).or_else(|| above().find(has_more)).unwrap_or(".").to_owned()
}

/// The files that a line of a Dockerfile copies from the context, as far as their names are known without building it.
fn sources(line: &str) -> impl Iterator<Item = &str> {
    let mut words = line.split_ascii_whitespace();
    let copies = words.next().is_some_and(|word| word.eq_ignore_ascii_case("copy") || word.eq_ignore_ascii_case("add"));
    let words: Vec<&str> = words.collect();
    let elsewhere = words.iter().any(|word| word.starts_with("--from") || word.starts_with('['));
    let files: Vec<&str> = words.into_iter().filter(|word| !word.starts_with("--")).collect();
    let last = files.len().saturating_sub(1);
    let named =
        move |word: &&str| copies && !elsewhere && !word.contains(['*', '?', '$', ':', '<']) && *word != "." && *word != "./";
    files.into_iter().take(last).filter(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<(String, String, String, String)> {
        let project = tempfile::tempdir().expect("a directory");
        for (path, text) in files {
            let path = project.path().join(path);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
            std::fs::write(path, text).expect("a file");
        }
        let paths: Vec<String> = files.iter().map(|(path, _)| (*path).to_owned()).filter(|path| is_one(path)).collect();
        let images = images(project.path(), &paths, "r.example/app", |name| format!("{name}:1"));
        images.into_iter().map(|image| (image.task, image.context, image.dockerfile, image.reference)).collect()
    }

    fn image(task: &str, context: &str, dockerfile: &str, reference: &str) -> (String, String, String, String) {
        (task.into(), context.into(), dockerfile.into(), reference.into())
    }

    #[test]
    fn names_of_dockerfiles() {
        for path in ["Dockerfile", "a/Dockerfile", "Dockerfile.prod", "prod.Dockerfile", "Containerfile", "x/Containerfile.web"] {
            assert!(is_one(path), "{path}");
        }
        for path in ["Dockerfiles", "Dockerfile.", "MyDockerfile", "Dockerfile/x", "Dockerfile.dockerignore", "dockerfile.go"] {
            assert!(!is_one(path), "{path}");
        }
    }

    #[test]
    fn one_alone_is_the_image() {
        assert_eq!(found(&[("Dockerfile", "FROM scratch")]), [image("image", ".", "Dockerfile", "r.example/app:1")]);
        assert_eq!(
            found(&[("web/Dockerfile", "FROM scratch\nCOPY index.html /"), ("web/index.html", "")]),
            [image("image", "web", "Dockerfile", "r.example/app:1")]
        );
    }

    #[test]
    fn each_has_a_name_of_its_own() {
        let all = found(&[
            ("Dockerfile", "FROM scratch"),
            ("Dockerfile.prod", "FROM scratch"),
            ("a/api/Dockerfile", "FROM scratch\nCOPY main.go /"),
            ("a/api/main.go", ""),
            ("b/api/Dockerfile", "FROM scratch\nCOPY main.go /"),
            ("b/api/main.go", ""),
        ]);
        assert_eq!(
            all,
            [
                image("image", ".", "Dockerfile", "r.example/app:1"),
                image("prod", ".", "Dockerfile.prod", "r.example/app-prod:1"),
                image("api", "a/api", "Dockerfile", "r.example/app-api:1"),
                image("api-2", "b/api", "Dockerfile", "r.example/app-api-2:1"),
            ]
        );
    }

    #[test]
    fn a_dockerfile_that_copies_what_only_the_project_has_is_built_from_there() {
        let copies = "FROM scratch AS a\ncopy --chown=1 src/ /\nCOPY --from=a /x /\n";
        assert_eq!(
            found(&[("docker/Dockerfile", copies), ("docker/entrypoint.sh", ""), ("src/main.c", "")]),
            [image("image", ".", "docker/Dockerfile", "r.example/app:1")]
        );
        assert_eq!(
            found(&[("docker/Dockerfile", "FROM scratch\nCOPY . /\n"), ("main.c", "")]),
            [image("image", ".", "docker/Dockerfile", "r.example/app:1")]
        );
        assert_eq!(
            found(&[("web/docker/Dockerfile", "FROM scratch\nCOPY index.html /\n"), ("web/index.html", "")]),
            [image("image", "web", "docker/Dockerfile", "r.example/app:1")]
        );
    }
}
