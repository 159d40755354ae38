//! Projects in temporary directories, built with the tools of this machine.

#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use windlass_engine::ports::plugin::PluginHost as _;
use windlass_model::plugin::{PluginInfo, Power};
use windlass_model::plugin_reference::PluginReference;
use windlass_plugin_host::{Limits, Settings, WasmHost};
use windlass_plugin_kit::{BuildError, Builder, Built, NewPlugin, Tools, new};
use windlass_plugin_test::{Outcome, Subject, Suite};

/// A project that was just written.
pub struct Project {
    directory: TempDir,
    /// What was said while it was built.
    pub said: RefCell<Vec<String>>,
}

impl Project {
    /// Writes one.
    pub fn new(language: &str, kind: &str, powers: &[Power]) -> Self {
        Self::named("vault-scan", language, kind, powers)
    }

    /// Writes one of another name.
    pub fn named(name: &str, language: &str, kind: &str, powers: &[Power]) -> Self {
        let directory = TempDir::new().expect("a directory");
        let powers: Vec<String> = powers.iter().map(ToString::to_string).collect();
        let wanted = NewPlugin { directory: directory.path(), name, kind, language, powers: &powers };
        new(&wanted).unwrap_or_else(|e| panic!("{e}"));
        Self { directory, said: RefCell::default() }
    }

    /// Its directory.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// The text of one of its files.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    /// Changes a file, which must have the text that is replaced.
    pub fn replace(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert!(text.contains(from), "{name} has no {from}: {text}");
        std::fs::write(self.path().join(name), text.replace(from, to)).expect("it is written");
    }

    /// Builds it.
    pub fn build(&self) -> Result<Built, BuildError> {
        self.build_with(&tools())
    }

    /// Builds it with certain tools.
    pub fn build_with(&self, tools: &Tools) -> Result<Built, BuildError> {
        let say = |line: &str| self.said.borrow_mut().push(line.to_owned());
        Builder { tools, say: &say }.build(self.path())
    }

    /// Builds it; the words of the error otherwise.
    #[track_caller]
    pub fn built(&self) -> Built {
        self.build().unwrap_or_else(|e| panic!("{}", words(&e)))
    }
}

/// An error with its sources.
pub fn words(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}

/// The tools of this machine, with a cache that outlives a test.
pub fn tools() -> Tools {
    let path = std::env::var_os("PATH").expect("PATH");
    Tools { path, cache: Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugin-kit") }
}

/// What windlass says of a plugin.
pub fn inspect(component: &Path) -> PluginInfo {
    let settings = Settings { built_in: &[], cache: None, limits: Limits::default() };
    let host = WasmHost::new(settings).expect("WebAssembly starts");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let file = PathBuf::from(component.file_name().expect("a file"));
    let directory = component.parent().expect("a directory");
    let reference = PluginReference::File(format!("./{}", file.display()));
    runtime.block_on(host.inspect(&reference, directory)).unwrap_or_else(|e| panic!("{}", words(&e)))
}

/// What fails of `windlass plugin test`.
pub fn failures(component: &Path, cases: &Path) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let bytes = std::fs::read(component).expect("it was built");
        let cases = windlass_plugin_test::read(cases).unwrap_or_else(|e| panic!("{e}"));
        let subject = Subject::load(bytes, "./plugin.wasm", None).await.unwrap_or_else(|e| panic!("{e}"));
        let suite = Suite::new(subject, cases, 1);
        let mut failed = Vec::new();
        for test in suite.tests() {
            if let Outcome::Failed(problems) = suite.run(&test).await {
                failed.push(format!("{}: {}", test.name, problems.join("; ")));
            }
        }
        failed
    })
}
