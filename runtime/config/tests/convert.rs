//! `convert`: typed steps in place of docker scripts, all else as it was.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

use std::path::Path;
use windlass_config::{Context, ConvertError, Converted, Source, Uses, convert, load};
use windlass_model::plugin_reference::PluginReference;

fn carried(name: &str) -> PluginReference {
    PluginReference::BuiltIn(name.to_owned())
}

fn docker() -> Uses {
    Uses {
        login: carried("registry-login"),
        build: carried("docker-build"),
        push: carried("docker-push"),
        daemon: true,
        honours: Vec::new(),
    }
}

fn kaniko() -> Uses {
    let honours = ["cpu", "memory"].map(str::to_owned).into();
    Uses { build: carried("kaniko"), push: carried("oci-push"), daemon: false, honours, ..docker() }
}

fn context() -> Context {
    let built_in = [("CIRRUS_CHANGE_IN_REPO", "0123abc"), ("CIRRUS_BRANCH", "main")];
    Context { built_in: built_in.map(|(name, value)| (name.to_owned(), value.to_owned())).into(), ..Context::default() }
}

#[track_caller]
fn converted(text: &str, uses: &Uses) -> Converted {
    convert(&Source::new(".cirrus.yml", text), &context(), uses, &[]).unwrap_or_else(|error| panic!("{error}"))
}

/// A task around these instructions, each line indented by two.
fn task(instructions: &str) -> String {
    format!("image_task:\n  container: {{image: docker}}\n  env: {{KEY: 'ENCRYPTED[a]'}}\n{instructions}")
}

#[track_caller]
fn becomes(before: &str, after: &str) {
    let outcome = converted(&task(before), &docker());
    assert_eq!(outcome.text, task(after), "{outcome:?}");
    assert_eq!(outcome.left, Vec::<String>::new());
}

#[test]
fn the_example_keeps_every_byte_but_its_scripts() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/docker-in-docker/.cirrus.yml");
    let before = std::fs::read_to_string(path).expect("the example");
    let (head, _) = before.split_once("  login_script:").expect("scripts");
    let expected = format!(
        "{head}  login_step:
    uses: registry-login
    with:
      registry: gcr.io
      username: _json_key
      password: REGISTRY_KEY
  build_step:
    uses: docker-build
    with:
      context: .
      tags:
        - $IMAGE:$CIRRUS_CHANGE_IN_REPO
      cache:
        from:
          - $IMAGE:$CIRRUS_LAST_GREEN_CHANGE
  push_step:
    uses: docker-push
    with:
      tags:
        - $IMAGE:$CIRRUS_CHANGE_IN_REPO
"
    );
    let outcome = converted(&before, &docker());
    assert_eq!(outcome.text, expected);
    assert_eq!(outcome.done.len(), 3);
    assert_eq!((outcome.left.len(), outcome.notes.len()), (0, 0));
    let again = load(&Source::new("converted", outcome.text), &context()).expect("it passes `check`");
    assert_eq!(again.tasks.len(), 1);
}

#[test]
fn without_a_daemon_its_container_goes_and_the_others_stay() {
    let text = "\
image_task:
  container:
    image: docker
    additional_containers:
      # keeps test data
      - name: db # the one and only
        image: postgres:16
      - name: daemon
        privileged: true # it has to
        image: docker:dind
        port: 2375
      # answers names
      - name: dns
        image: corp/dns
  build_script: docker build -t a . # all of it
  test_script: make test
";
    let expected = "\
image_task:
  container:
    image: docker
    additional_containers:
      # keeps test data
      - name: db # the one and only
        image: postgres:16
      # answers names
      - name: dns
        image: corp/dns
  # all of it
  build_step:
    uses: kaniko
    with:
      context: .
      tags:
        - a
  test_script: make test
";
    assert_eq!(converted(text, &kaniko()).text, expected);
    let alone = text.replace("      - name: db # the one and only\n        image: postgres:16\n", "");
    let alone = alone
        .replace("      # answers names\n      - name: dns\n        image: corp/dns\n", "")
        .replace("      # keeps test data\n", "");
    assert!(!converted(&alone, &kaniko()).text.contains("additional_containers"));
    let mentioned = text.replace("make test", "./test-with-docker.sh");
    let outcome = converted(&mentioned, &kaniko());
    assert!(outcome.text.contains("docker:dind") && outcome.notes[0].contains("test mentions docker"), "{outcome:?}");
}

/// Two tasks with a daemon each, of which the second has this much memory.
fn with_daemons(second: &str) -> String {
    let task = |name: &str, memory: &str| {
        format!(
            "{name}_task:\n  <<: *shared\n  container:\n    image: docker\n    additional_containers:\n      - name: {name}\n        \
             image: docker:dind\n        port: 2375\n        cpu: 1.5\n        memory: {memory}\n"
        )
    };
    format!(".shared: &shared\n  build_script: docker build -t a .\n{}{}", task("one", "4G"), task("two", second))
}

#[test]
fn builders_get_what_their_daemons_had() {
    let outcome = converted(&with_daemons("4096Mb"), &kaniko());
    let step = "  build_step:\n    uses: kaniko\n    with:\n      context: .\n      tags:\n        - a\n      cpu: 1.5\n      memory: 4Gi\n";
    assert!(outcome.text.contains(step) && !outcome.text.contains("dind"), "{outcome:?}");
    assert_eq!(outcome.notes[0], "task one: the builder gets the `cpu: 1.5` and `memory: 4Gi` of container one");
}

#[test]
fn amounts_that_cannot_be_written_are_told() {
    let outcome = converted(&with_daemons("8G"), &kaniko());
    assert!(!outcome.text.contains("memory") && !outcome.text.contains("dind"), "{outcome:?}");
    assert!(outcome.notes[1].starts_with("task two: container two had `cpu: 1.5` and `memory: 8Gi`"), "{outcome:?}");
    assert!(outcome.notes[1].contains("share its scripts"), "{outcome:?}");
    let outcome = converted(&with_daemons("4G"), &Uses { honours: vec!["cpu".into()], ..kaniko() });
    assert!(outcome.text.contains("      cpu: 1.5\n") && !outcome.text.contains("memory"), "{outcome:?}");
    assert!(
        outcome.notes[0].ends_with("had `memory: 4Gi`, which the builder does not get: kaniko does not take that"),
        "{outcome:?}"
    );
}

#[test]
fn comments_stand_before_the_step_of_the_command_that_they_stood_at() {
    becomes(
        "  release_script: # everything
    # log in
    - echo $KEY | docker login -u me --password-stdin
    - |
      # the image
      docker build -t corp/a:1 . # from here

    # and away
    - docker push corp/a:1
  # after all
",
        "  # everything
  # log in
  release_login_step:
    uses: registry-login
    with:
      username: me
      password: KEY.words
  # the image
  # from here
  release_build_step:
    uses: docker-build
    with:
      context: .
      tags:
        - corp/a:1
  # and away
  release_push_step:
    uses: docker-push
    with:
      tags:
        - corp/a:1
  # after all
",
    );
}

#[test]
fn every_field_survives_the_way_through_yaml() {
    becomes(
        "  build_script: \"docker build --no-cache --build-arg 'A=x: y' --build-arg N=1 --label 'a b=#' --secret id=k,env=KEY -t a app\"\n",
        "  build_step:
    uses: docker-build
    with:
      context: app
      tags:
        - a
      build_args:
        A: \"x: y\"
        N: \"1\"
      labels:
        \"a b\": \"#\"
      secrets:
        k: KEY
      flags:
        - \"--no-cache\"
",
    );
}

#[test]
fn groups_keep_their_conditions() {
    becomes(
        "  always:\n    - bye_script: docker logout\n  on_success:\n    script: docker build -t a .\n",
        "  always:\n    - bye_script: docker logout\n  on_success:\n    build_step:\n      uses: docker-build\n      with:\n        context: .\n        tags:\n          - a\n",
    );
}

#[test]
fn a_script_that_tasks_share_is_converted_once() {
    let text = "\
.shared: &shared
  container: {image: docker}
  build_script: docker build -t a:$TAG .
one_task:
  <<: *shared
  env: {TAG: 1}
two_task:
  <<: *shared
  matrix:
    - env: {TAG: 2}
    - env: {TAG: 3}
";
    let outcome = converted(text, &docker());
    assert_eq!(outcome.done.len(), 1);
    assert_eq!(outcome.text.matches("docker-build").count(), 1);
    let left = converted(&text.replace("  env: {TAG: 1}\n", "  env: {TAG: 1}\n  test_script: docker run a\n"), &docker());
    assert_eq!(left.done, Vec::<String>::new());
    assert!(
        left.left
            .iter()
            .any(|line| line.contains("task one, test_script, line 1: `docker run` has no typed form (.cirrus.yml:7:16)")),
        "{left:?}"
    );
    assert!(left.left.iter().any(|line| line.contains("task one shares it")), "{left:?}");
}

#[test]
fn what_cannot_be_edited_safely_stays() {
    for (text, reason) in [
        (task("  build_script: &b docker build -t a .\nother_task: {container: {image: a}, x_script: *b}\n"), "anchored"),
        ("image_task: {container: {image: docker}, build_script: docker build -t a .}\n".to_owned(), "lines of its own"),
        (task("  build_script: docker build -t a:$NOBODY .\n"), "NOBODY"),
        (task("  build_script: docker build -t a:$KEY .\n"), "secret KEY"),
        (
            task("  build_script: docker build -t $EMPTY -t a .\n").replace("env: {", "env: {EMPTY: '', "),
            "leave out its empty value",
        ),
        (task("  build_script: docker build -t a .\n").replace("env: {", "env: {CIRRUS_SHELL: /bin/zsh -f, "), "is read by zsh"),
        (task("  login_script: docker login -u me -p $CIRRUS_BRANCH\n  build_script: docker build -t a .\n"), "ENCRYPTED"),
    ] {
        let outcome = converted(&text, &docker());
        assert_eq!(outcome.text, text);
        assert!(outcome.left.iter().any(|line| line.contains(reason)), "{reason}: {outcome:?}");
    }
}

#[test]
fn only_named_tasks_are_converted() {
    let text = "a_task: &a\n  container: {image: docker}\n  b_script: docker build -t a .\nc_task:\n  container: {image: docker}\n  d_script: docker build -t a .\n";
    let source = Source::new("f", text);
    let outcome = convert(&source, &context(), &docker(), &["c".to_owned()]).expect("converted");
    assert!(outcome.text.contains("b_script") && outcome.text.contains("d_step"), "{outcome:?}");
    let unknown = convert(&source, &context(), &docker(), &["x".to_owned()]);
    assert!(matches!(unknown, Err(ConvertError::UnknownTask { .. })), "{unknown:?}");
}
