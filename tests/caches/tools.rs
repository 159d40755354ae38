//! Tools that bring a cache of their own, against the one that every task has: the second run, in a pod that has nothing, builds from what the
//! first has stored.

use tempfile::TempDir;

use crate::support::world::required;
use crate::support::{Project, World, on};
use crate::{BOTH, output, task_in, warnings};

/// A number that `ccache --print-stats` has written last.
fn counted(output: &str, name: &str) -> u64 {
    let found = output.lines().rev().find_map(|line| line.strip_prefix(name)?.trim().parse().ok());
    found.unwrap_or_else(|| panic!("{name} is missing: {output}"))
}

/// Debian's own, which stores nothing but by the address.
#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn ccache_compiles_once_for_all_runs() {
    on(BOTH, |world| {
        for layout in ["", "|layout=bazel"] {
            let store = TempDir::new().expect("a directory");
            let rest = format!(
                "  env:\n    CCACHE_DIR: /tmp/ccache\n    CCACHE_REMOTE_ONLY: 1\n    \
                 CCACHE_REMOTE_STORAGE: \"http://${{CIRRUS_HTTP_CACHE_HOST}}/ccache{layout}\"\n  \
                 compile_script:\n    - echo 'int one(void) {{ return 1; }}' > one.c\n    - ccache gcc -c one.c -o one.o\n    - test -s one.o\n    \
                 - ccache --print-stats"
            );
            let project = task_in(&required("IMAGE_COMPILER"), &format!("dir:{}", store.path().display()), &rest);
            let run = || {
                let outcome = project.run(world, None, &[]).exits(0);
                assert_eq!(warnings(&outcome), [""; 0], "{world:?} {layout}");
                output(&outcome)
            };
            let first = run();
            assert_eq!(counted(&first, "cache_miss"), 1, "{world:?} {layout}: {first}");
            assert_eq!(counted(&first, "remote_storage_hit"), 0, "{world:?} {layout}: {first}");
            let second = run();
            assert_eq!(counted(&second, "cache_miss"), 0, "{world:?} {layout}: {second}");
            assert_eq!(counted(&second, "direct_cache_hit"), 1, "{world:?} {layout}: {second}");
            assert!(counted(&second, "remote_storage_hit") >= 1, "{world:?} {layout}: {second}");
            for run in [first, second] {
                assert_eq!(counted(&run, "remote_storage_error"), 0, "{world:?} {layout}: {run}");
            }
        }
    });
}

/// BuildKit's daemon is a new one in each pod, so that what it does not run again comes from the store.
#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn buildkit_builds_once_for_all_runs() {
    on(BOTH, |world| {
        // Each flag is a text of its own, since it has commas.
        let flags = "\"--export-cache=type=gha,mode=max\", \"--import-cache=type=gha\"";
        let rest = format!("  build_step: {{uses: buildkit, with: {{context: ., tags: [app], flags: [{flags}]}}}}");
        from_cache(world, &project(&rest));
    });
}

fn project(rest: &str) -> (Project, TempDir) {
    let store = TempDir::new().expect("a directory");
    let project = task_in("busybox:latest", &format!("dir:{}", store.path().display()), rest);
    let base = required("BASE_IMAGE_PLAIN");
    project.write("Dockerfile", &format!("FROM {base}\nRUN echo made-by-$((40 + 2)) > /made\nRUN cat /made\n"));
    project.commit();
    (project, store)
}

fn from_cache(world: World, (project, _store): &(Project, TempDir)) {
    let run = || {
        let outcome = project.run(world, None, &[]).exits(0);
        assert_eq!(warnings(&outcome), [""; 0], "{world:?}: {}", outcome.everything());
        output(&outcome)
    };
    let first = run();
    assert!(first.contains("made-by-42") && !first.contains("CACHED"), "{world:?}: {first}");
    let second = run();
    assert!(second.contains("CACHED") && !second.contains("made-by-42"), "{world:?}: {second}");
}

/// Layers in the registry of the store. A branch builds from what main has left there.
#[test]
#[ignore = "needs the Kubernetes node and the container engine that tests/run.sh starts"]
fn shared_layers_are_those_of_the_branch_and_of_what_it_builds_on() {
    on(BOTH, |world| {
        let registry = required("REGISTRY_PLAIN_FROM_PODS");
        let store = format!("oci://{registry}/shared/{world:?}-{}", std::process::id()).to_lowercase();
        let project =
            task_in("busybox:latest", &store, "  build_step: {uses: buildkit, with: {context: ., tags: [app], cache: shared}}");
        let base = required("BASE_IMAGE_PLAIN");
        project.write("Dockerfile", &format!("FROM {base}\nRUN echo made-by-$((40 + 2)) > /made\nRUN cat /made\n"));
        project.commit();
        let run = |branch: &str| {
            let branch = format!("--env=CIRRUS_BRANCH={branch}");
            output(&project.run(world, None, &[&branch, "--env=CIRRUS_DEFAULT_BRANCH=main"]).exits(0))
        };
        let first = run("main");
        assert!(first.contains("made-by-42") && !first.contains("CACHED"), "{world:?}: {first}");
        for branch in ["main", "topic"] {
            let again = run(branch);
            assert!(again.contains("CACHED") && !again.contains("made-by-42"), "{world:?} {branch}: {again}");
        }
    });
}
