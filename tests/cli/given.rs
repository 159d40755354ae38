//! Variables and secrets from the command line, the good and the bad.

use super::{IMAGE, PLAIN, project, says};

#[test]
fn a_variable_that_cannot_be_taken_is_refused_by_name() {
    let project = project(PLAIN);
    for (arguments, parts) in [
        (&["check", "-e", "1 X=a"][..], &["1 X", "NAME=value"][..]),
        (&["check", "-e", "NOT_HERE_AT_ALL"], &["NOT_HERE_AT_ALL", "help: give the value: -e NOT_HERE_AT_ALL=VALUE"]),
        (&["check", "--env-file", "nope"], &["--env-file nope", "No such file"]),
    ] {
        says(&project.windlass(arguments).exits(2).stderr, parts);
    }
}

#[test]
fn a_wrong_line_of_an_env_file_is_named_and_not_repeated() {
    let project = project(PLAIN);
    project.write("env", "A=1\nhunter2 hunter2\n");
    let outcome = project.windlass(&["check", "--env-file", "env"]).exits(2);
    says(&outcome.stderr, &["env:2:", "NAME=VALUE"]);
    assert!(!outcome.everything().contains("hunter2"));
}

#[test]
fn a_secret_that_only_a_plugin_names_has_to_be_given_and_then_is_the_plugins() {
    let login = "t_task:\n  container: {image: docker:latest}\n  login_step:\n    uses: registry-login\n    \
                 with: {registry: gcr.io, json_key: GOOGLE_KEY}\n";
    let project = project(login);
    says(
        &project.windlass(&["run"]).exits(2).stderr,
        &["task t needs the secret GOOGLE_KEY", "windlass run --secret GOOGLE_KEY=file:PATH"],
    );
    project.write("key.json", "{}");
    let plan = project.windlass(&["plan", "--output=json", "--secret=GOOGLE_KEY=file:key.json"]).exits(0);
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap_or_else(|e| panic!("{e}: {}", plan.stdout));
    let text = plan.to_string();
    assert!(text.contains(r#""secrets":["GOOGLE_KEY"]"#), "{text}");
}

#[test]
fn a_missing_secret_names_the_variable_and_every_way_to_give_it() {
    let outcome = project(IMAGE).windlass(&["run"]).exits(2);
    says(
        &outcome.stderr,
        &[
            "error: 1 value has to be given",
            "task image needs the secret KEY",
            "windlass run --secret KEY=file:PATH",
            "windlass run --secret KEY=env:KEY",
            "windlass run --secret 'KEY=cmd:COMMAND'",
            "windlass.yaml",
        ],
    );
    assert_eq!(outcome.stdout, "");
}

#[test]
fn a_source_of_a_secret_that_is_not_there_says_so_beside_the_ways() {
    let project = project(IMAGE);
    says(
        &project.windlass(&["run", "--secret", "KEY=env:NOT_HERE_AT_ALL"]).exits(2).stderr,
        &["NOT_HERE_AT_ALL", "KEY=file:PATH"],
    );
    says(&project.windlass(&["run", "--secret", "KEY=file:nope"]).exits(2).stderr, &["file nope", "No such file"]);
    says(&project.windlass(&["run", "--secret", "KEY=cmd:sh -c 'exit 3'"]).exits(2).stderr, &["KEY", "exit status: 3"]);
}

/// What is wrong with a source that somebody named is the error, wherever it was named; the ways to give the value are the help.
#[test]
fn a_source_that_cannot_be_read_is_the_error_itself() {
    let typed =
        |project: &super::Project, flags: &[&str]| project.windlass(&[&["run", "--on", "engine"], flags].concat()).exits(2);
    let error = |stderr: &str| stderr.lines().find(|line| line.starts_with("error: ")).unwrap_or_default().to_owned();
    let project = project(IMAGE);
    let missing = "No such file or directory (os error 2)";
    let told = typed(&project, &["--secret", "KEY=file:keys/key.json"]).stderr;
    assert_eq!(error(&told), format!("error: the value of KEY cannot be read from the file keys/key.json: {missing}"));
    assert!(!told.contains("# ") && told.matches("keys/key.json").count() == 1, "{told}");
    says(&told, &["task image needs the secret KEY", "KEY=file:PATH"]);
    let told = typed(&project, &["--secret", "KEY=env:NOT_HERE_AT_ALL"]).stderr;
    let variable =
        "error: the value of KEY cannot be read from the environment variable NOT_HERE_AT_ALL: this shell has no such variable";
    assert_eq!(error(&told), variable);
    let plan = project.windlass(&["plan", "--on", "engine", "--secret", "KEY=file:nope"]).exits(0).stdout;
    says(
        &plan,
        &[&format!("still to be given: the value of KEY cannot be read from the file nope: {missing}; task image needs")],
    );
    project.write("windlass.yaml", "secrets: {KEY: {file: own.json}}\n");
    assert_eq!(
        error(&typed(&project, &[]).stderr),
        format!("error: the value of KEY cannot be read from the file ./own.json: {missing}")
    );
    let plan = project.windlass(&["plan", "--on", "engine", "--output", "json"]).exits(0).stdout;
    let plan: serde_json::Value = serde_json::from_str(&plan).expect("JSON");
    let problem = plan["open"][0]["problem"].as_str().unwrap_or_default();
    assert!(problem.contains("own.json") && problem.ends_with(missing), "{plan}");
}

#[test]
fn a_value_in_place_of_a_source_is_refused_without_repeating_it() {
    for (flag, value, part) in [("--secret", "KEY=hunter2", "env:, file: or cmd:"), ("-e", "1 KEY=hunter2", "`1 KEY`")] {
        let outcome = project(IMAGE).windlass(&["plan", flag, value]).exits(2);
        says(&outcome.stderr, &[flag, part]);
        assert!(!outcome.everything().contains("hunter2"), "{}", outcome.everything());
    }
}

#[test]
fn a_secret_given_twice_is_refused() {
    let outcome = project(IMAGE).windlass(&["plan", "-e", "KEY=1", "--secret", "KEY=env:HOME"]).exits(2);
    says(&outcome.stderr, &["KEY is given twice"]);
}

#[test]
fn values_of_secrets_are_in_no_plan() {
    let project = project(IMAGE);
    project.write("windlass.yaml", "secrets:\n  qwerty239abc: {file: key}\n");
    project.write("key", "from-the-file\n");
    for output in ["text", "json", "yaml"] {
        let flags = ["plan", "--output", output, "-e", "NPM_TOKEN=hunter2hunter2"];
        let outcome = project.windlass(&flags).exits(0);
        says(&outcome.stdout, &["KEY", "NPM_TOKEN"]);
        for value in ["from-the-file", "hunter2"] {
            assert!(!outcome.everything().contains(value), "{value} in {output}: {}", outcome.everything());
        }
    }
    let given = project.windlass(&["plan", "-e", "KEY=hunter2hunter2", "-vv"]).exits(0);
    says(&given.stdout, &["from the command line"]);
    assert!(!given.everything().contains("hunter2"), "{}", given.everything());
}
