//! The memory it takes does not grow with the image.
//!
//! A program of its own: what a child is said to have taken includes what its parent had when it began.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

#[allow(dead_code, reason = "shared with tests that use more of it")]
#[path = "support/image.rs"]
mod image;
#[allow(dead_code, reason = "shared with tests that use more of it")]
#[path = "support/program.rs"]
mod program;
#[path = "support/registry.rs"]
mod registry;

use std::fs::File;
use std::io::{self, Read as _};
use std::process::Stdio;

use serde_json::json;
use sha2::{Digest as _, Sha256};
use wait4::Wait4 as _;

use crate::image::{Layout, OCI, digest};
use crate::program::{Program, push};
use crate::registry::Registry;

const LAYER: u64 = 300 << 20;

/// What the program may take at most, of which the most is its own code and four threads' buffers.
const LIMIT: u64 = 32 << 20;

#[test]
fn a_layer_of_any_size_goes_through_little_memory() {
    let layout = Layout::of(OCI, &[b"small"]);
    let big = big_layer(&layout);
    let registry = Registry::plain();
    let reference = format!("{}/big", registry.host);
    let mut command = Program::new().command(push(&layout, &[&reference]));
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (mut stdout, mut stderr) = (process.stdout.take().unwrap(), process.stderr.take().unwrap());
    let mut out = String::new();
    stdout.read_to_string(&mut out).unwrap();
    stderr.read_to_string(&mut out).unwrap();
    let used = process.wait4().unwrap();
    assert!(used.status.success() && out.contains(" sent"), "{out}");
    assert!(used.rusage.maxrss <= LIMIT, "{} bytes at its peak", used.rusage.maxrss);
    assert_eq!(Program::new().run(["resolve", &reference]).passed().trim(), big);
}

/// Adds a large layer, which takes no room on disk, to the image. Returns the digest of the new manifest.
fn big_layer(layout: &Layout) -> String {
    let partial = layout.path().join("big");
    File::create(&partial).unwrap().set_len(LAYER).unwrap();
    let mut hasher = Sha256::new();
    io::copy(&mut File::open(&partial).unwrap(), &mut hasher).unwrap();
    let name: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    std::fs::rename(&partial, layout.blob_path(&name)).unwrap();

    let manifest = std::fs::read(layout.blob_path(&layout.digest)).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    manifest["layers"][0] = json!({
        "mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": format!("sha256:{name}"), "size": LAYER,
    });
    let manifest = manifest.to_string();
    let digest = digest(manifest.as_bytes());
    std::fs::write(layout.blob_path(&digest), &manifest).unwrap();
    let index = json!({"schemaVersion": 2, "manifests": [{"mediaType": OCI, "digest": digest, "size": manifest.len()}]});
    std::fs::write(layout.path().join("index.json"), index.to_string()).unwrap();
    digest
}
