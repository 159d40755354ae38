//! What windlass adds to a build: its step against the bare builder in an equal pod, without a cache and with a warm one.

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::bare::{BUILDERS, Builder, Cache, Caches, Where};
use crate::figure::{Target, judge, note};
use crate::pod::{Pod, seconds};
use crate::process::run;
use crate::world::{World, commit};

const ROUNDS: usize = 5;

/// What is built: files of the context, a command, and another user's file.
const DOCKERFILE: &str =
    "COPY hello.txt numbers.txt /data/\nRUN sleep 1 && sort -n /data/numbers.txt >/data/sorted && chown 1234:5678 /data/sorted\n";

/// Measures.
///
/// # Errors
/// When something fails.
pub fn measure(world: &World) -> Result<()> {
    for builder in &BUILDERS {
        let bench = Bench::new(world, builder)?;
        bench.own_cost()?;
        if builder.caches != Caches::No {
            bench.warm()?;
        }
    }
    Ok(())
}

struct Bench<'a> {
    world: &'a World,
    builder: &'a Builder,
    /// The working copy; the same files are the bare builder's context.
    project: TempDir,
}

impl<'a> Bench<'a> {
    fn new(world: &'a World, builder: &'a Builder) -> Result<Self> {
        let bench = Self { world, builder, project: TempDir::new()? };
        std::fs::set_permissions(bench.project.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
        let numbers: String = (0..20_000_u32).map(|n| format!("{}\n", n.wrapping_mul(2_654_435_761))).collect();
        bench.write("hello.txt", "hello\n")?;
        bench.write("numbers.txt", &numbers)?;
        bench.write("Dockerfile", &format!("FROM {}\n{DOCKERFILE}", world.base))?;
        bench.write("windlass.yaml", &format!("registries:\n  '{}': {{insecure: true}}\n", world.registry))?;
        bench.write(".windlassignore", "timed\n")?;
        std::fs::copy(&world.timed, bench.project.path().join("timed"))?;
        bench.write_task(None)?;
        commit(bench.project.path())?;
        // The first build fetches and unpacks what later ones find.
        bench.step()?;
        Ok(bench)
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        std::fs::write(self.project.path().join(name), text).with_context(|| name.to_owned())
    }

    fn place(&self) -> Where<'_> {
        Where { registry: &self.world.registry, repository: self.builder.plugin }
    }

    fn write_task(&self, cache: Option<&Cache>) -> Result<()> {
        let Builder { plugin, main, before, with, .. } = self.builder;
        let main = main.unwrap_or(&self.world.image);
        let (mut tag, mut keys, mut push) = (self.place().tag(), String::new(), "");
        if let Some(Cache { reference }) = cache {
            keys = format!(", cache: {{to: '{reference}', from: ['{reference}']}}");
            if self.builder.caches == Caches::InImage {
                tag = reference.clone();
                push = "  push_step: {uses: docker-push}\n";
            }
        }
        self.write(
            ".cirrus.yml",
            &format!(
                "bench_task:\n  kubernetes_container: {{image: '{main}', cpu: 0.5, memory: 256Mb}}\n{before}  \
                 build_step: {{uses: {plugin}, with: {{tags: ['{tag}']{with}{keys}}}}}\n{push}"
            ),
        )
    }

    /// Seconds that windlass' build step takes.
    fn step(&self) -> Result<f64> {
        Ok(run(self.world.run(self.project.path(), "json"))?.step("build")?.as_secs_f64())
    }

    /// Seconds that the bare builder takes in a pod like windlass'.
    fn bare(&self, cache: Option<&Cache>) -> Result<f64> {
        let plan = run(self.world.plan_of(self.project.path()))?.lines;
        let plan: String = plan.into_iter().map(|(_, line)| line).collect();
        let plan = serde_json::from_str(&plan).context("windlass plan --output json")?;
        let command = self.builder.command(&self.place(), cache);
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let pod = Pod::of_plan(&plan, self.builder.containers)?.runs(&words, self.project.path());
        seconds(&pod.output(self.world)?)
    }

    /// Without any cache.
    fn own_cost(&self) -> Result<()> {
        let (mut steps, mut bares, mut costs) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let (step, bare) = (self.step()?, self.bare(None)?);
            costs.push((step - bare) * 1e3);
            steps.push(step * 1e3);
            bares.push(bare * 1e3);
        }
        let bares = bares.into_iter().collect::<crate::Values>();
        let most = (bares.median() * 0.05).max(150.0);
        let what = format!("{}: the build step beyond the bare builder in an equal pod", self.builder.plugin);
        judge(&what, &costs.into_iter().collect(), " ms", &Target::Most(most));
        note("the build step", &steps.into_iter().collect(), " ms");
        note("the bare builder", &bares, " ms");
        Ok(())
    }

    /// A second build of the unchanged tree, from a cache in a registry. Each side fills a cache of its own first.
    fn warm(&self) -> Result<()> {
        let cache =
            |whose: &str| Cache { reference: format!("{}/cache-{}-{whose}", self.place().tag_base(), std::process::id()) };
        let (of_windlass, of_bare) = (cache("windlass"), cache("bare"));
        self.write_task(Some(&of_windlass))?;
        self.step()?;
        self.bare(Some(&of_bare))?;
        let (mut steps, mut bares, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            let (step, bare) = (self.step()?, self.bare(Some(&of_bare))?);
            ratios.push(step / bare);
            steps.push(step * 1e3);
            bares.push(bare * 1e3);
        }
        let what = format!("{}: a second build from a cache in a registry, over the bare builder's", self.builder.plugin);
        judge(&what, &ratios.into_iter().collect(), "x", &Target::Most(1.3));
        note("the build step", &steps.into_iter().collect(), " ms");
        note("the bare builder", &bares.into_iter().collect(), " ms");
        Ok(())
    }
}
