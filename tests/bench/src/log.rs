//! A gigabyte of output: how fast it comes, what it costs the host, and that no byte is lost.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use sha2::{Digest as _, Sha256};

use crate::figure::{Target, judge, note};
use crate::process::{run, run_into};
use crate::world::World;

const ROUNDS: usize = 3;

/// 64 bytes with their line end, so many times.
const LINE: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-\n";
const BYTES: u64 = 1_000_000_000;

/// What the bare exec carries in its turn: a rate needs no more.
const FLOOR_BYTES: u64 = 250_000_000;

/// What `windlass run` writes before each line of the step.
const PREFIX: &[u8] = b"bench/log | ";

/// Measures.
///
/// # Errors
/// When something fails, and when the bytes are not those that were printed.
pub fn measure(world: &World) -> Result<()> {
    let line = LINE.trim_end();
    let short = world.project(&[("log".to_owned(), "true".to_owned())])?;
    let project = world.project(&[("log".to_owned(), script(line))])?;
    let expected = expected(&script(line));
    let (mut rates, mut ratios, mut memory, mut per_cpu) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let file = project.path().join("log.txt");
        let empty = run(world.run(short.path(), "plain"))?;
        let ran = run_into(world.run(project.path(), "plain"), File::create(&file)?)?;
        let took = (ran.total.saturating_sub(empty.total)).as_secs_f64();
        ensure!(printed(&file)? == expected, "the bytes that windlass wrote are not those that the script printed");
        std::fs::remove_file(&file)?;
        let floor = run(world.floor(&[&FLOOR_BYTES.to_string()]))?.number("stream-seconds")?;
        let rate = BYTES as f64 / 1e6 / took;
        rates.push(rate);
        ratios.push(rate / (FLOOR_BYTES as f64 / 1e6 / floor));
        memory.push(ran.peak_memory as f64 / 1e6);
        per_cpu.push(BYTES as f64 / 1e6 / ran.cpu.saturating_sub(empty.cpu).as_secs_f64());
    }
    println!("      every byte of the file compared by SHA-256 with what the script prints: equal, {ROUNDS} times");
    judge(
        "host side of 1 GB of output, for each second of windlass' processor time",
        &per_cpu.into_iter().collect(),
        " MB/s",
        &Target::Least(200.0),
    );
    judge("most memory of windlass run during 1 GB", &memory.into_iter().collect(), " MB", &Target::Most(100.0));
    note("the whole way, through agent, runtime, kubelet and API server to a file", &rates.into_iter().collect(), " MB/s");
    note("that, against a bare exec that only counts its bytes", &ratios.into_iter().collect(), "x");
    let alone = in_the_script(world, line)?;
    note("what the script alone makes in the container", &std::iter::once(alone).collect(), " MB/s");
    Ok(())
}

/// How fast the script is when nobody reads.
fn in_the_script(world: &World, line: &str) -> Result<f64> {
    let script = format!(
        "begin=$(cut -d' ' -f1 /proc/uptime); yes {line} | head -c {BYTES} >/dev/null; cut -d' ' -f1 /proc/uptime; echo $begin"
    );
    let name = format!("bench-yes-{}", std::process::id());
    let image = format!("--image={}", world.image);
    let mut command: Command = world.kubectl(&[
        "run",
        &name,
        "--rm",
        "--stdin",
        "--restart=Never",
        "--image-pull-policy=IfNotPresent",
        "--quiet",
        &image,
    ]);
    command.args(["--", "sh", "-c", &script]);
    let ran = run(command)?;
    let times: Vec<f64> = ran.lines.iter().filter_map(|(_, line)| line.trim().parse().ok()).collect();
    let (end, begin) = (times.first().context("no time")?, times.get(1).context("no time")?);
    Ok(BYTES as f64 / 1e6 / (end - begin))
}

/// The step's script. The shell fails a pipe that `head` has cut unless that is allowed.
fn script(line: &str) -> String {
    format!("(yes {line} || true) | head -c {BYTES}")
}

/// What the step prints: the script, for the shell shows what it runs, and the bytes.
fn expected(script: &str) -> (u64, [u8; 32]) {
    let block = LINE.repeat(15_625);
    let mut digest = Sha256::new();
    digest.update(format!("{script}\n"));
    for _ in 0..BYTES / block.len() as u64 {
        digest.update(&block);
    }
    (BYTES + script.len() as u64 + 1, digest.finalize().into())
}

/// The step's lines in what windlass wrote, without what stands before each.
fn printed(file: &Path) -> Result<(u64, [u8; 32])> {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(file)?);
    let (mut line, mut digest, mut bytes) = (Vec::new(), Sha256::new(), 0);
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            return Ok((bytes, digest.finalize().into()));
        }
        if let Some(text) = line.strip_prefix(PREFIX) {
            digest.update(text);
            bytes += text.len() as u64;
        }
    }
}
