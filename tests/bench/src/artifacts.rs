//! Files on their way out of the pod: artifacts, against `kubectl cp`.

use anyhow::Result;
use tempfile::TempDir;

use crate::figure::{Target, judge, note};
use crate::pod::{MEMORY, with_memory};
use crate::process::run;
use crate::tree::{self, Contents, FILES, SIZE};
use crate::world::World;

const ROUNDS: usize = 5;

/// The step that collects, by its name in the plan.
const STEP: &str = "all";

/// Measures.
///
/// # Errors
/// When something fails.
pub fn measure(world: &World) -> Result<()> {
    with_memory(world, "bench-artifacts", |pod| {
        for (contents, words, least) in [(Contents::Source, "source code", 1.5), (Contents::Random, "random bytes", 1.0)] {
            let image = &world.image;
            let project = world.project_of(&format!(
                "bench_task:\n  kubernetes_container: {{image: '{image}', memory: 2Gb, use_in_memory_disk: true}}\n  \
                 all_artifacts: {{path: 'tree/**'}}\n"
            ))?;
            tree::write(project.path(), contents)?;
            compare(world, pod, &project, words, least)?;
        }
        Ok(())
    })
}

fn compare(world: &World, pod: &str, project: &TempDir, words: &str, least: f64) -> Result<()> {
    let (mut windlass, mut kubectl, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    let tree = project.path().join("tree").display().to_string();
    let source = format!("{MEMORY}/{}", words.replace(' ', "-"));
    run(world.kubectl(&["exec", pod, "--", "mkdir", "-p", &source]))?;
    run(world.kubectl(&["cp", &tree, &format!("{pod}:{source}")]))?;
    for _ in 0..ROUNDS {
        let out = TempDir::new()?;
        let mut command = world.run(project.path(), "json");
        command.arg("--artifacts").arg(out.path());
        let ours = run(command)?.step(STEP)?.as_secs_f64();
        let target = out.path().join("kubectl").display().to_string();
        let theirs = run(world.kubectl(&["cp", &format!("{pod}:{source}"), &target]))?.total.as_secs_f64();
        windlass.push(ours);
        kubectl.push(theirs);
        ratios.push(theirs / ours);
    }
    run(world.kubectl(&["exec", pod, "--", "rm", "-rf", &source]))?;
    let megabytes = FILES * SIZE / 1_000_000;
    let what = format!("artifacts of {megabytes} MB of {words} in {FILES} files, kubectl cp over windlass");
    judge(&what, &ratios.into_iter().collect(), "x", &Target::Least(least));
    note("windlass, the step", &windlass.into_iter().collect(), " s");
    note("kubectl cp, the command", &kubectl.into_iter().collect(), " s");
    Ok(())
}
