//! The shape that windlass exists for: a Docker client and a privileged daemon beside it.

use windlass_config::{Context, Severity, Source, Style, load};
use windlass_model::task::{Action, ClusterKind, Disposition, Placement};

const FILE: &str = "\
image_task:
  gke_container: # on another cloud: eks_container
    image: docker:latest # anything with the docker client in it
    cluster_name: build-cluster
    zone: europe-west1-b
    namespace: builds
    cpu: 1
    memory: 1500Mb
    additional_containers:
      - name: dockerdaemon
        privileged: true # a daemon in a container needs it
        cpu: 4
        memory: 3500Mb
        image: docker:dind
        port: 2375
        env:
          DOCKER_DRIVER: overlay2
          DOCKER_TLS_CERTDIR: \"\" # plain TCP inside the pod
  env:
    DOCKER_HOST: tcp://localhost:2375 # the daemon next door
    GOOGLE_CREDENTIALS: ENCRYPTED[0a1b2c] # a service account's key
  login_script:
    echo $GOOGLE_CREDENTIALS | docker login -u _json_key --password-stdin https://gcr.io
  build_script:
    - docker pull gcr.io/some-project/some-app:$CIRRUS_LAST_GREEN_CHANGE || true
    - docker build
      --cache-from=gcr.io/some-project/some-app:$CIRRUS_LAST_GREEN_CHANGE
      -t gcr.io/some-project/some-app:$CIRRUS_CHANGE_IN_REPO\u{20}
      .  \u{20}
  push_script:
    - docker push gcr.io/some-project/some-app:$CIRRUS_CHANGE_IN_REPO\u{20}
";

#[test]
fn the_main_example_loads_with_a_word_on_its_first_run() {
    let configuration = match load(&Source::new(".cirrus.yml", FILE), &Context::default()) {
        Ok(configuration) => configuration,
        Err(problems) => panic!("{}", problems.render(Style::Plain, None)),
    };
    let said: Vec<_> = configuration.warnings.iter().map(|said| (said.severity(), said.message())).collect();
    let first_run = "`CIRRUS_LAST_GREEN_CHANGE` is empty: no earlier run is known to be green";
    assert_eq!(said, [(Severity::Note, first_run); 2]);
    let [task] = configuration.tasks.as_slice() else {
        panic!("one task");
    };
    assert_eq!((task.name.as_str(), &task.disposition), ("image", &Disposition::Run));
    let instance = task.instance.as_ref().unwrap_or_else(|| panic!("runs here"));
    let Placement::Cluster(cluster) = &instance.placement else { panic!("a cluster") };
    assert_eq!(cluster.kind, ClusterKind::Gke);
    assert_eq!(cluster.name.as_deref(), Some("build-cluster"));
    assert_eq!(cluster.location.as_deref(), Some("europe-west1-b"));
    assert_eq!(cluster.namespace.as_deref(), Some("builds"));
    assert_eq!(instance.resources.memory.to_string(), "1500Mi");
    let [daemon] = instance.sidecars.as_slice() else { panic!("one sidecar") };
    assert!(daemon.privileged);
    assert_eq!(daemon.env.iter().map(|var| var.name.as_str()).collect::<Vec<_>>(), ["DOCKER_DRIVER", "DOCKER_TLS_CERTDIR"]);
    assert_eq!(task.secrets.len(), 1);
    assert_eq!(task.secrets[0].reference, "ENCRYPTED[0a1b2c]");
    let names: Vec<_> = task.steps.iter().map(|step| step.name.as_str()).collect();
    assert_eq!(names, ["clone", "login", "build", "push"]);
    let Action::Script { lines, .. } = &task.steps[2].action else { panic!("a script") };
    assert_eq!(
        lines[1],
        "docker build --cache-from=gcr.io/some-project/some-app:$CIRRUS_LAST_GREEN_CHANGE -t gcr.io/some-project/some-app:$CIRRUS_CHANGE_IN_REPO ."
    );
}

#[test]
fn once_a_run_was_green_nothing_is_left_to_say() {
    let mut context = Context::default();
    context.built_in.insert("CIRRUS_LAST_GREEN_CHANGE".to_owned(), "0123abc".to_owned());
    let configuration = load(&Source::new(".cirrus.yml", FILE), &context).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(configuration.warnings.is_empty(), "{}", configuration.warnings);
}

#[test]
fn line_ends_of_windows_change_nothing() {
    let load = |text: &str| match load(&Source::new(".cirrus.yml", text), &Context::default()) {
        Ok(configuration) => configuration.tasks,
        Err(problems) => panic!("{problems}"),
    };
    let literal = "b_task:\n  container: {image: x}\n  b_script: |\n    one\n    two\n";
    for text in [FILE, literal] {
        assert_eq!(load(&text.replace('\n', "\r\n")), load(text));
    }
}
