use windlass_plugin_sdk::{BuildSecret, Cache};

use super::*;
use crate::builder::buildkit_field;

fn request() -> BuildRequest {
    BuildRequest {
        context: ".".into(),
        dockerfile: None,
        target: None,
        tags: vec!["gcr.io/my-project/my-app:1".into()],
        build_args: vec![],
        labels: vec![],
        secrets: vec![],
        platforms: vec![],
        cache: Cache { to: None, from: vec![], mode: None },
        source_date_epoch: None,
        no_cache: false,
        image: None,
        resources: windlass_plugin_sdk::Resources::default(),
        dockerfile_text: None,
        push: false,
        extra_flags: vec![],
        extra: "{}".into(),
    }
}

fn line(request: &BuildRequest, builder: Builder) -> String {
    argv(request, builder, "/d").join(" ")
}

#[test]
fn a_plain_build_says_no_more_than_it_must() {
    assert_eq!(line(&request(), Builder::Either), "docker build --iidfile /d/image-id --tag gcr.io/my-project/my-app:1 -- .");
}

#[test]
fn every_field_becomes_its_flag_in_order() {
    let request = BuildRequest {
        context: "app/".into(),
        dockerfile: Some("build/Dockerfile".into()),
        target: Some("run".into()),
        tags: vec!["a:1".into(), "a:2".into()],
        build_args: vec![("B".into(), "x y".into()), ("A".into(), "=".into())],
        labels: vec![("l".into(), "v".into())],
        secrets: vec![BuildSecret { id: "npm".into(), secret: "NPM_TOKEN".into() }],
        platforms: vec!["linux/arm64".into()],
        cache: Cache { to: Some("c".into()), from: vec!["f".into()], mode: Some("max".into()) },
        no_cache: true,
        source_date_epoch: Some(7),
        extra_flags: vec!["--pull".into()],
        ..request()
    };
    assert_eq!(
        line(&request, Builder::BuildKit { asked: false }),
        "docker build --iidfile /d/image-id --file app/build/Dockerfile --tag a:1 --tag a:2 --build-arg B=x y --build-arg A== \
         --build-arg SOURCE_DATE_EPOCH=7 --label l=v --target run --platform linux/arm64 --cache-from f \
         --cache-to type=registry,ref=c,mode=max --no-cache --secret id=npm,src=/d/secret-npm --pull -- app/"
    );
}

#[test]
fn the_image_is_a_cache_for_the_next_when_the_cache_is_in_its_repository() {
    let cache =
        Cache { to: None, from: vec!["gcr.io/my-project/my-app:".into(), "gcr.io/my-project/my-app:0".into()], mode: None };
    let request = BuildRequest { cache, ..request() };
    let told = |builder: Builder| line(&request, builder).contains("--build-arg BUILDKIT_INLINE_CACHE=1");
    let (classic, buildkit) = (Builder::Classic, Builder::BuildKit { asked: false });
    assert!(told(buildkit) && !told(classic));
    assert_eq!(line(&request, classic).matches("--cache-from").count(), 1, "a reference without a tag is no cache");

    let to = Cache { to: Some("gcr.io/my-project/my-app:latest".into()), from: vec![], mode: None };
    assert_eq!(buildkit_field(&BuildRequest { cache: to, ..request.clone() }), None, "the classic builder does it by itself");
}

#[test]
fn the_dockerfile_of_a_repository_is_relative_to_its_root() {
    let url = "https://example.org/app.git#main";
    assert_eq!(dockerfile_path(url, "build/Dockerfile"), "build/Dockerfile");
    assert_eq!(dockerfile_path("app", "/etc/Dockerfile"), "/etc/Dockerfile");
}

#[test]
fn what_docker_cannot_do_is_refused_with_the_field() {
    for (request, field) in [
        (BuildRequest { tags: vec![], ..request() }, "tags"),
        (BuildRequest { tags: vec!["a@sha256:1".into()], ..request() }, "tags[0]"),
        (BuildRequest { platforms: vec!["a".into(), "b".into()], ..request() }, "platforms"),
        (BuildRequest { secrets: vec![BuildSecret { id: "../x".into(), secret: "S".into() }], ..request() }, "secrets.../x"),
    ] {
        match check(&request) {
            Err(Error::Unsupported(u)) => assert_eq!(u.field, field),
            other => panic!("{field}: {other:?}"),
        }
    }
}
