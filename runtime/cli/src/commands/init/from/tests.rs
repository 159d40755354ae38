use super::*;
use crate::commands::init::setup::{Place, Setup};

/// What `.cirrus.yml` says of these bytes, without its first lines, and the remarks.
fn lifted(file: &str) -> (String, Vec<String>) {
    let builders = Builders { login: "registry-login".into(), build: "kaniko".into(), push: "oci-push".into() };
    let Lifted { tasks, variables, secrets, remarks } = steps::of(parse(file.as_bytes()).expect("a file"), &builders);
    let text = Setup { place: Place::Engine, tasks, variables, secrets }.tasks();
    (text.lines().skip(3).collect::<Vec<_>>().join("\n"), remarks)
}

#[test]
fn a_github_workflow() {
    let (text, remarks) = lifted(
        r#"
on: push
env: {REGISTRY: ghcr.io}
jobs:
  image:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: docker/setup-buildx-action@v3
      - uses: docker/login-action@v3
        with: {registry: "${{ env.REGISTRY }}", username: "${{ github.actor }}", password: "${{ secrets.GITHUB_TOKEN }}"}
      - {id: meta, uses: docker/metadata-action@v5, with: {images: "${{ env.REGISTRY }}/acme/shop"}}
      - uses: docker/build-push-action@v6
        with:
          context: web
          file: web/prod.Dockerfile
          push: ${{ github.event_name != 'pull_request' }}
          tags: ${{ steps.meta.outputs.tags }}
          labels: ${{ steps.meta.outputs.labels }}
          build-args: |
            VERSION=1.2
            COMMIT=${{ github.sha }}
          cache-from: type=gha
      - {name: Scan, uses: acme/scan@v1}
  test:
    runs-on: ubuntu-latest
    steps: [{run: make test}]
"#,
    );
    assert_eq!(
        text,
        r#"env:
  REGISTRY: ghcr.io
  GITHUB_TOKEN: ENCRYPTED[github-token]   # windlass.yaml says where its value is

image_task:
  login_step: {uses: registry-login, with: {registry: "$REGISTRY", username: "$CIRRUS_REPO_OWNER", password: GITHUB_TOKEN}}
  build_step: {uses: kaniko, with: {context: web, dockerfile: prod.Dockerfile, tags: ["$REGISTRY/acme/shop:$CIRRUS_CHANGE_IN_REPO"], build_args: {VERSION: "1.2", COMMIT: "$CIRRUS_CHANGE_IN_REPO"}}}
  push_step: {uses: oci-push, with: {tags: ["$REGISTRY/acme/shop:$CIRRUS_CHANGE_IN_REPO"]}}"#
    );
    assert_eq!(
        remarks,
        [
            "left out: job image, step Scan: the action acme/scan has no typed form",
            "left out: job test, step 1: it has no docker command"
        ]
    );
}

#[test]
fn a_gitlab_configuration() {
    let (text, remarks) = lifted(
        r#"
variables: {IMAGE: "$CI_REGISTRY_IMAGE/app"}
.template: &template
  before_script: ['echo "$CI_REGISTRY_PASSWORD" | docker login -u "$CI_REGISTRY_USER" --password-stdin "$CI_REGISTRY"']
build:
  <<: *template
  script:
    - docker build -t "$IMAGE:$CI_COMMIT_SHA" --build-arg "BRANCH=${CI_COMMIT_REF_NAME}x" .
    - docker push "$IMAGE:$CI_COMMIT_SHA"
kaniko:
  image: {name: "gcr.io/kaniko-project/executor:debug", entrypoint: [""]}
  script:
    - /kaniko/executor --context "$CI_PROJECT_DIR/web" --dockerfile "$CI_PROJECT_DIR/web/Dockerfile" --destination "r.example/web:$CI_COMMIT_TAG"
lint: {script: [make lint]}
"#,
    );
    assert!(text.contains("  CI_REGISTRY_PASSWORD: ENCRYPTED[ci-registry-password]"), "{text}");
    assert!(text.contains("  IMAGE: \"$CI_REGISTRY_IMAGE/app\""), "{text}");
    assert!(
        text.contains(
            "build_task:\n  login_step: {uses: registry-login, with: {registry: \"$CI_REGISTRY\", username: \"$CI_REGISTRY_USER\", password: \
             CI_REGISTRY_PASSWORD}}\n  build_step: {uses: kaniko, with: {context: \".\", tags: [\"$IMAGE:$CIRRUS_CHANGE_IN_REPO\"], build_args: \
             {BRANCH: \"${CIRRUS_BRANCH}x\"}}}\n  push_step: {uses: oci-push"
        ),
        "{text}"
    );
    assert!(text.contains("kaniko_task:\n  build_step: {uses: kaniko, with: {context: web, "), "{text}");
    assert!(text.contains("tags: [\"r.example/web:$CIRRUS_TAG\"]"), "{text}");
    assert!(remarks.iter().any(|remark| remark == "left out: job lint: it has no docker command"), "{remarks:?}");
    assert!(remarks.iter().any(|remark| remark.starts_with("nothing gives CI_REGISTRY_IMAGE a value")), "{remarks:?}");
}

#[test]
fn cloud_build() {
    let (text, remarks) = lifted(
        "steps:\n- name: gcr.io/cloud-builders/docker\n  args: [build, -t, 'gcr.io/$PROJECT_ID/app:$COMMIT_SHA', '--build-arg=MODE=$_MODE', .]\n\
         - name: gcr.io/cloud-builders/gcloud\n  args: [run, deploy]\n\
         images: ['gcr.io/$PROJECT_ID/app:$COMMIT_SHA']\nsubstitutions: {_MODE: fast}\n",
    );
    assert!(text.contains("  _MODE: fast\n"), "{text}");
    assert!(
        text.contains("tags: [\"gcr.io/$PROJECT_ID/app:$CIRRUS_CHANGE_IN_REPO\"], build_args: {MODE: \"$_MODE\"}}}"),
        "{text}"
    );
    assert_eq!(remarks.len(), 2, "{remarks:?}");
    assert!(remarks[0].contains("step 2 (gcr.io/cloud-builders/gcloud)") && remarks[1].contains("PROJECT_ID"), "{remarks:?}");
}

#[test]
fn skaffold() {
    let (text, remarks) = lifted(
        "apiVersion: skaffold/v4beta11\nkind: Config\nbuild:\n  artifacts:\n  - {image: r.example/web, context: web, docker: {dockerfile: \
         prod.Dockerfile, target: final, buildArgs: {A: b}}}\n  - {image: r.example/api, jib: {}}\n",
    );
    assert_eq!(
        text,
        "\nweb_task:\n  build_step: {uses: kaniko, with: {context: web, dockerfile: prod.Dockerfile, target: final, tags: \
         [\"r.example/web:$CIRRUS_CHANGE_IN_REPO\"], build_args: {A: b}}}\n  push_step: {uses: oci-push, with: {tags: \
         [\"r.example/web:$CIRRUS_CHANGE_IN_REPO\"]}}"
    );
    assert_eq!(remarks, ["left out: artifact r.example/api: `jib` builds it, and windlass builds from Dockerfiles"]);
}

#[test]
fn what_is_no_such_file_says_so() {
    for (file, words) in [
        ("a: [", "is not YAML"),
        ("[1]", "no configuration of a CI system"),
        ("a: b", "no configuration of a CI system that windlass reads"),
        ("", "no configuration"),
    ] {
        let error = parse(file.as_bytes()).expect_err("an error");
        assert!(error.contains(words), "{file}: {error}");
    }
    let bomb = format!("a: &a [x]\n{}", (0..40).map(|n| format!("b{n}: &b{n} [*a, *a]\n")).collect::<String>());
    assert!(parse(bomb.as_bytes()).is_err());
}

/// A workflow may hold what it should not: it stays where it is.
#[test]
fn a_value_whose_name_says_that_it_is_secret_is_not_copied() {
    let (text, _) = lifted(
        "steps:\n- name: docker\n  args: [build, -t, r.example/app, '--build-arg=T=$_NPM_TOKEN', .]\nsubstitutions: {_NPM_TOKEN: hunter2}\n",
    );
    assert!(!text.contains("hunter2") && text.contains("  _NPM_TOKEN: ENCRYPTED["), "{text}");
}

/// A text of the file is never read as another step, key or variable of the task file.
#[test]
fn text_of_the_file_stays_text() {
    let (text, remarks) = lifted(
        "steps:\n- name: docker\n  args: [build, -t, r.example/app, '--label=a=}, x_script: {evil: 1', '--label=b=`id` \"c\"', .]\n",
    );
    let read: serde_yaml::Value = serde_yaml::from_str(&text).expect("YAML");
    assert_eq!(read.as_mapping().map(serde_yaml::Mapping::len), Some(1), "{text}{remarks:?}");
}
