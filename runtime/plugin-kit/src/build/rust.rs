//! Rust: cargo, for `wasm32-unknown-unknown`, with `wasm-component-ld` as the linker. The SDK puts the manifest into the component.

mod toolchain;

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{BuildError, Builder};
use crate::tools::{ToolError, outputs, run};
use toolchain::{TARGET, Toolchain};

/// What cargo says of the project.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    crate_types: Vec<String>,
}

/// Small code, because it is compiled again on the machine that runs it; with names, because a trap shows them.
const PROFILE: [(&str, &str); 6] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s"),
    ("CARGO_PROFILE_RELEASE_LTO", "true"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1"),
    ("CARGO_PROFILE_RELEASE_PANIC", "abort"),
    ("CARGO_PROFILE_RELEASE_DEBUG", "0"),
    ("CARGO_PROFILE_RELEASE_STRIP", "debuginfo"),
];

const INSTALL: &str = "install Rust 1.95 or later with rustup (https://rustup.rs)";

impl Builder<'_> {
    /// The component, and the warnings of the compiler.
    pub(super) fn rust(&self, directory: &Path) -> Result<(Vec<u8>, String), BuildError> {
        let cargo = self.tools.find("cargo", "builds the plugin", INSTALL)?;
        let (package, library, root) = self.find_library(&cargo, directory)?;
        let toolchain = Toolchain::find(self.tools, directory)?;
        if !root.join("Cargo.lock").exists() {
            run(self.tools.command(&cargo, directory).arg("generate-lockfile"))?;
            (self.say)("Cargo.lock is new: it holds the versions that are built; commit it");
        }

        // All plugins share it: the library of the target and the crates of the SDK are compiled once. Their own files have one name each
        // there, so only one is built at a time, and what an earlier one left is not taken for this one's.
        let shared = self.tools.cache.join("rust").join(toolchain.name());
        let cannot = |source| ToolError::Cache { path: shared.clone(), source };
        fs::create_dir_all(&shared).map_err(cannot)?;
        let lock = File::create(shared.join("windlass.lock")).map_err(cannot)?;
        lock.lock().map_err(cannot)?;
        let release = shared.join(TARGET).join("release");
        let file = format!("{}.wasm", library.replace('-', "_"));
        for left in [release.join(&file), release.join("deps").join(&file)] {
            match fs::remove_file(&left) {
                Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(BuildError::written(&left)(e)),
                _ => {}
            }
        }

        (self.say)(toolchain.announcement(&shared));
        let mut command = self.tools.command(&cargo, directory);
        command.envs(PROFILE).env("CARGO_TARGET_DIR", &shared).env("CARGO_ENCODED_RUSTFLAGS", flags());
        command.args(["build", "--quiet", "--locked", "--release", "--target", TARGET, "--package", &package]);
        toolchain.set(&mut command, &self.tools.path);
        let (_, warnings) = match outputs(&mut command) {
            // Another version of the project, or another dependency: what is locked of the others stays.
            Err(ToolError::Failed { output, .. }) if output.contains("--locked") => {
                run(self.tools.command(&cargo, directory).args(["update", "--workspace", "--quiet"]))?;
                (self.say)("Cargo.lock has changed with Cargo.toml; commit it");
                outputs(&mut command)?
            }
            done => done?,
        };
        let built = release.join(&file);
        Ok((fs::read(&built).map_err(BuildError::read(&built))?, warnings))
    }

    /// The package of the directory, its library, and the root of its workspace.
    fn find_library(&self, cargo: &Path, directory: &Path) -> Result<(String, String, PathBuf), BuildError> {
        let manifest = directory.join("Cargo.toml");
        let said = run(self.tools.command(cargo, directory).args(["metadata", "--no-deps", "--format-version=1"]))?;
        let metadata: Metadata = serde_json::from_slice(&said)
            .map_err(|e| BuildError::project(&manifest, format!("cargo metadata is not understood: {e}")))?;
        let package = metadata.packages.into_iter().find(|package| same_file(&package.manifest_path, &manifest));
        let package =
            package.ok_or_else(|| BuildError::project(&manifest, "it is no package; build in the package's directory"))?;
        let mut targets = package.targets.into_iter();
        let library = targets.find(|target| target.crate_types.iter().any(|kind| kind == "cdylib")).ok_or_else(|| {
            BuildError::project(&manifest, "its library is no `cdylib`; write `crate-type = [\"cdylib\", \"rlib\"]` under [lib]")
        })?;
        Ok((package.name, library.name, metadata.workspace_root))
    }
}

fn same_file(one: &Path, other: &Path) -> bool {
    fs::canonicalize(one).ok().is_some_and(|one| fs::canonicalize(other).ok() == Some(one))
}

/// Paths of this machine would get into the messages of panics, and make the component another one on each machine.
fn flags() -> OsString {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| std::env::home_dir().map(|home| home.join(".cargo"))).unwrap_or_default();
    let mut flag = OsString::from("--remap-path-prefix=");
    flag.push(home);
    flag.push("=/cargo");
    flag
}
