//! `make bench`: windlass on the real node against floors, each pair in turn so that drift of the machine cancels.
//!
//! A missed target is shown and is no failure; a measurement that could not be made is.

mod artifacts;
mod bare;
mod builders;
mod caches;
mod figure;
mod limit;
mod log;
mod plugins;
mod pod;
mod process;
mod push;
mod start;
mod tree;
mod upload;
mod world;

use std::process::ExitCode;

use anyhow::Result;
use figure::{Target, Values, judge, note};
use world::World;

/// Measures one part and prints its lines.
type Part = fn(&World) -> Result<()>;

fn main() -> Result<ExitCode> {
    let world = World::from_environment()?;
    let processors = std::thread::available_parallelism()?;
    let load = std::fs::read_to_string("/proc/loadavg")?;
    println!("{processors} processors shared with the node, load {}; image {}, present on it", load.trim(), world.image);
    let only = std::env::args().nth(1);
    let mut code = ExitCode::SUCCESS;
    let parts: [(&str, Part); 9] = [
        ("plan", plan),
        ("plugins", plugins::measure),
        ("start", start::measure),
        ("upload", upload::measure),
        ("artifacts", artifacts::measure),
        ("caches", caches::measure),
        ("log", log::measure),
        ("builders", builders::measure),
        ("push", push::measure),
    ];
    for (name, part) in parts {
        if only.as_ref().is_some_and(|only| only != name) {
            continue;
        }
        println!("\n{name}");
        if let Err(error) = part(&world) {
            println!("NONE  {name} could not be measured: {error:#}");
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

/// `windlass plan` of the main example. The first fills the cache of compiled plugins.
fn plan(world: &World) -> Result<()> {
    let project = tempfile::TempDir::new()?;
    let example = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/docker-in-docker");
    for name in [".cirrus.yml", "Dockerfile", "message.txt"] {
        std::fs::copy(format!("{example}/{name}"), project.path().join(name))?;
    }
    world::commit(project.path())?;
    process::run(world.plan(project.path()))?;
    let (mut took, mut cpu) = (Vec::new(), Vec::new());
    for _ in 0..25 {
        let ran = process::run(world.plan(project.path()))?;
        took.push(ran.total.as_secs_f64() * 1e3);
        cpu.push(ran.cpu.as_secs_f64() * 1e3);
    }
    judge(
        "windlass plan of examples/docker-in-docker, warm cache",
        &took.into_iter().collect::<Values>(),
        " ms",
        &Target::Most(50.0),
    );
    note("its processor time, the git programs that it asks included", &cpu.into_iter().collect::<Values>(), " ms");
    Ok(())
}
