//! Caches on a real cluster and a real engine: what one run stores the next restores, nobody changes what another restores, and no store that fails
//! fails a task.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod masked;
#[path = "../support/mod.rs"]
mod support;
mod tools;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::bucket::{BUCKET, Bucket};
use support::world::required;
use support::{Outcome, Project, World, on};
use tempfile::TempDir;

const BOTH: &[World] = &[World::Kube, World::Engine];

/// A task in a small image; `rest` are its instructions. `store` is where its caches are.
fn task(store: &str, rest: &str) -> Project {
    task_in("busybox:latest", store, rest)
}

/// The same in another image.
fn task_in(image: &str, store: &str, rest: &str) -> Project {
    let project = Project::new(&[(".cirrus.yml", &file_with(image, rest)), ("lock", "one\n"), ("other", "one\n")]);
    let plain = format!("registries:\n  \"{}\": {{insecure: true}}\n", required("REGISTRY_PLAIN_FROM_PODS"));
    project.platform(&format!("{plain}cache:\n  store: \"{store}\"\n"));
    project
}

fn file(rest: &str) -> String {
    file_with("busybox:latest", rest)
}

fn file_with(image: &str, rest: &str) -> String {
    format!(
        "t_task:\n  kubernetes_container:\n    image: {image}\n    cluster_name: test\n    namespace: cirrus-ci\n    \
         cpu: 0.2\n    memory: 256Mb\n{rest}\n"
    )
}

/// How a cache fared: what its events say, in order.
fn fared(outcome: &Outcome, cache: &str) -> Vec<String> {
    let events = outcome.events();
    let of = |event: &&Value| event["event"] == "cache" && event["cache"] == cache;
    events.iter().filter(of).map(|event| event["result"].as_str().unwrap_or_default().to_owned()).collect()
}

/// What the steps wrote.
fn output(outcome: &Outcome) -> String {
    let events = outcome.events();
    events.iter().filter(|event| event["event"] == "output").filter_map(|event| event["data"].as_str()).collect()
}

fn warnings(outcome: &Outcome) -> Vec<String> {
    let events = outcome.events();
    let of = |event: &&Value| event["event"] == "pod_notice" && event["level"] == "warning";
    events.iter().filter(of).filter_map(|event| event["message"].as_str()).map(str::to_owned).collect()
}

const THREE: &str = "
  plain_cache:
    folder: plain
    populate_script: mkdir -p plain && echo populated-plain | tee plain/a
  keyed_cache:
    folder: ~/keyed
    fingerprint_script: cat lock
    populate_script:
      - mkdir -p ~/keyed/deep && echo populated-keyed | tee ~/keyed/deep/a
      - chmod 750 ~/keyed/deep && ln -s deep/a ~/keyed/link && ln ~/keyed/deep/a ~/keyed/hard && touch -d '2001-02-03 04:05:06' ~/keyed/deep/a
  newest_cache:
    folders: [left/x, right/x]
    fingerprint_script: cat other
    optimistically_restore_on_miss: true
    populate_script: mkdir -p left/x right/x && echo populated-newest | tee left/x/a right/x/b
  check_script:
    - cat plain/a ~/keyed/hard ~/keyed/link left/x/a right/x/b
    - test \"$(stat -c %a ~/keyed/deep)\" = 750 && test \"$(stat -c %Y ~/keyed/deep/a)\" = \"$(date -d '2001-02-03 04:05:06' +%s)\"
    - test -L ~/keyed/link && test ~/keyed/hard -ef ~/keyed/deep/a";

fn three_caches_in(store: &str, world: World, environment: &[(&str, String)]) {
    let project = task(store, THREE);
    let run = || {
        let mut command = project.run_command(world, None, &[]);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        Outcome::new(&command.output().expect("windlass runs"))
    };
    let first = run().exits(0);
    for cache in ["plain", "keyed", "newest"] {
        assert_eq!(fared(&first, cache), ["missed", "stored"], "{}", first.everything());
    }
    let second = run().exits(0);
    assert!(!output(&second).contains("populated-plain\npopulated-plain"), "{}", output(&second));
    assert_eq!(fared(&second, "plain"), ["restored", "not_stored"], "{}", second.everything());
    assert_eq!(fared(&second, "keyed"), ["restored", "not_stored"], "{}", second.everything());
    assert_eq!(fared(&second, "newest"), ["restored", "not_stored"], "{}", second.everything());
    assert_eq!(warnings(&second), [""; 0]);

    project.write("lock", "two\n");
    project.write("other", "two\n");
    let third = run().exits(0);
    assert_eq!(fared(&third, "keyed"), ["missed", "stored"], "{}", third.everything());
    // As the language has it: what was restored from another key is stored again only if the file says so.
    assert_eq!(fared(&third, "newest"), ["restored_other", "not_stored"], "{}", third.everything());
    let mut explain = project.command(&["cache", "explain", "keyed"]);
    explain.envs(environment.iter().map(|(name, value)| (name, value)));
    let explained = Outcome::new(&explain.output().expect("windlass runs")).exits(0).stdout;
    assert!(explained.contains("- one") && explained.contains("+ two"), "{explained}");
    assert_eq!(world.standing(&third.run()), [""; 0]);
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn what_a_run_stores_in_a_directory_the_next_restores() {
    on(BOTH, |world| {
        let store = TempDir::new().expect("a directory");
        three_caches_in(&format!("dir:{}", store.path().display()), world, &[]);
    });
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn what_a_run_stores_in_a_registry_the_next_restores() {
    on(BOTH, |world| {
        let registry = required("REGISTRY_PLAIN_FROM_PODS");
        let project = format!("oci://{registry}/caches/{world:?}-{}", std::process::id()).to_lowercase();
        three_caches_in(&project, world, &[]);
    });
}

/// Bytes go from the pod to the bucket by requests that the host signs: what the run prints and the pod has says nothing of the key.
#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn what_a_run_stores_in_a_bucket_the_next_restores() {
    let bucket = Bucket::start();
    on(BOTH, |world| {
        three_caches_in(&format!("s3://{BUCKET}/{world:?}"), world, &bucket.environment());
    });
}

/// The rule of the whole: a branch restores what main stored, and nothing that it stores reaches main, neither by its file nor from inside its pod.
#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn a_branch_cannot_change_what_main_restores() {
    on(BOTH, |world| {
        let store = TempDir::new().expect("a directory");
        let store = format!("dir:{}", store.path().display());
        let rest = |content: &str| {
            format!(
                "  deps_cache:\n    folder: deps\n    fingerprint_key: deps-v1\n    reupload_on_changes: true\n    \
                 populate_script: mkdir -p deps && echo good > deps/a\n  show_script: cat deps/a\n  {content}"
            )
        };
        let project = task(&store, &rest(""));
        let of = |branch: &str| [format!("--env=CIRRUS_BRANCH={branch}"), "--env=CIRRUS_DEFAULT_BRANCH=main".to_owned()];
        let run = |branch: &str| {
            let arguments = of(branch);
            project.run(world, None, &arguments.iter().map(String::as_str).collect::<Vec<_>>()).exits(0)
        };
        assert_eq!(fared(&run("main"), "deps"), ["missed", "stored"]);

        // From its file, and over the pod's own cache server, under the names that a store might use.
        let put = "printf 'PUT /%s HTTP/1.1\\r\\nHost: x\\r\\nContent-Length: 4\\r\\nConnection: close\\r\\n\\r\\nevil' \"$1\" | \
                   nc 127.0.0.1 12321\n";
        project.write("put.sh", put);
        project.write(
            ".cirrus.yml",
            &file(&rest(
                "evil_script:\n    - echo evil > deps/a\n    - for key in deps-v1 main/deps-v1 ../main/deps-v1; do sh put.sh $key; done",
            )),
        );
        project.commit();
        let evil = run("evil");
        assert_eq!(fared(&evil, "deps"), ["restored", "stored"], "{}", evil.everything());
        assert!(output(&evil).contains("good"), "a branch reads what main stored: {}", output(&evil));
        let again = run("evil");
        assert!(output(&again).contains("evil"), "it has its own from then on: {}", output(&again));

        project.write(".cirrus.yml", &file(&rest("")));
        project.commit();
        let main = run("main");
        assert_eq!(fared(&main, "deps"), ["restored", "not_stored"], "{}", main.everything());
        assert!(output(&main).ends_with("\ngood\n") && !output(&main).contains("evil"), "{}", output(&main));
    });
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn a_store_that_cannot_be_reached_costs_time_and_nothing_else() {
    on(BOTH, |world| {
        let project = task(
            "oci://127.0.0.1:1/caches",
            "  deps_cache:\n    folder: deps\n    populate_script: mkdir deps && echo made > deps/a\n  show_script: cat deps/a",
        );
        let outcome = project.run(world, None, &[]).exits(0);
        assert!(output(&outcome).contains("made"), "{}", outcome.everything());
        assert_eq!(fared(&outcome, "deps"), ["missed", "not_stored"]);
        let told = warnings(&outcome);
        assert!(told.len() >= 2 && told.iter().all(|line| line.contains("127.0.0.1:1")), "{told:#?}");
    });
}

/// A value that is masked is named when it would be stored, and what is no file is left out by name.
#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn secrets_and_pipes_in_a_cache_are_told() {
    on(&[World::Engine], |world| {
        let store = TempDir::new().expect("a directory");
        let project = task(
            &format!("dir:{}", store.path().display()),
            "  env: {TOKEN: \"ENCRYPTED[abc]\"}\n  deps_cache:\n    folder: deps\n    \
             populate_script: mkdir deps && printf 'x%sx' \"$TOKEN\" > deps/credentials && mkfifo deps/pipe",
        );
        let outcome = project.run(world, Some("TOKEN"), &[]).exits(0);
        let told = warnings(&outcome).join("\n");
        assert!(told.contains("credentials holds the value of a secret"), "{told}");
        assert!(told.contains("pipe (a pipe) is left out"), "{told}");
        assert_eq!(fared(&outcome, "deps"), ["missed", "stored"]);
    });
}

/// What a store has lost is told, made again and stored again: no run after that misses it.
#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn what_a_store_has_lost_or_changed_is_stored_again() {
    let store = TempDir::new().expect("a directory");
    let project = task(
        &format!("dir:{}", store.path().display()),
        "  deps_cache:\n    folder: deps\n    fingerprint_key: k1\n    populate_script: mkdir deps && echo made > deps/a\n  show_script: cat deps/a",
    );
    project.run(World::Engine, None, &[]).exits(0);
    let blobs = || {
        let all = walk(store.path());
        all.into_iter().filter(|path| path.components().any(|part| part.as_os_str() == "blobs")).collect::<Vec<_>>()
    };
    assert!(blobs().len() >= 2, "{:?}", walk(store.path()));
    let spoil: [fn(&Path); 2] = [
        |path| fs::remove_file(path).expect("it is removed"),
        |path| {
            fs::write(path, vec![7; fs::metadata(path).expect("a file").len().try_into().expect("it is small")])
                .expect("it is written")
        },
    ];
    for spoil in spoil {
        blobs().iter().for_each(|path| spoil(path));
        let spoilt = project.run(World::Engine, None, &[]).exits(0);
        assert_eq!(fared(&spoilt, "deps"), ["missed", "stored"], "{}", spoilt.everything());
        assert_eq!(warnings(&spoilt).len(), 1, "{:#?}", warnings(&spoilt));
        let next = project.run(World::Engine, None, &[]).exits(0);
        assert_eq!(fared(&next, "deps"), ["restored", "not_stored"], "{}", next.everything());
    }
}

/// What was made of other folders is of no use in these, and what holds the working copy is no cache.
#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn folders_are_those_that_were_stored_and_never_the_working_copy() {
    let store = TempDir::new().expect("a directory");
    let of = |folders: &str| {
        format!(
            "  deps_cache:\n    folders: [{folders}]\n    fingerprint_key: k1\n    populate_script: mkdir -p a b d && touch a/x b/x d/x\n  show_script: ls b"
        )
    };
    let project = task(&format!("dir:{}", store.path().display()), &of("a, b"));
    project.run(World::Engine, None, &[]).exits(0);
    project.write(".cirrus.yml", &file(&of("a, d").replace("ls b", "ls d")));
    let other = project.run(World::Engine, None, &[]).exits(0);
    assert_eq!(fared(&other, "deps"), ["missed", "stored"], "{}", other.everything());
    assert!(warnings(&other).concat().contains("was made of other folders"), "{:#?}", warnings(&other));
    let again = project.run(World::Engine, None, &[]).exits(0);
    assert_eq!(fared(&again, "deps"), ["restored", "not_stored"], "{}", again.everything());

    project.write(".cirrus.yml", &file("  all_cache: {folder: .}"));
    let refused = project.run(World::Engine, None, &[]).exits(1);
    assert!(refused.everything().contains("holds the working directory"), "{}", refused.everything());
}

/// All files below a directory.
fn walk(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.flat_map(|entry| if entry.path().is_dir() { walk(&entry.path()) } else { vec![entry.path()] }).collect()
}

fn listed(project: &Project) -> Vec<Value> {
    let listed = project.windlass(&["cache", "ls", "--output=json"]).exits(0).stdout;
    serde_json::from_str::<Vec<Value>>(&listed).expect("a list")
}

#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn what_is_stored_is_listed_and_removed() {
    let store = TempDir::new().expect("a directory");
    let project = task(
        &format!("dir:{}", store.path().display()),
        "  deps_cache:\n    folder: deps\n    fingerprint_key: k1\n    populate_script: mkdir deps && echo made > deps/a",
    );
    project.run(World::Engine, None, &[]).exits(0);
    let entries = listed(&project);
    assert_eq!(entries.len(), 1, "{entries:#?}");
    assert_eq!((&entries[0]["key"], &entries[0]["name"]), (&Value::from("k1"), &Value::from("deps")), "{entries:#?}");
    project.windlass(&["cache", "rm", "k1"]).exits(0);
    assert_eq!(listed(&project), Vec::<Value>::new());
    let again = project.run(World::Engine, None, &[]).exits(0);
    assert_eq!(fared(&again, "deps"), ["missed", "stored"]);
    assert!(Path::new(store.path()).is_dir());
}
