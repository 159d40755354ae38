//! Who may say what: a repository's files come true beyond themselves only with the user's trust, and narrow what the platform says.

mod run;

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{IMAGE, Outcome, PLAIN, Project, kubeconfig, project, says, with_contexts};

/// Everything that a hostile repository can try, each with words that it is told by. `MARK` is a file that appears when a program of it ran;
/// `OUT` is a file outside the project that only a reader knows the content of.
const HOSTILE: &[(&str, &str, &[&str])] = &[
    ("secrets: {KEY: {command: [touch, MARK]}}", "command", &["run a program on this machine", "touch"]),
    ("secrets: {KEY: {command: [./get.sh]}}", "program", &["run a program on this machine", "./get.sh"]),
    ("secrets: {KEY: {file: OUT}}", "file", &["read OUT, for the secret KEY"]),
    ("secrets: {KEY: {file: link}}", "link", &["read link, which is OUT"]),
    ("secrets: {KEY: {file: .git/config}}", "git", &[".git/config, for the secret KEY"]),
    ("secrets: {KEY: {env: HOME}}", "env", &["environment variable HOME"]),
    ("secrets: {KEY: {kubernetes: {namespace: kube-system, name: s, key: k}}}", "secret", &["Secret s in namespace kube-system"]),
    (
        "clusters: [{cluster_name: ci-cluster, context: evil, kubeconfig: evil.yaml}]",
        "kubeconfig",
        &["use the kubeconfig evil.yaml"],
    ),
    ("clusters: [{cluster_name: ci-cluster, context: production}]", "context", &["use context production, namespace ci"]),
    (
        "plugins: {./mine.wasm: [containers, environment, environment-set]}",
        "grant",
        &["give the plugin ./mine.wasm these powers", "containers"],
    ),
    (
        "pods: {serviceAccountName: admin, tolerations: [{operator: Exists}], annotations: {a: b}, labels: {team: theirs}}",
        "pods",
        &["give its pods on clusters: service account admin; tolerations *; annotations a=b; labels team=theirs"],
    ),
    (
        "clusters: [{cluster_name: ci-cluster, context: production, pods: {serviceAccountName: admin}}]",
        "pods of a mapping",
        &["give its pods in context production: service account admin"],
    ),
    ("registries: {gcr.io: {insecure: true}}", "insecure", &["registry gcr.io without checking"]),
    ("registries: {gcr.io: {ca_file: OUT}}", "authority", &["registry gcr.io trusting OUT"]),
    ("registries: {docker.io: {mirrors: [evil.example]}}", "mirror", &["registry docker.io asking evil.example first"]),
    ("host_aliases: [{ip: 10.6.6.6, hostnames: [gcr.io]}]", "alias", &["send what goes to gcr.io to 10.6.6.6"]),
];

const HIDDEN: &str = "what only a reader of the file knows";

struct Hostile {
    project: Project,
    outside: tempfile::TempDir,
}

/// The cluster of [`IMAGE`], as its own tool names its context.
const CLUSTER: &str = "gke_p_us-central1-b_ci-cluster";

/// A task that uses a plugin of the project's, which does what the shell does.
const MINE: &str = "t_task:\n  container: {image: busybox}\n  t_step: {uses: ./mine.wasm, with: {lines: [\"true\"]}}\n";

/// The project that has a use for these settings.
fn using(settings: &str) -> Project {
    let project = project(if settings.starts_with("plugins") { MINE } else { IMAGE });
    let (_, shell) = windlass_assets::PLUGINS.iter().find(|(name, _)| *name == "shell").expect("the shell plugin");
    std::fs::write(project.path().join("mine.wasm"), shell).expect("a file");
    project
}

/// The options of a run that uses these settings and lacks nothing but trust.
fn with_use(settings: &str) -> Vec<&'static str> {
    let of_clusters = settings.starts_with("clusters") || settings.starts_with("pods");
    let place: &[&str] = if of_clusters { &[] } else { &["--on", "engine"] };
    let value: &[&str] = if settings.starts_with("secrets") { &[] } else { &["-e", "KEY=long-enough"] };
    [place, value].concat()
}

impl Hostile {
    fn new(settings: &str) -> Self {
        let outside = tempfile::tempdir().expect("a directory");
        let hostile = Self { project: using(settings), outside };
        let (mark, out) = (hostile.mark(), hostile.out());
        let exec = format!(
            "users: [{{name: u, user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, command: touch, args: [{}], \
             interactiveMode: Never}}}}}}]",
            mark.display()
        );
        hostile.project.write("evil.yaml", &kubeconfig(&["evil"]).replace("users: [{name: u, user: {}}]", &exec));
        hostile.project.write("get.sh", &format!("#!/bin/sh\ntouch {}\necho value\n", mark.display()));
        let program = hostile.project.path().join("get.sh");
        std::fs::set_permissions(program, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("its mode");
        std::fs::write(&out, HIDDEN).expect("a file");
        std::os::unix::fs::symlink(&out, hostile.project.path().join("link")).expect("a link");
        hostile.project.write("windlass.yaml", &hostile.fill(settings));
        hostile
    }

    fn mark(&self) -> std::path::PathBuf {
        self.outside.path().join("mark")
    }

    fn out(&self) -> std::path::PathBuf {
        self.outside.path().canonicalize().expect("its path").join("out")
    }

    fn fill(&self, text: &str) -> String {
        text.replace("MARK", &self.mark().display().to_string()).replace("OUT", &self.out().display().to_string())
    }

    fn nothing_happened(&self, what: &str, outcome: &Outcome) {
        assert!(!self.mark().exists(), "{what} ran it");
        assert!(!outcome.everything().contains(HIDDEN), "{what} read it: {}", outcome.everything());
    }
}

/// Each key that reaches beyond the repository: nothing of it is run, read or loaded by any command, `plan` tells it and shows the plan, and
/// `run` names it with the two ways to agree. With `--trust-project` it is no longer what stops the run.
#[test]
fn what_a_repository_asks_for_does_not_happen_without_trust() {
    for (settings, name, told) in HOSTILE {
        let hostile = Hostile::new(settings);
        let told: Vec<String> = told.iter().map(|text| hostile.fill(text)).collect();
        let told: Vec<&str> = told.iter().map(String::as_str).collect();
        // What is not used is not asked for.
        let options = with_use(settings);
        hostile.project.platform("api_patience: 1s\n");
        let run = |arguments: &[&str]| {
            let outcome = with_contexts(&hostile.project, &["production", CLUSTER], arguments);
            hostile.nothing_happened(&format!("{name}: {arguments:?}"), &outcome);
            outcome
        };
        run(&["check"]).exits(0);
        run(&["convert"]);
        for command in [&["ls"][..], &["gc", "--dry-run"], &["doctor"]] {
            run(command);
        }
        says(&run(&[&["plan"], &options[..]].concat()).exits(0).stdout, &[&["still to be trusted"][..], &told].concat());
        let refused = run(&[&["run"], &options[..]].concat()).exits(2);
        says(&refused.stderr, &[&["windlass trust", "--trust-project", "WINDLASS_TRUST_PROJECT=1"][..], &told].concat());
        assert_eq!(refused.stdout, "");
        let mut in_ci = hostile.project.command(&[&["run"], &options[..]].concat());
        in_ci.env("CI", "true").env("KUBECONFIG", hostile.project.path().join("kubeconfig"));
        let output = in_ci.output().expect("windlass runs");
        assert_eq!(output.status.code(), Some(2), "{name}: CI alone is no trust");
        let trusted =
            with_contexts(&hostile.project, &["production", CLUSTER], &[&["run", "--trust-project"], &options[..]].concat());
        assert!(!trusted.stderr.contains("have not trusted"), "{name}: {}", trusted.stderr);
    }
}

/// The settings of a hostile repository are at work once they are trusted: what the test above proves is not that they never are.
#[test]
fn what_is_trusted_happens() {
    for (settings, needle) in
        [("secrets: {KEY: {command: [./get.sh]}}", "mark"), ("secrets: {KEY: {command: [touch, MARK]}}", "mark")]
    {
        let hostile = Hostile::new(settings);
        hostile.project.windlass(&["run", "--on", "engine", "--trust-project"]);
        assert!(hostile.mark().exists(), "{needle}: {settings}");
    }
    let hostile = Hostile::new("clusters: [{cluster_name: x, context: evil, kubeconfig: evil.yaml}]");
    hostile.project.windlass(&["ls", "--trust-project"]);
    assert!(hostile.mark().exists(), "the kubeconfig was loaded");
}

/// A context or namespace that only the files chose needs trust; what the command line or the platform says needs none.
#[test]
fn a_place_needs_trust_unless_the_user_or_the_platform_chose_it() {
    let context = CLUSTER;
    let run = |project: &Project, flags: &[&str]| with_contexts(project, &[context], &[&["run", "-e", "KEY=x"], flags].concat());
    let asks = |outcome: &Outcome| outcome.stderr.contains("have not trusted");
    let project = project(IMAGE);
    // Nobody answers there, which is all that becomes of a run that was trusted.
    project.platform("api_patience: 1s\n");
    let refused = run(&project, &[]).exits(2);
    says(&refused.stderr, &["use context gke_p_us-central1-b_ci-cluster, namespace ci"]);
    says(&run(&project, &["--context", context]).exits(2).stderr, &["use namespace ci of the context that you name"]);
    assert!(!asks(&run(&project, &["--context", context, "--namespace", "ci"])));
    let listed = Project::new(&[(".cirrus.yml", IMAGE)]);
    listed.platform("api_patience: 1s\npolicy: {contexts: ['gke_*/ci']}\n");
    assert!(!asks(&run(&listed, &[])));
    // Beyond the list there is nothing that trust could allow.
    let beyond = run(&listed, &["--namespace", "kube-system", "--trust-project"]).exits(2);
    says(&beyond.stderr, &["namespace kube-system is not among `policy: {contexts: […]}`"]);
    says(&with_contexts(&listed, &[context], &["ls", "--context", context]).exits(2).stderr, &["namespace default is not among"]);
    // A repository's list narrows the platform's and waives nothing.
    let own = Project::new(&[(".cirrus.yml", IMAGE), ("windlass.yaml", "policy: {contexts: ['*']}\n")]);
    assert!(asks(&run(&own, &[])));
}

/// The guarded repository does not supply the guard.
#[test]
fn a_repository_cannot_widen_what_the_platform_says() {
    let project = project(IMAGE);
    project
        .platform("policy: {images: ['docker:latest']}\nregistries: {gcr.io: {mirrors: [ours.example]}}\npull_policy: always\n");
    project.write("windlass.yaml", "policy: {images: ['*']}\n");
    says(&project.windlass(&["plan"]).exits(2).stderr, &["docker:dind"]);
    project.platform("registries: {gcr.io: {mirrors: [ours.example]}}\npull_policy: always\n");
    project.write("windlass.yaml", "registries: {GCR.io: {insecure: true}, gcr.io: {insecure: true}}\npull_policy: never\n");
    let plan = with_contexts(&project, &["gke_p_us-central1-b_ci-cluster"], &["plan"]).exits(0).stdout;
    says(&plan, &["imagePullPolicy: Always"]);
    assert!(!plan.contains("insecure") && !plan.contains("reach the registry"), "{plan}");
}

/// Each further settings file narrows what the earlier ones say, wherever it is named.
#[test]
fn settings_files_that_are_named_are_the_platform_too() {
    let project = project(IMAGE);
    project.write("ci/platform.yaml", "policy: {images: ['docker:latest']}\n");
    says(&project.windlass(&["plan", "--settings", "ci/platform.yaml"]).exits(2).stderr, &["docker:dind"]);
    let mut command = project.command(&["plan"]);
    command.env("WINDLASS_SETTINGS", "ci/platform.yaml");
    assert_eq!(command.output().expect("windlass runs").status.code(), Some(2));
    says(&project.windlass(&["plan", "--settings", "nope.yaml"]).exits(2).stderr, &["nope.yaml do not exist"]);
}

/// `windlass.yaml` lies beside the task file, wherever that is.
#[test]
fn settings_beside_a_named_file_are_read() {
    let project = Project::new(&[("ci/tasks.yml", IMAGE), ("ci/windlass.yaml", "policy: {images: ['docker:latest']}\n")]);
    says(&project.windlass(&["plan", "-f", "ci/tasks.yml"]).exits(2).stderr, &["docker:dind"]);
    let elsewhere = Project::new(&[("ci/.cirrus.yml", IMAGE), ("ci/windlass.yaml", "nonsense: 1\n")]);
    says(&elsewhere.windlass(&["check", "-f", "ci/.cirrus.yml"]).exits(2).stderr, &["ci/windlass.yaml:1:1"]);
}

#[test]
fn a_project_that_asks_for_nothing_is_not_asked_about() {
    let project = project(PLAIN);
    project.write("windlass.yaml", "variables: {TEAM: build}\nsecrets: {KEY: {file: key}}\npolicy: {pod_security: baseline}\n");
    says(&project.windlass(&["trust"]).exits(0).stderr, &["asks for nothing"]);
    assert!(!project.windlass(&["run"]).stderr.contains("trust"));
}

/// Runs windlass on a terminal and types an answer.
fn typed(project: &Project, arguments: &[&str], answer: &str) -> Outcome {
    typed_into(&project.command(&[]), arguments, answer)
}

/// The same with the directory and the variables of a command.
fn typed_into(windlass: &Command, arguments: &[&str], answer: &str) -> Outcome {
    let words = [&[env!("CARGO_BIN_EXE_windlass")][..], arguments].concat().join(" ");
    let directory = windlass.get_current_dir().expect("it has one");
    let mut terminal = Command::new("script");
    let transcript = directory.join("transcript");
    terminal.args(["--quiet", "--return", "--command", &words]).arg(transcript).current_dir(directory);
    for (name, value) in windlass.get_envs() {
        match value {
            Some(value) => terminal.env(name, value),
            None => terminal.env_remove(name),
        };
    }
    let mut child = terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("script runs");
    child.stdin.take().expect("piped").write_all(answer.as_bytes()).expect("the answer is typed");
    Outcome::new(&child.wait_with_output().expect("it ends"))
}

/// One question, remembered; a change asks again and shows only what changed; a moved project asks again; a revoked one, too.
#[test]
fn a_person_is_asked_once_and_again_when_something_changed() {
    let hostile = Hostile::new("secrets: {KEY: {command: [./get.sh]}, OTHER: {env: HOME}}");
    let project = &hostile.project;
    let asked = |outcome: &Outcome| outcome.stdout.matches("[y/N]").count();
    let no = typed(project, &["trust"], "n\n").exits(2);
    assert_eq!(asked(&no), 1, "{}", no.stdout);
    says(&no.stdout, &["./get.sh", "variable HOME", "you did not trust this project"]);
    assert_eq!(no.stdout.matches("variable HOME").count(), 1, "who said no has seen the list: {}", no.stdout);
    assert_eq!(asked(&typed(project, &["run", "--on", "engine"], "\n").exits(2)), 1, "an empty answer is a no");
    assert!(!hostile.mark().exists());
    let yes = typed(project, &["trust"], "y\n").exits(0);
    assert_eq!(asked(&yes), 1);
    assert_eq!(asked(&typed(project, &["trust"], "").exits(0)), 0, "it is remembered");
    assert!(!project.windlass(&["run", "--on", "engine"]).stderr.contains("have not trusted"), "and holds without a terminal");

    // The program itself is part of what was trusted.
    project.write("get.sh", "#!/bin/sh\necho something else\n");
    let again = typed(project, &["trust"], "y\n").exits(0);
    assert_eq!(asked(&again), 1);
    says(&again.stdout, &["now asks", "./get.sh", "has changed since you trusted it"]);
    assert!(!again.stdout.contains("variable HOME"), "only what changed: {}", again.stdout);
    let shown = project.windlass(&["trust", "--show", "--output", "json"]).exits(0).stdout;
    let shown: Value = serde_json::from_str(&shown).expect("JSON");
    assert_eq!((&shown["trusted"], shown["asks"].as_array().map(Vec::len)), (&true.into(), Some(2)));

    // And where a link of the tree leads that stands for it.
    let program = project.path().join("get.sh");
    for (target, questions) in [("/bin/true", 1), ("/bin/true", 0), ("/bin/false", 1)] {
        std::fs::remove_file(&program).expect("removed");
        std::os::unix::fs::symlink(target, &program).expect("a link");
        let leads_to = Path::new(target).canonicalize().expect("its path").display().to_string();
        let again = typed(project, &["trust"], "y\n").exits(0);
        assert_eq!(asked(&again), questions, "{target}: {}", again.stdout);
        assert!(questions == 0 || again.stdout.contains(&format!("where ./get.sh is {leads_to}")), "{}", again.stdout);
    }

    let moved = Hostile::new("secrets: {OTHER: {env: HOME}}");
    let records = project.state().join("trust");
    let target = moved.project.state().join("trust");
    std::fs::create_dir_all(&target).expect("a directory");
    for record in std::fs::read_dir(&records).expect("records") {
        let record = record.expect("a record");
        std::fs::copy(record.path(), target.join(record.file_name())).expect("copied");
    }
    says(&moved.project.windlass(&["trust"]).exits(2).stderr, &["variable HOME"]);

    says(&project.windlass(&["trust", "--revoke"]).exits(0).stderr, &["no longer trusted"]);
    project.windlass(&["run", "--on", "engine"]).exits(2);
}

/// Nobody is asked to trust a project for a task that is not there, and the command that asks is not answered with a flag for others.
#[test]
fn trust_is_asked_for_what_can_run() {
    let project = project(PLAIN);
    project.write("windlass.yaml", "secrets: {KEY: {env: HOME}}\n");
    let refused = project.windlass(&["run", "--on", "engine", "nosuch"]).exits(2).stderr;
    says(&refused, &["no task is called `nosuch`"]);
    assert!(!refused.contains("have not trusted"), "{refused}");
    says(&project.windlass(&["trust", "--trust-project"]).exits(2).stderr, &["for one command", "leave it out here"]);
}

/// What is to be said of the task file does not stand in front of the question.
#[test]
fn trust_shows_what_is_asked_for_and_nothing_else() {
    let project = project("a_task:\n  container: {image: busybox}\n  a_script: echo $CIRRUS_LAST_GREEN_CHANGE\n");
    project.write("windlass.yaml", "secrets: {KEY: {env: HOME}}\n");
    project.commit();
    project.write("other", "not committed");
    let shown = project.windlass(&["trust", "--show"]).exits(0).everything();
    assert_eq!(shown, "not trusted  read the environment variable HOME of this machine, for the secret KEY\n");
}

/// Before, the default namespace was listed, too, where no task of the file goes.
#[test]
fn trust_lists_no_place_that_no_task_uses() {
    let project = project(IMAGE);
    let mapping = "clusters:\n  - cluster_name: ci-cluster\n    zone: us-central1-b\n    context: staging\n";
    project.write("windlass.yaml", mapping);
    let shown = with_contexts(&project, &["staging"], &["trust", "--show"]).exits(0).stdout;
    says(&shown, &["context staging, namespace ci"]);
    assert!(!shown.contains("namespace default"), "{shown}");
}
