use super::*;
use bollard::models::ContainerSummaryStateEnum::{self, CREATED, EXITED, RUNNING};

const A: &str = "windlass-aaaaaaaa-0-a";
const B: &str = "windlass-aaaaaaaa-1-b";
const C: &str = "windlass-aaaaaaaa-2-c";

fn labels(pod: &str, container: Option<&str>) -> HashMap<String, String> {
    let all =
        [(names::POD, pod), (names::RUN, "aaaaaaaa"), (names::TASK, "build"), (names::CREATED, "100"), (names::DEADLINE, "200")];
    let mut labels: HashMap<_, _> = all.map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    labels.extend(container.map(|name| (names::CONTAINER.to_owned(), name.to_owned())));
    labels
}

fn container(pod: &str, name: Option<&str>, state: ContainerSummaryStateEnum) -> Part {
    Part::container(ContainerSummary {
        id: Some("1f".into()),
        names: Some(vec![format!("/{}", name.map_or_else(|| names::loader(pod), |name| names::container(pod, name)))]),
        labels: Some(labels(pod, name)),
        state: Some(state),
        ..ContainerSummary::default()
    })
}

fn volume(name: &str, pod: &str) -> Part {
    Part::volume(Volume { name: name.into(), labels: labels(pod, None), ..Volume::default() })
}

#[test]
fn containers_and_volumes_of_a_pod_are_one() {
    let parts = [
        container(A, None, CREATED),
        container(A, Some("main"), RUNNING),
        container(A, Some("side"), EXITED),
        container(B, Some("main"), EXITED),
        volume(&names::volume(A, "work"), A),
        volume(&names::volume(C, "work"), C),
    ];
    let found = standing(&parts, 150);
    let seen: Vec<_> = found.iter().map(|p| (p.name.as_str(), p.state.as_str(), p.expired)).collect();
    assert_eq!(seen, [(A, "running", false), (B, "exited", false), (C, "volumes only", false)]);
    assert!(found.iter().all(|p| p.age == Duration::from_secs(50) && p.run == "aaaaaaaa" && p.task == "build"));
    assert!(standing(&parts, 201).iter().all(|p| p.expired));
    assert_eq!(pretenders(&parts), []);
}

/// Whatever had the label of a pod was listed with it, and removed.
#[test]
fn what_only_says_that_it_is_of_a_pod_is_told_and_not_listed() {
    let mut early = volume(&names::volume(A, "work"), A);
    early.labels.insert(names::DEADLINE.into(), "0".into());
    let mut stranger = container(A, Some("main"), RUNNING);
    stranger.name = "db".into();
    let parts = [early, container(A, Some("main"), RUNNING), stranger, volume("db-data", B)];
    let found: Vec<_> = standing(&parts, 150).into_iter().map(|pod| (pod.name, pod.expired)).collect();
    assert_eq!(found, [(A.to_owned(), false)], "a part with an early end does not end the pod");
    let told: Vec<_> = pretenders(&parts).into_iter().map(|stranger| stranger.what).collect();
    assert_eq!(told, ["container db", "volume db-data"]);
}
