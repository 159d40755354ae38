use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::*;

const CREATED: Timestamp = Timestamp::UNIX_EPOCH;

fn metadata(name: &str, deadline: Option<&str>) -> ObjectMeta {
    let mut annotations = std::collections::BTreeMap::from([(names::TASK.to_owned(), "the task".to_owned())]);
    annotations.extend(deadline.map(|d| (names::DEADLINE_SECONDS.to_owned(), d.to_owned())));
    let labels = [(names::MANAGED_BY, "windlass"), (names::RUN, "abcdefgh")].map(|(k, v)| (k.to_owned(), v.to_owned()));
    ObjectMeta {
        name: Some(name.to_owned()),
        uid: Some("1".to_owned()),
        creation_timestamp: Some(Time(CREATED)),
        annotations: Some(annotations),
        labels: Some(labels.into()),
        ..ObjectMeta::default()
    }
}

fn labelled(kind: Kind, name: &str, deadline: Option<&str>) -> Labelled {
    Labelled { kind, state: if kind == Kind::Pod { "Running" } else { NO_POD }.to_owned(), metadata: metadata(name, deadline) }
}

#[test]
fn a_pod_is_expired_once_its_own_deadline_is_over() {
    for (deadline, seconds, expired) in
        [(Some("60"), 59, false), (Some("60"), 60, true), (None, 9999, false), (Some("?"), 9999, false)]
    {
        let now = CREATED + Duration::from_secs(seconds);
        let pod = describe("p".into(), "Running".into(), &metadata("p", deadline), now);
        assert_eq!((pod.expired, pod.age.as_secs()), (expired, seconds), "{deadline:?}");
    }
}

/// What a forged ConfigMap points to was listed, and deleted by `gc`.
#[test]
fn a_forged_object_lists_nobody_and_is_told() {
    let found = [
        labelled(Kind::Pod, "windlass-abcdefgh-0-t", Some("60")),
        labelled(Kind::ConfigMap, "db-agent", Some("0")),
        labelled(Kind::ConfigMap, "windlass-abcdefgh-1-left-agent", Some("60")),
        labelled(Kind::Secret, "windlass-abcdefgh-0-t", Some("60")),
    ];
    let names: Vec<String> = pods(&found, CREATED).into_iter().map(|pod| format!("{} {}", pod.name, pod.state)).collect();
    assert_eq!(names, ["windlass-abcdefgh-0-t Running", "windlass-abcdefgh-1-left NoPod"]);
    let told: Vec<String> = strangers(&found).into_iter().map(|stranger| stranger.what).collect();
    assert_eq!(told, ["ConfigMap db-agent", "Secret windlass-abcdefgh-0-t"]);
}

#[test]
fn a_part_with_an_early_end_does_not_end_the_pod() {
    let found = [
        labelled(Kind::Secret, "windlass-abcdefgh-0-t-secret", Some("60")),
        labelled(Kind::ConfigMap, "windlass-abcdefgh-0-t-agent", Some("0")),
    ];
    let expired = |seconds| pods(&found, CREATED + Duration::from_secs(seconds))[0].expired;
    assert!(!expired(59) && expired(60));
}

/// An annotation of 100 KB, which whoever may write a Secret can make, made each line of `ls` as long.
#[test]
fn a_task_s_name_from_an_annotation_is_bounded() {
    let mut metadata = metadata("p", Some("60"));
    metadata.annotations.get_or_insert_default().insert(names::TASK.to_owned(), "A".repeat(100_000));
    let task = describe("p".into(), "NoPod".into(), &metadata, CREATED).task;
    assert!(task.starts_with("AAAA") && task.len() < 300, "{} bytes", task.len());
}
