//! The push helper against `crane push`: the same layout, from the same kind of pod, to the same registry.

use std::fs;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::figure::{Target, judge, note};
use crate::pod::{DIRECTORY, Pod, seconds};
use crate::world::World;

const ROUNDS: usize = 5;

/// The layer, in bytes.
const SIZE: usize = 500_000_000;

/// Measures.
///
/// # Errors
/// When something fails.
pub fn measure(world: &World) -> Result<()> {
    let directory = TempDir::new()?;
    let path = directory.path();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    for (name, program) in [("helper", &world.helper), ("crane", &world.crane), ("timed", &world.timed)] {
        fs::copy(program, path.join(name)).with_context(|| program.display().to_string())?;
    }
    let mut layer = noise();
    let (mut ratios, mut helpers, mut cranes, mut memory) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let reference = format!("{}/bench/push:latest", world.registry);
        let helper = format!("{DIRECTORY}/helper push --layout {DIRECTORY}/layout --insecure {} {reference}", world.registry);
        let crane = format!("{DIRECTORY}/crane push --insecure {DIRECTORY}/layout {reference}");
        let mut push = |command: &str| -> Result<(f64, f64)> {
            // Nothing that the registry has already.
            write_layout(&path.join("layout"), &mut layer)?;
            let script = format!("time -v {command} 2>&1");
            let output = Pod::of(&world.image).runs(&[&format!("{DIRECTORY}/timed"), "sh", "-c", &script], path).output(world)?;
            Ok((seconds(&output)?, peak(&output)?))
        };
        let (of_helper, most) = push(&helper)?;
        let (of_crane, _) = push(&crane)?;
        let rate = |seconds: f64| SIZE as f64 / 1e6 / seconds;
        ratios.push(of_crane / of_helper);
        helpers.push(rate(of_helper));
        cranes.push(rate(of_crane));
        memory.push(most);
    }
    judge("push of a 500 MB layer, the helper's rate over crane's", &ratios.into_iter().collect(), "x", &Target::Least(0.9));
    judge("most memory of the push helper", &memory.into_iter().collect(), " MB", &Target::Most(32.0));
    note("the helper", &helpers.into_iter().collect(), " MB/s");
    note("crane push", &cranes.into_iter().collect(), " MB/s");
    Ok(())
}

/// What `time -v` says of memory, in megabytes.
fn peak(output: &str) -> Result<f64> {
    let line = output.lines().find_map(|line| line.trim().strip_prefix("Maximum resident set size (kbytes): "));
    let kilobytes: f64 = line.and_then(|text| text.parse().ok()).with_context(|| format!("no memory in {output}"))?;
    Ok(kilobytes * 1024.0 / 1e6)
}

fn noise() -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut bytes = Vec::with_capacity(SIZE);
    while bytes.len() < SIZE {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend(state.to_le_bytes());
    }
    bytes.truncate(SIZE);
    bytes
}

/// An image of one layer that no registry has seen.
fn write_layout(directory: &Path, layer: &mut [u8]) -> Result<()> {
    let blobs = directory.join("blobs/sha256");
    fs::create_dir_all(&blobs)?;
    let blob = |bytes: &[u8]| -> Result<String> {
        let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        fs::write(blobs.join(&hex), bytes)?;
        Ok(format!("sha256:{hex}"))
    };
    fs::File::open("/dev/urandom")?.read_exact_at(layer.get_mut(..4096).context("a layer of some length")?, 0)?;
    for old in fs::read_dir(&blobs)? {
        fs::remove_file(old?.path())?;
    }
    let digest = blob(layer)?;
    let config =
        json!({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": [digest]}})
            .to_string();
    let config_digest = blob(config.as_bytes())?;
    let descriptor = |kind: &str, digest: &str, size: usize| json!({"mediaType": format!("application/vnd.oci.image.{kind}"), "digest": digest, "size": size});
    let manifest = json!({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor("config.v1+json", &config_digest, config.len()),
        "layers": [descriptor("layer.v1.tar", &digest, layer.len())],
    })
    .to_string();
    let manifest_digest = blob(manifest.as_bytes())?;
    let index = json!({"schemaVersion": 2, "manifests": [descriptor("manifest.v1+json", &manifest_digest, manifest.len())]});
    fs::write(directory.join("index.json"), index.to_string())?;
    fs::write(directory.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#)?;
    Ok(())
}
