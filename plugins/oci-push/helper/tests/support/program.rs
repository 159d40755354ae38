//! Running the program.

use std::ffi::OsStr;
use std::fs;
use std::process::Command;

use tempfile::TempDir;

/// What it said and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Run {
    /// Its last word on the way to this exit code.
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.err.lines().count(), 1, "an error is one sentence: {self:?}");
        self.err
    }

    pub(crate) fn passed(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.out
    }
}

/// The program with a Docker configuration, and nothing of this machine's environment.
pub(crate) struct Program {
    configuration: TempDir,
}

impl Program {
    pub(crate) fn new() -> Self {
        Self { configuration: tempfile::tempdir().unwrap() }
    }

    /// Logged in to a host.
    pub(crate) fn with_auth(host: &str, entry: serde_json::Value) -> Self {
        let program = Self::new();
        let file = serde_json::json!({"auths": {host: entry}});
        fs::write(program.configuration.path().join("config.json"), file.to_string()).unwrap();
        program
    }

    pub(crate) fn with_password(host: &str, user: &str, password: &str) -> Self {
        Self::with_auth(host, serde_json::json!({"username": user, "password": password}))
    }

    pub(crate) fn command<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_windlass-oci"));
        command.env_clear().env("DOCKER_CONFIG", self.configuration.path()).args(arguments);
        command
    }

    pub(crate) fn run<S: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = S>) -> Run {
        let output = self.command(arguments).output().unwrap();
        Run {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The arguments of a push, besides options.
pub(crate) fn push<'a>(layout: &'a crate::image::Layout, rest: &[&'a str]) -> Vec<String> {
    let path = layout.path();
    ["push", "--layout", &path.to_string_lossy()].iter().chain(rest).map(|&word| word.to_owned()).collect()
}
