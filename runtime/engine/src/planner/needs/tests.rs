use std::collections::BTreeMap;

use windlass_model::path_pattern::PathPattern;
use windlass_model::pattern::Pattern;
use windlass_model::plugin::ContainerRequirement;
use windlass_model::pod::{ContainerPlan, Mount, Process, Security, Volume};
use windlass_model::pod_limits::PodLimits;
use windlass_model::power::{VariableScope, grant_line};
use windlass_model::quantity::MebiBytes;
use windlass_model::secret::{EnvValue, EnvVar};

use super::*;
use crate::planner::fixture;

fn container(name: &str) -> ContainerPlan {
    fixture::container(name, "corp.io/builder:1")
}

fn brings(containers: Vec<ContainerPlan>) -> Requirements {
    let required = |container| ContainerRequirement { container, unless_port: Vec::new() };
    Requirements { containers: containers.into_iter().map(required).collect(), ..Requirements::default() }
}

fn volume(name: &str) -> Volume {
    Volume { name: name.into(), in_memory: false }
}

/// Every power that needs can take, without a limit.
fn everything() -> Powers {
    Powers {
        pod: Some(PodLimits::unlimited()),
        environment_set: Some(VariableScope::all()),
        secrets: Some(Scope::any()),
        ..Powers::default()
    }
}

/// Why needs are refused: by the plugin's own fault, or for want of a grant.
#[derive(Debug, PartialEq)]
enum Refused {
    Wrong(Vec<String>),
    Beyond(Vec<String>, Box<Powers>),
}

fn judged(needs: &Requirements, asks: &Powers, granted: &Powers) -> Result<(), Refused> {
    judged_as(PluginKind::Step, needs, asks, granted)
}

fn judged_as(kind: PluginKind, needs: &Requirements, asks: &Powers, granted: &Powers) -> Result<(), Refused> {
    let used = Use { kind, needs, container: None };
    let found = super::wrong(&used, asks, &TaskNames { containers: &["db"], shared: "/tmp" });
    if !found.is_empty() {
        return Err(Refused::Wrong(found));
    }
    judge(&used, asks, granted).map_or(Ok(()), |beyond| Err(Refused::Beyond(beyond.what, Box::new(beyond.wanted))))
}

#[track_caller]
fn wrong(needs: &Requirements) -> String {
    match judged(needs, &everything(), &everything()) {
        Err(Refused::Wrong(what)) => what.join("; "),
        other => panic!("{other:?}: {needs:?}"),
    }
}

/// What would be allowed and the line that allows it.
#[track_caller]
fn beyond(needs: &Requirements, granted: &Powers) -> (String, String) {
    match judged(needs, &everything(), granted) {
        Err(Refused::Beyond(what, wanted)) => {
            assert_eq!(judged(needs, &everything(), &wanted), Ok(()), "the line allows it");
            (what.join("; "), grant_line("p", &wanted))
        }
        other => panic!("{other:?}: {needs:?}"),
    }
}

/// A plugin that was granted everything cannot take windlass' names, the task's, or those of nobody.
#[test]
fn reserved_names_are_refused_whatever_was_granted() {
    for name in ["main", "shared", "windlass", "windlass-agent", "windlassx"] {
        assert!(wrong(&brings(vec![container(name)])).contains("a name reserved for windlass"), "{name}");
    }
    for name in ["shared", "windlass-secret", "windlass-run-0", "windlass-agent"] {
        let needs = Requirements { volumes: vec![volume(name)], ..Requirements::default() };
        assert!(wrong(&needs).contains("a name reserved for windlass"), "{name}");
    }
    assert!(wrong(&brings(vec![container("db")])).contains("the task has one of this name"));
    assert!(wrong(&brings(vec![container("a"), container("a")])).contains("two containers called a"));
    for name in ["", "-a", "A", "a\u{1b}[2J", "a.b", &"a".repeat(64)] {
        assert!(wrong(&brings(vec![container(name)])).contains("not a DNS label"), "{name:?}");
    }
    let twice = Requirements { volumes: vec![volume("a"), Volume { in_memory: true, ..volume("a") }], ..Requirements::default() };
    assert!(wrong(&twice).contains("two volumes called a"));
}

/// The volume with the task's secrets, the agent's, and those of other steps can be mounted by nobody; nor can anything hide what windlass
/// mounts.
#[test]
fn a_container_mounts_what_its_step_brings_and_nowhere_that_is_kept() {
    let mounting = |volume_name: &str, path: &str| {
        let mounts = vec![Mount { volume: volume_name.into(), path: path.into(), read_only: false }];
        let needs = brings(vec![ContainerPlan { mounts, ..container("a") }]);
        Requirements { volumes: vec![volume("own")], ..needs }
    };
    for name in ["windlass-secret", "windlass-run-0", "windlass-agent", "main", "another"] {
        assert!(wrong(&mounting(name, "/x")).contains("it does not bring that one"), "{name}");
    }
    let kept =
        ["/", "/windlass", "/windlass/secret", "/windlass/x", "/proc", "/proc/1", "/sys/fs", "/dev", "/etc", "/etc/docker"];
    for path in kept.into_iter().chain(["/etc/docker/certs.d", "/etc/docker/certs.d/gcr.io"]) {
        assert!(wrong(&mounting("own", path)).contains("which is reserved for windlass"), "{path}");
    }
    for path in ["x", "", "/a/../windlass", "/a/./b", "/a//b", "/a/", "/a\nb"] {
        assert!(wrong(&mounting("own", path)).contains("not a plain absolute path"), "{path:?}");
    }
    assert!(wrong(&mounting("own", "/tmp")).contains("where another volume is"));
    for path in ["/x", "/windlasses", "/var/lib/x", "/tmp/x"] {
        assert_eq!(judged(&mounting("own", path), &everything(), &everything()), Ok(()), "{path}");
    }
    assert_eq!(judged(&mounting("shared", "/tmp"), &everything(), &everything()), Ok(()));
    let mut twice = mounting("own", "/x");
    twice.containers[0].container.mounts.push(Mount { volume: "shared".into(), path: "/x".into(), read_only: true });
    assert!(wrong(&twice).contains("where another volume is"));
}

#[test]
fn what_windlass_gives_to_containers_no_plugin_gives() {
    let files = [("/etc/x".to_owned(), BTreeMap::new())].into();
    assert!(wrong(&brings(vec![ContainerPlan { files, ..container("a") }])).contains("files reserved for windlass"));
    let secret =
        || EnvVar { name: "A".into(), value: EnvValue::Secret(SecretName::new("TOKEN").unwrap_or_else(|e| panic!("{e}"))) };
    assert!(wrong(&brings(vec![ContainerPlan { env: vec![secret()], ..container("a") }])).contains("A to a secret"));
    assert!(wrong(&Requirements { env: vec![secret()], ..Requirements::default() }).contains("A to a secret"));
    for name in ["", "1A", "A=B", "A B", "A\u{202e}"] {
        let needs = Requirements { env: vec![EnvVar::text(name, "x")], ..Requirements::default() };
        assert!(wrong(&needs).contains("not a variable name"), "{name:?}");
    }
}

/// Bringing something is a power: without it nothing comes to a pod, whatever the plugin answers.
#[test]
fn without_the_power_nothing_is_brought() {
    let without = Powers { pod: None, ..everything() };
    let volumes = Requirements { volumes: vec![volume("v")], ..Requirements::default() };
    for (needs, name) in [(brings(vec![container("a")]), "container a"), (volumes, "volume v")] {
        let refused = judged(&needs, &without, &everything());
        let expected = format!("brings {name} (`pod`), beyond what its own manifest asks for");
        assert_eq!(refused, Err(Refused::Wrong(vec![expected])));
        let (what, line) = beyond(&needs, &without);
        assert_eq!(what, "asks for `pod`, which it was not granted");
        assert_eq!(line, "plugins: {p: [{pod: {level: privileged}}, {environment-set: all}, secrets]}");
    }
    assert_eq!(judged(&Requirements::default(), &without, &without), Ok(()));
}

/// Each limit is told with the container and its field, and the line has what was granted before.
#[test]
fn a_limit_is_refused_with_the_line_that_moves_it_just_far_enough() {
    let narrow = PodLimits {
        images: Scope::only([Pattern("corp.io/*".into())]),
        capabilities: Scope::none(),
        ports: Some([80].into()),
        memory: Some(MebiBytes(512)),
        shared: false,
        ..PodLimits::default()
    };
    let granted = Powers { pod: Some(narrow), ..everything() };
    assert_eq!(judged(&brings(vec![container("a")]), &everything(), &granted), Ok(()));
    let mut more = container("a");
    more.security.seccomp_unconfined = true;
    more.security.add_capabilities.push("CHOWN".into());
    more.resources.memory = MebiBytes(1024);
    let (what, line) = beyond(&brings(vec![more]), &granted);
    assert_eq!(
        what,
        "brings container a, which needs Pod Security privileged (a: securityContext.seccompProfile.type=Unconfined), and at most \
         baseline is allowed (`pod: level`); brings container a, which adds the capability CHOWN (`pod: capabilities`); brings container a, which wants \
         1024Mi of memory, and at most 512Mi is allowed (`pod: memory`)"
    );
    assert_eq!(
        line,
        "plugins: {p: [{pod: {level: baseline, except: [seccomp-unconfined], capabilities: [CHOWN], images: [\"corp.io/*\"], ports: [80], memory: 1Gi, \
         shared: false}}, {environment-set: all}, secrets]}"
    );
    let privileged = ContainerPlan { security: Security { privileged: true, ..Security::default() }, ..container("a") };
    assert!(beyond(&brings(vec![privileged]), &granted).1.contains("level: privileged"));
}

/// A variable that decides what later steps run is set only by who was granted its name, also from `requirements`.
#[test]
fn each_variable_for_later_steps_is_a_power() {
    let sets = |name: &str| Requirements { env: vec![EnvVar::text(name, "x")], ..Requirements::default() };
    let ordinary = Powers { environment_set: Some(VariableScope::default()), ..everything() };
    assert_eq!(judged(&sets("RESULT"), &everything(), &ordinary), Ok(()));
    for name in ["LD_PRELOAD", "PATH", "HTTPS_PROXY", "DOCKER_HOST"] {
        let (what, line) = beyond(&sets(name), &ordinary);
        assert_eq!(what, format!("sets the variable {name} (`environment-set`)"));
        assert!(line.contains(&format!("{{environment-set: [\"*\", {name}]}}")), "{line}");
        let asks = Powers { environment_set: None, ..everything() };
        assert!(matches!(judged(&sets(name), &asks, &everything()), Err(Refused::Wrong(_))), "{name}");
    }
}

#[test]
fn a_secret_that_was_not_granted_is_refused_with_all_that_was() {
    let name = |text: &str| SecretName::new(text).unwrap_or_else(|e| panic!("{e}"));
    let needs = Requirements { secrets: vec![name("KEY"), name("OTHER")], ..Requirements::default() };
    let granted = Powers { secrets: Some(Scope::only([Pattern("KEY".into())])), ..everything() };
    let (what, line) = beyond(&needs, &granted);
    assert_eq!(what, "opens the secret OTHER (`secrets`)");
    assert!(line.contains("{secrets: [KEY, OTHER]}"), "{line}");
    let (what, line) = beyond(&needs, &Powers { secrets: None, ..everything() });
    assert_eq!(what, "asks for `secrets`, which it was not granted");
    assert!(line.contains("{secrets: [KEY, OTHER]}"), "{line}");
}

/// A grant that has nothing of what the manifest names is no grant: it is refused before anything exists, and the line has what was asked.
#[test]
fn a_grant_with_nothing_of_what_is_asked_for_is_refused() {
    let words = |words: &[&str]| words.iter().map(|word| Pattern((*word).to_owned())).collect::<Vec<_>>();
    let variables = |names: &[&str]| Some(VariableScope::only(words(names)));
    let files = |patterns: &[&str]| {
        let pattern = |text: &&str| PathPattern::parse(text).unwrap_or_else(|e| panic!("{e}"));
        Some(PathScope::only(patterns.iter().map(pattern)))
    };
    let containers = |names: &[&str]| Some(ContainerScope::of_words(words(names)));
    let none = Powers::default;
    for (asks, granted, line) in [
        (
            Powers { containers: containers(&["main"]), ..none() },
            Powers { containers: containers(&["own"]), ..none() },
            "{containers: [main]}",
        ),
        (
            Powers { containers: containers(&["main"]), ..none() },
            Powers { containers: containers(&[]), ..none() },
            "{containers: [main]}",
        ),
        (
            Powers { environment_set: variables(&["GREETING"]), ..none() },
            Powers { environment_set: variables(&["PATH"]), ..none() },
            "{environment-set: [GREETING]}",
        ),
        (
            Powers { environment_set: variables(&["DOCKER_HOST"]), ..none() },
            Powers { environment_set: Some(VariableScope::default()), ..none() },
            "{environment-set: [DOCKER_HOST]}",
        ),
        (
            Powers { workspace_read: files(&["go.mod"]), ..none() },
            Powers { workspace_read: files(&["src/**"]), ..none() },
            "{workspace-read: [go.mod]}",
        ),
        (
            Powers { workspace_write: files(&["**/go.mod"]), ..none() },
            Powers { workspace_write: files(&["**/*.rs"]), ..none() },
            "{workspace-write: [\"**/go.mod\"]}",
        ),
    ] {
        // What the plugin does not ask for is not in the line.
        let granted = Powers { secrets: Some(Scope::any()), ..granted };
        let Err(Refused::Beyond(what, wanted)) = judged(&Requirements::default(), &asks, &granted) else { panic!("{asks:?}") };
        assert!(what.join("; ").contains("is all that it was granted"), "{what:?}");
        assert_eq!(grant_line("p", &wanted), format!("plugins: {{p: [{line}]}}"));
        assert_eq!(judged(&Requirements::default(), &asks, &wanted), Ok(()));
        assert_eq!(judged(&Requirements::default(), &asks, &asks), Ok(()));
    }
}

/// A builder's own container without the task's volume found no Dockerfile, in the middle of the run. One that serves it as a daemon needs
/// none, and a step may do without.
#[test]
fn a_container_that_is_built_in_needs_the_volume_of_the_task() {
    let supervised = |process: Process| brings(vec![ContainerPlan { process, ..container("builder") }]);
    let blind = Powers { pod: Some(PodLimits { shared: false, ..PodLimits::unlimited() }), ..everything() };
    let needs = supervised(Process::Supervised);
    let Err(Refused::Beyond(what, wanted)) = judged_as(PluginKind::Build, &needs, &everything(), &blind) else {
        panic!("it is refused")
    };
    assert_eq!(what, ["brings container builder, which builds from the task's own volume (`pod: shared`)"]);
    assert_eq!(judged_as(PluginKind::Build, &needs, &everything(), &wanted), Ok(()));
    assert!(matches!(judged_as(PluginKind::Build, &needs, &blind, &blind), Err(Refused::Wrong(_))), "its own manifest says so");
    assert_eq!(judged_as(PluginKind::Step, &needs, &everything(), &blind), Ok(()));
    let daemon = supervised(Process::Image { args: None });
    assert_eq!(judged_as(PluginKind::Build, &daemon, &everything(), &blind), Ok(()));
}

/// Whoever grants what a refusal shows gives no secret away that no step opens.
#[test]
fn no_more_secrets_are_granted_than_are_opened() {
    let none = Powers { secrets: None, ..everything() };
    let (_, line) = beyond(&Requirements::default(), &none);
    assert!(line.ends_with("{secrets: []}]}"), "{line}");
}
