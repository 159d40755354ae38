//! Components that were built for earlier releases load, plan and run as they did then, for ever.

use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use serde_json::{Value, json};
use windlass_engine::ports::http::{HttpError, Request, Response};
use windlass_engine::ports::plugin::{PluginHost as _, ProjectBackend, SourceFile};
use windlass_engine::run::Cancel;
use windlass_model::event::{Level, RunEvent, StepOutcome};
use windlass_model::plugin::Grants;
use windlass_model::plugin_reference::PluginReference;
use windlass_model::task::{Action, Step, When};
use windlass_plugin_host::{Limits, Settings, WasmHost, default_cache};
use windlass_working_copy::SecretFiles;

use super::outcome::Run;
use super::support::kept::{Kept, all};
use super::support::local::Local;
use super::{run_with, step, task};

/// The built-in plugins and these.
fn host(kept: &[Kept]) -> WasmHost {
    let theirs: Vec<(&'static str, &'static [u8])> =
        kept.iter().map(|one| (&*called(one).leak(), &*one.component.clone().leak())).collect();
    let built_in = [windlass_assets::PLUGINS, &theirs].concat().leak();
    WasmHost::new(Settings { built_in, cache: default_cache(), limits: Limits::default() })
        .expect("wasmtime runs on this machine")
}

/// Two releases have components of one name.
fn called(kept: &Kept) -> String {
    format!("{}-of-{}", kept.name, kept.release)
}

/// One step of each, whatever becomes of those before it.
fn steps(kept: &[Kept]) -> Vec<Step> {
    let with = |kept: &Kept| match kept.kind() {
        "login" => json!({"name": "world", "registry": "r.example", "username": "u", "password": "KEY"}),
        "step" => json!({"name": "world", "secret": "KEY"}),
        "build" => json!({"name": "world", "tags": ["r.example/a:1"], "secrets": {"key": "KEY"}}),
        _ => json!({"name": "world"}),
    };
    let step_of = |kept: &Kept| Step {
        name: called(kept),
        when: When::Always,
        action: Action::Plugin { uses: PluginReference::BuiltIn(called(kept)), with: with(kept), container: None },
        line: 1,
    };
    let mut steps: Vec<Step> = kept.iter().map(step_of).collect();
    steps.push(step("seen", When::Always, &["echo \"GREETED=$GREETED\""]));
    steps
}

fn logged<'a>(run: &'a Run, name: &str) -> Vec<&'a str> {
    let line = |event: &'a RunEvent| match event {
        RunEvent::PluginLog { step, message, .. } if step.name == name => Some(message.as_str()),
        _ => None,
    };
    run.events.iter().filter_map(line).collect()
}

/// What a later host reads out of them is what the host of their own day read.
#[tokio::test(flavor = "multi_thread")]
async fn kept_components_are_what_they_were() {
    let kept = all();
    assert!(!kept.is_empty(), "a release is kept");
    let host = host(&kept);
    for one in &kept {
        let reference = PluginReference::BuiltIn(called(one));
        let found = host.inspect(&reference, std::path::Path::new(".")).await.unwrap_or_else(|e| panic!("{}: {e}", called(one)));
        let found = serde_json::to_value(&found).expect("JSON");
        for member in ["name", "version", "kind", "interface", "digest", "asks", "reasons"] {
            assert_eq!(found.get(member), one.inspected.get(member), "{}: {member}", called(one));
        }
    }
}

/// Each language in one run, with each power that there was.
#[tokio::test(flavor = "multi_thread")]
async fn kept_components_do_what_they_did() {
    let mut rest: Vec<Kept> = all().into_iter().filter(|kept| kept.kind() != "config").collect();
    while let Some(first) = rest.first() {
        let language = |one: &Kept| (one.release.clone(), one.name.split('-').next().map(str::to_owned));
        let wanted = language(first);
        let (kept, others) = rest.into_iter().partition::<Vec<_>, _>(|one| language(one) == wanted);
        rest = others;
        let (host, steps) = (Arc::new(host(&kept)), steps(&kept));
        let run = run_with(host, Local::new(None), |directory| vec![task(directory, steps)], Cancel::default(), None).await;
        assert_eq!(run.standing, [""; 0]);
        kept.iter().for_each(|one| does_what_it_did(one, &run));
        assert!(run.output().contains("GREETED=yes"), "{wanted:?}: {}", run.output());
        let said = run.output().matches("hello from the container").count();
        assert_eq!(said, kept.len(), "{wanted:?}: {}", run.output());
    }
}

fn does_what_it_did(kept: &Kept, run: &Run) {
    let name = called(kept);
    let lines = logged(run, &name);
    for said in ["hello, world", "made a secret of 5 bytes", "knows ", "on branch", "example.com answers with status 200"] {
        assert!(lines.iter().any(|line| line.starts_with(said)), "{name} did not say `{said}`: {lines:?}");
    }
    if kept.kind() != "login" && kept.kind() != "push" {
        assert!(lines.contains(&"opened KEY"), "{name}: {lines:?}");
    }
    let outcome = run.steps().into_iter().find(|(step, _)| *step == name).map(|(_, outcome)| outcome);
    let expected = match kept.kind() {
        "build" => Some(["does not build", "r.example/a:1"]),
        "push" => Some(["does not send", "images yet"]),
        _ => None,
    };
    match (outcome, expected) {
        (Some(StepOutcome::Passed), None) => {}
        (Some(StepOutcome::Failed(failure)), Some(expected)) if expected.iter().all(|part| failure.message.contains(part)) => {}
        (outcome, _) => panic!("{name}: {outcome:?}: {:?}", run.events),
    }
}

/// What makes tasks, outside of any run.
#[tokio::test(flavor = "multi_thread")]
async fn kept_components_make_the_tasks_that_they_made() {
    let kept: Vec<Kept> = all().into_iter().filter(|kept| kept.kind() == "config").collect();
    let host = host(&kept);
    for one in &kept {
        let reference = PluginReference::BuiltIn(called(one));
        let found = host.inspect(&reference, Path::new(".")).await.unwrap_or_else(|e| panic!("{}: {e}", called(one)));
        let grants = Grants { powers: found.asks.clone(), ..Grants::default() };
        let file = SourceFile { path: "services.txt".to_owned(), text: "# two\napi\nweb\n".to_owned() };
        let project = Arc::new(Project { directory: tempfile::tempdir().expect("a directory"), log: Mutex::default() });
        let with = json!({"image": "alpine:3"});
        let tasks = host.generate(&found, &with, &file, &grants, Arc::clone(&project) as _).await;
        let task =
            |name| format!("{name}_task:\n  container:\n    image: \"alpine:3\"\n  greet_script: echo hello from {name}\n");
        assert_eq!(tasks.unwrap_or_else(|e| panic!("{}: {e}", called(one))), task("api") + &task("web"));
        let log = project.log.lock().expect("no panic").clone();
        for said in ["makes 2 tasks from services.txt", "on branch main", "sees 0 files", "example.com answers with status 200"] {
            assert!(log.iter().any(|line| line.starts_with(said)), "{} did not say `{said}`: {log:?}", called(one));
        }
    }
}

/// A project before there are tasks.
struct Project {
    directory: tempfile::TempDir,
    log: Mutex<Vec<String>>,
}

#[async_trait]
impl ProjectBackend for Project {
    fn variable(&self, name: &str) -> Option<String> {
        (name == "CIRRUS_BRANCH").then(|| "main".to_owned())
    }

    async fn http(&self, request: Request) -> Result<Response, HttpError> {
        Ok(Response { url: request.address.url().to_string(), status: 200, headers: Vec::new(), body: Vec::new() })
    }

    fn workspace(&self) -> &Path {
        self.directory.path()
    }

    fn secret_files(&self) -> &SecretFiles {
        static NONE: SecretFiles = SecretFiles::none();
        &NONE
    }

    async fn log(&self, _: Level, message: &str) {
        self.log.lock().expect("no panic").push(message.to_owned());
    }

    async fn cancelled(&self) {
        std::future::pending().await
    }

    fn is_cancelled(&self) -> bool {
        false
    }
}

/// A release is kept with all that plugins could do then: this one's are made anew until it is out.
#[test]
fn the_components_of_this_release_ask_for_every_power_and_are_of_every_kind() {
    let kept: Vec<Kept> = all().into_iter().filter(|kept| kept.release == env!("CARGO_PKG_VERSION")).collect();
    let help = "make them: tests/contract/components/make.sh";
    let powers: Vec<String> = windlass_model::plugin::Power::ALL.iter().map(ToString::to_string).collect();
    for language in ["go", "javascript", "python", "rust"] {
        let name = format!("{language}-step");
        let step = kept.iter().find(|kept| kept.name == name).unwrap_or_else(|| panic!("there is no {name}; {help}"));
        let asks = step.inspected.get("asks").and_then(Value::as_object).expect("powers");
        for power in &powers {
            assert!(asks.contains_key(power), "{name} does not ask for {power}; {help}");
        }
    }
    for kind in ["login", "build", "push", "config"] {
        assert!(kept.iter().any(|kept| kept.kind() == kind), "there is no {kind} plugin; {help}");
    }
}
