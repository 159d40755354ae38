use super::*;

/// A kubeconfig with these contexts, the first of them the current one.
fn kubeconfig(contexts: &[&str]) -> Kubeconfig {
    let context = |name: &&str| serde_json::json!({"name": name, "context": {"cluster": "c", "user": "u", "namespace": "mine"}});
    let contexts: Vec<_> = contexts.iter().map(context).collect();
    let current = contexts[0]["name"].clone();
    serde_json::from_value(serde_json::json!({"contexts": contexts, "current-context": current})).expect("a kubeconfig")
}

fn found(file: &str, options: &TargetOptions) -> Vec<String> {
    looked_at(file, options, &Trust::of_all())
}

fn looked_at(file: &str, options: &TargetOptions, trust: &Trust) -> Vec<String> {
    let source = windlass_config::Source::new("tasks", file);
    let tasks = windlass_config::load(&source, &windlass_config::Context::default()).expect("a task file").tasks;
    let kubeconfig = kubeconfig(&["here"]);
    let known = Known { tasks: &tasks, voices: &Voices::default(), trust };
    let places = of(&known, options, Some(&kubeconfig)).expect("places");
    let mark = |target: &Target| if places.needed.contains(target) { format!("{target}!") } else { target.to_string() };
    places.targets.iter().map(mark).collect()
}

const FILE: &str = "a_task:\n  gke_container: {image: a, cluster_name: elsewhere, namespace: ci}\n  x_script: y\n";

#[test]
fn the_namespaces_of_tasks_are_looked_at_and_the_current_one_and_the_engine() {
    let all = found(FILE, &TargetOptions::default());
    assert_eq!(all, ["context here, namespace ci", "context here, namespace mine", "the container engine of this machine"]);
}

/// Where runs go, nothing may be missing: marked with `!`.
#[test]
fn where_runs_go_is_needed() {
    let options = TargetOptions::default();
    let mine = FILE.replace("cluster_name: elsewhere", "context: here");
    assert_ne!(mine, FILE);
    let mine = mine.replace("gke_container", "kubernetes_container");
    let all = ["context here, namespace ci!", "context here, namespace mine", "the container engine of this machine"];
    assert_eq!(found(&mine, &options), all);
    assert_eq!(found("", &options), ["context here, namespace mine!", "the container engine of this machine"]);
    let plain = "a_task:\n  container: {image: a}\n  x_script: y\n";
    assert_eq!(found(plain, &options), ["context here, namespace mine", "the container engine of this machine!"]);
}

/// A file that nobody trusts leads `ls`, `gc` and `doctor` nowhere.
#[test]
fn what_only_the_file_chose_is_left_out_without_trust() {
    let all = looked_at(FILE, &TargetOptions::default(), &Trust::nothing());
    assert_eq!(all, ["context here, namespace mine", "the container engine of this machine"]);
}

/// Which of it the project chose, and what can be done, is told as it is: no trust leads to a cluster that nobody knows.
#[test]
fn who_chose_what_of_a_place_is_told() {
    let left_out = |file: &str, platform: &str| {
        let source = windlass_config::Source::new("tasks", file);
        let tasks = windlass_config::load(&source, &windlass_config::Context::default()).expect("a task file").tasks;
        let settings = windlass_config::load_settings(&windlass_config::Source::new("s", platform)).expect("settings");
        let layer = voices::Layer { file: "/etc/windlass/windlass.yaml".into(), settings, text: platform.into() };
        let voices = Voices { platform: vec![layer], repository: None };
        let kubeconfig = kubeconfig(&["here", "gke_p_z_ci"]);
        let known = Known { tasks: &tasks, voices: &voices, trust: &Trust::nothing() };
        of(&known, &TargetOptions::default(), Some(&kubeconfig)).expect("places").left_out
    };
    let mapped = "clusters: [{cluster_name: elsewhere, context: here}]\n";
    for (file, platform, told) in [
        (
            FILE,
            "{}",
            "context here, namespace ci was left out: the project chose its namespace; --context here --namespace ci looks there",
        ),
        (FILE, mapped, "context here, namespace ci was left out: the project chose its namespace, and you have not trusted it"),
        (
            &FILE.replace("cluster_name: elsewhere", "cluster_name: ci, zone: z"),
            "{}",
            "context gke_p_z_ci, namespace ci was left out: the project chose it, and you have not trusted it",
        ),
    ] {
        let notes = left_out(file, platform);
        assert!(notes.len() == 1 && notes.iter().all(|note| note.starts_with(told)), "{notes:?}");
    }
}

/// A place that the project chose and that is the user's own anyway is looked at, and no note says otherwise.
#[test]
fn no_place_is_left_out_and_looked_at() {
    let text = "clusters: [{cluster_name: x, context: here, namespace: mine}]\n";
    let settings = windlass_config::load_settings(&windlass_config::Source::new("s", text)).expect("settings");
    let layer = voices::Layer { file: "windlass.yaml".into(), settings, text: text.into() };
    let voices = Voices { repository: Some(layer), ..Voices::default() };
    let kubeconfig = kubeconfig(&["here"]);
    let known = Known { tasks: &[], voices: &voices, trust: &Trust::nothing() };
    let places = of(&known, &TargetOptions::default(), Some(&kubeconfig)).expect("places");
    assert!(places.targets.iter().any(|target| target.to_string() == "context here, namespace mine"), "{places:?}");
    assert_eq!(places.left_out, BTreeSet::new());
}

#[test]
fn what_is_named_is_all_that_is_looked_at() {
    let options =
        |on, namespace: Option<&str>| TargetOptions { on, namespace: namespace.map(str::to_owned), ..TargetOptions::default() };
    assert_eq!(found(FILE, &options(Some(On::Engine), None)), ["the container engine of this machine!"]);
    assert_eq!(found(FILE, &options(Some(On::Kube), Some("other"))), ["context here, namespace other!"]);
}
