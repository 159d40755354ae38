//! Builds what the binary carries, by the script beside this one, and lists the plugins.

use std::env;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The repository, as seen from this crate.
const REPOSITORY: &str = "../..";

/// What the results depend on, relative to the repository.
const SOURCES: [&str; 9] = [
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    "wit",
    "plugins",
    "runtime/agent",
    "runtime/assets/build.sh",
    "runtime/mover",
    "runtime/redact",
];

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?);
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or("cargo sets CARGO_MANIFEST_DIR")?);
    let repository = here.join(REPOSITORY).canonicalize()?;
    for source in SOURCES {
        // Not absolute: checkouts that share a target directory would take one another's plugins for their own.
        println!("cargo::rerun-if-changed={REPOSITORY}/{source}");
    }
    println!("cargo::rerun-if-env-changed=WINDLASS_CACHE");
    println!("cargo::rerun-if-env-changed=WINDLASS_BUILD_CACHE");

    let plugins = out.join("plugins");
    // A plugin that is no more must not be carried on.
    if plugins.exists() {
        fs::remove_dir_all(&plugins)?;
    }
    run(&repository, "runtime/assets/build.sh", &out)?;
    fs::write(out.join("plugins.rs"), list(&plugins)?)?;
    Ok(())
}

/// Runs a build script, without the settings that cargo made for this build: its target and flags are others.
fn run(repository: &Path, script: &str, output: &Path) -> Result<(), Box<dyn Error>> {
    let mut command = Command::new(repository.join(script));
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_of_this_build) {
            command.env_remove(name);
        }
    }
    let done = command.arg(output).current_dir(repository).stdin(Stdio::null()).stderr(Stdio::inherit()).output()?;
    if done.status.success() {
        return Ok(());
    }
    Err(format!("{script} failed ({}); its messages are above. If a compiler is missing: make setup", done.status).into())
}

fn is_of_this_build(name: &str) -> bool {
    let of_the_user = ["CARGO_HOME", "CARGO_HTTP_", "CARGO_NET_", "CARGO_REGISTR"];
    let of_cargo = ["CARGO", "RUSTC", "RUSTFLAGS", "RUSTDOC", "CLIPPY", "DEP_", "MAKEFLAGS", "MFLAGS"];
    let exactly = ["TARGET", "HOST", "PROFILE", "OPT_LEVEL", "DEBUG", "NUM_JOBS", "OUT_DIR", "LD_LIBRARY_PATH"];
    exactly.contains(&name)
        || of_cargo.iter().any(|prefix| name.starts_with(prefix)) && !of_the_user.iter().any(|prefix| name.starts_with(prefix))
}

/// Rust source of the list of plugins, by the names of their files.
fn list(plugins: &Path) -> Result<String, Box<dyn Error>> {
    let mut files = fs::read_dir(plugins)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
    files.sort();
    let mut source = String::from("&[\n");
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "wasm")) {
        let name = file.file_stem().and_then(|stem| stem.to_str()).ok_or("the plugins' names are UTF-8")?;
        writeln!(source, "    ({name:?}, include_bytes!({:?})),", file.to_str().ok_or("the build directory's path is UTF-8")?)?;
    }
    source.push(']');
    Ok(source)
}
