//! The plugin `oci-push` with the program that it carries, against a real registry.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use support::backend::Local;
use support::{everything, host, run};
use windlass_engine::ports::plugin::{PluginError, StepInput, StepResult};
use windlass_model::digest::Digest;
use windlass_model::plugin::{BuiltImage, ImageLocation};
use windlass_plugin_host::Limits;

/// Debian's `docker-registry`, of this test's own.
struct Registry {
    host: String,
    process: Child,
    _directory: tempfile::TempDir,
}

impl Drop for Registry {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Registry {
    fn start() -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let file = directory.path().join("registry.yml");
        let configuration = json!({
            "version": 0.1, "log": {"level": "info", "formatter": "json"}, "http": {"addr": "127.0.0.1:0"},
            "storage": {"filesystem": {"rootdirectory": directory.path().join("storage")}},
        });
        std::fs::write(&file, configuration.to_string()).expect("a file");
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(&file).env("OTEL_TRACES_EXPORTER", "none").stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("docker-registry starts; `make test` installs it");
        let mut log = BufReader::new(process.stderr.take().expect("it is piped"));
        let mut line = String::new();
        let host = loop {
            line.clear();
            assert_ne!(log.read_line(&mut line).expect("a log"), 0, "docker-registry ended before it listened");
            if let Some((_, rest)) = line.split_once("listening on ") {
                break rest.chars().take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ':')).collect();
            }
        };
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self { host, process, _directory: directory }
    }
}

/// Leaves a layout in the backend, as a builder does. Returns its directory and digest.
fn layout(backend: &Local) -> (String, Digest) {
    let directory = backend.path("shared/layout");
    std::fs::create_dir_all(directory.join("blobs/sha256")).expect("a directory");
    let blob = |media_type: &str, bytes: &[u8]| {
        let digest = Digest::from_sha256(Sha256::digest(bytes).into());
        let name = digest.as_str().trim_start_matches("sha256:").to_owned();
        std::fs::write(directory.join("blobs/sha256").join(name), bytes).expect("a file");
        json!({"mediaType": media_type, "digest": digest.as_str(), "size": bytes.len()})
    };
    let config = blob("application/vnd.oci.image.config.v1+json", b"{}");
    let layer = blob("application/vnd.oci.image.layer.v1.tar", &[7; 100_000]);
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let manifest = json!({"schemaVersion": 2, "mediaType": kind, "config": config, "layers": [layer]}).to_string();
    let index = json!({"schemaVersion": 2, "manifests": [blob(kind, manifest.as_bytes())]});
    std::fs::write(directory.join("index.json"), index.to_string()).expect("a file");
    (directory.display().to_string(), Digest::from_sha256(Sha256::digest(manifest.as_bytes()).into()))
}

async fn push(image: BuiltImage, request: Value, backend: &Arc<Local>) -> Result<StepResult, PluginError> {
    run(&host(Limits::default()), "oci-push", request, everything(), StepInput { built: vec![image] }, backend).await
}

/// Proves the whole way of an image: the program out of the component, into the container, the layout to the registry, the
/// digest back; and that a build's own push is checked the same way.
#[tokio::test]
async fn a_layout_reaches_the_registry_and_a_push_of_the_build_is_checked() {
    let registry = Registry::start();
    let backend = Local::plain(&[]);
    let (path, digest) = layout(&backend);
    let references = [format!("{}/app:1", registry.host), format!("{}/app:2", registry.host)];
    let image = BuiltImage {
        location: ImageLocation::Layout { path: path.clone() },
        references: references.to_vec(),
        digest: Some(digest.clone()),
    };
    let done = push(image, json!({}), &backend).await.expect("it pushes");
    let pushed: Vec<_> = done.pushed.iter().map(|image| (image.reference.clone(), image.digest.clone())).collect();
    assert_eq!(pushed, references.clone().map(|reference| (reference, digest.clone())));
    assert!(backend.shown().contains("app:2: sha256:"), "the user sees it: {}", backend.shown());
    assert!(backend.commands.lock().expect("no panic").iter().all(|command| command.registry_credentials));

    let own = BuiltImage { location: ImageLocation::Pushed, references: references.to_vec(), digest: Some(digest.clone()) };
    let done = push(own, json!({"tags": [references[1]]}), &backend).await.expect("the registry has it");
    assert_eq!((done.pushed.len(), &done.pushed[0].digest), (1, &digest));

    let wrong = BuiltImage {
        location: ImageLocation::Pushed,
        references: references.to_vec(),
        digest: Some(Digest::from_sha256([1; 32])),
    };
    let done = push(wrong, json!({}), &backend).await;
    assert!(done.is_err_and(|e| e.to_string().contains(&format!("the registry serves {digest}"))));
}

#[tokio::test]
async fn the_programs_own_sentence_and_exit_code_are_the_steps() {
    let backend = Local::plain(&[]);
    let (path, digest) = layout(&backend);
    std::fs::remove_file(backend.path("shared/layout/index.json")).expect("it was there");
    let image =
        BuiltImage { location: ImageLocation::Layout { path }, references: vec!["127.0.0.1:9/app".into()], digest: Some(digest) };
    let done = push(image, json!({}), &backend).await;
    assert!(
        matches!(&done, Err(PluginError::Failed { exit_code: Some(8), message, .. }) if message.contains("no index.json")),
        "{done:?}"
    );
}
