//! What settings say of all pods, against what tasks, plugins and later files ask for.

use serde_json::json;
use windlass_model::pod_security::{Level, need};
use windlass_model::settings::{PodSettings, Policy, PolicyLevel, Seccomp, SecurityContext, Settings};

use super::world::{World, asks, granting, planned, refused, script, uses};

fn restricted() -> SecurityContext {
    SecurityContext {
        run_as_non_root: Some(true),
        allow_privilege_escalation: Some(false),
        drop: ["ALL".to_owned()].into(),
        seccomp: Some(Seccomp::RuntimeDefault),
        ..SecurityContext::default()
    }
}

fn with(security: SecurityContext) -> Settings {
    Settings { pods: PodSettings { security, ..PodSettings::default() }, ..Settings::default() }
}

/// A task that asks for nothing runs wherever its settings say enough: it needed `baseline` whatever they said.
#[tokio::test]
async fn a_plain_task_needs_restricted_when_its_settings_say_so() {
    let level = async |settings| need(&planned(&World::of(settings), vec![script()]).await.unwrap().tasks[0].pod).level;
    assert_eq!(level(Settings::default()).await, Level::Baseline);
    assert_eq!(level(with(restricted())).await, Level::Restricted);
}

/// What a later file says against an earlier one counts for nothing, and what a container asks for against it is refused, by name.
#[tokio::test]
async fn neither_a_later_file_nor_a_step_takes_it_back() {
    let weak =
        SecurityContext { privileged: Some(true), run_as_user: Some(0), run_as_non_root: Some(false), ..Default::default() };
    let later = vec![("theirs.yaml".to_owned(), with(weak))];
    let plan = planned(&World { more: later, ..World::of(with(restricted())) }, vec![script()]).await.unwrap();
    assert_eq!(need(&plan.tasks[0].pod).level, Level::Restricted);

    let world = granting("./b.wasm", asks());
    let world = World { settings: Settings { pods: with(restricted()).pods, ..world.settings.clone() }, ..world };
    let text = refused(&world, vec![uses("./b.wasm", json!({"privileged": true}))]).await;
    let expected = "container builder of step build is privileged, and `pods: {securityContext: {allowPrivilegeEscalation: false}}` of \
                    windlass.yaml forbids it";
    assert!(text.contains(expected), "{text}");
}

/// Who judges pods judges what comes out, whoever said it; a plugin's container gets nothing that was not granted to the plugin.
#[tokio::test]
async fn what_settings_weaken_is_judged_and_given_to_no_plugin() {
    let weak = || SecurityContext { privileged: Some(true), ..SecurityContext::default() };
    let strict = |level| Settings {
        policy: Policy { pod_security: PolicyLevel { level, except: [].into() }, ..Policy::default() },
        ..Settings::default()
    };
    let theirs = |security| vec![("theirs.yaml".to_owned(), with(security))];
    let world = World { more: theirs(weak()), ..World::of(strict(Level::Baseline)) };
    let text = refused(&world, vec![script()]).await;
    assert!(text.contains("container main needs Pod Security privileged (securityContext.privileged=true)"), "{text}");

    let root = SecurityContext { run_as_user: Some(0), run_as_non_root: None, ..restricted() };
    let text = refused(&World { more: theirs(root), ..World::of(strict(Level::Restricted)) }, vec![script()]).await;
    assert!(text.contains("securityContext.runAsUser=0"), "{text}");

    let world = granting("./b.wasm", asks());
    let world = World { settings: Settings { pods: with(weak()).pods, ..world.settings.clone() }, ..world };
    let plan = planned(&world, vec![uses("./b.wasm", json!({}))]).await.unwrap();
    let privileged: Vec<bool> = plan.tasks[0].pod.containers.iter().map(|container| container.security.privileged).collect();
    assert_eq!(privileged, [true, false], "the main container, and the plugin's");
}
