//! A run that is under way: its events as they come, and signals to its process.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

use super::{Project, World};

/// A run of windlass with `--output json` that a test watches.
pub struct Live {
    child: Child,
    /// Its directory, which must live as long.
    project: Option<Project>,
    events: BufReader<ChildStdout>,
    /// Everything that came so far.
    pub seen: Vec<Value>,
}

impl Live {
    /// Starts it.
    pub fn start(mut command: Command) -> Self {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().expect("windlass starts");
        let events = BufReader::new(child.stdout.take().expect("piped"));
        Self { child, project: None, events, seen: Vec::new() }
    }

    /// Starts a run of a project that has no secret.
    pub fn of(project: Project, world: World) -> Self {
        let live = Self::start(project.run_command(world, None, &[]));
        Self { project: Some(project), ..live }
    }

    /// The next event; none at the end.
    pub fn next(&mut self) -> Option<Value> {
        let mut line = String::new();
        while self.events.read_line(&mut line).expect("its output is read") > 0 {
            if line.starts_with('{') {
                let event: Value = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line}"));
                self.seen.push(event.clone());
                return Some(event);
            }
            line.clear();
        }
        None
    }

    /// Waits until a step has written this.
    pub fn until_output(&mut self, text: &str) {
        while let Some(event) = self.next() {
            if event["event"] == "output" && event["data"].as_str().is_some_and(|d| d.lines().any(|l| l == text)) {
                return;
            }
        }
        panic!("no step wrote {text}: {:#?}", self.seen);
    }

    /// The run's identity.
    pub fn run(&self) -> String {
        let started = self.seen.iter().find(|e| e["event"] == "run_started").expect("it began");
        started["run"].as_str().expect("a run has an identity").to_owned()
    }

    /// The name of its first task's pod.
    pub fn pod(&self) -> String {
        format!("windlass-{}-0-t", self.run())
    }

    /// Sends a signal to the process.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill").args(["-s", name, &pid]).status().expect("kill runs");
        assert!(status.success(), "kill -s {name} {pid}");
    }

    /// The most memory that the process has had so far, in KiB.
    pub fn peak(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it lives");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux tells it");
        peak.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Reads to the end; the exit code, -1 after a signal.
    pub fn end(&mut self) -> i32 {
        while self.next().is_some() {}
        self.child.wait().expect("windlass ends").code().unwrap_or(-1)
    }

    /// Why its task failed.
    pub fn failure(&self) -> String {
        let finished = self.seen.iter().find(|e| e["event"] == "task_finished").unwrap_or_else(|| panic!("{:#?}", self.seen));
        finished["outcome"]["message"].as_str().unwrap_or_default().to_owned()
    }
}
