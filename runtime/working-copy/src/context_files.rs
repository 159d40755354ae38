//! The files of a build context: what they hold, for a name that says so, and an archive of them for an engine.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use sha2::{Digest as _, Sha256};
use tar::Builder;
use windlass_model::digest::Digest;

use crate::entries::Entries;
use crate::entry::{Base, Entry, Source};
use crate::error::PackError;
use crate::pack;
use crate::secret_files::SecretFiles;
use crate::selection::Selection;

/// What a file of the working copy holds, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// The SHA-256 of what it holds (of a link: where it leads), and of whether it may be executed.
    pub digest: Digest,
    /// It is a symbolic link.
    pub link: bool,
}

/// The files of a build context, but for those that a `.dockerignore` keeps from builders.
pub struct ContextFiles<'a> {
    workspace: &'a Path,
    secret_files: &'a SecretFiles,
    /// The context's directory, relative to the working copy.
    directory: PathBuf,
    ignored: Gitignore,
}

impl<'a> ContextFiles<'a> {
    /// Those of a directory of the working copy, which has the say on what is part of it. `ignored` is the text of its `.dockerignore`.
    ///
    /// Its patterns are Git's, but for where they start: each at the root. A line that is no pattern ignores nothing, and a file in doubt
    /// is kept.
    pub fn new(workspace: &'a Path, secret_files: &'a SecretFiles, directory: &str, ignored: &str) -> Self {
        let directory = PathBuf::from(if directory == "." { "" } else { directory });
        let root = if directory.as_os_str().is_empty() { workspace.to_owned() } else { workspace.join(&directory) };
        let mut patterns = GitignoreBuilder::new(&root);
        for line in ignored.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let (not, pattern) = line.strip_prefix('!').map_or(("", line), |pattern| ("!", pattern));
            let pattern = pattern.trim_start_matches("./").trim_start_matches('/');
            if patterns.add_line(None, &format!("{not}/{pattern}")).is_err() {
                tracing::debug!(line, "a line of .dockerignore is not understood");
            }
        }
        Self { workspace, secret_files, directory, ignored: patterns.build().unwrap_or_else(|_| Gitignore::empty()) }
    }

    /// What they hold, by their paths: all of them but Git's own, or those at or below the paths in `below`.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn contents(&self, below: Option<&[String]>) -> Result<BTreeMap<String, Content>, PackError> {
        let wanted = |path: &Path| match below {
            Some(paths) => paths.iter().any(|above| path.starts_with(above)),
            None => !path.starts_with(".git"),
        };
        let mut contents = BTreeMap::new();
        self.each(|entry, relative| {
            let read = |source| PackError::Read { path: entry.place(), source };
            if wanted(relative)
                && let Some(content) = content(entry).map_err(read)?
            {
                contents.insert(relative.display().to_string(), content);
            }
            Ok(())
        })?;
        Ok(contents)
    }

    /// An archive of them, for a builder that knows the context by nothing else. `dockerfile` is part of it in any case.
    ///
    /// # Errors
    /// When a file cannot be read or `out` does not take the archive.
    pub fn archive(&self, dockerfile: &str, out: impl Write) -> Result<(), PackError> {
        let mut archive = Builder::new(out);
        let mut has_dockerfile = false;
        // No text of this run can hold what is not sent.
        let mut add = |entry: &Entry, relative: &Path| pack::append(&mut archive, entry, relative, |_| {}).map(|_| ());
        self.each(|entry, relative| {
            has_dockerfile |= relative == Path::new(dockerfile);
            add(entry, relative)
        })?;
        if !has_dockerfile {
            // Seen from the working copy, so that no link leads out of it.
            let name = self.directory.join(dockerfile);
            let source = Source::Path(Base::open(self.workspace)?, name.clone());
            add(&Entry { name, source }, Path::new(dockerfile))?;
        }
        let mut out = archive.into_inner().map_err(PackError::Write)?;
        out.flush().map_err(PackError::Write)
    }

    fn each(&self, mut see: impl FnMut(&Entry, &Path) -> Result<(), PackError>) -> Result<(), PackError> {
        let selection = Arc::new(Selection::of(self.workspace, self.secret_files)?);
        for entry in Entries::of(self.workspace, &selection, &BTreeSet::new())? {
            let entry = entry?;
            let Ok(relative) = entry.name.strip_prefix(&self.directory) else { continue };
            let is_directory = entry.place().symlink_metadata().is_ok_and(|data| data.is_dir());
            if relative.as_os_str().is_empty() || is_directory {
                continue;
            }
            if !self.ignored.matched_path_or_any_parents(relative, false).is_ignore() {
                see(&entry, relative)?;
            }
        }
        Ok(())
    }
}

/// `None` for what has no place in a working copy.
fn content(entry: &Entry) -> io::Result<Option<Content>> {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::fs::PermissionsExt as _;
    let mut hash = Sha256::new();
    let (base, relative) = match &entry.source {
        Source::Path(base, relative) => (base, relative),
        Source::Text(text) => {
            hash.update(b"file ");
            hash.update(text);
            return Ok(Some(Content { digest: Digest::from_sha256(hash.finalize().into()), link: false }));
        }
    };
    let path = base.root.join(relative);
    let metadata = path.symlink_metadata()?;
    if metadata.is_symlink() {
        hash.update(b"link ");
        hash.update(std::fs::read_link(path)?.as_os_str().as_bytes());
    } else if metadata.is_file() {
        hash.update(if metadata.permissions().mode() & 0o111 == 0 { b"file " } else { b"prog " });
        let mut file = base.tree.file(relative, false)?;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                read => hash.update(buffer.get(..read).unwrap_or_default()),
            }
        }
    } else {
        return Ok(None);
    }
    Ok(Some(Content { digest: Digest::from_sha256(hash.finalize().into()), link: metadata.is_symlink() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> Result<tempfile::TempDir, Box<dyn std::error::Error>> {
        let project = tempfile::tempdir()?;
        for (name, text) in [("Dockerfile", "FROM a"), ("src/a", "a"), ("src/b.log", "b"), ("docs/c", "c"), (".git/HEAD", "ref")]
        {
            let path = project.path().join(name);
            std::fs::create_dir_all(path.parent().ok_or("no parent")?)?;
            std::fs::write(path, text)?;
        }
        std::os::unix::fs::symlink("src/a", project.path().join("link"))?;
        Ok(project)
    }

    #[test]
    fn contents_are_those_that_builders_get() -> Result<(), Box<dyn std::error::Error>> {
        let project = project()?;
        let names = |ignored: &str, below: Option<&[String]>| -> Result<Vec<String>, PackError> {
            Ok(ContextFiles::new(project.path(), &SecretFiles::none(), ".", ignored).contents(below)?.into_keys().collect())
        };
        assert_eq!(names("", None)?, ["Dockerfile", "docs/c", "link", "src/a", "src/b.log"]);
        assert_eq!(names("# why\ndocs\n**/*.log\na\n", None)?, ["Dockerfile", "link", "src/a"]);
        assert_eq!(names("src\n!src/a\n", None)?, ["Dockerfile", "docs/c", "link", "src/a"]);
        assert_eq!(names("", Some(&["src".to_owned()]))?, ["src/a", "src/b.log"]);
        assert!(ContextFiles::new(project.path(), &SecretFiles::none(), ".", "").contents(None)?["link"].link);
        Ok(())
    }

    #[test]
    fn what_is_no_part_of_the_working_copy_is_no_part_of_a_context_in_it() -> Result<(), Box<dyn std::error::Error>> {
        let project = project()?;
        std::fs::write(project.path().join(".gitignore"), "*.log\n")?;
        let contents = ContextFiles::new(project.path(), &SecretFiles::none(), "src", "").contents(None)?;
        assert_eq!(contents.into_keys().collect::<Vec<_>>(), ["a"]);
        Ok(())
    }

    #[test]
    fn a_change_of_text_or_mode_is_another_content() -> Result<(), Box<dyn std::error::Error>> {
        use std::os::unix::fs::PermissionsExt as _;
        let project = project()?;
        let file = project.path().join("src/a");
        let digest = || -> Result<Digest, PackError> {
            Ok(ContextFiles::new(project.path(), &SecretFiles::none(), ".", "").contents(None)?["src/a"].digest.clone())
        };
        let before = digest()?;
        assert_eq!(digest()?, before);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755))?;
        let program = digest()?;
        std::fs::write(&file, "other")?;
        assert!(before != program && program != digest()?);
        Ok(())
    }

    #[test]
    fn an_archive_has_its_dockerfile_even_when_that_is_ignored() -> Result<(), Box<dyn std::error::Error>> {
        let project = project()?;
        let mut bytes = Vec::new();
        ContextFiles::new(project.path(), &SecretFiles::none(), ".", "*\n!src/a\n").archive("Dockerfile", &mut bytes)?;
        let mut archive = tar::Archive::new(bytes.as_slice());
        let mut names = Vec::new();
        for entry in archive.entries()? {
            names.push(entry?.path()?.display().to_string());
        }
        assert_eq!(names, ["src/a", "Dockerfile"]);
        Ok(())
    }
}
