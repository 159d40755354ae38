//! JavaScript: one program, which brings QuickJS along and takes a snapshot of it after the module was read.

mod exports;
mod names;

use std::fs;
use std::path::Path;

use windlass_model::plugin::PluginKind;

use super::{BuildError, Builder};
use crate::component::ComponentError;
use crate::tools::{self, componentize_qjs};
use crate::wit::WORLD;

pub(super) use names::other_name;

/// The module that exports the plugin.
pub(crate) const ENTRY: &str = "src/plugin.mjs";

const INSTALL: &str = "install Node.js 18 or later (https://nodejs.org)";

impl Builder<'_> {
    pub(super) fn javascript(&self, directory: &Path, build: &Path, kind: PluginKind) -> Result<Vec<u8>, BuildError> {
        let entry = directory.join(ENTRY);
        if !entry.is_file() {
            return Err(BuildError::project(&entry, "there is no such file; it is the module that exports the plugin"));
        }
        let node = self.tools.find("node", "runs componentize-qjs", INSTALL)?;
        let script = componentize_qjs(self.tools, self.say)?;
        let output = build.join("component.wasm");
        let mut command = self.tools.command(node, directory);
        command.arg(script).arg("--wit").arg(build.join("wit")).args(["--world", WORLD]);
        // The smaller interpreter: less to compile on each machine, and a plugin's work is done by what it calls.
        command.args(["--sync", "--stub-wasi", "--opt-size", "--module-root", ".", "--js", ENTRY, "--output"]).arg(&output);
        tools::run(&mut command)?;
        // A mistake in the source is for the compiler to tell; what it takes may still export something else.
        let text = fs::read_to_string(&entry).map_err(BuildError::read(&entry))?;
        exports::check(&text, kind).map_err(|why| BuildError::project(&entry, why))?;
        let component = fs::read(&output).map_err(BuildError::read(&output))?;
        names::given_back(component).map_err(|why| ComponentError::Damaged(why).into())
    }
}
