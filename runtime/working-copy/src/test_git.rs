//! Real repositories for tests, whatever the user's own configuration is.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

pub(crate) type Tested<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Runs Git and gives what it prints.
pub(crate) fn git(directory: &Path, arguments: &[&str]) -> Tested<String> {
    let mut command = Command::new("git");
    command.args(["-c", "user.name=t", "-c", "user.email=t@e", "-c", "protocol.file.allow=always", "-c", "commit.gpgsign=false"]);
    command.args(arguments).current_dir(directory).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// Writes a file and the directories that lead to it.
pub(crate) fn write(root: &Path, name: &str, text: &str) -> Tested {
    let path = root.join(name);
    std::fs::create_dir_all(path.parent().ok_or("no parent")?)?;
    Ok(std::fs::write(path, text)?)
}

/// A repository `name` in a directory, with one commit of these files.
pub(crate) fn repository(base: &TempDir, name: &str, files: &[(&str, &str)]) -> Tested<PathBuf> {
    let root = base.path().canonicalize()?.join(name);
    std::fs::create_dir_all(&root)?;
    git(&root, &["init", "--quiet", "--initial-branch=main"])?;
    for (file, text) in files {
        write(&root, file, text)?;
    }
    git(&root, &["add", "--all", "--force"])?;
    git(&root, &["commit", "--quiet", "--allow-empty", "--message", &format!("the {name} message")])?;
    Ok(root)
}

/// Packs a working copy and unpacks it elsewhere: what a pod has.
pub(crate) fn arrived(base: &TempDir, upload: &crate::Upload) -> Tested<PathBuf> {
    let mut archive = Vec::new();
    crate::pack(upload, &mut archive, |_| {})?;
    let place = base.path().join("arrived");
    if place.exists() {
        std::fs::remove_dir_all(&place)?;
    }
    tar::Archive::new(lz4_flex::frame::FrameDecoder::new(archive.as_slice())).unpack(&place)?;
    Ok(place)
}
