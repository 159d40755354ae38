use windlass_model::settings::{ClusterMapping, PodSettings};

use super::*;

fn kubeconfig(contexts: &[&str], current: Option<&str>) -> Kubeconfig {
    let context = |name: &&str| serde_json::json!({ "name": name, "context": { "cluster": name, "user": "me" } });
    let contexts: Vec<_> = contexts.iter().map(context).collect();
    let value = serde_json::json!({ "contexts": contexts, "current-context": current });
    serde_json::from_value(value).expect("a kubeconfig")
}

fn gke(name: &str) -> Placement {
    let request = ClusterRequest {
        kind: ClusterKind::Gke,
        name: Some(name.into()),
        location: Some("us-central1-b".into()),
        context: None,
        namespace: Some("ci".into()),
    };
    Placement::Cluster(request)
}

fn options(on: Option<On>, context: Option<&str>) -> TargetOptions {
    TargetOptions { on, context: context.map(str::to_owned), ..TargetOptions::default() }
}

fn target(placement: &Placement, options: &TargetOptions, kubeconfig: Option<&Kubeconfig>) -> String {
    let settings = Settings::default();
    let place = Where::new(options, &settings, kubeconfig).expect("consistent options");
    place.of(placement).map_or_else(|error| format!("open: {}", error.ways.join("; ")), |target| target.to_string())
}

#[test]
fn flags_go_before_the_file_and_the_file_before_the_machine() {
    let plain = kubeconfig(&["gke_p_us-central1-b_build", "staging"], Some("staging"));
    let engine = "the container engine of this machine";
    for (placement, on, context, expected) in [
        (gke("build"), None, None, "context gke_p_us-central1-b_build, namespace ci"),
        (gke("build"), None, Some("staging"), "context staging, namespace ci"),
        (gke("build"), Some(On::Engine), None, engine),
        (Placement::Engine, None, None, engine),
        (Placement::Engine, Some(On::Kube), None, "context staging, namespace default"),
        (Placement::Engine, None, Some("staging"), "context staging, namespace default"),
    ] {
        assert_eq!(target(&placement, &options(on, context), Some(&plain)), expected, "{placement:?} {on:?} {context:?}");
    }
}

#[test]
fn a_machine_without_a_kubeconfig_uses_its_engine_unless_told_otherwise() {
    assert_eq!(target(&gke("build"), &options(None, None), None), "the container engine of this machine");
    assert!(target(&gke("build"), &options(Some(On::Kube), None), None).starts_with("open: "));
}

#[test]
fn a_cluster_that_nothing_names_is_left_open_never_guessed() {
    let other = kubeconfig(&["staging"], Some("staging"));
    let open = target(&gke("build"), &options(Some(On::Kube), None), Some(&other));
    assert!(open.contains("cluster_name: build\n    zone: us-central1-b\n    context: staging"), "{open}");
}

#[test]
fn a_mapping_counts_also_without_a_usual_kubeconfig() {
    let mapping = ClusterMapping {
        kind: None,
        name: Some("build".into()),
        location: None,
        context: "there".into(),
        namespace: None,
        kubeconfig: Some("/etc/kube/ci".into()),
        pods: PodSettings::default(),
    };
    let settings = Settings { clusters: vec![mapping], ..Settings::default() };
    let options = options(None, None);
    let place = Where::new(&options, &settings, None).expect("consistent options");
    let expected = Target::Kube { kubeconfig: Some("/etc/kube/ci".into()), context: "there".into(), namespace: "ci".into() };
    assert_eq!(place.of(&gke("build")).ok(), Some(expected));
}

/// Whatever a task asks for, and on every machine.
#[test]
fn a_context_that_is_not_there_is_refused_with_those_that_are() {
    let settings = Settings::default();
    let refused = |kubeconfig: Option<&Kubeconfig>| {
        let options = options(None, Some("nope"));
        Where::new(&options, &settings, kubeconfig).expect_err("refused").render()
    };
    let two = kubeconfig(&["one", "two"], Some("one"));
    let text = refused(Some(&two));
    assert!(
        text.starts_with("error: --context names `nope`, which the kubeconfig ")
            && text.ends_with("it has the contexts one, two"),
        "{text}"
    );
    assert!(refused(Some(&kubeconfig(&[], None))).contains("no contexts at all"));
    assert!(refused(None).contains("there is no such file"));
}

#[test]
fn an_engine_has_no_context() {
    let contradiction = options(Some(On::Engine), Some("staging"));
    assert!(Where::new(&contradiction, &Settings::default(), None).is_err());
}
