//! Go: the stock compiler makes a core module for WASI, and an adapter of our own takes the place of WASI in the component.
//!
//! The bindings are made by `wit-bindgen-go`. They use a module that the Go proxy does not serve, so the few files of it that they need are
//! written beside them.

pub(crate) mod bindings;

use std::fs;
use std::path::Path;

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};

use super::{BuildError, Builder, write};
use crate::component::ComponentError;
use crate::description::Description;
use crate::tools;
use crate::wit::Narrow;

/// WASI preview 1 as a plugin has it.
const ADAPTER: &str = include_str!("go/adapter.wat");

/// The name under which programs import that.
const WASI: &str = "wasi_snapshot_preview1";

const INSTALL: &str = "install Go 1.24 or later (https://go.dev/dl)";

impl Builder<'_> {
    pub(super) fn go(
        &self,
        directory: &Path,
        build: &Path,
        description: &Description,
        narrow: &Narrow,
    ) -> Result<Vec<u8>, BuildError> {
        let go = self.tools.find("go", "compiles the plugin", INSTALL)?;
        let module = module(directory)?;
        let files = bindings::files(narrow, description.checked.kind, &module);
        let files = files.map_err(|why| BuildError::project(&directory.join("wit"), why))?;
        if bindings::bring_up_to_date(&directory.join(bindings::DIRECTORY), &files)? {
            (self.say)(&format!("{}/ is written anew, as wit/world.wit says", bindings::DIRECTORY));
        }
        let core = build.join("core.wasm");
        let mut command = self.tools.command(go, directory);
        command.env("GOOS", "wasip1").env("GOARCH", "wasm").env("CGO_ENABLED", "0").env("GOWORK", "off");
        // Without what differs from machine to machine. The names of functions stay, because a trap shows them.
        command.args(["build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-w -buildid="]);
        command.arg("-o").arg(&core).arg(format!("./{}", bindings::DIRECTORY));
        tools::run(&mut command)?;
        let core = fs::read(&core).map_err(BuildError::read(&core))?;
        let component = component(narrow, core).map_err(ComponentError::Damaged)?;
        write(&build.join("component.wasm"), &component)?;
        Ok(component)
    }
}

/// The path of the project's module.
fn module(directory: &Path) -> Result<String, BuildError> {
    let path = directory.join("go.mod");
    let text = fs::read_to_string(&path).map_err(BuildError::read(&path))?;
    let line = text.lines().find_map(|line| line.trim().strip_prefix("module "));
    let module = line.map(|rest| rest.split("//").next().unwrap_or_default().trim().trim_matches('"'));
    module.filter(|name| !name.is_empty()).map(str::to_owned).ok_or_else(|| BuildError::project(&path, "it names no module"))
}

/// Makes the core module a component of the plugin's own world.
fn component(narrow: &Narrow, mut core: Vec<u8>) -> Result<Vec<u8>, String> {
    embed_component_metadata(&mut core, &narrow.resolve, narrow.world, StringEncoding::UTF8, false)
        .map_err(|e| format!("{e:#}"))?;
    let adapter = adapter(narrow)?;
    ComponentEncoder::default()
        .validate(true)
        .module(&core)
        .and_then(|encoder| encoder.adapter(WASI, &adapter))
        .and_then(|encoder| encoder.encode())
        .map_err(|e| format!("{e:#}"))
}

/// The adapter, which itself imports `host` for the program's log.
fn adapter(narrow: &Narrow) -> Result<Vec<u8>, String> {
    let version = narrow.version().ok_or("wit/ has no package windlass:plugin")?;
    let host = format!("windlass:plugin/host@{version}");
    let mut adapter = wat::parse_str(ADAPTER.replace("{{host}}", &host)).map_err(|e| e.to_string())?;
    let mut resolve = narrow.resolve.clone();
    let text = format!("package local:adapter;\nworld adapter {{ import {host}; }}\n");
    let package = resolve.push_source("adapter.wit", &text).map_err(|e| format!("{e:#}"))?;
    let world = resolve.select_world(&[package], None).map_err(|e| format!("{e:#}"))?;
    embed_component_metadata(&mut adapter, &resolve, world, StringEncoding::UTF8, false).map_err(|e| format!("{e:#}"))?;
    Ok(adapter)
}
