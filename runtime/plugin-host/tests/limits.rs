//! Each limit of a power, at its edge: what is within works, one step beyond is refused with the entry that would allow it.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use std::sync::Arc;

use serde_json::{Value, json};
use support::backend::Local;
use support::{everything, host, inspect};
use windlass_engine::ports::plugin::{PluginError, PluginHost as _, RegistryAccess, StepInput, StepResult};
use windlass_model::path_pattern::PathPattern;
use windlass_model::pattern::Pattern;
use windlass_model::plan::PluginCall;
use windlass_model::plugin::{Grants, Power, Powers};
use windlass_model::power::{ContainerScope, PathScope, VariableScope};
use windlass_plugin_host::Limits;

fn patterns(words: &[&str]) -> Vec<Pattern> {
    words.iter().map(|word| Pattern((*word).to_owned())).collect()
}

fn files(words: &[&str]) -> Vec<PathPattern> {
    words.iter().map(|word| PathPattern::parse(word).expect("a pattern of files")).collect()
}

fn containers(words: &[&str]) -> Option<ContainerScope> {
    Some(ContainerScope::of_words(patterns(words)))
}

/// Everything, but for one change.
fn but(change: impl FnOnce(&mut Powers)) -> Grants {
    let mut grants = everything();
    change(&mut grants.powers);
    grants
}

/// Calls a function in a step whose own container is `other`.
async fn call(
    function: &str,
    with: Value,
    grants: Grants,
    asks: impl FnOnce(&mut Powers),
    backend: &Arc<Local>,
) -> Result<StepResult, PluginError> {
    let host = host(Limits::default());
    let mut plugin = inspect(&host, "misbehaving").await;
    asks(&mut plugin.asks);
    let request = json!({"call": function, "with": with});
    let own_containers = ["other".to_owned()].into();
    let call = PluginCall { plugin, request, container: "main".into(), grants, own_containers, build: None };
    host.run(&call, StepInput::default(), Arc::clone(backend) as _).await
}

/// The detail and the line of a refusal; panics when there was none.
fn refusal(done: Result<StepResult, PluginError>, power: Power) -> (String, String) {
    match done {
        Err(PluginError::Denied { power: denied, detail, grant, .. }) if denied == power => (detail, grant),
        other => panic!("{other:?}"),
    }
}

/// Whoever has only `own` reaches no container of the task, by no function.
#[tokio::test]
async fn own_and_the_task_s_containers_are_different_powers() {
    let functions = ["working-dir", "find-program", "read-file", "write-file", "remove-file", "start"];
    for function in functions {
        let function = format!("containers.container.{function}");
        for (granted, inside, outside, all) in [
            (&["own"][..], "other", "main", "own, main"),
            (&["main"], "main", "other", "own, main"),
            (&["db", "own"], "other", "main", "own, db, main"),
        ] {
            let backend = Local::plain(&[]);
            let file = backend.path("scratch").display().to_string();
            let with = |container: &str| json!({"text": file, "container": container});
            let grants = || but(|powers| powers.containers = containers(granted));
            let done = call(&function, with(inside), grants(), |_| {}, &backend).await;
            assert!(done.is_ok(), "{function} in {inside} of {granted:?}: {done:?}");
            backend.commands.lock().expect("no panic").clear();
            let (detail, grant) = refusal(call(&function, with(outside), grants(), |_| {}, &backend).await, Power::Containers);
            assert_eq!(detail, outside);
            // It stands in place of what was granted, so it has all of that, too.
            assert!(grant.contains(&format!("{{containers: [{all}]}}, registries, environment, ")), "{grant}");
            assert!(backend.commands.lock().expect("no panic").is_empty());
        }
    }
    let backend = Local::plain(&[]);
    let own = || but(|powers| powers.containers = containers(&["own"]));
    refusal(call("containers.default", json!({}), own(), |_| {}, &backend).await, Power::Containers);
}

/// What runs in a container of the plugin's own gets nothing of the task's environment, whatever the plugin asks for.
#[tokio::test]
async fn a_command_in_an_own_container_has_a_bare_environment() {
    for (container, bare) in [("other", true), ("main", false)] {
        let backend = Local::plain(&[("TASK", "x")]);
        let done =
            call("containers.container.start", json!({"text": "x", "container": container}), everything(), |_| {}, &backend)
                .await;
        assert!(done.is_ok(), "{done:?}");
        let commands = backend.commands.lock().expect("no panic");
        assert_eq!(commands.iter().map(|command| command.bare_environment).collect::<Vec<_>>(), [bare], "{container}");
    }
}

/// Credentials of login steps are secrets of the task's: a container that the plugin brings gets them only with the power that is about them.
#[tokio::test]
async fn credentials_reach_an_own_container_only_with_their_power() {
    let backend = Local::plain(&[]);
    *backend.registries.lock().expect("no panic") = vec![RegistryAccess::default()];
    let with = json!({"text": "x", "container": "other", "credentials": true});
    let done = call("containers.container.start", with.clone(), everything(), |_| {}, &backend).await;
    assert!(done.is_ok(), "{done:?}");
    // The fixture imports `registries`, so this is one whose manifest and grant have it not.
    let none = |powers: &mut Powers| powers.registries = false;
    let done = call("containers.container.start", with, but(none), none, &backend).await;
    assert!(
        matches!(&done, Err(PluginError::Failed { message, .. }) if message.contains("its own manifest does not")),
        "{done:?}"
    );
}

/// A plugin that goes beyond its own manifest is at fault, and nobody is told to grant it more.
#[tokio::test]
async fn what_the_manifest_does_not_ask_for_no_grant_gives() {
    let backend = Local::plain(&[]);
    let asks = |powers: &mut Powers| powers.containers = containers(&["own"]);
    let done = call("containers.open", json!({"text": "main"}), everything(), asks, &backend).await;
    match done {
        Err(PluginError::Failed { message, .. }) => {
            assert!(message.contains("asked for `containers` (main), which its own manifest does not"), "{message}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn variables_are_set_by_granted_names() {
    let set = |name: &str| json!({"text": name});
    let named = |powers: &mut Powers| powers.environment_set = Some(VariableScope::only(patterns(&["SCAN_*", "PATH"])));
    for (name, granted) in [("SCAN_RESULT", true), ("PATH", true), ("OTHER", false), ("LD_PRELOAD", false)] {
        let backend = Local::plain(&[]);
        // The manifest asks for all, so that the grant decides.
        let all = |powers: &mut Powers| powers.environment_set = Some(VariableScope::all());
        let done = call("environment-set.set", set(name), but(named), all, &backend).await;
        if granted {
            assert!(done.is_ok(), "{name}: {done:?}");
            continue;
        }
        let (detail, grant) = refusal(done, Power::EnvironmentSet);
        assert!(detail.starts_with(name), "{detail}");
        assert!(
            grant.contains(&format!("registries, environment, {{environment-set: [\"SCAN_*\", PATH, {name}]}}, ")),
            "{grant}"
        );
        assert!(backend.set.lock().expect("no panic").is_empty());
    }
    // The power alone sets no variable that decides which programs run.
    let backend = Local::plain(&[]);
    let all = |powers: &mut Powers| powers.environment_set = Some(VariableScope::all());
    let (detail, _) = refusal(call("environment-set.set", set("PATH"), everything(), all, &backend).await, Power::EnvironmentSet);
    assert_eq!(detail, "PATH, which only the task sets, unless it is granted by its name");
}

/// Tokens lie in Git's configuration and in files that Git ignores: the power to read the working copy does not give them by itself, nor by
/// a wildcard, nor by a link.
#[tokio::test]
async fn files_are_read_by_granted_patterns_and_kept_ones_by_their_full_name() {
    let read = |path: &str| json!({"text": path});
    for (granted, path, allowed) in [
        (None, "file", true),
        (None, "./src/../file", true),
        (None, ".git/config", false),
        (None, ".env", false),
        (None, "link-to-env", false),
        (Some(&["src/*"][..]), "src/a.c", true),
        (Some(&["src/*"]), "file", false),
        (Some(&["*"]), "src/a.c", false),
        (Some(&["**/*.c"]), "src/a.c", true),
        (Some(&["*"]), ".env", false),
        (Some(&["*", ".env"]), ".env", true),
        (Some(&["*", ".env"]), "link-to-env", true),
        (Some(&["*", ".git/config"]), ".git/config", true),
        (Some(&[".git/*"]), ".git/config", false),
    ] {
        let backend = Local::plain(&[]);
        let scope = granted.map_or_else(PathScope::default, |words| PathScope::only(files(words)));
        // The manifest names the same, so that the grant decides.
        let (given, asked) = (scope.clone(), scope);
        let asks = |powers: &mut Powers| {
            if granted.is_some() {
                powers.workspace_read = Some(asked)
            }
        };
        let done =
            call("workspace-read.read", read(path), but(|powers| powers.workspace_read = Some(given)), asks, &backend).await;
        match done {
            Err(PluginError::Failed { message, .. }) if message.starts_with("found: ") => {
                assert!(allowed, "{path} by {granted:?}")
            }
            Err(PluginError::Denied { power: Power::WorkspaceRead, .. }) | Err(PluginError::Failed { .. }) => {
                assert!(!allowed, "{path} by {granted:?}: {done:?}")
            }
            other => panic!("{path} by {granted:?}: {other:?}"),
        }
    }
    let backend = Local::plain(&[]);
    let (detail, grant) =
        refusal(call("workspace-read.read", read(".env"), everything(), |_| {}, &backend).await, Power::WorkspaceRead);
    assert_eq!(
        detail,
        ".env, which Git or .windlassignore ignores, or a secret is read from: only a grant that names it in full has it"
    );
    assert!(grant.contains(", {workspace-read: [\"**\", .env]}, "), "{grant}");
}

/// What is kept is not even listed.
#[tokio::test]
async fn a_directory_shows_what_is_granted() {
    let list = |path: &str| json!({"text": path});
    let backend = Local::plain(&[]);
    let shown = |done: Result<StepResult, PluginError>| match done {
        Err(PluginError::Failed { message, .. }) => message,
        other => panic!("{other:?}"),
    };
    let all = shown(call("workspace-read.entries", list(""), everything(), |_| {}, &backend).await);
    assert!(all.contains("Dockerfile") && all.contains(" src"), "{all}");
    assert!(!all.contains(".env") && !all.contains(".git "), "{all}");
    let narrow = || but(|powers| powers.workspace_read = Some(PathScope::only(files(&["src/*"]))));
    assert_eq!(shown(call("workspace-read.entries", list(""), narrow(), |_| {}, &backend).await), "found: src");
    assert_eq!(shown(call("workspace-read.entries", list("src"), narrow(), |_| {}, &backend).await), "found: a.c");
    refusal(call("workspace-read.entries", list(".git"), everything(), |_| {}, &backend).await, Power::WorkspaceRead);
}

/// Git's configuration, windlass' settings and plugins run as the user's own: the power to write files does not reach them.
#[tokio::test]
async fn what_runs_on_the_host_is_written_only_by_who_was_granted_its_name() {
    let write = |path: &str| json!({"text": path, "value": "x"});
    for path in [
        ".git/config",
        ".git/hooks/x",
        "windlass.yaml",
        "docs/.cirrus.yml",
        "plugins/mine.wasm",
        ".windlassignore",
        ".gitignore",
        "src/.ignore",
        "tools/scan",
        "link-to-git/config",
    ] {
        let backend = Local::plain(&[]);
        let all = |powers: &mut Powers| powers.workspace_write = Some(PathScope::only(files(&["**"])));
        for grants in [everything(), but(all)] {
            let (detail, _) =
                refusal(call("workspace-write.write", write(path), grants, |_| {}, &backend).await, Power::WorkspaceWrite);
            assert!(detail.ends_with("only a grant that names it in full has it"), "{detail}");
        }
        assert!(support::workspace::written(path).is_none_or(|text| text != "x"), "{path} was written");
    }
    let backend = Local::plain(&[]);
    let named = |powers: &mut Powers| powers.workspace_write = Some(PathScope::only(files(&["out/windlass.yaml"])));
    let done = call("workspace-write.write", write("out/windlass.yaml"), but(named), named, &backend).await;
    assert!(done.is_ok(), "{done:?}");
    let (_, grant) =
        refusal(call("workspace-write.write", write("src/b.c"), but(named), |_| {}, &backend).await, Power::WorkspaceWrite);
    assert!(grant.contains(", {workspace-write: [out/windlass.yaml, src/b.c]}, "), "{grant}");
}
