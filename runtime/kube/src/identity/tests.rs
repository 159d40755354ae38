use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;

use super::*;

fn metadata(name: &str) -> ObjectMeta {
    let text = |pairs: &[(&str, &str)]| Some(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect());
    ObjectMeta {
        name: Some(name.to_owned()),
        uid: Some("6f1b".to_owned()),
        labels: text(&[(names::MANAGED_BY, "windlass"), (names::RUN, "abcdefgh")]),
        annotations: text(&[(names::TASK, "t"), (names::DEADLINE_SECONDS, "60")]),
        ..ObjectMeta::default()
    }
}

fn owned_by(kind: &str, name: &str) -> Option<Vec<OwnerReference>> {
    Some(vec![OwnerReference { kind: kind.into(), name: name.into(), ..OwnerReference::default() }])
}

fn labelled(name: &str, key: &str, value: &str) -> ObjectMeta {
    let mut metadata = metadata(name);
    metadata.labels.get_or_insert_default().insert(key.into(), value.into());
    metadata
}

fn annotated(name: &str, key: &str, value: Option<&str>) -> ObjectMeta {
    let mut metadata = metadata(name);
    let annotations = metadata.annotations.get_or_insert_default();
    annotations.remove(key);
    annotations.extend(value.map(|value| (key.to_owned(), value.to_owned())));
    metadata
}

const POD: &str = "windlass-abcdefgh-0-t";

#[test]
fn what_agrees_in_everything_is_ours_and_names_its_pod() {
    for (kind, name) in [
        (Kind::Pod, POD),
        (Kind::Secret, "windlass-abcdefgh-0-t-secret"),
        (Kind::Secret, "windlass-abcdefgh-0-t-pull"),
        (Kind::Secret, "windlass-abcdefgh-0-t-agent"),
        (Kind::ConfigMap, "windlass-abcdefgh-0-t-agent"),
    ] {
        let expected = Identity { kind, name: name.to_owned(), uid: "6f1b".to_owned() };
        assert_eq!(judge(kind, &metadata(name)), Ok((POD.to_owned(), expected)), "{name}");
    }
    let owned =
        ObjectMeta { owner_references: owned_by("Pod", POD), ..annotated("windlass-abcdefgh-0-t-agent", names::POD, Some(POD)) };
    assert!(judge(Kind::Secret, &owned).is_ok());
}

/// A ConfigMap `db-agent` with our labels led to a stranger's pod `db` and its Secrets.
#[test]
fn what_contradicts_itself_is_nobodys_to_delete() {
    let agent = "windlass-abcdefgh-0-t-agent";
    for (kind, metadata, why) in [
        (Kind::ConfigMap, metadata("db-agent"), NotOurs::Run),
        (Kind::Secret, metadata("db-secret"), NotOurs::Run),
        (Kind::Pod, metadata("db"), NotOurs::Run),
        (Kind::ConfigMap, metadata("windlass-abcdefgh-0-t-secret"), NotOurs::Run),
        (Kind::Secret, metadata(POD), NotOurs::Run),
        (Kind::Pod, metadata("windlass-abcdefgh"), NotOurs::Run),
        (Kind::Pod, labelled(POD, names::RUN, "abcd"), NotOurs::Run),
        (Kind::Pod, labelled("windlass--0-t", names::RUN, ""), NotOurs::Run),
        (Kind::Pod, labelled(POD, names::MANAGED_BY, "Helm"), NotOurs::Label),
        (Kind::Pod, annotated(POD, names::TASK, None), NotOurs::Annotations),
        (Kind::Pod, annotated(POD, names::DEADLINE_SECONDS, None), NotOurs::Annotations),
        (Kind::Pod, annotated(POD, names::DEADLINE_SECONDS, Some("soon")), NotOurs::Annotations),
        (Kind::Secret, annotated(agent, names::POD, Some("db")), NotOurs::Pod),
        (Kind::Secret, ObjectMeta { owner_references: owned_by("Pod", "db"), ..metadata(agent) }, NotOurs::Owner),
        (Kind::Secret, ObjectMeta { owner_references: owned_by("Job", POD), ..metadata(agent) }, NotOurs::Owner),
        (Kind::Pod, ObjectMeta { owner_references: owned_by("ReplicaSet", POD), ..metadata(POD) }, NotOurs::Owner),
        (Kind::Pod, ObjectMeta { uid: None, ..metadata(POD) }, NotOurs::Uid),
    ] {
        assert_eq!(judge(kind, &metadata).err(), Some(why), "{kind:?} {metadata:?}");
    }
}

#[test]
fn only_the_mark_of_this_creation_makes_it_the_same() {
    let wanted = annotated(POD, names::CREATION, Some("mark"));
    assert!(is_the_same(&wanted, &wanted));
    let mut more = wanted.clone();
    more.labels.get_or_insert_default().insert("team".into(), "a".into());
    assert!(is_the_same(&more, &wanted), "admission may add labels");
    assert!(!is_the_same(&annotated(POD, names::CREATION, Some("other")), &wanted));
    assert!(!is_the_same(&metadata(POD), &wanted));
    assert!(!is_the_same(&metadata(POD), &metadata(POD)), "no mark proves nothing");
    let mut relabelled = wanted.clone();
    relabelled.labels.get_or_insert_default().insert(names::RUN.into(), "other".into());
    assert!(!is_the_same(&relabelled, &wanted));
}
