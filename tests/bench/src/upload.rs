//! The working copy on its way into the pod, against `kubectl cp`.

use anyhow::Result;
use tempfile::TempDir;

use crate::figure::{Target, judge, note};
use crate::pod::{MEMORY, with_memory};
use crate::process::run;
use crate::tree::{self, Contents, FILES, SIZE};
use crate::world::World;

const ROUNDS: usize = 7;

/// The step that brings the working copy, by its name in the plan.
const STEP: &str = "clone";

/// Measures. Both write into memory: ext4 avoids inodes that were freed in the last minutes, so that the files of each round would be
/// slower to make than those of the round before.
///
/// # Errors
/// When something fails.
pub fn measure(world: &World) -> Result<()> {
    with_memory(world, "bench-cp", |pod| against(world, pod))
}

fn against(world: &World, pod: &str) -> Result<()> {
    let image = &world.image;
    // What cannot be compressed takes the same way as kubectl's bytes, so it can be no more than a little faster.
    for (contents, words, least) in [(Contents::Source, "source code", 1.5), (Contents::Random, "random bytes", 1.0)] {
        let project = world.project_of(&format!(
            "bench_task:\n  kubernetes_container: {{image: '{image}', memory: 2Gb, use_in_memory_disk: true}}\n  \
             check_script: find tree -type f | wc -l | grep -qx {FILES}\n"
        ))?;
        tree::write(project.path(), contents)?;
        compare(world, pod, &project, words, least)?;
    }
    Ok(())
}

fn compare(world: &World, pod: &str, project: &TempDir, words: &str, least: f64) -> Result<()> {
    let (mut windlass, mut kubectl, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let tree = project.path().join("tree").display().to_string();
    for round in 0..ROUNDS {
        let ours = run(world.run(project.path(), "json"))?.step(STEP)?.as_secs_f64();
        let target = format!("{MEMORY}/{}-{round}", words.replace(' ', "-"));
        run(world.kubectl(&["exec", pod, "--", "mkdir", "-p", &target]))?;
        let theirs = run(world.kubectl(&["cp", &tree, &format!("{pod}:{target}")]))?.total.as_secs_f64();
        run(world.kubectl(&["exec", pod, "--", "rm", "-rf", &target]))?;
        windlass.push(ours);
        kubectl.push(theirs);
        ratios.push(theirs / ours);
    }
    let megabytes = FILES * SIZE / 1_000_000;
    let what = format!("upload of {megabytes} MB of {words} in {FILES} files, kubectl cp over windlass");
    judge(&what, &ratios.into_iter().collect(), "x", &Target::Least(least));
    note("windlass, the step", &windlass.into_iter().collect(), " s");
    note("kubectl cp, the command", &kubectl.into_iter().collect(), " s");
    Ok(())
}
