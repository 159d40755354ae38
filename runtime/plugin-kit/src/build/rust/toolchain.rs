//! The two ways to a standard library for the target, and the linker.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::tools::{ToolError, Tools, run};

/// What plugins are compiled for: WebAssembly without an operating system.
pub(super) const TARGET: &str = "wasm32-unknown-unknown";

/// Debian's compiler, and the source of its library.
const DEBIAN: &str = "/usr/bin/rustc";
const DEBIAN_SOURCE: &str = "/usr/lib/rustlib/src/rust/library/std";

const INSTALL: &str =
    "install Rust 1.95 or later with rustup (https://rustup.rs), and `rustup target add wasm32-unknown-unknown`";

/// What compiles and links.
pub(super) struct Toolchain {
    /// Where the linker is.
    linker: PathBuf,
    /// The target's library is installed. Otherwise Debian's compiler makes it.
    installed: bool,
}

impl Toolchain {
    /// Looks for them.
    ///
    /// # Errors
    /// When one is missing, with what installs it.
    pub(super) fn find(tools: &Tools, directory: &Path) -> Result<Self, ToolError> {
        let rustc = tools.find("rustc", "compiles the plugin", INSTALL)?;
        let sysroot = run(tools.command(&rustc, directory).args(["--print", "sysroot"]))?;
        let version = run(tools.command(&rustc, directory).arg("-vV"))?;
        let sysroot = PathBuf::from(String::from_utf8_lossy(&sysroot).trim());
        let version = String::from_utf8_lossy(&version).into_owned();
        let host = version.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
        let libraries = sysroot.join("lib/rustlib");
        let linker = libraries.join(host).join("bin");
        if !linker.join("wasm-component-ld").exists() {
            return Err(ToolError::Incomplete { what: "the linker wasm-component-ld", install: INSTALL });
        }
        let installed = libraries.join(TARGET).exists();
        let made_by_debian = Path::new(DEBIAN).exists() && Path::new(DEBIAN_SOURCE).exists();
        if !installed && !made_by_debian {
            return Err(ToolError::Incomplete {
                what: "the standard library for wasm32-unknown-unknown",
                install: "run `rustup target add wasm32-unknown-unknown`, or on Debian as root \
                          `apt-get install --no-install-recommends rustc-web rust-web-src`",
            });
        }
        Ok(Self { linker, installed })
    }

    /// A directory's name for what it compiles.
    pub(super) fn name(&self) -> &'static str {
        if self.installed { "installed" } else { "debian" }
    }

    /// What to say before it compiles.
    pub(super) fn announcement(&self, shared: &Path) -> &'static str {
        match (shared.join(TARGET).exists(), self.installed) {
            (true, _) => "building with cargo",
            (false, true) => "building with cargo; the first time this compiles the SDK",
            (false, false) => "building with cargo; the first time this compiles Rust's own library, in about a minute",
        }
    }

    /// Makes a command use them.
    pub(super) fn set(&self, command: &mut Command, path: &OsString) {
        command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", self.linker.join("wasm-component-ld"));
        // Where wasm-component-ld finds wasm-ld.
        let own = self.linker.join("gcc-ld");
        let all = std::iter::once(own).chain(std::env::split_paths(path));
        if let Ok(joined) = std::env::join_paths(all) {
            command.env("PATH", joined);
        }
        if !self.installed {
            // A standard library is built by the compiler it belongs to; Debian's is stable, so it must be told to.
            command.env("RUSTC", DEBIAN).env("RUSTC_BOOTSTRAP", "1").arg("-Zbuild-std=std,panic_abort");
        }
    }
}
