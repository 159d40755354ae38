//! Runs over a way to the API server that cuts, stalls, loses answers and refuses. A run may fail there, but honestly: never green without
//! having run, never with a wrong byte, and nothing is left that it does not name.
//!
//! `make soak` plays fifty rounds and prints the figures; `make test` plays a few. Every round has a seed (`WINDLASS_TEST_SEED`, counted up
//! from one), so that one that failed can be looked at again, as far as a network can be repeated.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::chaos::{Chaos, Faults, Random};
use support::world::required;
use support::{Outcome, Project, World};

/// Rounds that run side by side.
const AT_ONCE: usize = 4;

/// Rounds of `make test`.
const FEW: usize = 4;

/// Lines that the task writes, in spurts.
const LINES: usize = 4000;

/// No run takes so long. One that does hangs.
const HANGS: &str = "900";

/// The steps by name. What a script writes begins with the script itself.
const SCRIPTS: [(&str, &str); 3] = [
    ("sum", "sha256sum payload"),
    (
        "count",
        "i=0; while [ $i -lt 4000 ]; do echo \"line $i of a long log\"; i=$((i+1)); if [ $((i % 500)) = 0 ]; then sleep 0.4; fi; done",
    ),
    ("token", "printf %s \"$TOKEN\" | sha256sum"),
];

const INSTANCE: &str = "t_task:\n  kubernetes_container:\n    image: busybox:latest\n    cluster_name: test\n    namespace: cirrus-ci\n    \
                        cpu: 0.1\n    memory: 64Mb\n  timeout_in: 10m\n  env:\n    TOKEN: ENCRYPTED[x]\n";

/// What a round came to.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    Green,
    /// It failed, and said so.
    Honest(String),
    /// It was green with other bytes than the task wrote, or showed such.
    Wrong(String),
    /// It left something that it does not name.
    Untold(String),
}

fn number(name: &str, otherwise: usize) -> usize {
    std::env::var(format!("WINDLASS_TEST_{name}")).ok().map_or(otherwise, |text| text.parse().expect("a number"))
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_broken_network_makes_no_run_lie_and_hardly_any_fail() {
    let (rounds, first) = (number("ROUNDS", FEW), number("SEED", 1));
    let (next, faults) = (AtomicUsize::new(0), Arc::new(Faults::default()));
    let worker = || {
        let mut ends = Vec::new();
        loop {
            let round = next.fetch_add(1, Ordering::Relaxed);
            if round >= rounds {
                return ends;
            }
            let (seed, began) = (first + round, Instant::now());
            let end = play(seed as u64, &faults);
            println!("round {}: seed {seed}, {:.1} s: {end:?}", round + 1, began.elapsed().as_secs_f64());
            ends.push((seed, end, began.elapsed()));
        }
    };
    let ends: Vec<(usize, End, Duration)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(worker)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a round ends")).collect()
    });
    let mut times: Vec<f64> = ends.iter().map(|(_, _, time)| time.as_secs_f64()).collect();
    times.sort_by(f64::total_cmp);
    let count = |wanted: fn(&End) -> bool| ends.iter().filter(|(_, end, _)| wanted(end)).count();
    let green = count(|end| *end == End::Green);
    let of = |counter: &AtomicUsize| counter.load(Ordering::Relaxed);
    println!(
        "chaos: {rounds} rounds from seed {first}: {green} green, {} failed and said so, {} with wrong bytes, {} with untold leftovers; \
         {} cuts, {} stalls, {} times answers lost, {} times refused; {:.1} s at the median, {:.1} s at most",
        count(|end| matches!(end, End::Honest(_))),
        count(|end| matches!(end, End::Wrong(_))),
        count(|end| matches!(end, End::Untold(_))),
        of(&faults.cuts),
        of(&faults.stalls),
        of(&faults.losses),
        of(&faults.refusals),
        times[times.len() / 2],
        times[times.len() - 1],
    );
    let bad: Vec<_> = ends.iter().filter(|(_, end, _)| matches!(end, End::Wrong(_) | End::Untold(_))).collect();
    assert!(bad.is_empty(), "{bad:#?}");
    // Two of fifty may fail.
    assert!(green >= rounds - rounds / 25, "only {green} of {rounds} were green: {ends:#?}");
}

fn play(seed: u64, faults: &Arc<Faults>) -> End {
    let mut random = Random(seed);
    let payload: String = (0..100_000).map(|_| format!("{:016x}\n", random.next())).collect();
    let scripts = SCRIPTS.map(|(name, script)| format!("  {name}_script: {script}\n")).concat();
    let steps = format!("{scripts}  copy_artifacts: {{path: payload}}\n");
    let project = Project::new(&[(".cirrus.yml", &format!("{INSTANCE}{steps}")), ("payload", &payload)]);
    let token = format!("token-{:016x}", random.next());
    let kubeconfig = std::fs::read_to_string(required("KUBECONFIG")).expect("the kubeconfig is read");
    let server = kubeconfig.lines().find_map(|line| line.trim().strip_prefix("server: https://")).expect("it names a server");
    let chaos = Chaos::to(server, random.next(), faults);
    let way = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(way.path(), kubeconfig.replace(server, &chaos.address.to_string())).expect("the file is written");
    let run = project.run_command(World::Kube, None, &["--secret=TOKEN=env:CHAOS_TOKEN"]);
    // It is ended by `timeout`, should it ever hang.
    let mut command = Command::new("timeout");
    command.arg(HANGS).arg(run.get_program()).args(run.get_args()).current_dir(project.path());
    for (name, value) in run.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.env("KUBECONFIG", way.path()).env("CHAOS_TOKEN", &token);
    let outcome = Outcome::new(&command.output().expect("windlass runs"));
    drop(chaos);
    let collected =
        std::fs::read_to_string(project.path().join(format!(".windlass/artifacts/{}/t/copy/payload", run_of(&outcome))));
    match collected {
        Ok(copy) if copy != payload => return End::Wrong(format!("half an artifact: {} bytes of {}", copy.len(), payload.len())),
        Err(_) if outcome.code == 0 => return End::Wrong("green without its artifact".to_owned()),
        _ => {}
    }
    judge(&outcome, &sha256(&payload), &sha256(&token))
}

/// Its identity, if it came to have one.
fn run_of(outcome: &Outcome) -> String {
    let events = outcome.events();
    let started = events.iter().find(|e| e["event"] == "run_started");
    started.and_then(|e| e["run"].as_str()).unwrap_or("none").to_owned()
}

fn judge(outcome: &Outcome, payload: &str, token: &str) -> End {
    let events = outcome.events();
    if let Some(untold) = untold(&events) {
        return End::Untold(untold);
    }
    let lines: String = (0..LINES).map(|i| format!("line {i} of a long log\n")).collect();
    let results = [format!("{payload}  payload\n"), lines, format!("{token}  -\n")];
    let green = outcome.code == 0;
    for ((step, script), result) in SCRIPTS.into_iter().zip(results) {
        let wanted = format!("{script}\n{result}");
        let shown = output(&events, step);
        // What came until a failure is the beginning of what was written.
        if !(shown == wanted || !green && wanted.starts_with(&shown)) {
            return End::Wrong(format!(
                "{step} wrote {} bytes, {} were shown; exit code {}",
                wanted.len(),
                shown.len(),
                outcome.code
            ));
        }
    }
    let message = events.iter().find(|e| e["event"] == "task_finished").and_then(|e| e["outcome"]["message"].as_str());
    match (green, message) {
        (true, _) => End::Green,
        (false, Some(message)) if !message.is_empty() && matches!(outcome.code, 3 | 5) => End::Honest(message.to_owned()),
        // Before there was a task to speak of.
        (false, None) if outcome.code == 3 => End::Honest(outcome.stderr.clone()),
        (false, _) => End::Wrong(format!("exit code {}: {}", outcome.code, outcome.everything())),
    }
}

/// What stands of the run and is not named by it. Whatever stands is taken away.
fn untold(events: &[Value]) -> Option<String> {
    let run = events.iter().find(|e| e["event"] == "run_started")?["run"].as_str()?.to_owned();
    let told = events.iter().find(|e| e["event"] == "run_finished").map(|e| e["leftovers"].to_string()).unwrap_or_default();
    let standing = World::Kube.standing(&run);
    for object in &standing {
        let mut delete = Command::new(required("KUBECTL"));
        delete.args(["delete", "--namespace=cirrus-ci", "--wait=false", object]).env("KUBECONFIG", required("KUBECONFIG"));
        delete.output().expect("kubectl runs");
    }
    let is_untold = |object: &&String| !told.contains(object.rsplit('/').next().unwrap_or(object));
    standing.iter().find(is_untold).map(|object| format!("{object} (told: {told})"))
}

fn output(events: &[Value], step: &str) -> String {
    let of_step = events.iter().filter(|e| e["event"] == "output" && e["step"] == step);
    of_step.filter_map(|e| e["data"].as_str()).collect()
}

fn sha256(text: &str) -> String {
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), text).expect("it is written");
    let output = Command::new("sha256sum").arg(file.path()).output().expect("sha256sum runs");
    String::from_utf8_lossy(&output.stdout).split_whitespace().next().expect("a digest").to_owned()
}
