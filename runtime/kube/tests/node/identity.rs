//! What is windlass' own on a cluster, and what only looks like it.

use std::collections::BTreeMap;
use std::time::Duration;

use k8s_openapi::ByteString;
use k8s_openapi::api::core::v1::{ConfigMap, Container, Pod, PodSpec, Secret};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use kube::api::{DeleteParams, PostParams};
use windlass_engine::ports::driver::{Driver as _, DriverError, StandingPod};
use windlass_model::pod::{MAIN, PodPlan};

use crate::support::*;

/// Labels and annotations as windlass writes them, as far as anybody can know them before the objects stand.
fn forged(name: &str, plan: &PodPlan, deadline: u64) -> ObjectMeta {
    let text = |pairs: &[(&str, &str)]| Some(pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect());
    ObjectMeta {
        name: Some(name.to_owned()),
        labels: text(&[
            ("app.kubernetes.io/managed-by", "windlass"),
            ("windlass.dev/run", &plan.run),
            ("windlass.dev/task", &plan.task),
        ]),
        annotations: text(&[
            ("windlass.dev/task", &plan.task),
            ("windlass.dev/deadline-seconds", &deadline.to_string()),
            ("windlass.dev/creation", "00000000000000000000000000000000"),
        ]),
        ..ObjectMeta::default()
    }
}

fn plain(name: &str) -> ObjectMeta {
    ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() }
}

fn idle(metadata: ObjectMeta) -> Pod {
    let container = Container {
        name: MAIN.to_owned(),
        image: Some("docker.io/library/busybox:latest".to_owned()),
        image_pull_policy: Some("Never".to_owned()),
        command: Some(vec!["sleep".to_owned(), "600".to_owned()]),
        ..Container::default()
    };
    let spec = PodSpec { containers: vec![container], termination_grace_period_seconds: Some(0), ..PodSpec::default() };
    Pod { metadata, spec: Some(spec), status: None }
}

fn secret(metadata: ObjectMeta) -> Secret {
    let data = BTreeMap::from([("agent".to_owned(), ByteString(b"#!/bin/sh\necho evil\n".to_vec()))]);
    Secret { metadata, data: Some(data), immutable: Some(true), type_: Some("Opaque".to_owned()), ..Secret::default() }
}

fn standing(name: &str, expired: bool) -> StandingPod {
    StandingPod {
        name: name.into(),
        run: String::new(),
        task: String::new(),
        age: Duration::ZERO,
        state: "NoPod".into(),
        expired,
    }
}

impl Objects {
    async fn make_secret(&self, metadata: ObjectMeta) -> String {
        self.secrets.create(&PostParams::default(), &secret(metadata)).await.unwrap().metadata.uid.unwrap()
    }

    async fn has_secret(&self, name: &str, uid: &str) -> bool {
        self.secrets.get_metadata_opt(name).await.unwrap().is_some_and(|found| found.metadata.uid.as_deref() == Some(uid))
    }

    async fn tidy(&self, name: &str) {
        let at_once = DeleteParams::default().grace_period(0);
        let _ = self.pods.delete(name, &at_once).await;
        for suffix in ["-secret", "-pull", "-agent"] {
            let _ = self.secrets.delete(&format!("{name}{suffix}"), &at_once).await;
        }
        let _ = self.config_maps.delete(&format!("{name}-agent"), &at_once).await;
    }
}

/// A forged ConfigMap `db-agent` made `gc` delete a stranger's pod `db` and its Secrets `db-secret` and `db-pull`.
#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn what_a_forged_config_map_points_to_survives_and_the_forgery_is_told() {
    on_node(|node| async move {
        let (driver, objects) = (node.driver().await, node.objects().await);
        let mut plan = pod("forged");
        plan.deadline_seconds = 0;
        let db = format!("db-{}", plan.run);
        let uid = objects.pods.create(&PostParams::default(), &idle(plain(&db))).await.unwrap().metadata.uid;
        let mut uids = Vec::new();
        for suffix in ["-secret", "-pull"] {
            uids.push((format!("{db}{suffix}"), objects.make_secret(plain(&format!("{db}{suffix}"))).await));
        }
        let map = ConfigMap { metadata: forged(&format!("{db}-agent"), &plan, 0), ..ConfigMap::default() };
        objects.config_maps.create(&PostParams::default(), &map).await.unwrap();

        let listed = driver.list().await.unwrap();
        let told = driver.pretenders().await.unwrap();
        let mut removed = Vec::new();
        for expired in [true, false] {
            removed.push(driver.remove(&standing(&db, expired)).await);
        }
        plan.name = db.clone();
        let deleted = driver.delete(&plan, Duration::ZERO).await;
        let mut left = Vec::new();
        for (name, uid) in &uids {
            left.push(objects.has_secret(name, uid).await);
        }
        let pod = objects.pods.get_metadata_opt(&db).await.unwrap().and_then(|found| found.metadata.uid);
        let map = objects.config_maps.get_metadata_opt(&format!("{db}-agent")).await.unwrap();
        objects.tidy(&db).await;

        assert!(!listed.iter().any(|standing| standing.name == db), "{listed:?}");
        let what = format!("ConfigMap {db}-agent");
        assert!(told.iter().any(|pretender| pretender.what == what && pretender.why.contains("windlass.dev/run")), "{told:?}");
        assert!(removed.iter().all(Result::is_ok) && deleted.is_ok(), "{removed:?} {deleted:?}");
        assert_eq!((left, pod, map.is_some()), (vec![true, true], uid, true), "a stranger's objects are gone");
    });
}

/// A ConfigMap that an earlier version left is found by what it says, and takes nothing along but itself: not the Secret of a run that
/// goes on.
#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_config_map_of_an_earlier_version_goes_alone() {
    on_node(|node| async move {
        let (driver, objects) = (node.driver().await, node.objects().await);
        let plan = pod("earlier");
        let map = ConfigMap { metadata: forged(&format!("{}-agent", plan.name), &plan, 0), ..ConfigMap::default() };
        objects.config_maps.create(&PostParams::default(), &map).await.unwrap();
        let alone = driver.list().await.unwrap().into_iter().find(|standing| standing.name == plan.name);
        let secret = format!("{}-secret", plan.name);
        let uid = objects.make_secret(forged(&secret, &plan, 3600)).await;
        let both = driver.list().await.unwrap().into_iter().find(|standing| standing.name == plan.name);
        driver.remove(&standing(&plan.name, true)).await.unwrap();
        let left = (
            objects.config_maps.get_metadata_opt(&format!("{}-agent", plan.name)).await.unwrap().is_some(),
            objects.has_secret(&secret, &uid).await,
        );
        driver.remove(&standing(&plan.name, false)).await.unwrap();
        let at_last = objects.has_secret(&secret, &uid).await;
        objects.tidy(&plan.name).await;
        assert!(alone.is_some_and(|found| found.expired), "what an earlier version left is found");
        assert!(both.is_some_and(|found| !found.expired), "a part with an early end does not end the others");
        assert_eq!(left, (false, true));
        assert!(!at_last, "`gc --all` takes all that is ours");
    });
}

/// `AlreadyExists` counted as created: the pod would have run what somebody else had put there.
#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_name_that_somebody_else_took_is_refused_and_what_has_it_is_left() {
    on_node(|node| async move {
        let (driver, objects) = (node.driver().await, node.objects().await);
        for taken in ["-agent", "-secret", ""] {
            let mut plan = pod("squatted");
            plan.containers.push(keeper("TOKEN"));
            let name = format!("{}{taken}", plan.name);
            let metadata = forged(&name, &plan, 3600);
            let uid = match taken {
                "" => objects.pods.create(&PostParams::default(), &idle(metadata)).await.unwrap().metadata.uid.unwrap(),
                _ => objects.make_secret(metadata).await,
            };
            let created = driver.create(&plan, &values(&[("TOKEN", "x")])).await;
            let deleted = driver.delete(&plan, Duration::ZERO).await;
            let standing = objects.of(&plan).await;
            let left = match taken {
                "" => objects.pods.get_metadata_opt(&name).await.unwrap().and_then(|found| found.metadata.uid) == Some(uid),
                _ => objects.has_secret(&name, &uid).await,
            };
            objects.tidy(&plan.name).await;
            let what = if taken.is_empty() { format!("Pod {name}") } else { format!("Secret {name}") };
            let error = created.expect_err("somebody else has the name");
            assert!(matches!(&error, DriverError::NameTaken { what: found, .. } if *found == what), "{error:?}");
            assert!(error.help().unwrap().contains("find out who created it"), "{error:?}");
            deleted.unwrap();
            assert!(left, "{what} is somebody else's");
            assert_eq!(standing.len(), 1, "nothing of ours is left: {standing:?}");
        }
    });
}

/// After a run only what it made is deleted, by UID: not what has the same name since.
#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn what_somebody_made_anew_under_our_names_is_left() {
    on_node(|node| async move {
        let (driver, objects) = (node.driver().await, node.objects().await);
        let mut plan = pod("anew");
        plan.containers.push(keeper("TOKEN"));
        driver.create(&plan, &values(&[("TOKEN", "x")])).await.unwrap();
        wait_until_running(&mut driver.watch(&plan), MAIN).await;
        let secret = format!("{}-secret", plan.name);
        let at_once = DeleteParams::default().grace_period(0);
        objects.pods.delete(&plan.name, &at_once).await.unwrap();
        objects.secrets.delete(&secret, &at_once).await.ok();
        let gone = kube::runtime::wait::await_condition(objects.pods.clone(), &plan.name, |pod: Option<&Pod>| pod.is_none());
        tokio::time::timeout(Duration::from_secs(30), gone).await.expect("the pod goes").unwrap();
        let gone =
            kube::runtime::wait::await_condition(objects.secrets.clone(), &secret, |found: Option<&Secret>| found.is_none());
        tokio::time::timeout(Duration::from_secs(30), gone).await.expect("the Secret goes").unwrap();
        let uid = objects.make_secret(forged(&secret, &plan, 3600)).await;
        let pod_uid =
            objects.pods.create(&PostParams::default(), &idle(forged(&plan.name, &plan, 3600))).await.unwrap().metadata.uid;

        let deleted = driver.delete(&plan, Duration::ZERO).await;
        let left = objects.has_secret(&secret, &uid).await;
        let pod = objects.pods.get_metadata_opt(&plan.name).await.unwrap().and_then(|found| found.metadata.uid);
        let agent = objects.secrets.get_metadata_opt(&format!("{}-agent", plan.name)).await.unwrap();
        objects.tidy(&plan.name).await;
        deleted.expect("ours is gone, and nobody waits for the other");
        assert!(left && pod == pod_uid, "what was made since is somebody else's");
        assert!(agent.is_none(), "ours is deleted");
    });
}
