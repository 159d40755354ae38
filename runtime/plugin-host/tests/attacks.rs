//! Every function of the interface, called as an attacker would: without a grant, with it, and with arguments that no friend would give.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};
use support::backend::Local;
use support::{everything, host, host_of_generators, inspect, run};
use windlass_engine::ports::plugin::{PluginError, PluginHost as _, SourceFile, StepInput};
use windlass_model::plugin::{Grants, PluginKind, Power};
use windlass_plugin_host::Limits;

/// A function of the interface.
struct Row {
    /// `INTERFACE.FUNCTION`, or `INTERFACE.RESOURCE.FUNCTION`.
    function: &'static str,
    /// The power that it belongs to, if any.
    power: Option<Power>,
    /// Arguments with which it works once everything is granted.
    works: Value,
    /// Arguments that are refused, and words of the refusal.
    hostile: Vec<(Value, &'static str)>,
}

fn row(function: &'static str, power: Option<Power>, works: Value, hostile: &[(Value, &'static str)]) -> Row {
    Row { function, power, works, hostile: hostile.to_vec() }
}

fn rows() -> Vec<Row> {
    let huge = || json!({"text": "HUGE"});
    let containers = Some(Power::Containers);
    // The backend of these tests writes to this machine: never a file that anybody needs.
    let scratch = std::env::temp_dir().join(format!("windlass-attack-{}", std::process::id())).display().to_string();
    let path = [(huge(), "a path has 20971520 bytes"), (json!({"text": "/tmp/a\u{0}b"}), "a path cannot hold a NUL")];
    vec![
        row("host.log", None, huge(), &[]),
        row("host.cancelled", None, json!({}), &[]),
        row(
            "secrets.open",
            Some(Power::Secrets),
            json!({"text": "TOKEN"}),
            &[(huge(), "a secret's name has"), (json!({"text": "A=TOKEN"}), "cannot name a secret")],
        ),
        row("secrets.secret.name", Some(Power::Secrets), json!({"text": "TOKEN"}), &[]),
        row("secrets-reveal.reveal", Some(Power::SecretsReveal), json!({"text": "TOKEN"}), &[]),
        row(
            "secrets-reveal.conceal",
            Some(Power::SecretsReveal),
            json!({"text": "x"}),
            &[(huge(), "a secret has 20971520 bytes")],
        ),
        row("environment.get", Some(Power::Environment), json!({"text": "A"}), &[(huge(), "a variable's name has")]),
        row(
            "environment-set.set",
            Some(Power::EnvironmentSet),
            json!({"text": "A"}),
            &[
                (huge(), "is not a variable name"),
                (json!({"text": ""}), "is not a variable name"),
                (json!({"text": "A=B"}), "is not a variable name"),
                (json!({"text": "A\n"}), "is not a variable name"),
                (json!({"text": "A", "value": "a\u{0}b"}), "cannot hold a NUL"),
                (json!({"text": "A", "value": "x".repeat((1 << 20) + 1)}), "a variable has"),
            ],
        ),
        row("containers.default", containers, json!({}), &[]),
        row(
            "containers.open",
            containers,
            json!({"text": "other"}),
            &[(huge(), "a container's name has"), (json!({"text": "nowhere"}), "they can in: main, other")],
        ),
        row("containers.private-directory", containers, json!({}), &[]),
        row("containers.shared-directory", containers, json!({}), &[]),
        row("containers.container.name", containers, json!({}), &[]),
        row("containers.container.working-dir", containers, json!({}), &[]),
        row("containers.container.architecture", containers, json!({}), &[]),
        row("containers.container.find-program", containers, json!({"text": "sh"}), &[(huge(), "a program's name has")]),
        row("containers.container.read-file", containers, json!({"text": scratch}), &path),
        row("containers.container.write-file", containers, json!({"text": scratch}), &path),
        row("containers.container.remove-file", containers, json!({"text": scratch}), &path),
        row(
            "containers.container.start",
            containers,
            json!({"text": "x"}),
            &[(huge(), "a command has 20971524 bytes"), (json!({"text": "a\u{0}b"}), "cannot hold a NUL")],
        ),
        row("containers.process.read", containers, json!({}), &[]),
        row("containers.process.wait", containers, json!({}), &[]),
        row("containers.process.kill", containers, json!({}), &[]),
        row("containers.process.keep", containers, json!({}), &[]),
        row("registries.known", Some(Power::Registries), json!({}), &[]),
        row(
            "http.send",
            Some(Power::Http),
            json!({"text": "https://api.corp.example/", "value": "SECRET"}),
            &[
                (huge(), "an address has 20971520 bytes"),
                (json!({"text": "file:///etc/passwd"}), "begins with https://"),
                (json!({"text": "https://user:password@a/"}), "no credentials"),
                (json!({"text": "https://a\n.b/"}), "no blanks"),
                (json!({"text": "https://a/", "value": "HEADERS"}), "100 headers"),
                (json!({"text": "https://a/", "value": "BODY"}), "the body of a request has"),
            ],
        ),
        row(
            "results.set",
            Some(Power::Results),
            json!({"text": "IMAGE", "value": format!("image:a:1@sha256:{}", "ab".repeat(32))}),
            &[
                (huge(), "a result's name has"),
                (json!({"text": "PATH=x"}), "capital letters"),
                (json!({"text": "A\n"}), "capital letters"),
                (json!({"text": "A", "value": "a\u{1b}[2J"}), "one line"),
                (json!({"text": "A", "value": "x".repeat(5000)}), "5000 bytes"),
                (json!({"text": "A", "value": "url:https://user:password@host/"}), "without a user's name"),
                (json!({"text": "A", "value": "digest:sha256:1"}), "the result A"),
                (json!({"text": "A", "value": "image:../../etc@sha256:1"}), "the result A"),
            ],
        ),
        row(
            "results.annotate",
            Some(Power::Results),
            json!({"text": "src/main.rs"}),
            &[
                (huge(), "a path has"),
                (json!({"text": "../outside"}), "not that of a file in the project"),
                (json!({"text": "/etc/passwd"}), "not that of a file in the project"),
                (json!({"text": "a\nb"}), "one line"),
                (json!({"text": "a", "value": "x".repeat(5000)}), "a message has 5000 bytes"),
            ],
        ),
        row(
            "workspace-read.read",
            Some(Power::WorkspaceRead),
            json!({"text": "file"}),
            &[
                (huge(), "a path has"),
                (json!({"text": "../outside"}), "it leads out of the project"),
                (json!({"text": "/etc/passwd"}), "it leads out of the project"),
                (json!({"text": "a/../../outside"}), "it leads out of the project"),
            ],
        ),
        row(
            "workspace-read.entries",
            Some(Power::WorkspaceRead),
            json!({"text": ""}),
            &[(huge(), "a path has"), (json!({"text": ".."}), "it leads out of the project")],
        ),
        row(
            "workspace-write.write",
            Some(Power::WorkspaceWrite),
            json!({"text": "written"}),
            &[(huge(), "a path has"), (json!({"text": "../outside"}), "it leads out of the project")],
        ),
    ]
}

/// The functions of the interfaces that plugins import, read from the package itself.
fn functions() -> BTreeSet<String> {
    let text = concat!(
        include_str!("../../../wit/host.wit"),
        include_str!("../../../wit/http.wit"),
        include_str!("../../../wit/results.wit")
    );
    let (mut interface, mut resource) = (String::new(), None);
    let mut found = BTreeSet::new();
    for line in text.lines().map(str::trim) {
        let word = |keyword: &str| line.strip_prefix(keyword).and_then(|rest| rest.strip_suffix(" {")).map(str::to_owned);
        if let Some(name) = word("interface ") {
            interface = name;
        } else if let Some(name) = word("resource ") {
            resource = Some(name);
        } else if line == "}" {
            resource = None;
        } else if let Some((name, _)) = line.split_once(": func(") {
            let resource = resource.iter().map(|name| format!("{name}."));
            found.insert(format!("{interface}.{}{name}", resource.collect::<String>()));
        }
    }
    found
}

/// A function or a power that is added without a thought for its abuse fails here.
#[test]
fn every_function_and_every_power_has_its_row() {
    let rows = rows();
    let named: BTreeSet<String> = rows.iter().map(|row| row.function.to_owned()).collect();
    assert_eq!(functions(), named);
    for power in Power::ALL {
        let of_power: Vec<&Row> = rows.iter().filter(|row| row.power == Some(power)).collect();
        // What a plugin brings is an answer and no call.
        assert_eq!(of_power.is_empty(), power == Power::Pod, "{power}");
        assert!(of_power.iter().all(|row| row.function.starts_with(&format!("{power}."))), "{power}");
    }
}

/// `requirements` has nothing, and no line of windlass.yaml would change that, so none is advised.
#[tokio::test]
async fn no_function_of_a_power_works_in_requirements() {
    let host = host(Limits::default());
    let plugin = inspect(&host, "misbehaving").await;
    for row in rows().into_iter().filter(|row| row.power.is_some()) {
        let request = json!({"pure_call": row.function, "with": row.works});
        match host.requirements(&plugin, &request, None).await {
            Err(PluginError::Failed { message, .. }) => {
                assert!(message.contains("in `requirements`, where no power works"), "{}: {message}", row.function);
            }
            other => panic!("{}: {other:?}", row.function),
        }
    }
}

/// What is granted works; otherwise the other tests would prove nothing.
#[tokio::test]
async fn every_function_works_when_everything_is_granted() {
    let host = host(Limits::default());
    for row in rows() {
        let backend = Local::plain(&[]);
        let request = json!({"call": row.function, "with": row.works});
        match run(&host, "misbehaving", request, everything(), StepInput::default(), &backend).await {
            Ok(_) => {}
            Err(PluginError::Failed { message, .. }) if message.starts_with("found: ") => {}
            other => panic!("{}: {other:?}", row.function),
        }
    }
}

/// An argument that makes no sense is an error that the plugin can tell of: no trap, and nothing done.
#[tokio::test]
async fn hostile_arguments_are_refused_in_words() {
    let host = host(Limits::default());
    for row in rows() {
        for (with, words) in row.hostile {
            let backend = Local::plain(&[]);
            let request = json!({"call": row.function, "with": with});
            match run(&host, "misbehaving", request, everything(), StepInput::default(), &backend).await {
                Err(PluginError::Failed { message, .. }) => assert!(message.contains(words), "{}: {message}", row.function),
                other => panic!("{} {words}: {other:?}", row.function),
            }
            assert!(backend.commands.lock().expect("no panic").is_empty() && backend.set.lock().expect("no panic").is_empty());
            assert!(
                backend.requests.lock().expect("no panic").is_empty()
                    && backend.results.lock().expect("no panic").is_empty()
                    && backend.annotations.lock().expect("no panic").is_empty()
            );
        }
    }
}

/// The same functions in a config plugin: the manifest's or the grant's to refuse, and with arguments that no friend would give.
#[tokio::test]
async fn what_a_config_plugin_can_call_is_held_to_the_same() {
    let host = host_of_generators(Limits::default());
    let plugin = inspect(&host, "generator").await;
    let (file, backend) = (SourceFile { path: "a.txt".into(), text: "a\n".into() }, Local::plain(&[]));
    let call = async |function: &str, text: &Value, grants: &Grants| {
        let request = json!({"call": function, "text": text, "answer": "{}"});
        let tried = windlass_plugin_host::Tried::default();
        host.generate_watched(&plugin, &request, &file, grants, Arc::clone(&backend) as _, &tried).await
    };
    let mut called = BTreeSet::new();
    for row in rows().into_iter().filter(|row| row.power.is_none_or(|power| PluginKind::Config.powers().contains(&power))) {
        called.extend(row.power);
        let works = row.works.get("text").cloned().unwrap_or_else(|| json!(""));
        let done = call(row.function, &works, &everything()).await;
        assert!(done.is_ok(), "{}: {done:?}", row.function);
        let done = call(row.function, &works, &Grants::default()).await;
        match (row.power, done) {
            (None, Ok(_)) => {}
            (Some(power), Err(PluginError::Denied { power: denied, .. })) => assert_eq!(power, denied, "{}", row.function),
            (_, other) => panic!("{}: {other:?}", row.function),
        }
        for (with, words) in row.hostile.into_iter().filter(|(with, _)| with.get("value").is_none()) {
            match call(row.function, &with["text"], &everything()).await {
                Err(PluginError::Failed { message, .. }) => assert!(message.contains(words), "{}: {message}", row.function),
                other => panic!("{} {words}: {other:?}", row.function),
            }
        }
    }
    assert_eq!(called, PluginKind::Config.powers().iter().copied().collect());
}
