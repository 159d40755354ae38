//! What has no typed form, by script, line and word.

mod support;

use proptest::prelude::*;
use support::{read, refusals};
use windlass_recogniser::{Kind, Recognition, Refusal, Script, recognise};

#[track_caller]
fn all(table: &[(&str, &str)]) {
    for (script, expected) in table {
        assert_eq!(refusals(&[script]), [format!("1:{expected}")], "{script}");
    }
}

#[test]
fn commands_without_a_form() {
    all(&[
        ("set -e\ndocker run --rm a make test", "2: docker run"),
        ("docker container run a", "1: docker container run"),
        ("docker-compose up -d", "1: docker-compose"),
        ("docker compose build", "1: docker compose build"),
        ("docker buildx create --use", "1: docker buildx create"),
        ("docker --config=secret-dir build -t a .", "1: docker --config"),
        ("docker -H tcp://x:1 build -t a .", "1: docker -H"),
        ("docker build -t a .\nmake test", "2: make"),
        ("docker build -t a .\n\n./x.sh", "3: ./x.sh"),
        ("gcloud auth configure-docker", "1: gcloud"),
        ("aws ecr get-login-password | docker login -u AWS --password-stdin x", "1: aws"),
        ("docker build -t a . | tee log", "1: tee"),
        ("sudo docker build -t a .", "1: sudo"),
        ("docker build -t a .; exit 0", "1: exit"),
        ("set +e\ndocker build -t a .", "1: +e"),
        ("docker pull alpine", "1: docker pull alpine"),
        ("docker push a", "1: docker push a"),
    ]);
}

#[test]
fn flags_without_a_form_are_named_without_their_values() {
    all(&[
        ("docker build --network=host -t a .", "1: --network"),
        ("docker build --ssh default -t a .", "1: --ssh"),
        ("docker build -t a --iidfile=x .", "1: --iidfile"),
        ("docker build -t a -o out .", "1: -o"),
        ("docker build --squash=hunter2 -t a .", "1: --squash"),
        ("docker build -t a --cache-to type=inline .", "1: --cache-to"),
        ("docker build -t a --secret id=x,src=file .", "1: --secret"),
        ("docker login -u me -p hunter2", "1: -p"),
        ("docker login -u me --password=hunter2 x.io", "1: --password"),
        ("docker login -u me -p'hunter$2'", "1: -p"),
        ("docker login -u me -p 'hunter$2'", "1: -p"),
        ("docker build -t a --build-arg 'K=hunter$2' .", "1: --build-arg"),
        ("echo hunter2 | docker login -u me --password-stdin", "1: echo"),
        ("docker login -u me --password-stdin", "1: --password-stdin"),
        ("printf \"$P\" | docker login -u me --password-stdin", "1: \"$P\""),
        ("printf %s $P | docker login -u me --password-stdin", "1: $P"),
        ("IFS=,; echo $P | docker login -u me --password-stdin", "1: IFS"),
        ("IFS= docker build -t a .", "1: IFS"),
        ("docker login", "1: login"),
        ("docker push --disable-content-trust a", "1: --disable-content-trust"),
        ("KEY=hunter2 docker build -t a .", "1: KEY"),
        ("DOCKER_HOST=tcp://x docker build -t a .", "1: DOCKER_HOST"),
        ("export DOCKER_HOST=tcp://x; docker build -t a .", "1: DOCKER_HOST"),
    ]);
}

#[test]
fn what_only_a_shell_can_tell() {
    all(&[
        ("docker build -t a:$(git rev-parse HEAD) .", "1: $(git rev-parse HEAD)"),
        ("docker build -t a:`date` .", "1: `date`"),
        ("docker build -t a:${TAG#v} .", "1: ${TAG#v}"),
        ("docker build -t a:${TAG:-x} .", "1: ${TAG:-x}"),
        ("docker build -t a:$1 .", "1: $1"),
        ("docker build -t a *", "1: *"),
        ("docker build -t a ~/x", "1: ~"),
        ("docker build -t a --build-arg X=~/x .", "1: ~"),
        ("X=~/x\ndocker build -t a $X", "2: $X"),
        ("docker build -t a .\r\n", "1: .\\u{d}"),
        ("docker build -t a{b,c} .", "1: {"),
        ("docker build -t 'a:$TAG' .", "1: 'a:$TAG'"),
        ("docker build $FLAGS -t a .", "1: $FLAGS"),
        ("TAG=$(date)\ndocker build -t a:$TAG .", "2: a:$TAG"),
        ("F='x y'\ndocker build -t a $F", "2: $F"),
        ("docker build -t a . &", "1: &"),
        ("docker build -t a . || true", "1: ||"),
        ("docker build -t a . > log", "1: >"),
        ("docker build -t 'a .", "1: '"),
        ("docker build -t a - <<EOF\nFROM x\nEOF", "1: <<"),
        ("echo $(docker images -q); docker build -t a .", "1: $(docker images -q)"),
        ("docker build -t a ..\ncd ../x", "2: ../x"),
    ]);
}

#[test]
fn everything_without_a_form_is_listed() {
    assert_eq!(
        refusals(&["docker pull a; docker tag a b; docker push b"]),
        ["1:1: docker pull a", "1:1: docker tag a b", "1:1: docker push b"]
    );
    assert_eq!(refusals(&["docker build -t a .", "docker run a", "make\ndocker ps"]), ["2:1: docker run", "3:1: make"]);
}

#[test]
fn control_flow_is_refused_at_its_first_word() {
    let found = refusals(&["if docker build -t a .; then\n  docker push a\nfi"]);
    assert_eq!(found.first().map(String::as_str), Some("1:1: if"));
    assert!(found.contains(&"1:3: fi".to_owned()), "{found:?}");
}

#[test]
fn a_variable_that_a_step_before_may_have_set() {
    let build = "docker build -t a:$TAG --label v=$CIRRUS_TAG .";
    assert_eq!(refusals(&["echo TAG=$(date) >> $CIRRUS_ENV", build]), ["2:1: a:$TAG"]);
    assert_eq!(refusals(&["./version >> $CIRRUS_ENV", build]), ["2:1: a:$TAG"], "what the program sets is not known");
    assert!(matches!(read(&["echo OTHER=1 >> $CIRRUS_ENV", build]), Recognition::Typed(_)));
}

#[test]
fn a_task_is_refused_as_a_whole_and_says_what_it_would_have_done() {
    let Recognition::Refused { scripts, kinds } = read(&["docker build -t a .", "docker run a", "docker push a"]) else {
        panic!("refused")
    };
    assert_eq!(scripts.iter().map(|script| script.script).collect::<Vec<_>>(), [1]);
    assert_eq!(kinds, [Kind::Build, Kind::Push]);
    let background = [Script { text: "docker build -t a .", background: true }];
    assert!(matches!(recognise(&background, &[]), Recognition::Refused { .. }));
}

fn sound(script: &str, refusal: &Refusal) {
    let raw = script.get(refusal.range.clone());
    assert!(raw.is_some_and(|raw| !raw.is_empty()), "{refusal:?} of {script:?}");
    assert!(!refusal.word(script).is_empty(), "{refusal:?} of {script:?}");
    assert!(!refusal.reason.is_empty());
    assert!(refusal.line(script) <= script.matches('\n').count() + 1);
}

fn check(scripts: &[&str]) {
    match read(scripts) {
        Recognition::NoDocker | Recognition::Typed(_) => {}
        Recognition::Refused { scripts: refused, .. } => {
            assert!(!refused.is_empty());
            for script in refused {
                assert!(!script.refusals.is_empty());
                script.refusals.iter().for_each(|refusal| sound(scripts[script.script], refusal));
            }
        }
    }
}

/// Words that docker scripts are made of, so that random ones get past the first word.
const WORDS: [&str; 46] = [
    "docker",
    "build",
    "login",
    "push",
    "tag",
    "pull",
    "-t",
    "--tag",
    "-f",
    "-u",
    "-p",
    "--password-stdin",
    "--build-arg",
    "--secret",
    "id=a,env=B",
    "--cache-from",
    "--push",
    "a:1",
    "$V",
    "\"$V\"",
    "${V}",
    "${V#x}",
    "$(x)",
    "`x`",
    ".",
    "app",
    "|",
    "||",
    "&&",
    ";",
    "\n",
    "\\\n",
    "'",
    "\"",
    "# x",
    "true",
    "echo",
    "<<<",
    "<<",
    ">",
    "/dev/null",
    "(",
    "A=1",
    "cd",
    "=",
    "é",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_text_ends_in_requests_or_in_words_that_are_there(script in "\\PC{0,60}", other in any::<String>()) {
        check(&[&script, &format!("docker build {other}")]);
    }

    #[test]
    fn any_words_end_in_requests_or_in_words_that_are_there(
        words in proptest::collection::vec((0..WORDS.len(), any::<bool>()), 0..30)
    ) {
        let text: String = words.iter().map(|(at, space)| format!("{}{}", WORDS[*at], if *space { " " } else { "" })).collect();
        check(&[&text, &format!("docker build -t a:1 . && {text}")]);
    }
}
