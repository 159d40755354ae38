use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;
use std::sync::Mutex;

use super::*;
use crate::rules::IGNORE_FILE;

type Tested = Result<(), Box<dyn std::error::Error>>;

fn names(archive: &[u8]) -> Vec<String> {
    let mut tar = tar::Archive::new(lz4_flex::frame::FrameDecoder::new(archive));
    let entries = tar.entries().unwrap_or_else(|e| panic!("{e}"));
    entries.map(|e| e.unwrap_or_else(|e| panic!("{e}")).path().unwrap_or_else(|e| panic!("{e}")).display().to_string()).collect()
}

#[test]
fn ignored_files_stay_and_everything_else_goes() -> Tested {
    let dir = tempfile::tempdir()?;
    let root = dir.path();
    std::fs::create_dir_all(root.join("src"))?;
    std::fs::create_dir_all(root.join(".git"))?;
    std::fs::write(root.join(".gitignore"), "target\n")?;
    std::fs::write(root.join(IGNORE_FILE), "*.iso\n")?;
    std::fs::write(root.join("target"), "x")?;
    std::fs::write(root.join("big.iso"), "x")?;
    std::fs::write(root.join("src/main.c"), "int main;")?;
    std::fs::write(root.join(".git/HEAD"), "ref")?;
    symlink("src/main.c", root.join("link"))?;
    let mut archive = Vec::new();
    pack(&Upload::of(root), &mut archive, |_| {})?;
    let expected = [".git", ".git/HEAD", ".gitignore", ".windlassignore", "link", "src", "src/main.c"];
    assert_eq!(names(&archive), expected);
    Ok(())
}

fn git(directory: &Path, arguments: &[&str]) -> Result<String, Box<dyn std::error::Error>> {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(directory).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let output = command.output()?;
    if !output.status.success() {
        return Err(format!("git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

/// A pipe would keep whoever opens it, and the pod would wait for ever.
#[test]
fn what_is_no_file_stays_and_holds_up_nobody() -> Tested {
    let dir = tempfile::tempdir()?;
    rustix::fs::mkfifoat(rustix::fs::CWD, dir.path().join("pipe"), rustix::fs::Mode::from_raw_mode(0o600))?;
    let _listener = UnixListener::bind(dir.path().join("socket"))?;
    symlink("/dev/zero", dir.path().join("zero"))?;
    std::fs::write(dir.path().join("file"), "x")?;
    let mut archive = Vec::new();
    pack(&Upload::of(dir.path()), &mut archive, |_| {})?;
    assert_eq!(names(&archive), ["file", "zero"], "a link goes as a link");
    Ok(())
}

/// A clone with a token in its address, one in a header, a submodule and a second working tree with another each: what arrives is a
/// repository whose remotes work, without any of them, and each is known before the first byte is sent.
#[test]
fn a_clone_arrives_without_its_tokens() -> Tested {
    let dir = tempfile::tempdir()?;
    let root = dir.path().join("copy");
    std::fs::create_dir_all(root.join("lib"))?;
    for repository in [root.clone(), root.join("lib")] {
        git(&repository, &["init", "--quiet"])?;
        git(&repository, &["-c", "user.name=t", "-c", "user.email=t@e", "commit", "--quiet", "--allow-empty", "--message=x"])?;
    }
    // As a submodule has it: its repository lies in the outer one's.
    std::fs::create_dir_all(root.join(".git/modules"))?;
    std::fs::rename(root.join("lib/.git"), root.join(".git/modules/lib"))?;
    std::fs::write(root.join("lib/.git"), "gitdir: ../.git/modules/lib\n")?;
    git(&root, &["remote", "add", "origin", "https://x-access-token:ghp_outer@github.com/corp/app.git"])?;
    git(&root, &["config", "http.https://github.com/.extraheader", "AUTHORIZATION: basic eDpnaHNfaGVhZGVy"])?;
    git(&root.join("lib"), &["remote", "add", "origin", "https://ghp_inner@github.com/corp/lib.git"])?;
    git(&root, &["config", "extensions.worktreeConfig", "true"])?;
    git(&root, &["config", "--worktree", "credential.helper", "!echo password=worktree-pass"])?;
    // A branch of this name is no configuration.
    git(&root, &["branch", "config"])?;
    let known = Mutex::new(Vec::new());
    let mut archive = Vec::new();
    pack(&Upload::of(&root), &mut archive, |credentials| {
        known.lock().map(|mut known| known.extend_from_slice(credentials)).unwrap_or_default()
    })?;
    let known = known.into_inner()?;
    for secret in ["ghp_outer", "ghp_inner", "ghs_header", "eDpnaHNfaGVhZGVy", "worktree-pass"] {
        assert!(known.iter().any(|value| value == secret), "{secret} is not known: {known:?}");
    }
    let arrived = dir.path().join("arrived");
    tar::Archive::new(lz4_flex::frame::FrameDecoder::new(archive.as_slice())).unpack(&arrived)?;
    for file in [".git/config", ".git/config.worktree", ".git/modules/lib/config"] {
        let text = std::fs::read_to_string(arrived.join(file))?;
        assert!(!known.iter().any(|secret| text.contains(secret.as_str())), "{file}: {text}");
    }
    assert_eq!(git(&arrived, &["remote", "get-url", "origin"])?, "https://github.com/corp/app.git");
    assert_eq!(git(&arrived.join("lib"), &["remote", "get-url", "origin"])?, "https://github.com/corp/lib.git");
    assert_eq!(git(&arrived, &["rev-parse", "config"])?, git(&root, &["rev-parse", "config"])?);
    Ok(())
}

/// What is not there any more cannot be made up: a step would go on with zeros.
#[test]
fn a_file_that_shrinks_while_it_is_read_is_an_error() -> Tested {
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("log");
    std::fs::write(&path, "four")?;
    let packed = |size| {
        let mut archive = Builder::new(Vec::new());
        let file = File::open(&path)?;
        append_file(&mut archive, Header::new_gnu(), (Path::new("log"), &path), file, size)?;
        Ok::<_, Box<dyn std::error::Error>>(archive.into_inner()?)
    };
    let error = packed(9).err().ok_or("zeros were sent")?;
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    assert!(error.to_string().contains("log") && cause.contains("from 9 to 4 bytes"), "{error}: {cause}");
    // One that grew is sent as it was.
    let archive = packed(3)?;
    let text = archive.get(512..515).ok_or("a short archive")?;
    assert_eq!(text, b"fou");
    Ok(())
}
