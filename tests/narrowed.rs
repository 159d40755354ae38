//! What a platform narrows stays usable: Kaniko with containers of its own at Pod Security `baseline`, and nothing more, builds and pushes on
//! the real node, while a `RUN` of its Dockerfile looks for everything that is not its step's.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use support::{Project, World, builders, matrix, registry};

/// The value of a secret that is another step's.
const VALUE: &str = "wholly-unrelated";

/// What marks something that a `RUN` found and should not have.
const FOUND: &str = "FOUND-IT";

/// Everything that a `RUN` under Kaniko could try without a program of its own: the task's other secret by its name and by its value, the
/// files of windlass, and the agent's memory. What is found is marked.
const LOOK: &str = "( env | grep -i other; grep -rl wholly-unrelate[d] /windlass /proc/1/environ /proc/self/environ /tmp /etc /root; \
    ls /windlass/secret; for of in environ maps mem; do head -c1 /proc/1/$of >/dev/null && echo agent $of; done ) 2>/dev/null \
    | sed s/^/FOUND''-IT:/; echo looked everywhere";

/// Nobody gets anything by default; each of these three gets what it cannot do without.
const GRANTS: &str = "policy: {pod_security: baseline}\n\
    plugins:\n\
    \x20 built-in: []\n\
    \x20 kaniko: [{containers: own}, {pod: {level: baseline}}, registries, {secrets: []}]\n\
    \x20 registry-login: [{secrets: [REGISTRY_KEY]}]\n\
    \x20 oci-push: [{containers: [main]}, registries]\n";

/// A project whose platform says this, and those grants.
fn project(platform: &str) -> Project {
    let project = Project::new(&[
        (
            ".cirrus.yml",
            "env:\n  REGISTRY_KEY: ENCRYPTED[key]\n  OTHER: ENCRYPTED[other]\n\
             narrow_task:\n\
             \x20 kubernetes_container: {image: 'docker.io/library/busybox:latest', namespace: windlass-baseline, cpu: 0.5, memory: 256Mb}\n\
             \x20 login_step: {uses: registry-login, with: {registry: gcr.io, username: _json_key, password: REGISTRY_KEY}}\n\
             \x20 build_step: {uses: kaniko, with: {tags: ['gcr.io/my-project/narrowed:$CIRRUS_CHANGE_IN_REPO']}}\n\
             \x20 push_step: {uses: oci-push}\n",
        ),
        ("Dockerfile", &format!("FROM {}\nRUN {LOOK}\nCMD [\"true\"]\n", matrix::base(&builders::KANIKO))),
        // What is to be found: the search works, and the working copy is the builder's to see.
        ("control", VALUE),
    ]);
    project.platform(&format!("{platform}{GRANTS}"));
    project
}

/// The whole way from the Dockerfile to the registry, with one plugin that may use containers of its own and no other container.
#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn kaniko_builds_with_containers_of_its_own_at_baseline_and_its_run_finds_nothing() {
    let project = project(&matrix::settings(World::Kube));
    let head = project.commit();
    let elsewhere = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(elsewhere.path(), VALUE).expect("the file is written");
    let other = format!("--secret=OTHER=file:{}", elsewhere.path().display());
    let outcome = project.run(World::Kube, Some("REGISTRY_KEY"), &[&other]).exits(0);
    let data: String = outcome.events().iter().filter_map(|event| event["data"].as_str().map(str::to_owned)).collect();
    assert!(data.lines().any(|line| line.ends_with("looked everywhere") && !line.contains("echo")), "the RUN ran: {data}");
    let found: Vec<&str> = data.lines().filter_map(|line| line.split_once(FOUND)).map(|(_, what)| what).collect();
    assert_eq!(found, [":/windlass/shared/cirrus-ci-build/control"]);
    let digest = registry::digest("my-project/narrowed", &head).expect("the image is served");
    assert!(outcome.stdout.contains(&digest), "{digest} is not what windlass printed");
    assert_eq!(World::Kube.standing(&outcome.run()), [""; 0], "nothing of the run is left");
}

/// The plan says it by name, and needs neither cluster nor engine for it: who can see the task's secrets, and who cannot.
#[test]
fn the_plan_tells_own_containers_from_the_tasks() {
    let plan = project("").windlass(&["plan", "--on=engine"]).exits(0).stdout;
    for line in [
        "brought by step build",
        "may: pod (up to baseline; ",
        "runs commands in its own kaniko, where it has, of the task's secrets, the registry credentials made of REGISTRY_KEY",
        "runs commands in main: can see every secret of the task: OTHER, REGISTRY_KEY",
    ] {
        assert!(plan.contains(line), "`{line}` is missing: {plan}");
    }
    assert_eq!(plan.matches("can see every secret").count(), 1, "only the push runs in the task's container: {plan}");
}
