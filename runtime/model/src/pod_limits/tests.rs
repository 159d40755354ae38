use crate::image::ImageReference;
use crate::pattern::Pattern;
use crate::plugin::ContainerRequirement;
use crate::pod::{ContainerPlan, Mount, Process, Security};
use crate::quantity::Resources;
use crate::task::Port;

use super::*;

fn builder() -> ContainerPlan {
    ContainerPlan::new(
        "builder",
        ImageReference::parse("corp.io/builder:1").unwrap_or_else(|e| panic!("{e}")),
        Process::Supervised,
        Resources { cpu: MilliCpu(1000), memory: MebiBytes(512), greedy: false },
    )
}

/// The limits that a container is beyond. Those that would allow it allow it, and it alone.
fn excess(limits: &PodLimits, container: ContainerPlan) -> Vec<&'static str> {
    let needs =
        Requirements { containers: vec![ContainerRequirement { container, unless_port: Vec::new() }], ..Requirements::default() };
    let wider = limits.with(&needs);
    assert_eq!(wider.beyond(&needs), [], "{wider:?}");
    let beyond: Vec<&str> = limits.beyond(&needs).into_iter().map(|excess| excess.field).collect();
    assert_eq!(beyond.is_empty(), wider == *limits, "{wider:?}");
    beyond
}

fn only(patterns: &[&str]) -> Scope {
    Scope::only(patterns.iter().map(|pattern| Pattern((*pattern).to_owned())))
}

/// A change to the container that one limit refuses, the limit, and its name.
type Row = (&'static str, fn(&mut ContainerPlan), fn(&mut PodLimits), &'static str);

/// Every limit, at its edge: one step beyond is refused and named, within it nothing is.
#[test]
fn each_limit_refuses_what_is_beyond_it_and_nothing_else() {
    let rows: [Row; 10] = [
        ("privileged", |c| c.security.privileged = true, |_| {}, "level"),
        ("second port", |c| c.ports.push(Port { host: Some(81), container: 80 }), |l| l.ports = Some([80].into()), "ports"),
        ("every capability", |c| c.security.add_capabilities.push("ALL".into()), |_| {}, "level"),
        ("no seccomp", |c| c.security.seccomp_unconfined = true, |_| {}, "level"),
        ("no AppArmor", |c| c.security.apparmor_unconfined = true, |_| {}, "level"),
        ("restricted", |_| {}, |l| l.level = Level::Restricted, "level"),
        ("image", |_| {}, |l| l.images = only(&["corp.io/other*"]), "images"),
        ("port", |c| c.ports.push(Port { host: None, container: 81 }), |l| l.ports = Some([80].into()), "ports"),
        ("cpu", |_| {}, |l| l.cpu = Some(MilliCpu(999)), "cpu"),
        ("memory", |_| {}, |l| l.memory = Some(MebiBytes(511)), "memory"),
    ];
    for (what, change, limit, field) in rows {
        let (mut container, mut limits) = (builder(), PodLimits::default());
        change(&mut container);
        limit(&mut limits);
        assert_eq!(excess(&limits, container.clone()), [field], "{what}");
        assert!(excess(&PodLimits::unlimited(), container).is_empty(), "{what} without a limit");
    }
    let limits = PodLimits {
        images: only(&["corp.io/builder:*"]),
        ports: Some([80].into()),
        cpu: Some(MilliCpu(1000)),
        memory: Some(MebiBytes(512)),
        ..PodLimits::default()
    };
    let container = ContainerPlan { ports: vec![Port { host: None, container: 80 }], ..builder() };
    assert!(excess(&limits, container).is_empty(), "all at the edge");
}

#[test]
fn an_exception_allows_what_it_names_and_no_more() {
    let rootless = || ContainerPlan { security: Security { seccomp_unconfined: true, ..Security::default() }, ..builder() };
    let limits = PodLimits { except: [Exception::SeccompUnconfined].into(), ..PodLimits::default() };
    assert!(excess(&limits, rootless()).is_empty());
    let mut more = rootless();
    more.security.apparmor_unconfined = true;
    assert_eq!(excess(&limits, more), ["level"]);
}

#[test]
fn capabilities_and_the_shared_volume_are_limits_of_their_own() {
    let mut container = builder();
    container.security.add_capabilities.push("CHOWN".into());
    container.mounts.push(Mount { volume: SHARED.into(), path: "/work".into(), read_only: true });
    let limits = PodLimits { capabilities: Scope::none(), shared: false, ..PodLimits::default() };
    assert_eq!(excess(&limits, container), ["capabilities", "shared"]);
}

/// What meets can only shrink, in every field.
#[test]
fn what_meets_allows_what_both_allow() {
    let asked = PodLimits { images: only(&["corp.io/*"]), ports: Some([80, 81].into()), ..PodLimits::unlimited() };
    let granted = PodLimits {
        level: Level::Baseline,
        except: [Exception::SeccompUnconfined].into(),
        ports: Some([81, 82].into()),
        cpu: Some(MilliCpu(500)),
        shared: false,
        ..PodLimits::unlimited()
    };
    for met in [asked.meet(&granted), granted.meet(&asked)] {
        assert_eq!(met.level, Level::Baseline);
        assert_eq!(met.except, [Exception::SeccompUnconfined].into());
        assert_eq!((met.ports, met.cpu, met.memory, met.shared), (Some([81].into()), Some(MilliCpu(500)), None, false));
        assert!(met.images.allows("corp.io/a") && !met.images.allows("other.io/a"));
    }
}
