//! What goes wrong in a build, or when its image is pushed, is told in one sentence that says what to do: the same words whichever builder it
//! was. Real builders and real registries, on the real node.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use serde_json::Value;
use support::builders::{self, Builder};
use support::world::required;
use support::{Outcome, Project, World, cut, matrix};

/// One way to fail.
struct Case {
    name: &'static str,
    dockerfile: String,
    /// Where the image is to go: registry and repository.
    repository: String,
    /// Who logs in there.
    user: String,
    /// The variable that holds the password.
    password: &'static str,
    /// Further keys of the build's `with`.
    with: &'static str,
    /// What the task's failure says.
    says: &'static [&'static str],
    /// The exit code that it has.
    exit_code: Option<i64>,
}

/// More than a cut connection lets through, and nothing that a registry has already.
const COPY: &str = "FROM scratch\nCOPY noise /noise\n";

/// `cut` is a registry that breaks every upload off.
fn cases(builder: &Builder, cut: &str) -> Vec<Case> {
    let base = matrix::base(builder);
    let case = |name, dockerfile: String, says, exit_code| Case {
        name,
        dockerfile,
        repository: "gcr.io/my-project/messages".into(),
        user: required("REGISTRY_USER"),
        password: "REGISTRY_KEY",
        with: "",
        says,
        exit_code,
    };
    // Makisu cannot push to all of these registries, so the helper of `oci-push` does, which names the registry in its own words.
    let by_helper = builder.plugin == builders::MAKISU.plugin;
    let push = |name, repository: String, says, helper_says| {
        let says = if by_helper { helper_says } else { says };
        Case { repository, ..case(name, COPY.to_owned(), says, None) }
    };
    let mut cases = vec![
        case(
            "run",
            format!("FROM {base}\nRUN true\nRUN echo about to fail && exit 7\n"),
            &["RUN in line 3 of the Dockerfile exited with code 7"],
            Some(7),
        ),
        case(
            "full",
            format!("FROM {base}\nRUN dd if=/dev/zero of=/dev/full bs=1024 count=1\n"),
            &["RUN in line 2 of the Dockerfile exited with code 1", "the disk is full"],
            Some(1),
        ),
        case("base", format!("FROM {}\nRUN true\n", base.replace("busybox", "no-such-image")), &["is not in its registry"], None),
        Case {
            password: "WRONG_KEY",
            ..push(
                "password",
                "gcr.io/my-project/messages".into(),
                &["refuses the credentials", "check the login step"],
                &["gcr.io refuses the credentials", "check the name and the password"],
            )
        },
        push(
            "clock",
            format!("{}/my-project/messages", required("REGISTRY_EXPIRED")),
            &["certificate is not valid at this time", "the node's clock is wrong"],
            &["the certificate of gcr.io", "has expired, or this machine's clock is wrong"],
        ),
        push("cut", format!("{cut}/messages"), &["closed the connection", "try again"], &["cannot send to", "tried 6 times"]),
    ];
    let repository = format!("{}/somebody-else/messages", required("REGISTRY_TOKEN"));
    let user = required("REGISTRY_TOKEN_USER");
    cases.push(Case { user, ..push("right", repository, &["the credentials", "the account may"], &["does not permit"]) });
    let eats = format!("FROM {base}\nRUN head -c 1000000000 /dev/zero | tail\nRUN false\n");
    // Kernels that keep control groups of version 1 flat do not count a daemon's containers to the pod, so the build has a limit of its own.
    let with = if builder.plugin == builders::DOCKER.plugin { ", flags: ['--memory=300m']" } else { "" };
    cases.push(Case { with, ..case("memory", eats, &["ran out of memory and was killed (137)", "more `memory`"], Some(137)) });
    cases
}

impl Case {
    fn registry(&self) -> &str {
        self.repository.split_once('/').map_or("", |(registry, _)| registry)
    }

    fn task(&self, builder: &Builder) -> String {
        let Self { name, repository, user, password, with: own, .. } = self;
        let Builder { plugin, push, main, with, namespace, .. } = builder;
        format!(
            "{name}_task:\n\
            \x20 kubernetes_container: {{image: '{main}', namespace: {namespace}, cpu: 0.2, memory: 128Mb}}\n\
            \x20 login_step: {{uses: registry-login, with: {{registry: '{}', username: {user}, password: {password}}}}}\n\
            \x20 build_step: {{uses: {plugin}, with: {{context: {name}, tags: ['{repository}/{}:{name}'], memory: 400Mb{with}{own}}}}}\n\
            \x20 push_step: {{uses: {push}}}\n",
            self.registry(),
            builder.word(),
        )
    }

    /// Asserts that its task failed with its words.
    fn is_told(&self, builder: &Builder, outcome: &Outcome) {
        let events = outcome.events();
        let failed = |event: &&Value| {
            event["event"] == "step_finished" && event["task"] == self.name && event["outcome"]["result"] == "failed"
        };
        let failure = events.iter().find(failed).map(|event| &event["outcome"]);
        let failure =
            failure.unwrap_or_else(|| panic!("{} did not fail with {}: {}", self.name, builder.plugin, outcome.everything()));
        let message = failure["message"].as_str().unwrap_or_default();
        for words in self.says {
            assert!(message.contains(words), "{} with {}: `{words}` is missing: {message}", self.name, builder.plugin);
        }
        if let Some(code) = self.exit_code {
            assert_eq!(failure["exit_code"], code, "{} with {}: {message}", self.name, builder.plugin);
        }
    }
}

fn tells_what_goes_wrong(builder: &Builder) {
    let cut = cut::in_front_of(&required("REGISTRY_ADDRESS"), &required("REGISTRY_PLAIN"));
    let cases = cases(builder, &cut);
    let tasks: String = cases.iter().map(|case| case.task(builder)).collect();
    let project =
        Project::new(&[(".cirrus.yml", &format!("env:\n  REGISTRY_KEY: ENCRYPTED[a]\n  WRONG_KEY: ENCRYPTED[b]\n{tasks}"))]);
    for case in &cases {
        project.write(&format!("{}/Dockerfile", case.name), &case.dockerfile);
        std::fs::write(project.path().join(case.name).join("noise"), matrix::noise(1_000_000)).expect("the file is written");
    }
    let authority = required("REGISTRY_CA");
    let more: String = ["REGISTRY_TOKEN", "REGISTRY_EXPIRED"]
        .map(|name| format!("  '{}': {{ca_file: '{authority}'}}\n", required(name)))
        .concat();
    project.write("windlass.yaml", &format!("{}{more}  '{cut}': {{insecure: true}}\n", matrix::settings(World::Kube)));
    // bcrypt compares 72 bytes, so a wrong key must differ before that.
    project.write("wrong.key", "this is not the key");
    project.commit();
    let outcome = project.run(World::Kube, Some("REGISTRY_KEY"), &["--jobs=2", "--secret=WRONG_KEY=file:wrong.key"]).exits(1);
    assert_eq!(World::Kube.standing(&outcome.run()), [""; 0], "nothing of the run is left");
    for case in &cases {
        case.is_told(builder, &outcome);
    }
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn docker() {
    tells_what_goes_wrong(&builders::DOCKER);
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn kaniko() {
    tells_what_goes_wrong(&builders::KANIKO);
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn makisu() {
    tells_what_goes_wrong(&builders::MAKISU);
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn buildkit() {
    tells_what_goes_wrong(&builders::BUILDKIT);
}

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn buildah() {
    tells_what_goes_wrong(&builders::BUILDAH);
}
