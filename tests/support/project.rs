//! A project in a temporary directory, a git repository with one commit, and windlass run in it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

use super::world::{World, registry_password_file};

/// A project to run windlass in.
pub struct Project {
    directory: TempDir,
    state: TempDir,
}

/// What a run of windlass printed and how it ended.
pub struct Outcome {
    /// The exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Outcome {
    /// What a process printed and how it ended.
    pub fn new(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Both streams, for looking for something that must be nowhere.
    pub fn everything(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// The events of a run with `--output json`.
    pub fn events(&self) -> Vec<Value> {
        self.stdout
            .lines()
            .filter(|l| l.starts_with('{'))
            .map(|l| serde_json::from_str(l).unwrap_or_else(|e| panic!("{e}: {l}")))
            .collect()
    }

    /// The run's identity, from its events.
    pub fn run(&self) -> String {
        let events = self.events();
        let started = events
            .iter()
            .find(|e| e["event"] == "run_started")
            .unwrap_or_else(|| panic!("no run started: {}", self.everything()));
        started["run"].as_str().expect("a run has an identity").to_owned()
    }

    /// Asserts the exit code, showing everything when it is another.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

impl Project {
    /// A project with these files, committed.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let project = Self { directory: TempDir::new().expect("a directory"), state: TempDir::new().expect("a directory") };
        for (name, text) in files {
            project.write(name, text);
        }
        project.commit();
        project
    }

    /// A copy of one of the examples.
    pub fn example(name: &str) -> Self {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
        let entries = std::fs::read_dir(&source).unwrap_or_else(|e| panic!("{}: {e}", source.display()));
        let files: Vec<(String, String)> = entries
            .map(|e| e.expect("an entry").path())
            .filter(|p| p.is_file())
            .map(|p| {
                (p.file_name().expect("a name").to_string_lossy().into_owned(), std::fs::read_to_string(&p).expect("a text file"))
            })
            .collect();
        Self::new(&files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect::<Vec<_>>())
    }

    /// Its directory.
    pub fn path(&self) -> PathBuf {
        self.directory.path().to_owned()
    }

    /// Writes a file.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.directory.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(path, text).expect("the file is written");
    }

    /// Writes the user's own settings, which are the platform's voice.
    pub fn platform(&self, text: &str) {
        let directory = self.state.path().join("config/windlass");
        std::fs::create_dir_all(&directory).expect("a directory");
        std::fs::write(directory.join("windlass.yaml"), text).expect("the file is written");
    }

    /// The directory of what windlass remembers.
    pub fn state(&self) -> PathBuf {
        self.state.path().join("windlass")
    }

    /// Lets `gcr.io` be the test registry for the project's pods.
    pub fn with_registry(self, world: World) -> Self {
        let address = world.registry_address();
        self.write("windlass.yaml", &format!("host_aliases:\n  - ip: {address}\n    hostnames: [gcr.io]\n"));
        self
    }

    /// Commits everything; the commit.
    pub fn commit(&self) -> String {
        self.commit_saying("A change")
    }

    /// Commits everything with this message, of any length; the commit.
    pub fn commit_saying(&self, message: &str) -> String {
        let file = self.state.path().join("message");
        std::fs::write(&file, message).expect("the file is written");
        let from_file = format!("--file={}", file.display());
        self.git(&["init", "--quiet", "--initial-branch=main"]);
        self.git(&["add", "--all"]);
        self.git(&[
            "-c",
            "user.name=Test",
            "-c",
            "user.email=test@example.com",
            "commit",
            "--quiet",
            "--allow-empty",
            &from_file,
        ]);
        self.git(&["rev-parse", "HEAD"])
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git").args(arguments).current_dir(self.directory.path()).output().expect("git runs");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// A place of the project's own where nothing is: no engine listens there and no file is read.
    pub fn nowhere(&self) -> PathBuf {
        self.state.path().join("nowhere")
    }

    /// A windlass command in the project, as on a machine without a kubeconfig: no state, configuration, cluster or engine of the user's
    /// reaches it.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
        command.args(arguments).current_dir(self.directory.path());
        let ours = ["WINDLASS_SETTINGS", "WINDLASS_TRUST_PROJECT", "CONTAINER_HOST", "RUST_LOG", "NO_COLOR"];
        for name in ours {
            command.env_remove(name);
        }
        // The usual kubeconfig would be in the home directory, and so is the cache of compiled plugins, which every test shares.
        let usual = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache").into_os_string());
        if let Some(cache) = std::env::var_os("XDG_CACHE_HOME").or_else(usual) {
            command.env("XDG_CACHE_HOME", cache);
        }
        command.env_remove("KUBECONFIG").env("HOME", self.nowhere());
        command.env("DOCKER_HOST", format!("unix://{}", self.nowhere().display()));
        command.env("XDG_STATE_HOME", self.state.path()).env("XDG_CONFIG_HOME", self.state.path().join("config"));
        command.env("XDG_CONFIG_DIRS", self.state.path().join("system"));
        command
    }

    /// Runs windlass without a cluster or an engine.
    pub fn windlass(&self, arguments: &[&str]) -> Outcome {
        Outcome::new(&self.command(arguments).output().expect("windlass runs"))
    }

    /// The command of `windlass run --output json` in a world, with the registry's key for the variable `key`.
    pub fn run_command(&self, world: World, key: Option<&str>, arguments: &[&str]) -> Command {
        let mut command = self.command(&["run", "--output=json"]);
        command.args(world.flags()).args(arguments);
        if let Some(key) = key {
            command.arg(format!("--secret={key}=file:{}", registry_password_file().display()));
        }
        // The tests wrote these projects themselves, and nobody is there to be asked.
        command.envs(world.environment()).env("WINDLASS_TRUST_PROJECT", "1");
        command
    }

    /// Runs it.
    pub fn run(&self, world: World, key: Option<&str>, arguments: &[&str]) -> Outcome {
        Outcome::new(&self.run_command(world, key, arguments).output().expect("windlass runs"))
    }
}
