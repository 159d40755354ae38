//! Artifacts on a real cluster and a real engine: collected, listed, fetched; nothing half, nothing from elsewhere, in bounded memory.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::bucket::{BUCKET, Bucket};
use support::world::required;
use support::{Live, Outcome, Project, World, on};

const BOTH: &[World] = &[World::Kube, World::Engine];

/// A task in a small image; `rest` are its instructions.
fn task(rest: &str) -> Project {
    let text = format!(
        "t_task:\n  kubernetes_container:\n    image: busybox:latest\n    cluster_name: test\n    namespace: cirrus-ci\n    \
         cpu: 0.2\n    memory: 64Mb\n{rest}\n"
    );
    Project::new(&[(".cirrus.yml", &text)])
}

fn kept(project: &Project, run: &str) -> PathBuf {
    project.path().join(".windlass/artifacts").join(run).join("t")
}

/// The names in a directory.
fn names(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names
}

fn sha256(file: &Path) -> String {
    let output = Command::new("sha256sum").arg(file).output().expect("sha256sum runs");
    String::from_utf8_lossy(&output.stdout).split_whitespace().next().unwrap_or_default().to_owned()
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn what_a_task_makes_is_collected_listed_and_fetched() {
    on(BOTH, |world| {
        let project = task(
            "  make_script: mkdir -p out/deep && echo one > out/a.log && echo two > out/deep/b.log && echo no > out/c.txt\n  \
             logs_artifacts: {path: \"**/*.log\", type: text/plain}\n  none_artifacts: {path: \"*.nothing\"}",
        );
        let outcome = project.run(world, None, &[]).exits(0);
        let logs = kept(&project, &outcome.run()).join("logs");
        assert_eq!(fs::read_to_string(logs.join("out/a.log")).expect("the file"), "one\n");
        assert_eq!(fs::read_to_string(logs.join("out/deep/b.log")).expect("the file"), "two\n");
        assert_eq!(names(&logs.join("out")), ["a.log", "deep"]);
        let events = outcome.events();
        let file = events.iter().find(|e| e["event"] == "artifact_file").expect("a file is told");
        assert_eq!(file["digest"], format!("sha256:{}", sha256(&logs.join("out/a.log"))));
        assert!(outcome.stdout.contains("0 artifacts for *.nothing"), "{}", outcome.stdout);
        assert_eq!(world.standing(&outcome.run()), [""; 0]);

        let listed = project.windlass(&["artifacts", "ls", "--output=json"]).exits(0);
        let runs: serde_json::Value = serde_json::from_str(&listed.stdout).expect("JSON");
        assert_eq!(runs[0]["artifacts"][0]["files"].as_array().map(Vec::len), Some(2), "{runs}");
        let table = project.windlass(&["artifacts", "ls", &outcome.run()]).exits(0).stdout;
        assert!(table.contains("logs of t, in .windlass/artifacts/") && table.contains("out/deep/b.log"), "{table}");
        project.windlass(&["artifacts", "get", "t/logs", "--out=fetched"]).exits(0);
        assert_eq!(fs::read_to_string(project.path().join("fetched/t/logs/out/deep/b.log")).expect("the file"), "two\n");
        fs::write(logs.join("out/a.log"), "eno\n").expect("it is written");
        let changed = project.windlass(&["artifacts", "get", &outcome.run(), "--out=again"]).exits(2);
        assert!(changed.stderr.contains("out/a.log is not what was collected"), "{}", changed.stderr);
        assert_eq!(names(&project.path().join("again/t")), [""; 0]);

        // The next run takes none of it along.
        fs::remove_dir_all(project.path().join("fetched")).expect("it is removed");
        project.write(
            ".cirrus.yml",
            &fs::read_to_string(project.path().join(".cirrus.yml")).expect("the file").replace("mkdir", "ls -A && mkdir"),
        );
        let second = project.run(world, None, &["--artifacts=elsewhere"]).exits(0);
        assert!(!second.stdout.contains(".windlass/artifacts/"), "{}", second.stdout);
        assert_eq!(names(&project.path().join("elsewhere").join(second.run()).join("t")), ["logs"]);
    });
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn what_runs_after_a_failure_or_an_interrupt_collects_too() {
    on(BOTH, |world| {
        let always = "  always:\n    report_artifacts: {path: report}\n  late_artifacts: {path: report}";
        let project = task(&format!("  test_script: echo broken > report && exit 3\n{always}"));
        let outcome = project.run(world, None, &[]).exits(1);
        assert_eq!(names(&kept(&project, &outcome.run())), ["report"]);

        let project = task(&format!("  slow_script:\n    - echo half > report\n    - echo under-way\n    - sleep 600\n{always}"));
        let directory = project.path();
        let mut live = Live::of(project, world);
        live.until_output("under-way");
        live.signal("INT");
        assert_eq!(live.end(), 130, "{:#?}", live.seen);
        let report = directory.join(".windlass/artifacts").join(live.run()).join("t/report/report");
        assert_eq!(fs::read_to_string(report).expect("the file"), "half\n");
        assert_eq!(world.standing(&live.run()), [""; 0]);
    });
}

/// What one machine has run, another fetches: by the store alone.
fn sent_to(store: &str, world: World, environment: &[(&str, String)]) {
    let make =
        "  make_script: mkdir -p out && echo one > out/a.log && seq 100000 > out/b.log\n  logs_artifacts: {path: \"out/*.log\"}";
    let registry = required("REGISTRY_PLAIN_FROM_PODS");
    let platform = format!("registries: {{\"{registry}\": {{insecure: true}}}}\nartifacts: {{store: \"{store}\"}}\n");
    let project = task(make);
    project.platform(&platform);
    let mut run = project.run_command(world, None, &[]);
    run.envs(environment.iter().map(|(name, value)| (name, value)));
    let outcome = Outcome::new(&run.output().expect("windlass runs")).exits(0);
    assert!(outcome.stdout.contains(&format!("logs: sent to {store}")), "{}", outcome.stdout);
    for (_, value) in environment.iter().filter(|(name, _)| name.contains("SECRET")) {
        assert!(!outcome.everything().contains(value), "a credential is shown");
    }

    let other = task(make);
    other.platform(&platform);
    let ask = |arguments: &[&str]| {
        let mut command = other.command(arguments);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        Outcome::new(&command.output().expect("windlass runs"))
    };
    let table = ask(&["artifacts", "ls"]).exits(0).stdout;
    assert!(table.contains(&outcome.run()) && table.contains(store), "{table}");
    ask(&["artifacts", "get", &outcome.run(), "--out=fetched"]).exits(0);
    let fetched = other.path().join("fetched/t/logs/out");
    assert_eq!(names(&fetched), ["a.log", "b.log"]);
    let here = kept(&project, &outcome.run()).join("logs/out/b.log");
    assert_eq!(sha256(&fetched.join("b.log")), sha256(&here));
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn what_a_run_sends_to_a_directory_another_machine_fetches() {
    on(BOTH, |world| {
        let store = tempfile::tempdir().expect("a directory");
        sent_to(&format!("dir:{}", store.path().join("results").display()), world, &[]);
    });
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn what_a_run_sends_to_a_registry_another_machine_fetches() {
    on(BOTH, |world| {
        let registry = required("REGISTRY_PLAIN_FROM_PODS");
        sent_to(&format!("oci://{registry}/artifacts/{world:?}-{}", std::process::id()).to_lowercase(), world, &[]);
    });
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn what_a_run_sends_to_a_bucket_another_machine_fetches() {
    let bucket = Bucket::start();
    on(BOTH, |world| sent_to(&format!("s3://{BUCKET}/artifacts-{world:?}"), world, &bucket.environment()));
}

/// A result that did not arrive is none: the task is red, and the files are where they were collected.
#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn what_does_not_reach_its_store_fails_the_step_and_stays_here() {
    on(BOTH, |world| {
        let project = task("  make_script: echo x > x\n  some_artifacts: {path: x}");
        project
            .platform("registries: {\"127.0.0.1:1\": {insecure: true}}\nartifacts: {store: \"oci://127.0.0.1:1/ci/results\"}\n");
        let directory = project.path();
        let mut live = Live::of(project, world);
        assert_eq!(live.end(), 1, "{:#?}", live.seen);
        let says = live.failure();
        assert!(
            says.contains("some was not sent to oci://127.0.0.1:1/ci/results") && says.contains("cannot be reached"),
            "{says}"
        );
        let task = directory.join(".windlass/artifacts").join(live.run()).join("t");
        assert_eq!(names(&task.join("some")), ["x"]);
        assert!(format!("{:?}", live.seen).contains("t/some, and whole"), "{:#?}", live.seen);
    });
}

/// An interrupt in the middle of a large file leaves none of it.
#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn an_interrupt_while_files_come_leaves_nothing() {
    on(BOTH, |world| {
        let project = task("  make_script: truncate -s 900M big\n  big_artifacts: {path: big}");
        let directory = project.path();
        let mut live = Live::of(project, world);
        let collecting = |event: &serde_json::Value| event["event"] == "step_started" && event["step"] == "big";
        while !live.next().is_some_and(|event| collecting(&event)) {}
        let task = directory.join(".windlass/artifacts").join(live.run()).join("t");
        // The first bytes have come.
        while names(&task).is_empty() {
            std::thread::yield_now();
        }
        live.signal("INT");
        assert_eq!(live.end(), 130, "{:#?}", live.seen);
        assert_eq!(names(&task), [""; 0]);
        assert_eq!(world.standing(&live.run()), [""; 0]);
    });
}

/// Neither end holds it: the container has 64 MiB, and windlass grows by no part of the file's size.
#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn a_large_file_comes_whole_in_bounded_memory() {
    on(BOTH, |world| {
        let make = "head -c 200000000 /dev/urandom > big && sha256sum big";
        let project = task(&format!("  make_script: {make}\n  big_artifacts: {{path: big}}"));
        let directory = project.path();
        let mut live = Live::of(project, world);
        while !live.next().expect("it is collected").to_string().contains("artifact_collected") {}
        let peak = live.peak();
        assert_eq!(live.end(), 0, "{:#?}", live.seen);
        let big = directory.join(".windlass/artifacts").join(live.run()).join("t/big/big");
        assert_eq!(fs::metadata(&big).expect("the file").len(), 200_000_000);
        assert!(format!("{:?}", live.seen).contains(&format!("{}  big", sha256(&big))), "every byte came");
        println!("{world:?}: windlass took {} MiB at most", peak >> 10);
        assert!(peak < 400 << 10, "windlass took {peak} KiB");
    });
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn hostile_names_of_a_pod_are_refused_or_left_out() {
    on(BOTH, |world| {
        for (make, path, says) in [
            ("ln -s /etc/passwd out", "out", "is a link that leads out of the working directory"),
            ("ln -s / root", "root/etc/passwd", "is a link that leads out of the working directory"),
            ("touch \"$(printf 'a\\nb')\"", "**", "cannot be collected: the name holds control characters"),
            ("touch \"$(printf 'caf\\351')\"", "**", "cannot be collected: the name is not UTF-8"),
        ] {
            let project = task(&format!("  make_script: |\n    {make}\n  some_artifacts: {{path: \"{path}\"}}"));
            let mut live = Live::of(project, world);
            assert_eq!(live.end(), 1, "{make}: {:#?}", live.seen);
            assert!(live.failure().contains(says), "{make}: {}", live.failure());
        }
        let make = "mkdir d && mkfifo d/pipe && ln -s nothing d/dangling && mknod d/null c 1 3; echo fine > d/fine";
        let project = task(&format!("  make_script: {make}\n  some_artifacts: {{path: \"d/**\"}}"));
        let outcome = project.run(world, None, &[]).exits(0);
        assert_eq!(names(&kept(&project, &outcome.run()).join("some/d")), ["fine"]);
        assert!(outcome.stdout.contains("d/pipe is not collected: it is a pipe"), "{}", outcome.stdout);
    });
}

/// What was left in the project before windlass came.
#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn a_repository_cannot_choose_where_artifacts_go() {
    on(BOTH, |world| {
        let project = task("  make_script: echo x > x\n  some_artifacts: {path: x}");
        let outside = tempfile::tempdir().expect("a directory");
        std::os::unix::fs::symlink(outside.path(), project.path().join(".windlass")).expect("a link");
        let mut live = Live::of(project, world);
        assert_eq!(live.end(), 1, "{:#?}", live.seen);
        assert!(live.failure().contains(".windlass is not a directory"), "{}", live.failure());
        assert_eq!(names(outside.path()), [""; 0]);
    });
}
