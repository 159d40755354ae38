use kube::config::Kubeconfig;
use windlass_model::plan::Target;
use windlass_model::settings::{ClusterMapping, PodSettings, Settings};
use windlass_model::task::{ClusterKind, ClusterRequest};

use super::{NotSelected, Overrides, select};

/// Contexts as `NAME` or `NAME=CLUSTER/NAMESPACE`; the first is the current one, which must never matter.
fn kubeconfig(contexts: &[&str]) -> Kubeconfig {
    let entry = |text: &&str| {
        let (name, rest) = text.split_once('=').unwrap_or((text, "c"));
        let (cluster, namespace) = rest.split_once("//").map_or((rest, None), |(c, n)| (c, Some(n)));
        serde_json::json!({"name": name, "context": {"cluster": cluster, "user": "u", "namespace": namespace}})
    };
    let current = contexts.first().map(|text| text.split_once('=').map_or(*text, |(name, _)| name));
    let value = serde_json::json!({
        "contexts": contexts.iter().map(entry).collect::<Vec<_>>(),
        "current-context": current,
    });
    serde_json::from_value(value).unwrap_or_else(|e| panic!("{e}"))
}

fn request(kind: ClusterKind, name: &str, location: Option<&str>) -> ClusterRequest {
    let name = (!name.is_empty()).then(|| name.to_owned());
    ClusterRequest { kind, name, location: location.map(str::to_owned), context: None, namespace: None }
}

fn gke() -> ClusterRequest {
    request(ClusterKind::Gke, "ci", Some("us-central1-b"))
}

fn chosen(result: Result<Target, NotSelected>) -> String {
    match result {
        Ok(Target::Kube { context, namespace, .. }) => format!("{context} {namespace}"),
        Ok(other) => other.to_string(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn the_context_that_a_cloud_s_command_line_wrote_is_recognised() {
    for (request, contexts, expected) in [
        (
            gke(),
            vec!["minikube", "gke_my-project_us-central1-b_ci", "gke_my-project_europe-west1-b_ci"],
            "gke_my-project_us-central1-b_ci",
        ),
        (request(ClusterKind::Gke, "ci", None), vec!["gke_p_z_ci-2", "gke_p_z_ci"], "gke_p_z_ci"),
        (gke(), vec!["prod=gke_my-project_us-central1-b_ci"], "prod"),
        (
            request(ClusterKind::Eks, "ci", Some("us-east-2")),
            vec!["arn:aws:eks:us-east-1:123456789012:cluster/ci", "arn:aws:eks:us-east-2:123456789012:cluster/ci"],
            "arn:aws:eks:us-east-2:123456789012:cluster/ci",
        ),
        (
            request(ClusterKind::Eks, "ci", Some("us-east-2")),
            vec!["me@corp@ci.us-east-2.eksctl.io"],
            "me@corp@ci.us-east-2.eksctl.io",
        ),
        (
            request(ClusterKind::Oke, "ocid1.cluster.oc1.iad.aaaacsdfghjklqw", None),
            vec!["context-csdfghjklqw"],
            "context-csdfghjklqw",
        ),
        (request(ClusterKind::Generic, "kind-ci", None), vec!["other", "kind-ci"], "kind-ci"),
    ] {
        let result = select(&request, Overrides::default(), &Settings::default(), &kubeconfig(&contexts));
        assert_eq!(chosen(result), format!("{expected} default"));
    }
}

#[test]
fn what_is_not_plainly_the_cluster_is_not_chosen() {
    for (request, contexts) in [
        (gke(), vec!["minikube"]),
        (gke(), vec!["gke_p_us-central1-b_ci-2", "gke_p_us-central1-c_ci", "ci"]),
        (
            request(ClusterKind::Eks, "ci", None),
            vec!["arn:aws:eks:us-east-2:1:cluster/not-ci", "arn:aws:ecs:us-east-2:1:cluster/ci", "x@ci.a.b.eksctl.io"],
        ),
        (request(ClusterKind::Oke, "ocid1.cluster.oc1.iad.aaaa", None), vec!["context-a"]),
        (request(ClusterKind::Generic, "", None), vec!["the-current-one"]),
    ] {
        let result = select(&request, Overrides::default(), &Settings::default(), &kubeconfig(&contexts));
        assert!(result.is_err(), "{contexts:?}: {result:?}");
    }
}

#[test]
fn the_command_line_goes_before_windlass_yaml_and_that_before_any_name() {
    let kubeconfig = kubeconfig(&["gke_p_us-central1-b_ci", "mapped//of-context", "given=c//of-context"]);
    let mapping = ClusterMapping {
        kind: None,
        name: Some("ci".into()),
        location: None,
        context: "mapped//of-context".into(),
        namespace: Some("of-mapping".into()),
        kubeconfig: None,
        pods: PodSettings::default(),
    };
    let settings = Settings { clusters: vec![mapping], ..Settings::default() };
    let given = Overrides { context: Some("given"), ..Overrides::default() };
    assert_eq!(chosen(select(&gke(), Overrides::default(), &settings, &kubeconfig)), "mapped//of-context of-mapping");
    assert_eq!(chosen(select(&gke(), given, &settings, &kubeconfig)), "given of-mapping");
    assert_eq!(chosen(select(&gke(), given, &Settings::default(), &kubeconfig)), "given of-context");
    let request = ClusterRequest { namespace: Some("of-task".into()), ..gke() };
    assert_eq!(chosen(select(&request, given, &settings, &kubeconfig)), "given of-task");
    let all = Overrides { namespace: Some("of-command-line"), ..given };
    assert_eq!(chosen(select(&request, all, &settings, &kubeconfig)), "given of-command-line");
}

#[test]
fn a_mapping_may_name_a_kubeconfig_of_its_own() {
    let mapping = ClusterMapping {
        kind: Some(ClusterKind::Gke),
        name: None,
        location: None,
        context: "elsewhere".into(),
        namespace: None,
        kubeconfig: Some("/etc/windlass/kubeconfig".into()),
        pods: PodSettings::default(),
    };
    let settings = Settings { clusters: vec![mapping], ..Settings::default() };
    let target = select(&gke(), Overrides::default(), &settings, &kubeconfig(&["minikube"]));
    let expected = Target::Kube {
        kubeconfig: Some("/etc/windlass/kubeconfig".into()),
        context: "elsewhere".into(),
        namespace: "default".into(),
    };
    assert_eq!(target, Ok(expected));
}

#[test]
fn a_task_may_name_its_context_and_it_must_exist() {
    let mut request = request(ClusterKind::Generic, "", None);
    request.context = Some("lab".into());
    let select = |contexts: &[&str]| chosen(select(&request, Overrides::default(), &Settings::default(), &kubeconfig(contexts)));
    assert_eq!(select(&["other", "lab"]), "lab default");
    assert_eq!(select(&["other"]), "the task names context `lab`, which the kubeconfig does not have");
}

/// A name that is wrong is corrected where it stands; a mapping that is there already is not to be written once more.
#[test]
fn a_context_that_is_named_in_vain_is_corrected_where_it_is_named() {
    let contexts = kubeconfig(&["other"]);
    let mapping = ClusterMapping {
        kind: None,
        name: Some("ci".into()),
        location: None,
        context: "lab".into(),
        namespace: None,
        kubeconfig: None,
        pods: PodSettings::default(),
    };
    let mapped = Settings { clusters: vec![mapping], ..Settings::default() };
    let ways = |request: &ClusterRequest, overrides: Overrides<'_>, settings: &Settings| {
        select(request, overrides, settings, &contexts).err().unwrap_or_else(|| panic!("chosen")).ways.join("; ")
    };
    let there = "the kubeconfig has these contexts: other";
    let of_mapping = ways(&gke(), Overrides::default(), &mapped);
    assert_eq!(of_mapping, format!("correct it in windlass.yaml; name one for this run: --context NAME; {there}"));
    let typed = ways(&gke(), Overrides { context: Some("lab"), namespace: None }, &Settings::default());
    assert_eq!(typed, there);
    let named = ClusterRequest { context: Some("lab".into()), ..request(ClusterKind::Generic, "", None) };
    let of_task = ways(&named, Overrides::default(), &Settings::default());
    assert!(of_task.starts_with("correct it in the task; write in windlass.yaml") && of_task.ends_with(there), "{of_task}");
}

#[test]
fn the_error_shows_what_to_write() {
    let contexts = kubeconfig(&["minikube", "prod"]);
    let error = select(&gke(), Overrides::default(), &Settings::default(), &contexts).err().unwrap_or_else(|| panic!("chosen"));
    assert_eq!(error.to_string(), "no kubeconfig context is known to be the GKE cluster `ci` in us-central1-b");
    insta::assert_snapshot!(error.ways.join("\n"), @r"
    write in windlass.yaml, with the context that it is:
    clusters:
      - cluster_name: ci
        zone: us-central1-b
        context: minikube
    name it for this run: --context minikube
    the kubeconfig has these contexts: minikube, prod
    ");
    let two = kubeconfig(&["gke_a_us-central1-b_ci", "gke_b_us-central1-b_ci"]);
    let error = chosen(select(&gke(), Overrides::default(), &Settings::default(), &two));
    assert!(
        error.starts_with("2 kubeconfig contexts may be") && error.contains("gke_a_us-central1-b_ci, gke_b_us-central1-b_ci"),
        "{error}"
    );
}
