//! A case that is not as it expects says what was expected and what came, and nothing of a secret.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use std::path::PathBuf;
use std::sync::OnceLock;

use support::{built, suite};
use windlass_plugin_test::{Outcome, parse};

/// What the only case of a built-in plugin says; nothing when it passes.
async fn told(plugin: &str, case: &str) -> Vec<String> {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let out = BUILT.get_or_init(|| built(&[]));
    let component = std::fs::read(out.join(format!("{plugin}.wasm"))).expect("it was built");
    let cases = parse("case.yaml".as_ref(), &format!("name: a case\n{case}")).unwrap_or_else(|e| panic!("{e}"));
    let suite = suite(component, cases).await;
    let test = suite.tests().into_iter().next().expect("the case");
    match suite.run(&test).await {
        Outcome::Passed => Vec::new(),
        Outcome::Failed(problems) => problems,
        Outcome::Ignored(why) => panic!("{why}"),
    }
}

#[tokio::test]
async fn a_command_without_an_answer_is_told_with_the_lines_to_add() {
    let problems = told("shell", "with: {lines: [make]}\nexpect: {result: {failed: the case has no answer}}\n").await;
    assert_eq!(
        problems,
        ["it ran a command that the case has no answer to; to answer it, write under `containers: main: commands:`\n    - run: \
          [/bin/sh, /windlass/run/step-1/script]\n      output: \"\"\n      exit: 0"]
    );
    // Pasted, they are an answer.
    let lines = "with: {lines: [make]}\ncontainers:\n  main:\n    commands:\n    - run: [/bin/sh, /windlass/run/step-1/script]\n      \
                 output: \"\"\n      exit: 0\n";
    assert_eq!(told("shell", lines).await, [""; 0]);
}

#[tokio::test]
async fn an_answer_that_nobody_asks_for_is_told() {
    let case =
        "with: {lines: [make]}\ncontainers: {main: {commands: [{run: /bin/sh *}, {run: make all}, {run: x, times: any}]}}\n";
    assert_eq!(told("shell", case).await, ["it never ran: [make, all], in the container main"]);
    let case = "with: {lines: [make]}\ncontainers: {main: {commands: [{run: /bin/sh *, times: 2}]}}\n";
    assert_eq!(told("shell", case).await, ["it ran only 1 of 2 times: [/bin/sh, \"*\"], in the container main"]);
}

/// What is written about a container that is not there says nothing, and whoever wrote it thinks that it does.
#[tokio::test]
async fn a_container_that_nobody_knows_is_told_with_the_nearest_name() {
    let of = |more: &str| format!("with: {{lines: [make]}}\ncontainers: {{main: {{commands: [{{run: /bin/sh *}}]}}, {more}}}\n");
    let said = "the plugin brings no container of that name, and did nothing in one;";
    assert_eq!(told("shell", &of("mian: {programs: [sh]}")).await, [format!("containers: mian: {said} did you mean `main`?")]);
    assert_eq!(told("shell", &of("db: {files: {/x: y}}")).await, [format!("containers: db: {said} there are: main")]);
    // A container of the task's that the step runs in is one.
    let case = "with: {lines: [make]}\ncontainer: db\ncontainers: {db: {commands: [{run: /bin/sh *}]}}\n";
    assert_eq!(told("shell", case).await, [""; 0]);
}

#[tokio::test]
async fn each_expectation_that_is_not_met_is_told() {
    let base = "with: {lines: [make]}\ncontainers: {main: {commands: [{run: /bin/sh *, files: {/windlass/run/step-1/variables: \"A=1\\n\"}}]}}\n";
    for (expect, expected) in [
        ("{result: {failed: no}}", "result: expected failed with \"no\", got ok"),
        ("{result: {denied: containers}}", "result: expected denied: containers, got ok"),
        ("{exit-code: 3}", "exit-code: expected 3, got none"),
        ("{log: [done]}", "log: expected a line with \"done\", got no line"),
        ("{variables: {A: \"2\"}}", "variables: A: expected \"2\", got \"1\""),
        ("{variables: {A: {value: \"1\", sensitive: true}}}", "variables: A: expected it masked, and it is not masked"),
        ("{variables: {}}", "variables: A: expected it not to be set, and it is \"1\""),
        ("{variables: {A: \"1\", B: x}}", "variables: B: expected \"x\", and it was not set"),
        ("{needs: {secrets: [X]}}", "needs: secrets: expected [\"X\"], got []"),
        ("{needs: {containers: [x]}}", "needs: containers: expected [\"x\"], got []"),
        ("{needs: {contianers: []}}", "needs: there is no `contianers`; there is: containers, volumes, env, secrets"),
        (
            "{files: {main: {/windlass/run/step-1/script: x}}}",
            "files: main: /windlass/run/step-1/script: expected \"x\", got \"#!",
        ),
        ("{files: {main: {/none: x}}}", "files: main: /none: expected \"x\", got no file"),
        ("{files: {other: {/none: x}}}", "there is no container other: the plugin brings none of that name"),
        ("{workspace: {a: x}}", "workspace: a: expected \"x\", got no file"),
        ("{workspace: {../a: x}}", "workspace: \"../a\" is no path below the root"),
        ("{cleanup: {result: {failed: x}}}", "cleanup: result: expected failed with \"x\", got ok"),
        ("{cleanup: {files: {main: {/x: y}}}}", "cleanup: files: main: /x: expected \"y\", got no file"),
        ("{cleanup: {commands: {main: [{run: sync}]}}}", "it never ran in its cleanup: [sync], in the container main"),
        ("{image: {location: pushed}}", "image: expected one, and only a build returns one"),
        ("{pushed: [{reference: a}]}", "pushed: expected a, which it did not push"),
        (
            "{credentials: [{registry: r, username: u, secret: s}]}",
            "credentials: r: expected credentials for it, got some for []",
        ),
    ] {
        let problems = told("shell", &format!("{base}expect: {expect}\n")).await;
        assert!(problems.iter().any(|problem| problem.starts_with(expected)), "{expect}: {problems:?}");
    }
    assert_eq!(told("shell", &format!("{base}expect: {{variables: {{A: \"1\"}}}}\n")).await, [""; 0]);
}

#[tokio::test]
async fn what_a_command_is_given_is_compared() {
    let case =
        |answer: &str| format!("with: {{lines: [make]}}\ncontainers: {{main: {{commands: [{{run: /bin/sh *, {answer}}}]}}}}\n");
    for (answer, expected) in [
        (
            "env: {CIRRUS_ENV: /other}",
            "expected CIRRUS_ENV=\"/other\" in its environment, got \"/windlass/run/step-1/variables\"",
        ),
        ("env: {X: {secret: TOKEN}}", "expected X=the secret TOKEN in its environment, got nothing"),
        ("stdin: hello", "expected \"hello\" to read, got nothing"),
        ("working-directory: /src", "expected it to start in /src, got the task's working directory"),
        ("registry-credentials: true", "expected it with the credentials of registries, got it without them"),
    ] {
        let problems = told("shell", &case(answer)).await;
        assert_eq!(problems, [format!("the command [/bin/sh, \"*\"]: {expected}")], "{answer}");
    }
    assert_eq!(told("shell", &case("env: {CIRRUS_ENV: '*/variables'}")).await, [""; 0]);
}

#[tokio::test]
async fn a_secret_is_compared_and_in_no_message() {
    let base = "with: {registry: r.example, username: u, password: TOKEN}\nsecrets: {TOKEN: hunter22, OTHER: swordfish}\n";
    for (secret, expected) in [
        ("{secret: OTHER}", "credentials: r.example: expected the secret OTHER, got another: TOKEN"),
        ("swordfish2", "credentials: r.example: expected the secret that the case says, got another: TOKEN"),
    ] {
        let expect = format!("expect: {{credentials: [{{registry: r.example, username: u, secret: {secret}}}]}}\n");
        let problems = told("registry-login", &format!("{base}{expect}")).await;
        assert_eq!(problems, [expected]);
    }
    for secret in ["{secret: TOKEN}", "hunter22"] {
        let expect = format!("expect: {{credentials: [{{registry: r.example, username: u, secret: {secret}}}]}}\n");
        assert_eq!(told("registry-login", &format!("{base}{expect}")).await, [""; 0]);
    }
    let problems = told("registry-login", "with: {registry: r.example, username: u, password: TOKEN}\n").await;
    assert!(problems.iter().any(|problem| problem.contains("give it a value under `secrets`")), "{problems:?}");
    // A script that prints a secret of the task into a variable's file, and a case that expects another.
    let case = "with: {lines: [make]}\nsecrets: {TOKEN: hunter22}\ncontainers: {main: {commands: [{run: /bin/sh *, files: \
                {/windlass/run/step-1/variables: \"A=hunter22\\n\"}}]}}\nexpect: {variables: {A: x}}\n";
    let problems = told("shell", case).await;
    assert!(problems.len() == 1 && problems[0].contains("HIDDEN-BY-WINDLASS"), "{problems:?}");
    assert!(!problems[0].contains("hunter22"), "{problems:?}");
}

#[tokio::test]
async fn commands_in_another_order_are_told() {
    let case = "with: {tags: [b]}\nimages: [{location: {daemon: a}, references: [a]}]\ncontainers: {main: {ordered: true, commands: [\
                {run: docker push b}, {run: docker tag a b}]}}\nexpect: {result: {failed: the case has no answer}}\n";
    let problems = told("docker-push", case).await;
    assert!(
        problems[0].contains("at this point (`ordered: true`)") && problems[0].contains("run: [docker, tag, a, b]"),
        "{problems:?}"
    );
}

#[tokio::test]
async fn a_command_that_stays_is_not_waited_for() {
    let case = "with: {lines: [./server]}\ncontainers: {main: {commands: [{run: /bin/sh *, stays: true}]}}\nexpect: {result: {failed: \
                waiting for its end would never end}}\n";
    assert_eq!(told("shell", case).await, [""; 0]);
}
