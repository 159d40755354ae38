//! What a refusal tells to write is enough: written once, nothing is refused any more.

use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::json;
use windlass_config::Source;
use windlass_model::host_pattern::HostPattern;
use windlass_model::path_pattern::PathPattern;
use windlass_model::pattern::Pattern;
use windlass_model::plugin::Powers;
use windlass_model::pod_limits::PodLimits;
use windlass_model::pod_security::{Exception, Level};
use windlass_model::power::{ContainerScope, HostScope, PathScope, VariableScope};
use windlass_model::quantity::MebiBytes;
use windlass_model::scope::Scope;
use windlass_model::settings::{PluginGrant, Settings};

use super::world::{Asking, planned, script, uses};
use crate::planner::fixture::World;
use crate::planner::{PlanError, Refusal};

fn patterns(words: Vec<&'static str>) -> Vec<Pattern> {
    words.into_iter().map(|word| Pattern(word.to_owned())).collect()
}

fn some_of(words: &'static [&'static str]) -> impl Strategy<Value = Vec<Pattern>> {
    subsequence(words, 0..=words.len()).prop_map(patterns)
}

fn containers() -> impl Strategy<Value = ContainerScope> {
    prop_oneof![Just(ContainerScope::any()), some_of(&["own", "main", "builder", "m*", "*"]).prop_map(ContainerScope::of_words)]
}

fn variables() -> impl Strategy<Value = VariableScope> {
    prop_oneof![
        Just(VariableScope::all()),
        Just(VariableScope::default()),
        some_of(&["RESULT", "PATH", "R*", "*X", "LD_*"]).prop_map(VariableScope::only)
    ]
}

fn files() -> impl Strategy<Value = PathScope> {
    let one = |text: &str| PathPattern::parse(text).unwrap_or_else(|e| panic!("{e}"));
    let some = subsequence(vec!["go.mod", "**/go.mod", "src/**", "*.rs"], 0..=4);
    prop_oneof![Just(PathScope::default()), some.prop_map(move |texts| PathScope::only(texts.into_iter().map(one)))]
}

fn hosts() -> impl Strategy<Value = HostScope> {
    let one = |text: &str| HostPattern::parse(text).unwrap_or_else(|e| panic!("{e}"));
    let some = subsequence(vec!["a.corp.io", "*.corp.io", "http://a.corp.io:80", "*:8443"], 0..=4);
    prop_oneof![Just(HostScope::any()), some.prop_map(move |texts| HostScope::granted(texts.into_iter().map(one).collect()))]
}

fn secrets() -> impl Strategy<Value = Scope> {
    prop_oneof![Just(Scope::any()), some_of(&["TOKEN", "T*"]).prop_map(Scope::only)]
}

fn pod() -> impl Strategy<Value = PodLimits> {
    let images = prop_oneof![Just(Scope::any()), some_of(&["corp.io/*", "evil.io/*"]).prop_map(Scope::only)];
    let level = select(vec![Level::Privileged, Level::Baseline, Level::Restricted]);
    let except = btree_set(select(Exception::ALL.to_vec()), 0..2);
    (level, except, images, option::of(select(vec![64, 512, 1024])), any::<bool>()).prop_map(
        |(level, except, images, memory, shared)| PodLimits {
            level,
            except,
            images,
            memory: memory.map(MebiBytes),
            shared,
            ..PodLimits::default()
        },
    )
}

fn powers() -> impl Strategy<Value = Powers> {
    (
        option::of(pod()),
        option::of(containers()),
        any::<bool>(),
        option::of(variables()),
        option::of(secrets()),
        option::of(files()),
        option::of(files()),
        option::of(hosts()),
        option::of(secrets()),
    )
        .prop_map(
            |(pod, containers, registries, environment_set, secrets, workspace_read, workspace_write, http, results)| Powers {
                pod,
                containers,
                registries,
                environment_set,
                secrets,
                workspace_read,
                workspace_write,
                http,
                results,
                ..Powers::default()
            },
        )
}

fn settings() -> impl Strategy<Value = Settings> {
    let entry = (select(vec!["./b.wasm", "./*", "built-in", "shell"]), powers());
    vec(entry, 0..3).prop_map(|entries| {
        let mut settings = Settings::default();
        for (name, powers) in entries {
            settings.plugins.retain(|known| known.plugin.0 != name);
            settings.plugins.push(PluginGrant { plugin: Pattern(name.to_owned()), powers });
        }
        settings
    })
}

/// As a person does: each block into its file, in place of what is called the same there.
fn paste(world: &mut World, refusal: &Refusal) {
    for lines in &refusal.grants {
        let text = windlass_config::load_settings(&Source::new("pasted", lines.text.clone()));
        let pasted = text.unwrap_or_else(|problems| panic!("{problems:?}: {}", lines.text));
        let file = match lines.file.as_deref() {
            None | Some("windlass.yaml") => &mut world.settings,
            Some(name) => {
                let found = world.more.iter_mut().find(|(file, _)| file == name);
                found.map(|(_, settings)| settings).unwrap_or_else(|| panic!("there is no {name}"))
            }
        };
        let replaced: Vec<String> = pasted.plugins.iter().map(|entry| entry.plugin.0.clone()).collect();
        file.plugins.retain(|known| !replaced.contains(&known.plugin.0));
        file.plugins.extend(pasted.plugins);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever two plugins ask for and whatever up to three files grant: the lines of the first refusal, each in the file that it names, are
    /// all that it takes, and they have nothing that the plugin does not ask for.
    #[test]
    fn what_is_pasted_once_is_enough(
        asks in powers(),
        of_shell in containers(),
        first in settings(),
        more in vec(settings(), 0..3),
        privileged in any::<bool>(),
        env in option::of(select(vec!["RESULT", "PATH"])),
    ) {
        let more = more.into_iter().enumerate().map(|(at, settings)| (format!("/etc/{at}.yaml"), settings)).collect();
        let of_shell = Powers { containers: Some(of_shell), ..Powers::default() };
        let world = World { more, ..World::of(first) };
        let mut world = Asking { world, asks: asks.clone(), of_shell: of_shell.clone(), signers: Vec::new() };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let with = |env: Option<&str>| uses("./b.wasm", json!({"privileged": privileged, "env": env}));
        let steps = || vec![with(None), script(), with(env)];
        let Err(error) = runtime.block_on(planned(&world, steps())) else { return Ok(()) };
        let Some(PlanError::Denied(refusal)) = super::first(Some(&error)) else { panic!("{error:?}") };
        if refusal.grants.is_empty() {
            // The plugin brings more than it asks for itself.
            return Ok(());
        }
        paste(&mut world.world, refusal);
        let again = runtime.block_on(planned(&world, steps()));
        prop_assert!(again.is_ok(), "{:?} after {:#?}", again.err().map(|error| error.to_string()), refusal);
        for lines in &refusal.grants {
            let pasted = windlass_config::load_settings(&Source::new("pasted", lines.text.clone()));
            for entry in pasted.unwrap_or_default().plugins {
                let asked = if entry.plugin.0 == "shell" { &of_shell } else { &asks };
                prop_assert!(entry.powers.list().all(|power| asked.has(power)), "{entry:?} for {asked:?}");
            }
        }
    }
}

/// The step that a policy refuses is told that, and nobody is told to grant first what is refused then.
#[tokio::test]
async fn a_policy_is_judged_before_any_grant() {
    use windlass_model::settings::{Policy, PolicyLevel};
    let pod_security = PolicyLevel { level: Level::Baseline, except: [].into() };
    let images = Scope::only([Pattern("corp.io/other:*".to_owned())]);
    let policy = |policy: Policy| Settings { policy, ..Settings::default() };
    let level = policy(Policy { pod_security, ..Policy::default() });
    let more = vec![("/etc/images.yaml".to_owned(), policy(Policy { images, ..Policy::default() }))];
    let files = [("Dockerfile", "FROM evil.io/base")].into();
    let world = Asking { world: World { more, files, ..World::of(level) }, ..Asking::of(Settings::default()) };
    let error = planned(&world, vec![uses("./b.wasm", json!({"privileged": true})), script()]).await.err();
    let all: Vec<_> = error.iter().flat_map(|errors| errors.iter()).collect();
    let policies = all.iter().filter_map(|located| match &located.error {
        PlanError::Policy { message, help, .. } => Some((located.line, message.clone(), help.clone())),
        _ => None,
    });
    let policies: Vec<_> = policies.collect();
    assert_eq!(policies.len(), all.len(), "{all:?}");
    let message: String = policies.iter().map(|(_, message, _)| message.as_str()).collect();
    // Each at the step that it is about, and what to do once, with the last.
    let lines: Vec<Option<usize>> = policies.iter().map(|(line, ..)| *line).collect();
    assert_eq!(lines, [Some(3), Some(7)], "{policies:?}");
    assert_eq!(policies[0].2, [""; 0]);
    let help = &policies[1].2;
    for part in [
        "builds on evil.io/base",
        "`policy: {images: […]}` of /etc/images.yaml",
        "`policy: {pod_security: baseline}` of windlass.yaml",
    ] {
        assert!(message.contains(part), "{part}: {message}");
    }
    assert_eq!(
        help.as_slice(),
        [
            "a builder that stays within Pod Security baseline may do: --use build=lean",
            "ask whoever maintains /etc/images.yaml to add to `policy: {images: […]}`: `evil.io/base:latest`, `corp.io/main:1`, `corp.io/builder:1`",
            "or ask whoever maintains windlass.yaml to write there `policy: {pod_security: privileged}`",
        ]
    );
}

/// The file that keeps something back is named, and what it says of others stays.
#[tokio::test]
async fn the_file_that_decides_is_named() {
    let grant = |name: &str, powers: Powers| Settings {
        plugins: vec![PluginGrant { plugin: Pattern(name.to_owned()), powers }],
        ..Settings::default()
    };
    let all = Powers { containers: Some(ContainerScope::any()), ..Powers::default() };
    let more = vec![("none.yaml".to_owned(), grant("built-in", Powers::default()))];
    let world = World { more, ..World::of(grant("shell", all)) };
    let world = Asking { world, ..Asking::of(Settings::default()) };
    let error = planned(&world, vec![script()]).await.err();
    let Some(PlanError::Denied(refusal)) = super::first(error.as_ref()) else { panic!("{error:?}") };
    assert_eq!(refusal.grants.len(), 1);
    let lines = &refusal.grants[0];
    assert_eq!(
        (lines.file.as_deref(), lines.replaces.len(), lines.because_of.as_slice()),
        (Some("none.yaml"), 0, &["built-in".to_owned()][..])
    );
    assert_eq!(lines.text, "plugins: {shell: [containers]}");
}
