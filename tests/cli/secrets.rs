//! What is a secret, what its name and its value may be, and what a script makes of it.

use super::{Project, project, says};

const LOGIN: &str = "image_task:\n  container: {image: docker:cli}\n  env: {KEY: \"ENCRYPTED[x]\"}\n  \
                     login_script: echo $KEY | docker login -u me --password-stdin gcr.io\n  \
                     build_script: docker build -t gcr.io/p/a:1 .\n  push_script: docker push gcr.io/p/a:1\n";

/// A run with the value in a file, as far as it comes: there is no engine.
fn run(project: &Project, arguments: &[&str]) -> super::Outcome {
    let mut command = project.command(&[&["run", "--on", "engine"], arguments].concat());
    command.env("DOCKER_HOST", "unix:///dev/null/no-engine");
    super::Outcome::new(&command.output().expect("windlass runs"))
}

/// Proves that a typed login sends what the script would have sent or is refused: before, it sent the value as it is, where the shell sends
/// the words of a variable without quotes.
#[test]
fn a_password_without_quotes_goes_as_the_shell_would_send_it() {
    let project = project(LOGIN);
    project.write("key", "{\n  \"a\": 1\n}\n");
    let plan =
        project.windlass(&["plan", "--use=build=kaniko", "--output=json", "--on=engine", "--secret=KEY=file:key"]).exits(0);
    says(&plan.stdout, &["\"password\": \"KEY.words\""]);
    let open = project.windlass(&["plan", "--use=build=kaniko", "--on=engine"]).exits(0).stdout;
    assert!(open.contains("--secret KEY=file:PATH") && !open.contains("--secret KEY.words"), "{open}");
    for (value, reason) in [("a*b", "names of files"), ("-n abc", "takes for an option")] {
        project.write("key", value);
        let outcome = run(&project, &["--use=build=kaniko", "--secret=KEY=file:key"]).exits(2);
        says(&outcome.stderr, &["the script passes KEY without quotes", reason, "write \"$KEY\" in the script"]);
        assert!(!outcome.everything().contains(value), "{}", outcome.everything());
    }
    // What can be told goes further, to the engine that is not there.
    project.write("key", "{\n  \"a\": 1\n}\n");
    assert_eq!(run(&project, &["--use=build=kaniko", "--secret=KEY=file:key"]).code, 3);
}

/// Proves that a plain value under such a name is in no plan, whoever wrote it where.
#[test]
fn names_that_say_so_are_masked_without_asking() {
    let tasks = "t_task:\n  container:\n    image: busybox\n    additional_containers: [{name: db, image: db, env: {DB_PASSWORD: pw-8d2b6a4c01}}]\n  \
                 env: {NPM_TOKEN: npm-0123456789, USE_SECRET: true, PLAIN: plain-value-1}\n  s_script: true\n";
    let project = project(tasks);
    project.write("windlass.yaml", "variables: {AWS_SECRET_ACCESS_KEY: key-77aa66bb55}\n");
    for output in ["text", "json", "yaml"] {
        let outcome = project.windlass(&["plan", "--on=engine", "--output", output, "-vv"]).exits(0);
        for value in ["npm-0123456789", "pw-8d2b6a4c01", "key-77aa66bb55"] {
            assert!(!outcome.everything().contains(value), "{value} in {output}: {}", outcome.everything());
        }
        // As text, a plan shows no values.
        let shows = output == "text"
            || outcome.stdout.contains("plain-value-1") && outcome.stdout.contains("\"true\"")
            || outcome.stdout.contains("'true'");
        assert!(shows, "{output}: {}", outcome.stdout);
    }
}

/// Proves that a value that is not masked is noted: nothing short is printed in silence.
#[test]
fn a_value_that_is_too_short_is_noted() {
    let project = project(LOGIN);
    let plan = project.windlass(&["plan", "--on=engine", "-e", "KEY=abcdef", "-e", "A_TOKEN=abc"]).exits(0);
    says(&plan.stdout, &["the value of A_TOKEN has fewer than 4 bytes and is not masked"]);
    project.write("key", "xy");
    let outcome = run(&project, &["--secret=KEY=file:key"]);
    says(&outcome.stderr, &["note: the value of KEY has fewer than 4 bytes and is not masked"]);
}

/// Proves that a variable of any name can hold a secret: npm reads such ones, and the file was refused.
#[test]
fn a_secret_has_any_name_that_a_variable_has() {
    let name = "NPM_CONFIG_//reg.example/:_authToken";
    let tasks = format!("t_task:\n  container: {{image: busybox}}\n  env: {{\"{name}\": \"ENCRYPTED[x]\"}}\n  s_script: true\n");
    let project = project(&tasks);
    let open = project.windlass(&["plan", "--on=engine"]).exits(0);
    says(&open.stdout, &[&format!("--secret {name}=file:PATH"), &format!("secrets: {{\"{name}\": {{file: PATH}}}}")]);
    project.write("key", "npm-0123456789");
    project.write("windlass.yaml", &format!("secrets: {{\"{name}\": {{file: key}}}}\n"));
    assert_eq!(run(&project, &[]).code, 3, "only the engine is missing");
    project.write("windlass.yaml", "");
    assert_eq!(run(&project, &[&format!("--secret={name}=file:key")]).code, 3, "only the engine is missing");
    assert_eq!(run(&project, &["-e", &format!("{name}=npm-0123456789")]).code, 3, "only the engine is missing");
}

/// Proves that what no command can be given is named with the limit, before anything is made.
#[test]
fn a_variable_that_is_too_long_is_named_with_the_limit() {
    let project = project(LOGIN);
    project.write("key", &"x".repeat(200_000));
    let outcome = run(&project, &["--secret=KEY=file:key"]).exits(2);
    says(&outcome.stderr, &["the value of KEY has 200000 bytes", "131071"]);
    project.write("key", &"x".repeat(3_000_000));
    says(&run(&project, &["--secret=KEY=file:key"]).exits(2).stderr, &["KEY", "file key"]);
    let outcome = run(&project, &["--secret=KEY=cmd:cat key"]).exits(2);
    says(&outcome.stderr, &["KEY", "more than 1 MiB"]);
}

/// Proves that a commit message of any length is cut with one note: before, every step of every task failed to start.
#[test]
fn a_huge_commit_message_is_cut_with_a_note() {
    let tasks =
        "a_task:\n  container: {image: busybox}\n  s_script: true\nb_task:\n  container: {image: busybox}\n  s_script: true\n";
    let project = project(tasks);
    project.commit_saying(&format!("A title\n\n{}", "squashed ".repeat(25_000)));
    let plan = project.windlass(&["plan", "--on=engine", "--output=json"]).exits(0);
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap_or_else(|e| panic!("{e}: {}", plan.stdout));
    let notes = plan["notes"].to_string();
    assert_eq!(notes.matches("CIRRUS_CHANGE_MESSAGE").count(), 1, "{notes}");
    says(&notes, &["bytes, and tasks get the first 32768"]);
    for task in plan["tasks"].as_array().expect("tasks") {
        let env = task["env"].as_array().expect("variables");
        let message = env.iter().find(|v| v["name"] == "CIRRUS_CHANGE_MESSAGE").expect("the message");
        assert_eq!(message["value"]["text"].as_str().map(str::len), Some(32 << 10));
    }
}
