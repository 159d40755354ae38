//! Plans with plugins that are anybody's, on a platform with settings.

mod artifacts;
mod builders;
mod caches;
mod pasted;
mod pods;
mod signers;
mod world;

use std::time::Duration;

use serde_json::json;
use windlass_model::pattern::Pattern;
use windlass_model::plan::Sight;
use windlass_model::plugin::Powers;
use windlass_model::pod_limits::PodLimits;
use windlass_model::pod_security::Level;
use windlass_model::power::{ContainerScope, VariableScope};
use windlass_model::scope::Scope;
use windlass_model::secret::SecretName;
use windlass_model::settings::{Policy, PolicyLevel};

use super::*;
use crate::times;
use world::{asks, call, granting, planned, planned_of, refused, script, task, uses};

/// A refusal names step, plugin, container and field, says nothing in the plugin's voice, and has the line with what was granted before.
#[tokio::test]
async fn a_refusal_says_who_what_and_how_to_allow_it() {
    let granted =
        Powers { pod: Some(PodLimits::default()), environment_set: Some(VariableScope::default()), ..Powers::default() };
    let world = granting("./b.wasm", granted);
    let error = planned(&world, vec![uses("./b.wasm", json!({"privileged": true, "env": "PATH"}))]).await.err();
    let Some(PlanError::Denied(refusal)) = first(error.as_ref()) else { panic!("{error:?}") };
    let denial = &refusal.denials[0];
    assert_eq!((denial.steps.as_slice(), denial.line), (&["task t, step build (line 7)".to_owned()][..], 7));
    assert!(denial.plugin.starts_with("./b.wasm (") && denial.plugin.contains("calls itself \"shell\""), "{}", denial.plugin);
    let text = refusal.to_string();
    for part in ["`containers`, which it was not granted", "container builder", "`pod: level`", "PATH (`environment-set`)"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(text.contains("\"to\u{fffd}[2J work\"") && !text.contains('\u{1b}'), "{text}");
    assert_eq!(
        refusal.grants[0].text,
        "plugins: {./b.wasm: [{pod: {level: privileged}}, containers, {environment-set: [\"*\", PATH]}]}"
    );
    assert_eq!(
        (refusal.grants[0].file.as_deref(), refusal.grants[0].replaces.as_slice()),
        (Some("windlass.yaml"), &["./b.wasm".to_owned()][..])
    );
    let by_digest = granting(&format!("sha256:{}", "ff".repeat(32)), Powers::default());
    let error = planned(&by_digest, vec![uses("./b.wasm", json!({}))]).await.err();
    let Some(PlanError::Denied(refusal)) = first(error.as_ref()) else { panic!("{error:?}") };
    assert!(refusal.to_string().contains("settings grant by digest"), "{refusal}");
    assert!(refusal.grants[0].text.starts_with(&format!("plugins: {{\"sha256:{}\": [", "00".repeat(32))), "{refusal:?}");
}

fn first(errors: Option<&PlanErrors>) -> Option<&PlanError> {
    errors.and_then(|errors| errors.iter().next()).map(|located| &located.error)
}

/// With `own` a plugin sees no secret of the task, and with the task's container every one; the plan says so by name.
#[tokio::test]
async fn a_plan_knows_who_brought_what_and_who_sees_secrets() {
    let own = Powers { containers: Some(ContainerScope::own()), ..asks() };
    let plan = planned(&granting("./b.wasm", own), vec![uses("./b.wasm", json!({"env": "RESULT"})), script()]).await.unwrap();
    let task = &plan.tasks[0];
    assert_eq!(task.brought.len(), 1);
    assert_eq!((task.brought[0].step.as_str(), task.brought[0].containers.as_slice()), ("build", &["builder".to_owned()][..]));
    assert_eq!(task.env[0], EnvVar::text("RESULT", "x"), "below what the task sets");
    let sight = Sight::of(task, call(&plan, 0));
    assert_eq!((sight.of_task.len(), sight.own.as_slice(), sight.secrets.len()), (0, &["builder".to_owned()][..], 0));
    let sight = Sight::of(task, call(&plan, 1));
    assert_eq!((sight.of_task.as_slice(), sight.own.len()), (&["main".to_owned(), "builder".to_owned()][..], 0));
    assert_eq!(sight.secrets, [SecretName::new("TOKEN").unwrap()]);
}

/// A container is told where it is sure to be used: a script runs in the main one.
#[tokio::test]
async fn a_script_where_built_in_plugins_have_their_own_containers_only_is_refused_when_it_is_planned() {
    let world = granting("built-in", Powers { containers: Some(ContainerScope::own()), ..Powers::default() });
    let text = refused(&world, vec![script()]).await;
    assert!(text.contains("runs commands in container main (`containers`)"), "{text}");
    let none = granting("built-in", Powers::default());
    assert!(refused(&none, vec![script()]).await.contains("asks for `containers`, which it was not granted"));
}

/// One table: whoever brings it, the policy judges it.
#[tokio::test]
async fn the_policy_judges_everything_whoever_brought_it() {
    let world = |policy, dockerfile| {
        let mut asking = granting("./b.wasm", asks());
        asking.world.settings.policy = policy;
        asking.world.files = Option::into_iter(dockerfile).map(|text| ("Dockerfile", text)).collect();
        asking
    };
    let only = |patterns: &[&str]| Scope::only(patterns.iter().map(|pattern| Pattern((*pattern).to_owned())));
    let images = |patterns: &[&str]| Policy { images: only(patterns), ..Policy::default() };
    let baseline = || {
        let pod_security = PolicyLevel { level: Level::Baseline, except: [].into() };
        Policy { pod_security, ..Policy::default() }
    };
    let build = |with| vec![uses("./b.wasm", with)];
    let corp = &["corp.io/*"];
    for (policy, dockerfile, with, expected) in [
        (
            baseline(),
            None,
            json!({"privileged": true}),
            "container builder of step build needs Pod Security privileged (securityContext.privileged=true)",
        ),
        (images(&["corp.io/main:*"]), None, json!({}), "container builder of step build starts from corp.io/builder:1"),
        (images(&["corp.io/builder:*"]), None, json!({}), "container main starts from corp.io/main:1"),
        (images(corp), Some("FROM evil.io/base"), json!({}), "Dockerfile builds on evil.io/base"),
        (images(corp), Some("ARG B=corp.io/a\nFROM $B"), json!({"build_args": {"B": "evil.io/b"}}), "builds on $B"),
        (images(corp), Some("FROM $UNKNOWN"), json!({}), "nothing gives its `UNKNOWN` a value"),
        (images(corp), Some("FORM a"), json!({}), "Dockerfile cannot be read"),
        (
            Policy { plugins: only(&["shell"]), ..Policy::default() },
            None,
            json!({}),
            "plugin ./b.wasm is not among `policy: {plugins: […]}`",
        ),
    ] {
        let text = refused(&world(policy, dockerfile), build(with)).await;
        assert!(text.contains(expected), "{expected}: {text}");
    }
    let allowed = "ARG V=1\nFROM corp.io/base:$V AS one\nFROM one\nFROM scratch\nCOPY --from=one /a /a";
    for (policy, dockerfile) in
        [(images(corp), Some(allowed)), (baseline(), None), (Policy::default(), Some("FROM evil.io/base"))]
    {
        assert!(planned(&world(policy, dockerfile), build(json!({}))).await.is_ok(), "{dockerfile:?}");
    }
    let unread = planned(&world(images(corp), None), build(json!({}))).await.unwrap();
    assert!(unread.notes.iter().any(|note| note.contains("does not judge what it builds on")), "{:?}", unread.notes);
}

/// The language allows it, and everything keeps apart what the names do not: a person is told, and can name each.
#[tokio::test]
async fn tasks_and_steps_that_share_a_name_are_numbered_and_it_is_said() {
    let world = granting("built-in", asks());
    let tasks = [task(0, vec![script(), script()]), task(1, vec![script()])];
    let names = |plan: &Plan| plan.tasks.iter().map(|task| task.name.clone()).collect::<Vec<_>>();
    let plan = planned_of(&world, &tasks, &[]).await.unwrap();
    assert_eq!(names(&plan), ["t #1", "t #2"]);
    let steps: Vec<_> = plan.tasks[0].steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(steps, ["test #1", "test #2"]);
    let pods: std::collections::BTreeSet<_> = plan.tasks.iter().map(|task| &task.pod.name).collect();
    assert_eq!(pods.len(), 2, "{pods:?}");
    let told = "more than one task is called `t`: here they are `t #1`, `t #2`, and `t` means all of them";
    assert_eq!(plan.notes, [told]);
    for (named, expected) in [("t", &["t #1", "t #2"][..]), ("t #2", &["t #2"])] {
        assert_eq!(names(&planned_of(&world, &tasks, &[named]).await.unwrap()), expected, "{named}");
    }
    assert!(planned(&world, vec![script()]).await.unwrap().notes.is_empty());
}

/// Whatever looks for pods that nobody waits for goes by this age: the start is as much a part of it as what runs after a time-out.
#[tokio::test]
async fn a_pod_may_grow_as_old_as_its_task_may_take_in_all() {
    let plan = planned(&granting("built-in", asks()), vec![script()]).await.unwrap();
    let task = &plan.tasks[0];
    let longest = times::START + task.timeout + 2 * times::ABORT + times::LAST_STEPS + times::BACKGROUND_END + times::DELETION;
    assert!(Duration::from_secs(task.pod.deadline_seconds) >= longest + times::CLOCKS, "{}", task.pod.deadline_seconds);
}
