//! What plugins may do, and what policy lets anybody do: refused, shown and remembered by `windlass plan`.

use serde_json::Value;

use super::support::kind::{as_kind, with_manifest};
use super::support::plugins::fixture;
use super::{IMAGE, PLAIN, Project, project, says};

/// A component with other bytes that does the same: a section more.
fn shell(with: &[u8]) -> Vec<u8> {
    let (_, shell) = windlass_assets::PLUGINS.iter().find(|(name, _)| *name == "shell").expect("the shell plugin");
    // A custom section: its id, its size, the size of its name, its name.
    let section = [&[0, u8::try_from(with.len() + 1).expect("short"), u8::try_from(with.len()).expect("short")], with].concat();
    if with.is_empty() { shell.to_vec() } else { [shell, section.as_slice()].concat() }
}

/// A project whose task uses a plugin from outside, which is granted.
fn with_plugin(name: &str) -> Project {
    let step =
        format!("lint_task:\n  container: {{image: busybox}}\n  lint_step: {{uses: {name}, with: {{lines: [\"true\"]}}}}\n");
    let project = project(&step);
    std::fs::create_dir(project.path().join("plugins")).expect("a directory");
    std::fs::write(project.path().join("plugins/scan.wasm"), shell(b"")).expect("a file");
    std::fs::write(project.path().join("evil.wasm"), shell(b"evil")).expect("a file");
    project
}

/// What a plugin needs that does what the shell does.
const POWERS: &str = "[containers, environment, environment-set]";

#[test]
fn policy_is_enforced_where_the_plan_is_made() {
    let project = project(IMAGE);
    project.write("windlass.yaml", "policy:\n  pod_security: baseline\n");
    let refused = project.windlass(&["plan"]).exits(2).stderr;
    says(
        &refused,
        &["task image", "dockerdaemon needs Pod Security privileged", "securityContext.privileged=true", "windlass.yaml"],
    );
    project.write("windlass.yaml", "policy:\n  images: ['docker:latest']\n");
    says(&project.windlass(&["plan"]).exits(2).stderr, &["docker:dind", "docker.io/library/docker:dind"]);
    project.write("windlass.yaml", "policy:\n  plugins: [docker-build]\n");
    says(&project.windlass(&["plan"]).exits(2).stderr, &["plugin shell"]);
    project.write("windlass.yaml", "policy:\n  privileged: deny\n");
    says(&project.windlass(&["plan"]).exits(2).stderr, &["`policy` has no key `privileged`", "write `pod_security: baseline`"]);
}

/// Whatever a path passes through, and wherever a link leads: a policy and a grant for a directory are for what lies in it.
#[test]
fn a_grant_for_a_directory_is_for_what_lies_in_it() {
    let grants = format!("policy: {{plugins: ['./plugins/*']}}\nplugins: {{'./plugins/*': {POWERS}}}\n");
    let good = with_plugin("./plugins/scan.wasm");
    good.write("windlass.yaml", &grants);
    says(&good.windlass(&["plan"]).exits(0).stdout, &["./plugins/scan.wasm (", "calls itself \"shell\""]);
    for name in ["./plugins/../evil.wasm", "./plugins/link.wasm"] {
        let project = with_plugin(name);
        std::os::unix::fs::symlink("../evil.wasm", project.path().join("plugins/link.wasm")).expect("a link");
        project.write("windlass.yaml", &grants);
        says(&project.windlass(&["plan"]).exits(2).stderr, &["is not among `policy: {plugins: […]}`"]);
        let without_policy = grants.lines().last().expect("a line").to_owned();
        project.write("windlass.yaml", &without_policy);
        says(&project.windlass(&["plan"]).exits(4).stderr, &["`containers`", "which it was not granted"]);
    }
}

/// Every settings file has the same name, so what is to be written where is told with the path.
#[test]
fn a_refusal_names_the_file_by_its_path() {
    let project = with_plugin("./plugins/scan.wasm");
    let user = project.nowhere().with_file_name("config").join("windlass/windlass.yaml").display().to_string();
    let refused = |platform: &str, repository: &str| {
        project.platform(platform);
        project.write("windlass.yaml", repository);
        project.windlass(&["plan"]).exits(4).stderr
    };
    let (none, some) = ("{}\n", "plugins: {./plugins/scan.wasm: [environment]}\n");
    let all = format!("plugins: {{./plugins/scan.wasm: {POWERS}}}\n");
    says(&refused(none, none), &["to grant it, add to ./windlass.yaml:"]);
    says(&refused(none, some), &["to grant it, add to ./windlass.yaml, replacing what it says"]);
    says(&refused(&all, some), &["to grant it, add to ./windlass.yaml, replacing what it says"]);
    says(&refused(some, none), &[&format!("to grant it, add to {user}, replacing what it says")]);
    let both = refused(some, some);
    says(&both, &[&format!("to grant it, add to {user}, replacing"), "to grant it, add to ./windlass.yaml, replacing"]);
    project.write("windlass.yaml", "policy: {plugins: [shell]}\n");
    says(&project.windlass(&["plan"]).exits(2).stderr, &["of ./windlass.yaml"]);
    project.write("windlass.yaml", none);
    project.platform("policy: {plugins: [shell]}\n");
    says(&project.windlass(&["plan"]).exits(2).stderr, &[&format!("of {user}")]);
}

/// The line of a refusal is one that works, and for a file that was granted by digest it is one by digest.
#[test]
fn a_file_that_was_granted_by_its_digest_is_asked_for_by_its_digest() {
    let project = with_plugin("./plugins/scan.wasm");
    project.write("windlass.yaml", &format!("plugins: {{'sha256:{}': {POWERS}}}\n", "ab".repeat(32)));
    let refused = project.windlass(&["plan"]).exits(4).stderr;
    says(&refused, &["settings grant by digest", "add to ./windlass.yaml"]);
    let line = refused.lines().map(str::trim).find(|line| line.starts_with("plugins: {\"sha256:")).expect("the line to write");
    project.write("windlass.yaml", line);
    project.windlass(&["plan"]).exits(0);
}

/// A file that was swapped for another with the same powers is told before it runs.
#[test]
fn a_swapped_plugin_does_not_run_without_a_word() {
    let project = with_plugin("./plugins/scan.wasm");
    project.write("windlass.yaml", &format!("plugins: {{./plugins/scan.wasm: {POWERS}}}\n"));
    let changed = "plugin ./plugins/scan.wasm changed since it last ran for this project: it was sha256:";
    // There is no engine, so the run ends where it would connect.
    assert!(!project.windlass(&["run", "--trust-project"]).exits(3).stderr.contains(changed));
    assert!(!project.windlass(&["plan"]).exits(0).stdout.contains(changed), "the same file");
    std::fs::write(project.path().join("plugins/scan.wasm"), shell(b"other")).expect("a file");
    says(&project.windlass(&["plan"]).exits(0).stdout, &[changed]);
    says(&project.windlass(&["run", "--trust-project"]).exits(3).stderr, &[changed]);
    assert!(!project.windlass(&["plan"]).exits(0).stdout.contains(changed), "it was told when it ran");
}

/// That built-in plugins get what they ask for is a default, and can be taken away from all of them or from one.
#[test]
fn a_platform_takes_powers_from_what_windlass_carries() {
    let project = project(PLAIN);
    project.write("windlass.yaml", "plugins: {built-in: []}\n");
    let refused = project.windlass(&["plan"]).exits(4).stderr;
    says(&refused, &["plugin shell (built in, ", "`containers`, which it was not granted", "plugins: {shell: ["]);
    let line = refused.lines().map(str::trim).find(|line| line.starts_with("plugins: {shell: [")).expect("the line to write");
    project.write("windlass.yaml", line);
    project.windlass(&["plan"]).exits(0);
    project.write("windlass.yaml", "plugins: {built-in: [{containers: own}, environment, environment-set]}\n");
    says(
        &project.windlass(&["plan"]).exits(4).stderr,
        &["asks for containers (main), and containers (own) is all that it was granted", "{containers: [main]}"],
    );
}

#[test]
fn what_each_plugin_can_see_is_in_the_plan_as_data() {
    let plan = project(IMAGE).windlass(&["plan", "--on", "engine", "--output", "json"]).exits(0).stdout;
    let plan: Value = serde_json::from_str(&plan).expect("JSON");
    let sight = &plan["tasks"][0]["steps"][1]["sight"];
    assert_eq!(*sight, serde_json::json!({"of_task": ["main"], "own": [], "secrets": ["KEY"], "credentials": [], "opens": []}));
}

/// A hostile plugin that was granted all that its manifest asks for: what it answers is refused before anything exists, by the whole program.
/// What it may bring is shown with who brought it.
#[test]
fn a_hostile_answer_ends_the_plan() {
    let component = fixture("misbehaving");
    let grants = "plugins: {./m.wasm: [{pod: {level: privileged}}, containers, registries, environment, environment-set, secrets, \
                  secrets-reveal, workspace-read, workspace-write, http, results]}\n";
    let plan = |needs: &str, settings: &str| {
        let text = serde_json::json!({"needs": needs}).to_string();
        let project = project(&format!("t_task:\n  container: {{image: busybox}}\n  t_step: {{uses: ./m.wasm, with: {text}}}\n"));
        std::fs::copy(&component, project.path().join("m.wasm")).expect("a file");
        project.write("windlass.yaml", settings);
        let mut command = project.command(&["plan"]);
        let outcome = command.output().expect("windlass runs");
        (outcome.status.code(), String::from_utf8_lossy(&outcome.stdout).into_owned() + &String::from_utf8_lossy(&outcome.stderr))
    };
    for (needs, reason) in [
        (r#"{"containers": [{"name": "main"}]}"#, "main"),
        (r#"{"containers": [{"name": "windlass-x"}]}"#, "windlass-x"),
        (r#"{"containers": [{"name": "a", "mounts": [{"volume": "windlass-secret", "path": "/x"}]}]}"#, "windlass-secret"),
        (r#"{"containers": [{"name": "a", "mounts": [{"volume": "windlass-run-0", "path": "/x"}]}]}"#, "windlass-run-0"),
        (
            r#"{"containers": [{"name": "a", "mounts": [{"volume": "v", "path": "/windlass"}]}], "volumes": [{"name": "v"}]}"#,
            "/windlass",
        ),
        (r#"{"volumes": [{"name": "windlass-agent"}]}"#, "windlass-agent"),
        (r#"{"env": {"LD_PRELOAD": "/x"}}"#, "LD_PRELOAD"),
        (r#"{"env": {"HTTPS_PROXY": "http://evil"}}"#, "HTTPS_PROXY"),
    ] {
        let (code, text) = plan(needs, grants);
        assert_eq!(code, Some(4), "{needs}: {text}");
        says(&text, &["t", reason]);
        assert!(!text.contains("kind: Pod"), "{text}");
    }
    // What it says of itself is told as its words.
    let (code, text) = plan("write in windlass.yaml: plugins: {./m.wasm: [secrets-reveal]}", grants);
    assert_eq!(code, Some(4), "{text}");
    says(&text, &["plugin ./m.wasm says: "]);
    let privileged = r#"{"containers": [{"name": "a", "security": {"privileged": true}}], "env": {"RESULT": "x"}}"#;
    let (code, text) = plan(privileged, grants);
    assert_eq!(code, Some(0), "{text}");
    says(&text, &["container a", "privileged), brought by step t", "variable RESULT", "x, brought by step t"]);
    let (code, text) = plan(privileged, &grants.replace("{pod: {level: privileged}}", "pod"));
    assert_eq!(code, Some(4), "{text}");
    says(&text, &["brings container a, which needs Pod Security privileged", "`pod: level`", "{pod: {level: privileged}}"]);
    let (code, text) = plan(privileged, &format!("{grants}policy: {{pod_security: baseline}}\n"));
    assert_eq!(code, Some(2), "{text}");
    says(&text, &["container a of step t needs Pod Security privileged"]);
    let (code, text) = plan(privileged, "");
    assert_eq!(code, Some(4), "{text}");
    says(&text, &["asks for `pod`, which it was not granted", "to grant it, add to ./windlass.yaml"]);
}

/// The same of plugins of the other kinds, and what one says of itself that is not so.
#[test]
fn a_hostile_plugin_of_any_kind_ends_the_plan() {
    let component = std::fs::read(fixture("misbehaving")).expect("a component");
    let grants = "plugins: {./m.wasm: [{pod: {level: privileged}}, containers, registries, environment, environment-set, secrets, \
                  secrets-reveal, workspace-read, workspace-write, http, results]}\n";
    let plan = |component: &[u8], kind: &str, request: Value| {
        let mut request = request;
        if kind == "build" {
            request["tags"] = serde_json::json!(["corp.io/a:1"]);
        }
        let project =
            project(&format!("t_task:\n  container: {{image: busybox}}\n  t_step: {{uses: ./m.wasm, with: {request}}}\n"));
        std::fs::write(project.path().join("m.wasm"), component).expect("a file");
        project.write("windlass.yaml", grants);
        let outcome = project.command(&["plan"]).output().expect("windlass runs");
        let text = [outcome.stdout, outcome.stderr].concat();
        (outcome.status.code(), String::from_utf8_lossy(&text).into_owned())
    };
    for kind in ["login", "build", "push"] {
        let component = as_kind(&component, kind);
        assert_eq!(plan(&component, kind, serde_json::json!({})).0, Some(0), "{kind}");
        for (request, words) in [
            (serde_json::json!({"needs": r#"{"containers": [{"name": "main"}]}"#}), &["containers[0].name"][..]),
            (serde_json::json!({"needs": r#"{"env": {"LD_PRELOAD": "/x"}}"#}), &["LD_PRELOAD"]),
            (
                serde_json::json!({"needs": r#"{"containers": [{"name": "a", "image": "a:1\n  help: trust it"}]}"#}),
                &["containers[0].image: `a:1   help: trust it` is not an image reference"],
            ),
            (serde_json::json!({"requirements": "panic"}), &["broke in `requirements`", "the sky is falling"]),
            (serde_json::json!({"requirements": "lines"}), &["plugin ./m.wasm says: it went wrong"]),
        ] {
            let (code, text) = plan(&component, kind, request.clone());
            assert_eq!(code, Some(4), "{kind} {request}: {text}");
            says(&text, words);
            assert!(!text.contains("\n  help: trust it") && !text.contains("\nerror: nothing"), "{kind} {request}: {text}");
        }
    }
    let shell = windlass_assets::PLUGINS.iter().find(|(name, _)| *name == "shell").expect("the shell plugin").1;
    let odd = with_manifest(shell, r#""kind":"step""#, r#""kind":"push""#);
    let (code, text) = plan(&odd, "push", serde_json::json!({}));
    assert_ne!(code, Some(0), "{text}");
    says(&text, &["its manifest says that it is a push plugin, but it does not export windlass:plugin/push-plugin"]);
}

/// What a plugin may bring is known without running it.
#[test]
fn what_plugins_may_bring_is_shown_without_running_them() {
    let project = project(PLAIN);
    let inspect = |name: &str| project.windlass(&["plugin", "inspect", name]).exits(0).stdout;
    says(
        &inspect("docker-build"),
        &[
            "may bring containers up to Pod Security privileged",
            "port 2375",
            "the task's containers, where it can see the task's secrets",
        ],
    );
    let kaniko = inspect("kaniko");
    says(
        &kaniko,
        &[
            "may bring containers up to Pod Security baseline",
            "containers that it brings, where there is no secret of the task but the registry credentials of the task's login steps and the secrets \
             that it opens",
        ],
    );
    assert!(
        !kaniko.contains("URL of a git repository") && inspect("docker-build").contains("URL of a git repository"),
        "{kaniko}"
    );
    assert!(!kaniko.contains("where it can see the task's secrets"), "{kaniko}");
    let list = project.windlass(&["plugin", "ls"]).exits(0).stdout;
    let line = |name: &str| list.lines().find(|line| line.starts_with(&format!("{name} "))).unwrap_or_default().to_owned();
    assert!(line("docker-build").contains("privileged!"), "{list}");
    assert!(line("kaniko").contains("baseline ") && line("buildkit").contains("baseline+"), "{list}");
    assert!(line("shell").contains("nothing"), "{list}");
}
