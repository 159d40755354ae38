//! Command lines as people write them, and the requests they come to.

mod support;

use support::{read, requests};
use windlass_recogniser::{Recognition, Script, recognise};

/// Each line is a script of its own.
#[track_caller]
fn all(table: &[(&str, &str)]) {
    for (script, expected) in table {
        assert_eq!(requests(&[script]), [*expected], "{script}");
    }
}

#[test]
fn logins_with_the_password_from_everywhere() {
    all(&[
        (
            "echo $GOOGLE_CREDENTIALS | docker login -u _json_key --password-stdin https://gcr.io",
            "login registry=gcr.io username=_json_key password=secret:GOOGLE_CREDENTIALS.words",
        ),
        ("echo \"$P\" | docker login --username me --password-stdin", "login username=me password=secret:P"),
        (
            "echo -n ${P} | docker login -u=me --password-stdin ghcr.io",
            "login registry=ghcr.io username=me password=secret:P.words",
        ),
        ("printf %s \"$P\" | docker login -ume --password-stdin", "login username=me password=secret:P"),
        (
            "printf '%s\\n' \"${P}\" | docker login --username=me --password-stdin docker.io",
            "login username=me password=secret:P",
        ),
        ("docker login -u me -p $P https://index.docker.io/v1/", "login username=me password=secret:P.word"),
        (
            "docker login --password=\"$P\" --username $USER_NAME $HOST",
            "login registry=$HOST username=$USER_NAME password=secret:P",
        ),
        (
            "docker login -u me --password-stdin https://corp.io/v2/team <<< \"$P\"",
            "login registry=corp.io username=me password=secret:P",
        ),
        (
            "docker login -u me --password-stdin localhost:5000 <<<$P",
            "login registry=localhost:5000 username=me password=secret:P",
        ),
        (
            "cat key.json | docker login -u _json_key --password-stdin gcr.io",
            "login registry=gcr.io username=_json_key password=secret:KEY",
        ),
        (
            "docker login -u _json_key --password-stdin gcr.io < ./key.json",
            "login registry=gcr.io username=_json_key password=secret:KEY",
        ),
        ("echo $P |\n  docker login -u me \\\n  --password-stdin", "login username=me password=secret:P.words"),
        ("V=$P; echo \"$V\" | docker login -u me --password-stdin", "login username=me password=secret:P"),
    ]);
}

#[test]
fn builds_with_every_flag_that_has_a_field() {
    all(&[
        ("docker build -t a:1 .", "build context=. tags=[a:1]"),
        ("docker image build --tag=a:1 --tag a:2 app/", "build context=app tags=[a:1,a:2]"),
        ("docker buildx build --load --progress=plain -t a ./app", "build context=app tags=[a]"),
        ("docker build -qt a .", "build context=. tags=[a]"),
        ("DOCKER_BUILDKIT=1 docker build -t a .", "build context=. tags=[a]"),
        ("docker build -t a https://github.com/corp/app.git#main", "build context=https://github.com/corp/app.git#main tags=[a]"),
        (
            "docker build --target build -t a --platform linux/amd64,linux/arm64 .",
            "build context=. target=build tags=[a] platforms=[linux/amd64,linux/arm64]",
        ),
        (
            "docker build --build-arg A=1 --build-arg 'B=x y' --build-arg TOKEN --label=l=v --label bare -t a .",
            "build context=. tags=[a] build_args={A=1 B=x y TOKEN=$TOKEN} labels={l=v bare=}",
        ),
        ("docker build --build-arg SOURCE_DATE_EPOCH=0 -t a .", "build context=. tags=[a] source_date_epoch=0"),
        (
            "docker build --secret id=npm,env=NPM_TOKEN --secret id=KEY --secret type=file,id=k,src=key.json -t a .",
            "build context=. tags=[a] secrets={npm=secret:NPM_TOKEN KEY=secret:KEY k=secret:KEY}",
        ),
        (
            "docker build --cache-from a,b --cache-from=type=registry,ref=c:$X --cache-to type=registry,ref=c,mode=max -t a .",
            "build context=. tags=[a] cache={to=c from=[a,b,c:$X] mode=max}",
        ),
        (
            "docker build --no-cache --cache-from a --pull --provenance=false -t a .",
            "build context=. tags=[a] docker=--no-cache,--pull,--provenance=false",
        ),
        ("docker build --rm --force-rm=true --pull=false -t a .", "build context=. tags=[a]"),
        ("docker build -t a -- .", "build context=. tags=[a]"),
        ("docker build . -t \"$IMAGE:${TAG}_1\" > /dev/null 2>&1", "build context=. tags=[$IMAGE:${TAG}_1]"),
    ]);
}

#[test]
fn paths_are_seen_from_where_the_builder_sees_them() {
    all(&[
        ("docker build -t a -f docker/Dockerfile .", "build context=. dockerfile=docker/Dockerfile tags=[a]"),
        ("docker build -t a -f app/Dockerfile app", "build context=app dockerfile=Dockerfile tags=[a]"),
        ("docker build -t a -f Dockerfile.prod app/web", "build context=app/web dockerfile=../../Dockerfile.prod tags=[a]"),
        ("docker build -t a -f $D/Dockerfile $D", "build context=$D dockerfile=Dockerfile tags=[a]"),
        ("cd app && docker build -t a .", "build context=app tags=[a]"),
        ("cd app\ncd web/\ndocker build -t a -f x/Dockerfile x", "build context=app/web/x dockerfile=Dockerfile tags=[a]"),
        ("cd app; cd $CIRRUS_WORKING_DIR; docker build -t a $CIRRUS_WORKING_DIR/web", "build context=web tags=[a]"),
        ("docker build -t a \"$(pwd)\"", "build context=. tags=[a]"),
        ("docker build -t a $PWD", "build context=. tags=[a]"),
    ]);
}

#[test]
fn a_tag_is_another_reference_of_the_image_and_pushes_in_a_row_are_one() {
    assert_eq!(
        requests(&["docker build -t a:1 .", "docker tag a:1 b/c:1\ndocker push b/c:1\ndocker push a:1"]),
        ["build context=. tags=[a:1,b/c:1]", "push tags=[b/c:1,a:1]"]
    );
    assert_eq!(
        requests(&["docker build -t r/a .\ndocker push r/a:latest"]),
        ["build context=. tags=[r/a]", "push tags=[r/a:latest]"]
    );
    assert_eq!(
        requests(&["docker build -t r/a:1 -t r/a:2 -t q:1 .\ndocker push --all-tags -q r/a"]),
        ["build context=. tags=[r/a:1,r/a:2,q:1]", "push tags=[r/a:1,r/a:2]"]
    );
    assert_eq!(
        requests(&["docker buildx build --push -t $I:1 ."]),
        ["build context=. tags=[$I:1]", "push tags=[$I:1]"],
        "the spelling of a variable does not matter: {:?}",
        requests(&["docker build -t ${I}:1 .; docker image push \"$I:1\""])
    );
}

#[test]
fn of_several_images_all_are_pushed_by_a_step_that_names_none() {
    assert_eq!(
        requests(&["docker build -t a . && docker build -t b b\ndocker push a\ndocker push b"]),
        ["build context=. tags=[a]", "build context=b tags=[b]", "push"]
    );
    assert_eq!(
        requests(&["docker build -t a .\ndocker build -t b b\ndocker push b"]),
        ["build context=. tags=[a]", "build context=b tags=[b]", "push tags=[b]"]
    );
}

#[test]
fn the_recipe_of_the_last_green_image() {
    let scripts = [
        "docker pull r/a:$CIRRUS_LAST_GREEN_CHANGE || true",
        "docker build --cache-from=r/a:$CIRRUS_LAST_GREEN_CHANGE -t r/a:$CIRRUS_CHANGE_IN_REPO .",
        "docker push r/a:$CIRRUS_CHANGE_IN_REPO",
    ];
    assert_eq!(
        requests(&scripts),
        [
            "build context=. tags=[r/a:$CIRRUS_CHANGE_IN_REPO] cache={from=[r/a:$CIRRUS_LAST_GREEN_CHANGE]}",
            "push tags=[r/a:$CIRRUS_CHANGE_IN_REPO]"
        ]
    );
    let Recognition::Typed(typed) = read(&scripts) else { panic!("understood") };
    let left_out: Vec<&str> = typed[0].notes.iter().map(|note| &scripts[0][note.range.clone()]).collect();
    assert_eq!(left_out, ["docker pull r/a:$CIRRUS_LAST_GREEN_CHANGE", "true"], "what is left out is said");
    assert!(typed[0].requests.is_empty());
}

#[test]
fn constants_of_the_script_are_filled_in() {
    all(&[
        ("TAG=v1\nexport NAME=r/a DOCKER_BUILDKIT=1\ndocker build -t $NAME:$TAG .", "build context=. tags=[r/a:v1]"),
        (
            "T=$CIRRUS_TAG-x; docker build -t \"a:$T\" --build-arg T .",
            "build context=. tags=[a:$CIRRUS_TAG-x] build_args={T=$CIRRUS_TAG-x}",
        ),
    ]);
}

#[test]
fn what_changes_nothing_is_left_out_and_named() {
    let script = "set -euxo pipefail\necho \"building $X\" # say so\ndocker version >/dev/null\n# a comment\n\
                  docker info; docker image ls\nsleep 3\ntrue\ndocker build -t a . || exit 1\ndocker logout gcr.io";
    assert_eq!(requests(&[script]), ["build context=. tags=[a]"]);
    let Recognition::Typed(typed) = read(&[script]) else { panic!("understood") };
    let words: Vec<&str> = typed[0].notes.iter().map(|note| &script[note.range.clone()]).collect();
    assert_eq!(words[0], "set -euxo pipefail");
    assert!(words.contains(&"docker version") && words.contains(&"docker logout gcr.io"), "{words:?}");
    let comments: Vec<&str> = typed[0].comments.iter().map(|range| &script[range.clone()]).collect();
    assert_eq!(comments, ["# say so", "# a comment"]);
}

#[test]
fn scripts_without_docker_commands_are_nobodys_business() {
    for script in [
        "make && ./test.sh | tee log",
        "apk add docker",
        "apt-get install -y docker.io",
        "echo docker build .",
        "command -v docker",
        "cat <<EOF\ndocker build .\nEOF",
        "if true; then x; fi",
        "",
    ] {
        assert_eq!(read(&[script]), Recognition::NoDocker, "{script}");
    }
}

/// What a script may have got from the scripts before it has to be known without reading these again for each: a task can have tens of
/// thousands. Four times the scripts take about four times as long; read again they would take sixteen times.
#[test]
fn the_time_grows_with_the_number_of_scripts_not_with_its_square() {
    let time = |count: usize| {
        let texts: Vec<String> = (0..count).map(|at| format!("echo V{at}=1 >> $CIRRUS_ENV\necho {at}\necho $V{at}")).collect();
        let scripts: Vec<Script<'_>> = texts.iter().map(|text| Script { text, background: false }).collect();
        let once = || {
            let began = std::time::Instant::now();
            assert_eq!(recognise(&scripts, &[]), Recognition::NoDocker);
            began.elapsed()
        };
        (0..5).map(|_| once()).min().unwrap_or_default()
    };
    let (few, many) = (time(500), time(2_000));
    assert!(many < few * 10, "{few:?} for 500 scripts, {many:?} for 2,000");
}

/// A build argument without a value takes the variable of its name, which a script before may have set.
#[test]
fn a_variable_set_before_is_known_without_a_dollar_too() {
    let scripts = ["echo TOKEN=$(date) >> $CIRRUS_ENV", "docker build --build-arg TOKEN -t a ."];
    let given = scripts.map(|text| Script { text, background: false });
    let Recognition::Refused { scripts, .. } = recognise(&given, &[]) else { panic!("taken for known") };
    assert!(scripts[0].refusals[0].reason.contains("CIRRUS_ENV"), "{scripts:?}");
}
