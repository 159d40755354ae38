//! Plugins of a bundle against the same ones built in, and the pull of that bundle against `crane pull`.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use tempfile::TempDir;

use crate::figure::{Target, judge, note};
use crate::process::{Ran, run};
use crate::world::World;

const ROUNDS: usize = 25;
const PULLS: usize = 5;

/// How many steps more the second plan has, which tells what one call costs.
const STEPS: usize = 100;

/// Everything, so that what comes from a file is asked what it needs, as what is built in is.
const GRANTS: &str = "[{pod: {level: privileged}}, containers, registries, environment, {environment-set: all}, secrets, secrets-reveal, \
                      workspace-read, workspace-write, http, results]";

/// The ten plugins that windlass carries, as a bundle in a registry.
struct Bundle {
    directory: TempDir,
    /// `REGISTRY/REPOSITORY:TAG`.
    place: String,
    settings: PathBuf,
}

/// Measures.
///
/// # Errors
/// When something fails.
pub fn measure(world: &World) -> Result<()> {
    let bundle = Bundle::push(world)?;
    let (built_in, bundled) = (bundle.project(world, "")?, bundle.project(world, "corp/")?);
    plans(world, &bundle, built_in.path(), bundled.path())?;
    pulls(world, &bundle, bundled.path())?;
    calls(world, &bundle)?;
    python(world, &bundle)
}

impl Bundle {
    fn push(world: &World) -> Result<Self> {
        let directory = TempDir::new()?;
        let settings = directory.path().join("settings.yaml");
        let registry = &world.plain_registry;
        let place = format!("{registry}/bench/plugins:1.0.0");
        let text = format!(
            "registries: {{\"{registry}\": {{insecure: true}}}}\nbundles: {{corp: \"oci://{registry}/bench/plugins:^1\"}}\n\
             plugins: {{corp/*: {GRANTS}, \"*.wasm\": {GRANTS}}}\n"
        );
        fs::write(&settings, text)?;
        let bundle = Self { directory, place, settings };
        let layout = bundle.path("layout");
        let mut pack = bundle.windlass(world, bundle.directory.path());
        pack.args(["plugin", "pack"]).arg(&world.plugins).args(["--name", "bench", "--tag", "1.0.0", "--out"]).arg(&layout);
        run(pack)?;
        let mut push = bundle.windlass(world, bundle.directory.path());
        push.args(["plugin", "push"]).arg(&layout).arg(&bundle.place);
        run(push)?;
        Ok(bundle)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn windlass(&self, world: &World, project: &Path) -> Command {
        let mut command = world.anywhere(project);
        command.env("WINDLASS_SETTINGS", &self.settings);
        command
    }

    fn plan(&self, world: &World, project: &Path) -> Command {
        let mut command = self.windlass(world, project);
        command.args(["plan", "--on=engine"]);
        command
    }

    /// A project that uses all ten of them, from here or from there.
    fn project(&self, world: &World, from: &str) -> Result<TempDir> {
        let build = "{tags: [\"r.example/a:1\"]}";
        let mut file = format!(
            "first_task:\n  container: {{image: {image}}}\n  env: {{KEY: \"ENCRYPTED[x]\"}}\n  \
             a_step: {{uses: {from}shell, with: {{lines: [make]}}}}\n  \
             b_step: {{uses: {from}registry-login, with: {{registry: r.example, username: me, password: $KEY}}}}\n  \
             c_step: {{uses: {from}image-lookup, with: {{reference: \"r.example/a:1\", variable: FOUND}}}}\n  \
             d_step: {{uses: {from}docker-build, with: {build}}}\n  e_step: {{uses: {from}docker-push}}\n\
             second_task:\n  container: {{image: {image}}}\n",
            image = world.image
        );
        for builder in ["makisu", "buildah", "buildkit", "kaniko"] {
            file.push_str(&format!("  {builder}_step: {{uses: {from}{builder}, with: {build}}}\n"));
        }
        file.push_str(&format!("  push_step: {{uses: {from}oci-push}}\n"));
        let project = world.project_of(&file)?;
        fs::write(project.path().join("Dockerfile"), "FROM scratch\n")?;
        Ok(project)
    }
}

/// Ten plugins of a bundle, and the same ten built in, each pair in turn.
fn plans(world: &World, bundle: &Bundle, built_in: &Path, bundled: &Path) -> Result<()> {
    for project in [built_in, bundled] {
        run(bundle.plan(world, project))?;
    }
    let kept = compiled(world)?;
    ensure!(bundled.join("windlass.lock").exists(), "the plugins of the bundle are locked");
    let (mut ratios, mut took, mut floor) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let milliseconds = |ran: Ran| ran.total.as_secs_f64() * 1e3;
        let of_built_in = milliseconds(run(bundle.plan(world, built_in))?);
        let of_bundle = milliseconds(run(bundle.plan(world, bundled))?);
        ratios.push(of_bundle / of_built_in);
        took.push(of_bundle);
        floor.push(of_built_in);
    }
    judge(
        "windlass plan with ten locked plugins, warm store, over the same built in",
        &ratios.into_iter().collect(),
        "x",
        &Target::Most(1.2),
    );
    judge("windlass plan with ten locked plugins, warm store", &took.into_iter().collect(), " ms", &Target::Most(80.0));
    note("the same built in", &floor.into_iter().collect(), " ms");
    // A file that was compiled again is another one.
    let anew = compiled(world)?.difference(&kept).count();
    judge("components compiled again by later plans", &[anew as f64].into_iter().collect(), "", &Target::Most(0.0));
    Ok(())
}

/// The files of compiled code, each by its name and what it is.
fn compiled(world: &World) -> Result<BTreeSet<(String, u64)>> {
    let directory = world.cache().join("windlass/aot");
    let mut files = BTreeSet::new();
    for entry in fs::read_dir(&directory).with_context(|| directory.display().to_string())? {
        let entry = entry?;
        files.insert((entry.file_name().to_string_lossy().into_owned(), entry.metadata()?.ino()));
    }
    Ok(files)
}

/// The whole bundle into a layout on disk, from a registry of this machine, with nothing of it there.
fn pulls(world: &World, bundle: &Bundle, project: &Path) -> Result<()> {
    let (mut ratios, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..PULLS {
        let (vendored, pulled) = (bundle.path("vendored"), bundle.path("pulled"));
        let store = world.cache().join("windlass/plugins");
        fs::remove_dir_all(&store).with_context(|| store.display().to_string())?;
        let mut vendor = bundle.windlass(world, project);
        vendor.args(["plugin", "vendor"]).arg(&vendored);
        let of_windlass = run(vendor)?.total.as_secs_f64() * 1e3;
        let mut pull = Command::new(&world.crane);
        pull.args(["pull", "--insecure", "--format=oci", &bundle.place]).arg(&pulled);
        let of_crane = run(pull)?.total.as_secs_f64() * 1e3;
        for directory in [vendored, pulled] {
            fs::remove_dir_all(directory)?;
        }
        ratios.push(of_windlass / of_crane);
        ours.push(of_windlass);
        theirs.push(of_crane);
    }
    let size: u64 = fs::read_dir(&world.plugins)?.map(|entry| Ok(entry?.metadata()?.len())).sum::<std::io::Result<u64>>()?;
    let what = format!("first pull of a bundle of ten ({:.1} MB), over crane pull", size as f64 / 1e6);
    judge(&what, &ratios.into_iter().collect(), "x", &Target::Most(2.0));
    note("windlass plugin vendor", &ours.into_iter().collect(), " ms");
    note("crane pull", &theirs.into_iter().collect(), " ms");
    Ok(())
}

/// What one more step costs: an instance is made and asked what it needs.
fn calls(world: &World, bundle: &Bundle) -> Result<()> {
    let project = |steps: usize| -> Result<TempDir> {
        let steps: String =
            (0..steps).map(|n| format!("  s{n}_step: {{uses: corp/shell, with: {{lines: [\"true\"]}}}}\n")).collect();
        world.project_of(&format!("many_task:\n  container: {{image: {}}}\n{steps}", world.image))
    };
    let (few, many) = (project(1)?, project(1 + STEPS)?);
    let mut each = Vec::new();
    for _ in 0..ROUNDS {
        let milliseconds = |project: &TempDir| anyhow::Ok(run(bundle.plan(world, project.path()))?.total.as_secs_f64() * 1e3);
        each.push((milliseconds(&many)? - milliseconds(&few)?) / STEPS as f64);
    }
    judge(
        "one more step of a Rust plugin: an instance, and one call of it",
        &each.into_iter().collect(),
        " ms",
        &Target::Most(1.0),
    );
    Ok(())
}

/// The most memory of a plan with the largest kind of plugin, once it is compiled.
fn python(world: &World, bundle: &Bundle) -> Result<()> {
    let file = format!(
        "python_task:\n  container: {{image: {}}}\n  a_step: {{uses: ./python.wasm, with: {{name: world}}}}\n",
        world.image
    );
    let project = world.project_of(&file)?;
    fs::copy(&world.python, project.path().join("python.wasm")).with_context(|| world.python.display().to_string())?;
    run(bundle.plan(world, project.path()))?;
    let (mut memory, mut took) = (Vec::new(), Vec::new());
    for _ in 0..PULLS {
        let ran = run(bundle.plan(world, project.path()))?;
        memory.push(ran.peak_memory as f64 / 1e6);
        took.push(ran.total.as_secs_f64() * 1e3);
    }
    judge("most memory of windlass plan with a Python plugin", &memory.into_iter().collect(), " MB", &Target::Most(150.0));
    note("windlass plan with a Python plugin", &took.into_iter().collect(), " ms");
    Ok(())
}
