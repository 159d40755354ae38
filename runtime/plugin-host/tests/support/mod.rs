//! A plugin host with freshly built plugins, and a backend whose containers are this machine.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

pub mod backend;
#[path = "../../../../tests/support/kind.rs"]
mod kind;
pub mod process;
pub mod workspace;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};

use serde_json::Value;
use windlass_engine::ports::plugin::{PluginError, PluginHost as _, StepInput, StepResult};
use windlass_model::plan::PluginCall;
use windlass_model::plugin::{Grants, PluginInfo, PluginKind, Power, Powers};
use windlass_model::plugin_reference::PluginReference;
use windlass_model::secret::SecretName;
use windlass_plugin_host::{Limits, Settings, WasmHost};

use backend::Local;

/// The built-in plugins and the misbehaving one, built once for each test program.
pub fn built_in() -> &'static [(&'static str, &'static [u8])] {
    static BUILT: OnceLock<&'static [(&'static str, &'static [u8])]> = OnceLock::new();
    BUILT.get_or_init(|| {
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("guests");
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        build(&repository, std::slice::from_ref(&out));
        build(&repository, &[out.clone(), repository.join("plugins/fixtures/misbehaving")]);
        let plugins = [
            "buildah",
            "buildkit",
            "docker-build",
            "docker-push",
            "image-lookup",
            "kaniko",
            "makisu",
            "misbehaving",
            "oci-push",
            "registry-login",
            "shell",
        ]
        .map(|name| {
            let bytes = std::fs::read(out.join(format!("{name}.wasm"))).expect("the script leaves each plugin");
            (name, &*bytes.leak())
        });
        &*plugins.to_vec().leak()
    })
}

/// The config plugins of the fixtures, built once for each test program.
pub fn generators() -> &'static [(&'static str, &'static [u8])] {
    static BUILT: OnceLock<&'static [(&'static str, &'static [u8])]> = OnceLock::new();
    BUILT.get_or_init(|| {
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("generators");
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let names = ["generator", "plain-generator"];
        let crates = names.map(|name| repository.join("plugins/fixtures").join(name));
        build(&repository, &[&[out.clone()][..], &crates].concat());
        let plugins = names.map(|name| (name, &*std::fs::read(out.join(format!("{name}.wasm"))).expect("it was built").leak()));
        &*plugins.to_vec().leak()
    })
}

/// The plugin in `examples/plugins`, as its author would build it: the directory and the path for `uses:`.
pub fn example() -> (PathBuf, String) {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("example");
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    build(&repository, &[out.clone(), repository.join("examples/plugins/pinned-images")]);
    (out, "./pinned-images.wasm".to_owned())
}

fn build(repository: &Path, arguments: &[PathBuf]) {
    let mut command = Command::new(repository.join("plugins/build.sh"));
    // What cargo says about this build does not hold for another target.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO") && name != "CARGO_HOME") {
            command.env_remove(name);
        }
    }
    let done = command.args(arguments).output().expect("the build script starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// A host with these limits, without a cache.
pub fn host(limits: Limits) -> WasmHost {
    WasmHost::new(Settings { built_in: built_in(), cache: None, limits }).expect("wasmtime runs here")
}

/// The same with the config plugins of the fixtures.
pub fn host_of_generators(limits: Limits) -> WasmHost {
    WasmHost::new(Settings { built_in: generators(), cache: None, limits }).expect("wasmtime runs here")
}

pub async fn inspect(host: &WasmHost, name: &str) -> PluginInfo {
    let reference = PluginReference::BuiltIn(name.to_owned());
    host.inspect(&reference, Path::new("/")).await.expect("it is built in")
}

/// The misbehaving plugin as one of a kind, from a file: not one that windlass carries.
pub async fn hostile(host: &WasmHost, kind: PluginKind) -> PluginInfo {
    let (_, component) = built_in().iter().find(|(name, _)| *name == "misbehaving").expect("it is built");
    let directory = tempfile::tempdir().expect("a directory");
    std::fs::write(directory.path().join("hostile.wasm"), kind::as_kind(component, &kind.to_string())).expect("a file");
    let reference = PluginReference::File("./hostile.wasm".into());
    host.inspect(&reference, directory.path()).await.expect("it is a plugin of that kind")
}

/// Every power, and the secret `TOKEN`.
pub fn everything() -> Grants {
    Grants {
        powers: powers(&Power::ALL),
        secrets: vec![SecretName::new("TOKEN").expect("a name")],
        files: Vec::new(),
        signers: Vec::new(),
    }
}

/// These powers without limits.
pub fn powers(list: &[Power]) -> Powers {
    let mut powers = Powers::default();
    list.iter().for_each(|power| powers.add(*power));
    powers
}

/// Runs a plugin in the container `main`.
pub async fn run(
    host: &WasmHost,
    name: &str,
    request: Value,
    grants: Grants,
    input: StepInput,
    backend: &Arc<Local>,
) -> Result<StepResult, PluginError> {
    let plugin = inspect(host, name).await;
    let call = PluginCall { plugin, request, container: "main".into(), grants, own_containers: BTreeSet::new(), build: None };
    host.run(&call, input, Arc::clone(backend) as _).await
}
