//! Plugins of this repository, built once for each test program.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

use std::path::{Path, PathBuf};
use std::process::Command;

use windlass_plugin_test::{Case, Outcome, Subject, Suite};

/// The root of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Builds plugins as `plugins/build.sh` does: the built-in ones, or those in these directories. Answers with where they are.
pub fn built(crates: &[&str]) -> PathBuf {
    let name = crates.first().map_or("built-in", |name| name.rsplit('/').next().unwrap_or(name));
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("plugins-{name}"));
    let mut command = Command::new(repository().join("plugins/build.sh"));
    // What cargo says about this build does not hold for another target.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO") && name != "CARGO_HOME") {
            command.env_remove(name);
        }
    }
    command.arg(&out).args(crates.iter().map(|name| repository().join(name)));
    let done = command.output().expect("the build script starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    out
}

/// A suite over a component.
pub async fn suite(component: Vec<u8>, cases: Vec<Case>) -> Suite {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled");
    let subject = Subject::load(component, "./plugin.wasm", Some(cache)).await.unwrap_or_else(|e| panic!("{e}"));
    Suite::new(subject, cases, 1)
}

/// What failed of a suite, each test with what it says.
pub async fn failures(suite: &Suite) -> Vec<String> {
    let mut failed = Vec::new();
    for test in suite.tests() {
        if let Outcome::Failed(problems) = suite.run(&test).await {
            failed.push(format!("{}: {}", test.name, problems.join("; ")));
        }
    }
    failed
}
