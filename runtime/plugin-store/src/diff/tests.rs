use std::collections::BTreeSet;

use windlass_artifact::signature::Identity;
use windlass_model::digest::Digest;
use windlass_model::path_pattern::PathPattern;
use windlass_model::pattern::Pattern;
use windlass_model::pod_limits::PodLimits;
use windlass_model::pod_security::Exception;
use windlass_model::power::{ContainerScope, PathScope, VariableScope};
use windlass_model::quantity::{MebiBytes, MilliCpu};
use windlass_model::scope::Scope;

use super::*;

fn entry(powers: Powers) -> Entry {
    Entry {
        reference: "oci://r/p:1".into(),
        name: "p".into(),
        kind: PluginKind::Step,
        version: "1".into(),
        interface: "0.1.0".into(),
        tag: None,
        manifest: Digest::of(b"m"),
        component: Digest::of(b"c"),
        powers,
        secrets: BTreeSet::new(),
        signer: None,
    }
}

fn names(words: &[&str]) -> Scope {
    Scope::only(words.iter().map(|word| Pattern((*word).to_owned())))
}

fn files(words: &[&str]) -> PathScope {
    PathScope::only(words.iter().map(|word| PathPattern::parse(word).unwrap_or_else(|e| panic!("{e}"))))
}

fn variables(words: &[&str]) -> VariableScope {
    VariableScope::only(words.iter().map(|word| Pattern((*word).to_owned())))
}

fn lines(old: Powers, new: Powers) -> Vec<String> {
    let diff = PowerDiff::between(&entry(old), &entry(new));
    assert_eq!(diff.needs_approval(), !diff.changes().is_empty());
    diff.changes().iter().map(ToString::to_string).collect()
}

#[test]
fn each_new_power_is_told_and_each_lost_one_is_not() {
    let mut all = Powers::default();
    Power::ALL.into_iter().for_each(|power| all.add(power));
    assert_eq!(lines(all.clone(), all.clone()), [""; 0]);
    assert_eq!(lines(all.clone(), Powers::default()), [""; 0]);
    for power in Power::ALL {
        let mut without = Powers::default();
        Power::ALL.into_iter().filter(|other| *other != power).for_each(|other| without.add(other));
        assert_eq!(lines(without, all.clone()), [format!("also asks for {}", all.word(power))]);
    }
    let of_new: Vec<String> = PowerDiff::of_new(&entry(all.clone())).changes().iter().map(ToString::to_string).collect();
    assert_eq!(of_new, lines(Powers::default(), all));
}

#[test]
fn limits_that_go_further_are_told_with_both() {
    let secrets = |scope: Scope| Powers { secrets: Some(scope), ..Powers::default() };
    assert_eq!(lines(secrets(names(&["A"])), secrets(names(&["A", "B_*"]))), ["asks for more of secrets: A, B_*, and before A"]);
    assert_eq!(lines(secrets(names(&["A"])), secrets(Scope::any())), ["asks for more of secrets: any, and before A"]);
    for (old, new, wider) in [
        (Scope::any(), names(&["A"]), false),
        (names(&["A*"]), names(&["AB", "A?", "A*C"]), false),
        (names(&["A?"]), names(&["A*"]), true),
        (names(&["A?"]), names(&["A?"]), false),
        (names(&["A?*"]), names(&["AB*"]), true),
        (names(&[]), names(&["A"]), true),
        (names(&["A"]), names(&[]), false),
        (names(&["A", "B"]), names(&["A"]).meet(&Scope::any()), false),
        (names(&["A*"]).meet(&names(&["*B"])), names(&["A*"]), true),
        (names(&["A*"]), names(&["A*"]).meet(&names(&["*B"])), false),
    ] {
        assert_eq!(!lines(secrets(old.clone()), secrets(new.clone())).is_empty(), wider, "{old:?} to {new:?}");
    }
}

#[test]
fn containers_variables_and_files_go_further_in_their_own_ways() {
    let containers = |own, of_task| Powers { containers: Some(ContainerScope { own, of_task }), ..Powers::default() };
    assert_eq!(
        lines(containers(true, Scope::none()), containers(true, names(&["main"]))),
        ["asks for more of containers: own, main, and before own"]
    );
    assert!(!lines(containers(false, Scope::any()), containers(true, Scope::none())).is_empty());
    assert!(lines(containers(true, names(&["main", "db"])), containers(false, names(&["db"]))).is_empty());

    let set = |scope| Powers { environment_set: Some(scope), ..Powers::default() };
    for (old, new, wider) in [
        (VariableScope::default(), VariableScope::all(), true),
        (VariableScope::all(), VariableScope::default(), false),
        (VariableScope::default(), variables(&["MY_*", "X"]), false),
        (VariableScope::default(), variables(&["PATH"]), true),
        (variables(&["*"]), variables(&["PATH"]), true),
        (variables(&["*"]), VariableScope::default(), false),
        (variables(&["MY_*"]), VariableScope::default(), true),
        (variables(&["MY_*", "PATH"]), variables(&["PATH", "MY_X"]), false),
    ] {
        assert_eq!(!lines(set(old.clone()), set(new.clone())).is_empty(), wider, "{old:?} to {new:?}");
    }

    let read = |scope| Powers { workspace_read: Some(scope), ..Powers::default() };
    for (old, new, wider) in [
        (files(&["go.mod"]), files(&["go.mod", "src/**"]), true),
        (files(&["go.mod", "src/**"]), files(&["go.mod"]), false),
        (files(&["**"]), files(&["src/*"]), false),
        // A file that is named in full may be one that has to be, which no wildcard stands for.
        (files(&["**"]), files(&[".env"]), true),
        (PathScope::default(), files(&[".env"]), true),
        (PathScope::default(), files(&["*"]), false),
        (PathScope::all(), files(&[".env"]), false),
        (files(&["**"]), PathScope::default(), false),
        (PathScope::default(), PathScope::all(), true),
    ] {
        assert_eq!(!lines(read(old.clone()), read(new.clone())).is_empty(), wider, "{old:?} to {new:?}");
    }
}

/// A limit that goes further, and what is said of it.
type Widened = (fn(&mut PodLimits), &'static str);

/// Every limit of `pod`, in its own words, and none where it is narrowed.
#[test]
fn each_limit_of_the_pod_is_told() {
    let pod = |limits: PodLimits| Powers { pod: Some(limits), ..Powers::default() };
    let old = PodLimits {
        capabilities: names(&["CHOWN"]),
        images: names(&["corp.io/*"]),
        ports: Some([80].into()),
        cpu: Some(MilliCpu(1000)),
        memory: Some(MebiBytes(512)),
        shared: false,
        ..PodLimits::default()
    };
    let changes: [Widened; 10] = [
        (
            |limits| limits.level = Level::Privileged,
            "may bring containers of Pod Security level privileged, and baseline was the highest",
        ),
        (
            |limits| limits.except = [Exception::SeccompUnconfined].into(),
            "asks for more of pod: exceptions seccomp-unconfined, and before none",
        ),
        (|limits| limits.capabilities = Scope::any(), "asks for more of pod: capabilities any, and before CHOWN"),
        (|limits| limits.images = names(&["*"]), "asks for more of pod: images *, and before corp.io/*"),
        (|limits| limits.ports = Some([80, 81].into()), "asks for more of pod: ports 80, 81, and before 80"),
        (|limits| limits.ports = None, "asks for more of pod: ports any, and before 80"),
        (|limits| limits.cpu = Some(MilliCpu(1500)), "asks for more of pod: cpu 1.5, and before 1"),
        (|limits| limits.cpu = None, "asks for more of pod: cpu any, and before 1"),
        (|limits| limits.memory = None, "asks for more of pod: memory any, and before 512Mi"),
        (
            |limits| limits.shared = true,
            "asks for more of pod: volume with the working copy, and before without the working copy",
        ),
    ];
    for (change, expected) in changes {
        let mut new = old.clone();
        change(&mut new);
        assert_eq!(lines(pod(old.clone()), pod(new.clone())), [expected]);
        assert_eq!(lines(pod(new), pod(old.clone())), [""; 0], "{expected}, the other way round");
    }
}

#[test]
fn what_matters_most_comes_first() {
    let key = Signer::Key(Digest::of(b"key"));
    let old = Entry { signer: Some(key.clone()), ..entry(Powers::default()) };
    let mut new = entry(Powers { registries: true, pod: Some(PodLimits::default()), ..Powers::default() });
    new.kind = PluginKind::Build;
    new.interface = "0.2.0".into();
    new.secrets = ["B".to_owned(), "A\u{1b}[2J".to_owned()].into();
    let diff = PowerDiff::between(&old, &new).to_string();
    assert_eq!(
        diff,
        format!(
            "is a build plugin, and was a step plugin\nis signed by nobody whom the settings trust, and was signed by {key}\nalso asks for pod (up to baseline)\n\
             also asks for registries\nalso asks for the secret A\u{fffd}[2J\nalso asks for the secret B\n\
             is built for windlass:plugin 0.2.0, and was for 0.1.0"
        )
    );
    let identity = Signer::Identity(Identity { identity: "a@corp".into(), issuer: "https://corp".into() });
    let other = Entry { signer: Some(identity.clone()), ..entry(Powers::default()) };
    let line = PowerDiff::between(&old, &other).to_string();
    assert_eq!(line, format!("is signed by a@corp (https://corp), and was signed by {key}"));
    // Signed for the first time, and built for another interface: nothing that anybody has to approve of.
    let first = Entry { interface: "0.1.1".into(), ..other };
    assert!(!PowerDiff::between(&entry(Powers::default()), &first).needs_approval());
}
