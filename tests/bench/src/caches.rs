//! Caches on their way into the pod and out of it, against tar and lz4 on this machine.

use std::fs::File;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

use crate::figure::{Target, Values, judge, note};
use crate::process::{Ran, run};
use crate::tree::{self, Contents};
use crate::world::World;

const ROUNDS: usize = 5;

/// How many files a cache has.
const FILES: usize = 20_000;

/// How many bytes each has.
const SIZE: usize = 25_000;

/// The step that restores, and the one that stores.
const RESTORES: &str = "files";
const STORES: &str = "upload files";

/// Measures. Both sides read and write memory: what is compared is the way, not the disk.
///
/// # Errors
/// When something fails.
pub fn measure(world: &World) -> Result<()> {
    let memory = TempDir::new_in("/dev/shm")?;
    let store = memory.path().join("store");
    world.settings(&format!("cache:\n  store: \"dir:{}\"\n", store.display()))?;
    let (mut first, mut restored, mut changed, mut unchanged) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut floors = Vec::new();
    for round in 0..ROUNDS {
        let made = world.project_of(&file(world, round, "true"))?;
        tree::write_of(made.path(), Contents::Source, FILES, SIZE)?;
        first.push(seconds(&run(world.run(made.path(), "json"))?, STORES)?);
        floors.push(floor(&made.path().join("tree"), memory.path())?);
        let again = run(world.run(made.path(), "json"))?;
        restored.push(seconds(&again, RESTORES)?);
        unchanged.push(seconds(&again, STORES)?);
        // In the same directory: caches belong to a project.
        let script = "for f in cached/part-*/file-*00; do echo changed >> $f; done";
        std::fs::write(made.path().join(".cirrus.yml"), file(world, round, script))?;
        changed.push(seconds(&run(world.run(made.path(), "json"))?, STORES)?);
    }
    let what = format!("{} MB of source code in {FILES} files", FILES * SIZE / 1_000_000);
    let ratio =
        |ours: &[f64], theirs: &[f64]| -> Values { ours.iter().zip(theirs).map(|(ours, theirs)| ours / theirs).collect() };
    judge(&format!("restore of {what}, windlass over tar | lz4"), &ratio(&restored, &floors), "x", &Target::Most(1.2));
    judge("upload after a change of 1 % of the files, over the first", &ratio(&changed, &first), "x", &Target::Most(0.25));
    judge("an unchanged cache is recognised", &unchanged.iter().copied().collect(), " s", &Target::Most(1.0));
    note("restore, the step", &restored.into_iter().collect(), " s");
    note("first upload, the step", &first.into_iter().collect(), " s");
    note("tar | lz4 | lz4 -d | tar", &floors.into_iter().collect(), " s");
    world.settings("")
}

/// A task whose cache is made of the project's tree. The first run of a round makes the cache, those after it restore it.
fn file(world: &World, round: usize, script: &str) -> String {
    let image = &world.image;
    format!(
        "bench_task:\n  kubernetes_container: {{image: '{image}', memory: 4Gb, use_in_memory_disk: true}}\n  \
         files_cache:\n    folder: cached\n    fingerprint_key: round-{round}\n    reupload_on_changes: true\n    \
         populate_script: mv tree cached\n  change_script: {script}\n"
    )
}

fn seconds(ran: &Ran, step: &str) -> Result<f64> {
    Ok(ran.step(step)?.as_secs_f64())
}

/// The same bytes through a pipe, from memory into memory.
fn floor(tree: &Path, memory: &Path) -> Result<f64> {
    let (from, to) = (TempDir::new_in(memory)?, TempDir::new_in(memory)?);
    let copied = Command::new("cp").arg("-r").arg(tree).arg(from.path()).status()?;
    ensure!(copied.success(), "cp: {copied}");
    let began = Instant::now();
    let script = "tar -C \"$0\" -c . | lz4 -1 -q - - | lz4 -d -q - - | tar -C \"$1\" -x";
    let errors = File::create(memory.join("errors"))?;
    let status =
        Command::new("bash").args(["-o", "pipefail", "-c", script]).arg(from.path()).arg(to.path()).stderr(errors).status();
    let status = status.context("bash")?;
    ensure!(status.success(), "tar and lz4: {status}");
    Ok(began.elapsed().as_secs_f64())
}
