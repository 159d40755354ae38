//! Caches: what their scripts are held to, what their folders and keys may be, and where they are kept.

use windlass_model::cache::{CachePlan, KeyPlan, StoreLocation};
use windlass_model::docker::PushPattern;
use windlass_model::pattern::Pattern;
use windlass_model::plan::{StepAction, Target};
use windlass_model::plugin::{PluginKind, Powers};
use windlass_model::power::ContainerScope;
use windlass_model::scope::Scope;
use windlass_model::secret::{EnvValue, EnvVar, SecretName};
use windlass_model::settings::{CacheSettings, Policy, Settings};
use windlass_model::task::{Action, CacheKey, CacheScript, Step, TaskId, When};

use super::world::{Asking, call, granting, planned, planned_of, refused, script, task};
use crate::planner::{CacheStore, WorkLine};

fn lines(push: &str) -> CacheScript {
    CacheScript { lines: vec!["true".into()], pushes: vec![PushPattern::new(vec![push.to_owned()])] }
}

fn cache(folders: &[&str], key: CacheKey, populate: Option<CacheScript>) -> Step {
    let folders = folders.iter().map(|&folder| folder.to_owned()).collect();
    let (reupload_on_changes, optimistically_restore_on_miss) = (true, false);
    let action = Action::Cache { folders, key, populate, reupload_on_changes, optimistically_restore_on_miss };
    Step { name: "node".into(), when: When::OnSuccess, action, line: 9 }
}

fn plan_of(action: &StepAction) -> &CachePlan {
    match action {
        StepAction::Cache(cache) => cache,
        other => panic!("{other:?}"),
    }
}

/// Each place in which a cache has a script.
fn hiding() -> [Step; 2] {
    [cache(&["a"], CacheKey::Script(lines("a")), None), cache(&["a"], CacheKey::Task, Some(lines("a")))]
}

/// A script hidden in a cache is refused wherever a script of its own is, in the same words.
#[tokio::test]
async fn a_call_within_a_cache_meets_every_check_that_a_script_meets() {
    let own = granting("built-in", Powers { containers: Some(ContainerScope::own()), ..Powers::default() });
    let nothing = granting("built-in", Powers::default());
    let by_name = granting("shell", Powers::default());
    let forbidden = Policy { plugins: Scope::only(vec![Pattern("./b.wasm".into())]), ..Policy::default() };
    let forbidden = Asking::of(Settings { policy: forbidden, ..Settings::default() });
    let only_image = Policy { images: Scope::only(vec![Pattern("other.io/*".into())]), ..Policy::default() };
    let image = Asking::of(Settings { policy: only_image, ..Settings::default() });
    let secret = Asking {
        of_shell: Powers { containers: Some(ContainerScope::any()), secrets: Some(Scope::any()), ..Powers::default() },
        ..granting("shell", Powers { containers: Some(ContainerScope::any()), ..Powers::default() })
    };
    for (at, world) in [own, nothing, by_name, forbidden, image, secret].iter().enumerate() {
        let script = refused(world, vec![Step { name: "node".into(), ..script() }]).await;
        for step in hiding() {
            assert_eq!(refused(world, vec![step]).await, script, "world {at}");
        }
    }
    let world = Asking::of(Settings::default());
    let script = planned(&world, vec![script()]).await.unwrap();
    for step in hiding() {
        let plan = planned(&world, vec![step]).await.unwrap();
        let calls: Vec<_> = plan.tasks[0].steps[0].action.plugins().collect();
        assert_eq!(calls, [call(&script, 0)], "it may do what a script may");
        assert_eq!(plan.tasks[0].pod, script.tasks[0].pod, "and its pod is the same");
    }
}

#[tokio::test]
async fn both_scripts_are_calls_and_their_pushes_are_the_steps() {
    let step = cache(&["a"], CacheKey::Script(lines("one")), Some(lines("two")));
    let plan = planned(&Asking::of(Settings::default()), vec![step, script()]).await.unwrap();
    let steps = &plan.tasks[0].steps;
    let cache = plan_of(&steps[0].action);
    assert!(matches!(cache.key, KeyPlan::Fingerprint(_)) && cache.populate.is_some());
    assert_eq!(steps[0].action.plugins().count(), 2);
    assert!(steps[0].action.plugin().is_none(), "it is no step of a plugin");
    assert_eq!(steps[0].pushes.len(), 2);
    assert!(cache.plugins().all(|call| call.plugin.kind == PluginKind::Step && call.container == "main"));
}

#[tokio::test]
async fn folders_and_keys_are_filled_in_as_far_as_they_are_known() {
    let key = CacheKey::Text("k-$CIRRUS_OS-$LATER".into());
    let mut of = task(0, vec![cache(&["$CIRRUS_WORKING_DIR/a", "$LATER"], key, None), cache(&["~/x"], CacheKey::Task, None)]);
    of.labels = vec!["A:1".into()];
    let other = windlass_model::task::Task { id: TaskId(1), labels: vec!["A:2".into()], ..of.clone() };
    let plan = planned_of(&Asking::of(Settings::default()), &[of, other], &[]).await.unwrap();
    let first = plan_of(&plan.tasks[0].steps[0].action);
    assert_eq!(first.folders, ["/tmp/cirrus-ci-build/a", "$LATER"]);
    assert_eq!(first.key, KeyPlan::Key("k-linux-$LATER".into()));
    let of_task = |at: usize| plan_of(&plan.tasks[at].steps[1].action).key.clone();
    assert_eq!((of_task(0), of_task(1)), (KeyPlan::Task("t (A:1)".into()), KeyPlan::Task("t (A:2)".into())));
}

#[tokio::test]
async fn several_folders_are_below_the_working_directory() {
    let world = Asking::of(Settings::default());
    for folders in
        [&["~/.npm", "a"][..], &["a", "../b"], &["/etc", "a"], &["/tmp/cirrus-ci-build2", "a"], &["~/*"], &["a/../../*"]]
    {
        let text = refused(&world, vec![cache(folders, CacheKey::Task, None)]).await;
        assert!(text.contains("line 9: task t, step node: ") && text.contains("is not below /tmp/cirrus-ci-build,"), "{text}");
    }
    for folders in
        [&["~/.npm"][..], &["/var/cache"], &["../x"], &["a", "b/**"], &["$LATER/*", "a"], &["/tmp/cirrus-ci-build/a", "./b"]]
    {
        assert!(planned(&world, vec![cache(folders, CacheKey::Task, None)]).await.is_ok(), "{folders:?}");
    }
    let mut at_home = task(0, vec![cache(&["~/a", "~/b"], CacheKey::Task, None)]);
    at_home.env.push(EnvVar::text("HOME", "/tmp/cirrus-ci-build/home"));
    assert!(planned_of(&world, &[at_home], &[]).await.is_ok());
}

/// Keys and folders are shown and stored as they are: a secret in one would be there for all to read.
#[tokio::test]
async fn a_secret_is_no_part_of_a_key_or_of_a_folder() {
    let world = Asking::of(Settings::default());
    let with_secret = |step| {
        let mut of = task(0, vec![step]);
        of.env.push(EnvVar { name: "TOKEN".into(), value: EnvValue::Secret(SecretName::new("TOKEN").unwrap()) });
        of
    };
    let key = |text: &str| cache(&["a"], CacheKey::Text(text.into()), None);
    for step in [key("k-$TOKEN"), key("k-${TOKEN}"), cache(&["$TOKEN/x"], CacheKey::Task, None)] {
        let error = planned_of(&world, &[with_secret(step)], &[]).await.unwrap_err().to_string();
        assert!(error.contains("has the secret TOKEN in it") && error.contains("fingerprint_script"), "{error}");
    }
    for step in [key("TOKEN"), key("$TOKENS"), key("%TOKEN%")] {
        assert!(planned_of(&world, &[with_secret(step)], &[]).await.is_ok());
    }
}

fn on_cluster(settings: CacheSettings) -> Asking {
    let mut world = Asking::of(Settings::default());
    world.world.target = Target::Kube { kubeconfig: None, context: "c".into(), namespace: "n".into() };
    world.world.caches = CacheStore { settings, namespace: "o/r".into(), ..CacheStore::default() };
    world
}

fn host(plan: &windlass_model::plan::Plan) -> Vec<&EnvValue> {
    plan.tasks[0].env.iter().filter(|v| v.name == "CIRRUS_HTTP_CACHE_HOST").map(|v| &v.value).collect()
}

#[tokio::test]
async fn without_a_store_caches_start_empty_and_the_plan_says_what_changes_it() {
    let plan = planned(&on_cluster(CacheSettings::default()), vec![cache(&["a"], CacheKey::Task, None)]).await.unwrap();
    assert!(plan.tasks[0].caches.is_none() && host(&plan).is_empty());
    let note = plan.notes.iter().find(|note| note.contains("start empty")).expect("a note");
    assert!(note.contains("(node)") && note.contains("cache: {store: "), "{note}");
    let plan = planned(&on_cluster(CacheSettings::default()), vec![script()]).await.unwrap();
    assert!(!plan.notes.iter().any(|note| note.contains("start empty")), "it has none");
    let settings = CacheSettings { store: StoreLocation::parse("s3://b").ok(), ..CacheSettings::default() };
    let plan = planned(&on_cluster(settings), vec![cache(&["a"], CacheKey::Task, None)]).await.unwrap();
    assert!(!plan.notes.iter().any(|note| note.contains("start empty")), "{:?}", plan.notes);
    assert_eq!(plan.tasks[0].caches.as_ref().map(|access| access.store.to_string()).as_deref(), Some("s3://b"));
}

/// Otherwise a pull request would write what main restores: its task file is its own.
#[tokio::test]
async fn nothing_of_the_task_file_says_whose_caches_they_are() {
    let mut world = Asking::of(Settings::default());
    let own = WorkLine::Pull("7".into());
    world.world.caches = CacheStore { namespace: "o/r".into(), own, default: Some("main".into()), ..CacheStore::default() };
    let mut of = task(0, vec![cache(&["a"], CacheKey::Task, None)]);
    for (name, value) in [("CIRRUS_PR", ""), ("CIRRUS_BRANCH", "main"), ("CIRRUS_REPO_FULL_NAME", "o/other")] {
        of.env.push(EnvVar::text(name, value));
    }
    let plan = planned_of(&world, &[of], &[]).await.unwrap();
    let access = plan.tasks[0].caches.as_ref().expect("a store");
    assert_eq!(access.write.to_string(), "o/r@pr/7");
    assert_eq!(access.read.iter().map(ToString::to_string).collect::<Vec<_>>(), ["o/r@pr/7", "o/r@main"]);
}

#[tokio::test]
async fn the_http_cache_is_named_unless_the_task_does() {
    let world = Asking::of(Settings::default());
    let plan = planned(&world, vec![script()]).await.unwrap();
    assert_eq!(host(&plan), [&EnvValue::Text("127.0.0.1:12321".into())], "every task with a store has it");
    let mut of = task(0, vec![script()]);
    of.env.push(EnvVar::text("CIRRUS_HTTP_CACHE_HOST", "cache.corp:80"));
    let plan = planned_of(&world, &[of], &[]).await.unwrap();
    assert_eq!(host(&plan).last(), Some(&&EnvValue::Text("cache.corp:80".into())), "the last one counts");
}
