//! The program that goes into every supervised container.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

/// Builds it once for all tests.
pub fn agent() -> &'static [u8] {
    static PROGRAM: OnceLock<Vec<u8>> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("agent-{}", std::process::id()));
        let status = Command::new("rustc")
            .args(["--edition", "2024", "-O", "-C", "target-feature=+crt-static", "-C", "strip=symbols", "-o"])
            .arg(&target)
            .arg(here.join("tests/fixtures/first_process.rs"))
            .status();
        assert!(status.as_ref().is_ok_and(std::process::ExitStatus::success), "rustc: {status:?}");
        let program = std::fs::read(&target).unwrap_or_else(|e| panic!("{}: {e}", target.display()));
        std::fs::remove_file(&target).unwrap_or_else(|e| panic!("{}: {e}", target.display()));
        program
    })
}
