//! The working copy that plugins see in tests.

use std::path::{Path, PathBuf};

/// One directory for the test program: what plugins see of it is the same in every test.
pub fn the_workspace() -> &'static Path {
    static WORKSPACE: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    WORKSPACE.get_or_init(workspace)
}

/// What a file of the working copy holds now.
pub fn written(path: &str) -> Option<String> {
    std::fs::read_to_string(the_workspace().join(path)).ok()
}

/// A working copy with a file, and beside it a file that is none of it.
fn workspace() -> PathBuf {
    let base = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("workspace-{}", std::process::id()));
    let copy = base.join("copy");
    std::fs::create_dir_all(&copy).expect("a directory");
    std::fs::write(copy.join("file"), b"inside").expect("a file");
    std::fs::write(copy.join("Dockerfile"), b"FROM alpine:3\nFROM scratch\n").expect("a file");
    std::fs::write(base.join("outside"), b"outside").expect("a file");
    let _ = std::os::unix::fs::symlink("../outside", copy.join("link"));
    let _ = rustix::fs::mkfifoat(rustix::fs::CWD, copy.join("pipe"), rustix::fs::Mode::from_raw_mode(0o600));
    for (path, text) in [
        (".gitignore", ".env\n"),
        (".env", "TOKEN=1"),
        (".git/config", "[core]"),
        ("src/a.c", "int a;"),
        ("windlass.yaml", "policy: {}"),
        // A plugin by another name.
        ("tools/scan", "\0asm\r\0\u{1}\0"),
    ] {
        let path = copy.join(path);
        std::fs::create_dir_all(path.parent().expect("it lies in the copy")).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }
    let _ = std::os::unix::fs::symlink(".env", copy.join("link-to-env"));
    let _ = std::os::unix::fs::symlink(".git", copy.join("link-to-git"));
    copy
}
