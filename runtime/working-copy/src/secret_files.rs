//! The files that values of secrets are read from. None of them travels with the working copy, unless it is committed as it is: then
//! everybody who can read the repository has it already.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use crate::git::{Git as _, Program};

/// Files that values are read from, as they were named, each with the secrets that it holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecretFiles {
    files: BTreeMap<PathBuf, BTreeSet<String>>,
}

/// One of them that lies in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretFile {
    /// Its place, relative to the project.
    pub path: PathBuf,
    /// The names of the secrets that it holds.
    pub secrets: BTreeSet<String>,
    /// What Git says of it.
    pub standing: Standing,
}

/// What Git says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It tracks the file, and the last commit has just this content.
    Committed,
    /// The last commit has another content: a template that the user has filled in, or what a filter makes of the file.
    Changed,
    /// The next commit will have it.
    Staged,
    /// It ignores the file.
    Ignored,
    /// It knows the file not at all, or nothing is known of Git.
    New,
}

impl SecretFiles {
    /// Those of a run that reads no secret from a file.
    pub const fn none() -> Self {
        Self { files: BTreeMap::new() }
    }

    /// Adds a file; a relative path counts from the directory that windlass works in.
    pub fn add(&mut self, file: &Path, secret: &str) {
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        self.files.entry(file).or_default().insert(secret.to_owned());
    }

    /// Those that lie in a project, in order.
    pub fn within(&self, root: &Path) -> Vec<SecretFile> {
        let Ok(root) = root.canonicalize() else { return Vec::new() };
        let mut found: BTreeMap<PathBuf, BTreeSet<String>> = BTreeMap::new();
        for source in self.look().0 {
            if let Ok(path) = source.place.strip_prefix(&root) {
                found.entry(path.to_owned()).or_default().extend(source.secrets);
            }
        }
        let file = |(path, secrets): (PathBuf, _)| SecretFile { standing: Standing::of(&root.join(&path)), path, secrets };
        found.into_iter().map(file).collect()
    }

    /// Finds out which files these are now, links followed. Directories, pipes and devices are none.
    pub fn look(&self) -> Sources {
        let source = |(path, secrets): (&PathBuf, &BTreeSet<String>)| {
            let metadata = path.metadata().ok().filter(std::fs::Metadata::is_file)?;
            let place = path.canonicalize().ok()?;
            Some(Source { place, id: (metadata.dev(), metadata.ino()), secrets: secrets.clone(), blobs: OnceLock::new() })
        };
        Sources(self.files.iter().filter_map(source).collect())
    }
}

/// Which files hold secrets at a moment.
#[derive(Debug, Clone, Default)]
pub struct Sources(Vec<Source>);

#[derive(Debug, Clone)]
struct Source {
    /// Where it lies, without links.
    place: PathBuf,
    /// Its device and number there: another name of the same file (a hard link) has them too.
    id: (u64, u64),
    secrets: BTreeSet<String>,
    /// Where Git keeps what was once staged of it, below a directory `objects`. Git is asked only where something may be such an object: a plan
    /// looks at none.
    blobs: OnceLock<Vec<PathBuf>>,
}

/// The objects of a file's content, unless the last commit has it.
fn blobs(place: &Path) -> Vec<PathBuf> {
    let (Some(directory), Some(name)) = (place.parent(), place.file_name().and_then(|name| name.to_str())) else {
        return Vec::new();
    };
    if Standing::of(place) == Standing::Committed {
        return Vec::new();
    }
    let Ok(git) = Program::of(directory) else { return Vec::new() };
    let object = |how: &[&str]| {
        let id = content_id(&git, place, name, how)?;
        let (first, rest) = id.split_at_checked(2)?;
        Some(Path::new("objects").join(first).join(rest))
    };
    // With and without what Git does to the ends of lines.
    [&[][..], &["--no-filters"]].into_iter().filter_map(object).collect()
}

/// The name that Git gives a file's content. Git reads whatever is there to its end, a pipe or a terabyte too, so it is asked about nothing
/// that is larger than the value of any secret.
fn content_id(git: &Program, path: &Path, name: &str, how: &[&str]) -> Option<String> {
    path.symlink_metadata().ok().filter(|metadata| metadata.is_file() && metadata.len() <= windlass_files::TEXT)?;
    let id = git.ask(&[&["hash-object"][..], how, &["--", name]].concat()).ok()??;
    Some(id.trim().to_owned())
}

impl Sources {
    /// Whether a file stays on the machine: it is the source of a secret, and not committed. A link is none; it travels as a link.
    pub fn keep(&self, path: &Path) -> bool {
        self.have(path) && Standing::of(path) != Standing::Committed
    }

    /// Whether a file is the source of a secret.
    fn have(&self, path: &Path) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let Some(metadata) = path.symlink_metadata().ok().filter(std::fs::Metadata::is_file) else { return false };
        let id = (metadata.dev(), metadata.ino());
        // One that was replaced since then has another number.
        let same_place = |source: &Source| {
            source.place.file_name() == path.file_name() && path.canonicalize().is_ok_and(|place| place == source.place)
        };
        let objects = || path.parent().and_then(Path::parent).is_some_and(|directory| directory.ends_with("objects"));
        let staged = |source: &Source| {
            objects() && source.blobs.get_or_init(|| blobs(&source.place)).iter().any(|blob| path.ends_with(blob))
        };
        self.0.iter().any(|source| source.id == id || same_place(source) || staged(source))
    }
}

impl Standing {
    /// Asks Git, in the file's directory: the innermost repository has the say.
    fn of(path: &Path) -> Self {
        let (Some(directory), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
            return Self::New;
        };
        let Ok(git) = Program::of(directory) else { return Self::New };
        let literal = format!(":(literal){name}");
        let knows = |command: &[&str]| git.list(&[command, &["--", &literal]].concat()).is_ok_and(|found| !found.is_empty());
        if knows(&["ls-files", "-z", "--cached"]) {
            // The content itself is compared, for Git can be told to take a file for unchanged.
            let committed = git.ask(&["rev-parse", "--verify", "--quiet", &format!("HEAD:./{name}")]).ok().flatten();
            return match (committed, content_id(&git, path, name, &["--no-filters"])) {
                (None, _) => Self::Staged,
                (Some(committed), Some(here)) if committed.trim() == here => Self::Committed,
                (Some(_), _) => Self::Changed,
            };
        }
        let ignored = matches!(git.ask(&["check-ignore", "--quiet", "--", name]), Ok(Some(_)));
        if ignored { Self::Ignored } else { Self::New }
    }
}

impl SecretFile {
    /// Whether it stays because it holds a secret, and for no other reason: this has to be told.
    pub fn is_left_out(&self) -> bool {
        matches!(self.standing, Standing::New | Standing::Staged | Standing::Changed)
    }

    /// What everybody should know of one that is committed.
    pub fn alarm(&self) -> Option<String> {
        let path = self.path.display();
        let holds = self.in_words();
        let words = format!(
            "{path} is committed and holds {holds}: everybody who can read the repository has it. Replace the secret by a new one, and \
             keep that outside of the repository"
        );
        (self.standing == Standing::Committed).then_some(words)
    }

    /// The secrets, in words.
    pub fn in_words(&self) -> String {
        let names: Vec<&str> = self.secrets.iter().map(String::as_str).collect();
        format!("the secret{} {}", if names.len() == 1 { "" } else { "s" }, names.join(", "))
    }
}

/// What is left out.
impl fmt::Display for SecretFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        write!(f, "{path}, the source of {}", self.in_words())?;
        match self.standing {
            Standing::Staged => write!(f, " (the next commit would publish it: git rm --cached {path})"),
            Standing::Changed => write!(f, " (the last commit has another content of it, which is not sent either)"),
            Standing::Committed | Standing::Ignored | Standing::New => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
