use clap::Parser as _;
use serde_json::Value;

use super::*;
use crate::args::{Cli, Command};

fn parsed(line: &str) -> BuildArgs {
    let words = shlex::split(&format!("windlass build {line}")).expect("words");
    let Command::Build(args) = Cli::try_parse_from(words).expect("a command line").command else { panic!("not build") };
    args
}

fn written(line: &str) -> Value {
    let args = parsed(line);
    let tags = tags(&args).expect("references");
    let build = request::of(&args, &tags, &Secrets::default()).expect("a request");
    let text = task(&args, build, &Logins::default()).expect("a task");
    serde_yaml::from_str::<Value>(&text).expect("YAML")["image_task"].clone()
}

#[test]
fn a_build_is_followed_by_a_push_unless_nobody_wants_one() {
    let roles = windlass_assets::roles();
    let task = written("-t r.example/a:1 .");
    assert_eq!(task["build_step"]["uses"], roles.builder.to_string());
    assert_eq!(task["build_step"]["with"]["tags"][0], "r.example/a:1");
    assert_eq!(task["push_step"]["uses"], roles.push.to_string());
    assert!(written("-t r.example/a:1 --no-push .").get("push_step").is_none());
}

#[test]
fn a_builder_is_chosen_as_for_any_task() {
    let chosen = builder(&parsed("-t a --builder buildkit")).expect("a builder");
    assert_eq!(chosen.iter().map(ToString::to_string).collect::<Vec<_>>(), ["build=buildkit"]);
    assert_eq!(builder(&parsed("-t a")).expect("none"), []);
}

#[test]
fn a_tag_that_is_none_is_refused_with_an_example() {
    let refused = tags(&parsed("-t gcr.io/Upper/case")).expect_err("an error");
    assert!(refused.to_string().contains("Upper/case"), "{refused}");
}

#[test]
fn without_a_word_it_runs_where_the_words_say() {
    let asked = |line: &str| place(parsed(line).place).map(|place| place.on);
    assert_eq!(asked("-t a --on engine").ok(), Some(Some(On::Engine)));
    assert_eq!(asked("-t a --context staging").ok(), Some(None), "a context is a cluster");
}
