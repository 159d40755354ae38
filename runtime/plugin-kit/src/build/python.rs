//! Python: one package, which brings CPython along and takes a snapshot of it after the module was imported.

use std::fs;
use std::path::Path;

use super::{BuildError, Builder, fresh};
use crate::tools::{self, componentize_py};
use crate::wit::WORLD;

/// The module that has the plugin.
pub(crate) const ENTRY: &str = "src/plugin.py";

/// Packages that the author installed beside it, with `pip install --target`.
pub(crate) const PACKAGES: &str = "packages";

const INSTALL: &str = "install Python 3.9 or later with pip (on Debian: apt-get install python3 python3-pip)";

impl Builder<'_> {
    pub(super) fn python(&self, directory: &Path, build: &Path) -> Result<Vec<u8>, BuildError> {
        let entry = directory.join(ENTRY);
        if !entry.is_file() {
            return Err(BuildError::project(&entry, "there is no such file; it is the module that has the plugin"));
        }
        let python = self.tools.find("python3", "runs componentize-py", INSTALL)?;
        let package = componentize_py(self.tools, &python, self.say)?;
        // It takes the packages of the environment that it runs in, so it gets one that has none.
        let environment = build.join("environment");
        fresh(&environment.join("lib/python3/site-packages"))?;
        let output = build.join("component.wasm");
        let mut command = self.tools.command(python, directory);
        command.env("PYTHONPATH", package).env("PYTHONDONTWRITEBYTECODE", "1").env("VIRTUAL_ENV", environment);
        command
            .args(["-c", "import sys, componentize_py; sys.exit(componentize_py.script())", "--wit-path"])
            .arg(build.join("wit"));
        command.args(["--world", WORLD, "componentize", "--stub-wasi", "--python-path", "src"]);
        if directory.join(PACKAGES).is_dir() {
            command.args(["--python-path", PACKAGES]);
        }
        command.arg("--output").arg(&output).arg("plugin");
        (self.say)("building with componentize-py: this takes up to a minute");
        tools::run(&mut command)?;
        fs::read(&output).map_err(BuildError::read(&output))
    }
}
