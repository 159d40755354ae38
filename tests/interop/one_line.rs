//! A platform team and its users: a signed bundle of plugins in four languages, in a registry with TLS and a password, which three
//! repositories use with one line each.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::support::kind::with_changed_manifest;
use super::support::outside::Outside;
use super::support::peers::Guarded;
use super::support::{Outcome, Project, World, kept};
use super::{GRANTS, says};

/// The plugins, by their names in the bundle.
const PLUGINS: [&str; 4] = ["go-step", "javascript-step", "python-step", "rust-step"];

/// The one that asks for more in the next release, and for what.
const GREEDY: (&str, &str) = ("javascript-step", "pod");

/// A platform team at its machine.
struct Team {
    directory: TempDir,
    registry: Guarded,
}

impl Team {
    fn new() -> Self {
        let (directory, registry) = (TempDir::new().expect("a directory"), Guarded::start());
        registry.log_in(&directory.path().join("docker"));
        std::fs::write(directory.path().join("settings.yaml"), registry.settings()).expect("it is written");
        let pair = rcgen::KeyPair::generate().expect("a key");
        for (name, text) in [("ci.key", pair.serialize_pem()), ("ci.pub", pair.public_key_pem())] {
            std::fs::write(directory.path().join(name), text).expect("it is written");
        }
        Self { directory, registry }
    }

    fn docker(&self) -> PathBuf {
        self.directory.path().join("docker")
    }

    fn windlass(&self, arguments: &[&str]) -> Outcome {
        let output = Command::new(env!("CARGO_BIN_EXE_windlass"))
            .args(arguments)
            .env("WINDLASS_SETTINGS", self.directory.path().join("settings.yaml"))
            .current_dir(self.directory.path())
            .env("DOCKER_CONFIG", self.docker())
            .env("XDG_CACHE_HOME", self.directory.path().join("cache"))
            .env("XDG_CONFIG_HOME", self.directory.path().join("config"))
            .env("XDG_CONFIG_DIRS", self.directory.path().join("system"))
            .env("HOME", self.directory.path())
            .output();
        Outcome::new(&output.expect("windlass runs"))
    }

    /// Packs, signs and pushes a release, and sees that it is signed.
    fn releases(&self, version: &str, modest: bool) {
        let directory = format!("plugins-{version}");
        std::fs::create_dir(self.directory.path().join(&directory)).expect("a directory");
        for name in PLUGINS {
            let component = kept::newest(name).component;
            let component = if name == GREEDY.0 && modest { modestly(&component) } else { component };
            std::fs::write(self.directory.path().join(&directory).join(format!("{name}.wasm")), component)
                .expect("it is written");
        }
        let (bundle, place) = (format!("bundle-{version}"), format!("{}/ci/windlass:{version}", self.registry.address));
        self.windlass(&["plugin", "pack", &directory, "--name", "platform", "--tag", version, "--out", &bundle]).exits(0);
        self.windlass(&["plugin", "sign", &bundle, "--key", "ci.key"]).exits(0);
        self.windlass(&["plugin", "push", &bundle, &place]).exits(0);
        self.windlass(&["plugin", "verify", &format!("oci://{place}"), "--key", "ci.pub"]).exits(0);
    }

    /// A repository: one line in `windlass.yaml`, and a task with a step for each of these plugins.
    fn repository(&self, range: &str, plugins: &[&str]) -> Project {
        let steps: String = plugins
            .iter()
            .map(|name| {
                format!("  {}_step: {{uses: corp/{name}, with: {{name: world, secret: TOKEN}}}}\n", name.replace('-', "_"))
            })
            .collect();
        let task = format!(
            "greet_task:\n  container: {{image: 'docker.io/library/busybox:latest', cpu: 0.2, memory: 128Mb}}\n  \
             env: {{TOKEN: \"ENCRYPTED[x]\"}}\n{steps}"
        );
        let project = Project::new(&[(".cirrus.yml", &task), ("windlass.yaml", &self.line(range))]);
        project.platform(&self.grants());
        project
    }

    fn line(&self, range: &str) -> String {
        format!("bundles: {{corp: \"oci://{}/ci/windlass:{range}\"}}\n", self.registry.address)
    }

    /// What the users' machines say: how the registry is reached, and what the team's bundle may do.
    fn grants(&self) -> String {
        let place = format!("oci://{}/ci/windlass:*", self.registry.address);
        format!("{}plugins: {{\"{place}\": {GRANTS}}}\n", self.registry.settings())
    }
}

/// The same plugin, before it asked for more.
fn modestly(component: &[u8]) -> Vec<u8> {
    with_changed_manifest(component, |manifest| {
        let powers = manifest.get_mut("powers").and_then(Value::as_object_mut).expect("powers");
        powers.remove(GREEDY.1).expect("it asks for that");
    })
}

/// A command in a repository, by somebody who has a login and a cache directory.
fn finish(mut command: Command, docker: &Path, cache: &Path) -> Outcome {
    command.env("DOCKER_CONFIG", docker).env("XDG_CACHE_HOME", cache).env_remove("CI");
    Outcome::new(&command.output().expect("windlass runs"))
}

#[test]
#[ignore = "needs the container engine and the registry that tests/run.sh starts"]
fn a_signed_bundle_serves_repositories_with_one_line_each_and_asks_again_for_more() {
    let mut team = Team::new();
    team.releases("3.0.0", true);
    let (docker, cache) = (team.docker(), TempDir::new().expect("a directory"));
    let outside = Outside::start();
    let run = |project: &Project, arguments: &[&str], docker: &Path, cache: &Path| {
        let mut command = project.run_command(World::Engine, Some("TOKEN"), arguments);
        outside.is_reached_by(&mut command);
        finish(command, docker, cache)
    };
    let repositories =
        [&PLUGINS[..], &["go-step", "rust-step"], &["javascript-step"]].map(|plugins| (team.repository("^3", plugins), plugins));
    for (project, plugins) in &repositories {
        let ran = run(project, &[], &docker, cache.path()).exits(0);
        let greeted =
            ran.events().iter().filter(|event| event["event"] == "plugin_log" && event["message"] == "hello, world").count();
        assert_eq!(greeted, plugins.len(), "{}", ran.everything());
        says(&std::fs::read_to_string(project.path().join("windlass.lock")).expect("a lock"), &["tag: \"3.0.0\""]);
    }

    // The next release asks for more: nobody gets it without a word, and whoever wants it is shown what it is.
    team.releases("3.1.0", false);
    let (project, _) = &repositories[2];
    let lock = || std::fs::read_to_string(project.path().join("windlass.lock")).expect("a lock");
    let before = lock();
    let again = run(project, &[], &docker, cache.path()).exits(0);
    assert!(!again.everything().contains("3.1.0"), "{}", again.everything());
    project.write("windlass.yaml", &team.line("^3.1"));
    let refused = run(project, &[], &docker, cache.path()).exits(2);
    says(&refused.stderr, &["corp/javascript-step", "also asks for pod", "windlass plugin update"]);
    assert_eq!(lock(), before, "nothing is changed");
    let update =
        |arguments: &[&str]| finish(project.command(&[&["plugin", "update"], arguments].concat()), &docker, cache.path());
    let shown = update(&[]).exits(2);
    says(&shown.everything(), &["+ also asks for pod", "--approve"]);
    assert_eq!(lock(), before, "nothing is changed");
    update(&["--approve"]).exits(0);
    says(&lock(), &["tag: \"3.1.0\""]);
    run(project, &[], &docker, cache.path()).exits(0);

    // A site that reaches no registry, on another machine.
    let vendor = finish(project.command(&["plugin", "vendor", "vendor"]), &docker, cache.path()).exits(0);
    says(&vendor.stderr, &["`vendored`"]);
    project.write("windlass.yaml", &format!("{}vendored: vendor\n", team.line("^3.1")));
    team.registry.stop();
    let elsewhere = TempDir::new().expect("a directory");
    run(project, &["--offline"], Path::new("/proc/nowhere"), elsewhere.path()).exits(0);
}
