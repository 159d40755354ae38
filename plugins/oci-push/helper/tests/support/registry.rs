//! Debian's `docker-registry`, started by the test itself.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::thread;

use serde_json::{Value, json};
use tempfile::TempDir;

/// A registry of this test's own.
pub(crate) struct Registry {
    pub(crate) host: String,
    process: Child,
    _directory: TempDir,
}

impl Drop for Registry {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Registry {
    pub(crate) fn plain() -> Self {
        Self::start(json!({}), json!({}))
    }

    /// `http` and `auth` go into its configuration.
    pub(crate) fn start(mut http: Value, auth: Value) -> Self {
        let directory = tempfile::tempdir().unwrap();
        http["addr"] = json!("127.0.0.1:0");
        let mut configuration = json!({
            "version": 0.1, "log": {"level": "info", "formatter": "json"}, "http": http,
            "storage": {"filesystem": {"rootdirectory": directory.path().join("storage")}, "delete": {"enabled": true}},
        });
        if auth != json!({}) {
            configuration["auth"] = auth;
        }
        let file = directory.path().join("registry.yml");
        fs::write(&file, configuration.to_string()).unwrap();
        let mut process = Command::new("docker-registry")
            .arg("serve")
            .arg(&file)
            // Tracing would otherwise look for a collector.
            .env("OTEL_TRACES_EXPORTER", "none")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("docker-registry starts; `make test` installs it");
        let mut log = BufReader::new(process.stderr.take().unwrap());
        let mut line = String::new();
        let host = loop {
            line.clear();
            assert_ne!(log.read_line(&mut line).unwrap(), 0, "docker-registry ended before it listened");
            if let Some((_, rest)) = line.split_once("listening on ") {
                break rest.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ':')).collect();
            }
        };
        thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self { host, process, _directory: directory }
    }
}
