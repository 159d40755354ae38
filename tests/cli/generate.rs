//! Tasks that plugins make of files of the project: checked, planned and told as those of the task file are.

mod refused;

use serde_json::Value;

use super::support::plugins::fixture;
use super::{PLAIN, Project, says};

/// Made of a file of names: a task for each line. It asks for no power.
const NAMES: &str = "generate: [{file: names.txt, uses: ./make.wasm}]\n";

/// What the text is called that it makes.
const MADE: &str = "names.txt (as ./make.wasm makes it)";

/// What the other generator asks for.
const POWERS: &str = "[environment, http, workspace-read]";

fn component(name: &str) -> Vec<u8> {
    std::fs::read(fixture(name)).expect("the component can be read")
}

/// A project with a file of names, and a plugin that makes a task of each.
fn plain(files: &[(&str, &str)]) -> Project {
    let project = Project::new(&[&[("names.txt", "one\ntwo\n"), ("windlass.yaml", NAMES)], files].concat());
    std::fs::write(project.path().join("make.wasm"), component("plain-generator")).expect("a file");
    project.commit();
    project
}

/// A project with a generator that does what its request says, and has its powers from the platform.
fn with(request: &str) -> Project {
    let settings = format!("generate: [{{file: names.txt, uses: ./make.wasm, with: {request}}}]\n");
    let project = plain(&[("windlass.yaml", &settings)]);
    std::fs::write(project.path().join("make.wasm"), component("generator")).expect("a file");
    project.platform(&format!("plugins: {{./make.wasm: {POWERS}}}\n"));
    project
}

/// A project whose generator answers with a text.
fn answering(text: &str) -> Project {
    with(&format!("{{answer: {}}}", serde_json::to_string(text).expect("JSON")))
}

fn json(project: &Project, arguments: &[&str]) -> Value {
    serde_json::from_str(&project.windlass(arguments).exits(0).stdout).expect("JSON")
}

fn names(plan: &Value) -> Vec<&str> {
    plan["tasks"].as_array().expect("tasks").iter().map(|task| task["name"].as_str().expect("a name")).collect()
}

#[test]
fn a_plan_has_the_tasks_of_the_file_and_those_that_were_made_and_says_which_are_which() {
    let project = plain(&[(".cirrus.yml", PLAIN)]);
    let plan = project.windlass(&["plan"]).exits(0);
    says(
        &plan.stdout,
        &["lint\n", "one\n", "two\n", "tasks from files\n", "names.txt  2 tasks, made by ./make.wasm (", "; may: nothing"],
    );
    says(&plan.stderr, &["note: ./make.wasm: 2 tasks from names.txt"]);
    let plan = json(&project, &["plan", "--output=json"]);
    assert_eq!(names(&plan), ["lint", "one", "two"]);
    let made = &plan["generated"][0];
    assert_eq!((&made["file"], &made["source"], &made["tasks"]), (&"names.txt".into(), &MADE.into(), &2.into()));
    assert_eq!((&made["plugin"]["name"], &made["plugin"]["kind"]), (&"plain-generator".into(), &"config".into()));
    // A line is one of a text that is named.
    let scripts: Vec<(&Value, &Value)> = plan["tasks"]
        .as_array()
        .expect("tasks")
        .iter()
        .map(|task| task["steps"].as_array().expect("steps").last().expect("a step"))
        .map(|step| (&step["file"], &step["line"]))
        .collect();
    let (own, made) = (Value::Null, Value::from(MADE));
    assert_eq!(scripts, [(&own, &3.into()), (&made, &3.into()), (&made, &6.into())]);
    let checked = project.windlass(&["check"]).exits(0);
    says(&checked.stdout, &[&format!(".cirrus.yml, {MADE}: no errors, 3 tasks"), "  lint\n  one\n  two\n"]);
    // A task that was made is one like the others.
    assert_eq!(names(&json(&project, &["plan", "--output=json", "two"])), ["two"]);
    says(&project.windlass(&["plan", "tow"]).exits(2).stderr, &["`two`"]);
}

#[test]
fn a_project_needs_no_task_file_where_a_plugin_makes_its_tasks() {
    let project = plain(&[]);
    assert_eq!(names(&json(&project, &["plan", "--output=json"])), ["one", "two"]);
    says(&project.windlass(&["check"]).exits(0).stdout, &[&format!("{MADE}: no errors, 2 tasks")]);
    says(&project.windlass(&["convert"]).exits(2).stderr, &["there is no .cirrus.yml", "made by plugins"]);
    says(&project.windlass(&["trust"]).exits(0).stderr, &["asks for nothing"]);
    // In another directory there is nothing.
    project.write("windlass.yaml", "{}\n");
    says(&project.windlass(&["check"]).exits(2).stderr, &["there is no `.cirrus.yml`"]);
    project.write("windlass.yaml", &NAMES.replace("file", "flie"));
    says(&project.windlass(&["check"]).exits(2).stderr, &["windlass.yaml:1:13", "did you mean `file`?"]);
}

/// A Starlark program is one that windlass does not run, unless a plugin makes tasks of it.
#[test]
fn the_remark_on_starlark_is_for_who_has_no_plugin_for_it() {
    let project = plain(&[(".cirrus.yml", PLAIN), (".cirrus.star", "one\n")]);
    says(&project.windlass(&["check"]).exits(0).stderr, &[".cirrus.star is a Starlark program, which windlass does not run"]);
    let star = NAMES.replace("names.txt", ".cirrus.star");
    project.write("windlass.yaml", &star);
    let checked = project.windlass(&["check"]).exits(0);
    assert!(!checked.stderr.contains("Starlark"), "{}", checked.stderr);
    std::fs::remove_file(project.path().join(".cirrus.yml")).expect("it is there");
    says(&project.windlass(&["check"]).exits(0).stdout, &[".cirrus.star (as ./make.wasm makes it): no errors, 1 task"]);
    project.write("windlass.yaml", "{}\n");
    says(&project.windlass(&["check"]).exits(2).stderr, &["is a Starlark program, which windlass does not run"]);
}

/// What a platform says counts for every project that has such a file, and its plugin is told by its whole path.
#[test]
fn a_platform_makes_tasks_wherever_there_is_such_a_file() {
    let project = plain(&[(".cirrus.yml", PLAIN), ("windlass.yaml", "{}\n")]);
    project.platform("generate: [{file: names.txt, uses: ./own.wasm}]\n");
    let directory = project.nowhere().with_file_name("config").join("windlass");
    std::fs::write(directory.join("own.wasm"), component("plain-generator")).expect("a file");
    let plan = json(&project, &["plan", "--output=json"]);
    assert_eq!(names(&plan), ["lint", "one", "two"]);
    let whole = directory.join("own.wasm").display().to_string();
    assert_eq!(plan["generated"][0]["plugin"]["reference"]["file"], whole);
    // The platform has spoken of the file.
    project.write("windlass.yaml", NAMES);
    assert_eq!(json(&project, &["plan", "--output=json"])["generated"][0]["plugin"]["reference"]["file"], whole);
    std::fs::remove_file(project.path().join("names.txt")).expect("it is there");
    assert_eq!(names(&json(&project, &["plan", "--output=json"])), ["lint"]);
}

/// The keys of both roots meet as those of one file, and tasks wait for each other across texts.
#[test]
fn what_is_made_is_read_as_one_with_the_task_file() {
    let file = "env: {WHO: file}\ncontainer: {image: 'a:1'}\nlint_task:\n  depends_on: [made]\n  lint_script: echo $WHO\n";
    let project = answering("env: {WHO: made}\nmade_task:\n  say_script: echo $WHO\n");
    project.write(".cirrus.yml", file);
    let plan = json(&project, &["plan", "--output=json"]);
    assert_eq!(names(&plan), ["lint", "made"]);
    let variables = plan["tasks"].as_array().expect("tasks").iter().map(|task| task["env"].to_string());
    assert!(variables.into_iter().all(|env| env.contains("\"made\"") && !env.contains("\"file\"")), "{plan}");
    // Who does not have them made does not take the name for a slip.
    says(&project.windlass(&["convert"]).exits(0).stderr, &["no script has docker commands"]);
}

/// A problem of a task that was made has its place in the text that was made, and the line is shown.
#[test]
fn problems_are_placed_in_the_text_that_was_made() {
    let project = answering("a_task:\n  container: {image: busybox}\n  depends_on: [lnit]\n  say_script: true\n");
    project.write(".cirrus.yml", PLAIN);
    let name = "names.txt (as ./make.wasm makes it)";
    let checked = project.windlass(&["check"]).exits(2);
    says(
        &checked.stderr,
        &[&format!("{name}:3:16"), "3 |   depends_on: [lnit]", "did you mean `lint`?", &format!("{name} has 1 error")],
    );
    assert!(!checked.stderr.contains(".cirrus.yml:"), "{}", checked.stderr);
    let records: Value = serde_json::from_str(&project.windlass(&["check", "--output=json"]).exits(2).stdout).expect("JSON");
    assert_eq!((&records[0]["file"], &records[0]["line"]), (&name.into(), &3.into()));
    // What shows only when the plan is made, too.
    let step = "b_task:\n  container: {image: busybox}\n  say_step: {uses: ./nothing.wasm}\n";
    let project = answering(step);
    project.write(".cirrus.yml", PLAIN);
    for command in ["check", "plan"] {
        says(&project.windlass(&[command]).exits(2).stderr, &[&format!("{name}:3:14"), "3 |   say_step", "./nothing.wasm"]);
    }
    // And what a plugin of its steps may not do.
    let project = answering(&step.replace("nothing", "shell"));
    let shell = windlass_assets::PLUGINS.iter().find(|(name, _)| *name == "shell").expect("the shell plugin").1;
    std::fs::write(project.path().join("shell.wasm"), shell).expect("a file");
    let refused = project.windlass(&["plan"]);
    says(&refused.stderr, &[&format!("{name}:3:"), &format!("step say (line 3 of {name})")]);
    assert_ne!(refused.code, 0);
    // A variable that is missing.
    let project = answering("c_task:\n  container: {image: $IMAGE}\n  say_script: true\n");
    project.write(".cirrus.yml", PLAIN);
    says(&project.windlass(&["run"]).exits(2).stderr, &[&format!("line 2 of {name} refers to the variable IMAGE")]);
}

#[test]
fn what_is_no_yaml_is_told_of_the_text_that_it_is_in() {
    let project = answering("a_task: {container: {image: busybox}\n");
    project.write(".cirrus.yml", PLAIN);
    says(&project.windlass(&["check"]).exits(2).stderr, &["error[syntax]", "names.txt (as ./make.wasm makes it):"]);
    let project = answering("b_task: {container: {image: busybox}, say_script: a}\n");
    project.write(".cirrus.yml", "a_task: {container: {image: busybox},\n");
    let checked = project.windlass(&["check"]).exits(2).stderr;
    assert!(checked.contains(".cirrus.yml:") && !checked.contains("makes it):"), "{checked}");
    let project = answering("  say_script: rm -rf /\n");
    project.write(".cirrus.yml", "a_task:\n  container: {image: busybox}\n");
    says(&project.windlass(&["check"]).exits(2).stderr, &["goes on with what .cirrus.yml has begun"]);
}

/// The variables that are known before there are tasks, and no value that its name calls a secret.
#[test]
fn it_sees_the_variables_of_the_project_and_no_secret() {
    let project = with("{variables: [CIRRUS_BRANCH, CI, GIVEN, SET, MY_TOKEN, HOME, DB_PASSWORD]}");
    project.write("names.txt", "a\n");
    let settings = std::fs::read_to_string(project.path().join("windlass.yaml")).expect("settings");
    project.write(
        "windlass.yaml",
        &format!("{settings}variables: {{SET: from-settings, GIVEN: lost, DB_PASSWORD: open-sesame-1}}\n"),
    );
    let plan =
        project.windlass(&["plan", "--output=json", "-e", "GIVEN=by-hand", "-e", "MY_TOKEN=open-sesame-2"]).exits(0).stdout;
    let plan: Value = serde_json::from_str(&plan).expect("JSON");
    let env = plan["tasks"][0]["env"].as_array().expect("variables").clone();
    let value = |name: &str| env.iter().rfind(|variable| variable["name"] == name).map(|variable| variable["value"].to_string());
    let text = |text: &str| Some(serde_json::json!({"text": text}).to_string());
    for (name, expected) in [("CIRRUS_BRANCH", "main"), ("CI", "true"), ("SET", "from-settings"), ("HOME", "")] {
        assert_eq!(value(name), text(expected), "{name}: {env:?}");
    }
    assert!(value("GIVEN").is_some_and(|value| value.contains("by-hand")), "{env:?}");
    assert!(!plan.to_string().contains("open-sesame"), "{plan}");
}

/// The project's files are those of `workspace-read`, and what a grant narrows stays narrow.
#[test]
fn it_reads_the_files_of_the_project_that_it_was_granted() {
    let files = "{files: [more/names.txt]}";
    let project = with(files);
    project.write("more/names.txt", "three\n");
    assert_eq!(names(&json(&project, &["plan", "--output=json"])), ["one", "two", "three"]);
    says(&project.windlass(&["plan"]).exits(0).stdout, &["; may: "]);
    project.platform("plugins: {./make.wasm: [environment, http, {workspace-read: ['other/*']}]}\n");
    let refused = project.windlass(&["plan"]);
    assert_ne!(refused.code, 0);
    says(&refused.stderr, &["workspace-read", "more/names.txt"]);
    project.platform("plugins: {./make.wasm: [environment, http, {workspace-read: ['more/*']}]}\n");
    assert_eq!(names(&json(&project, &["plan", "--output=json"])), ["one", "two", "three"]);
}

/// One command runs it once, whatever it needs the tasks for.
#[test]
fn it_runs_once_in_a_command() {
    let project = plain(&[(".cirrus.yml", PLAIN)]);
    for arguments in [&["check"][..], &["plan"], &["plan", "--output=json"], &["run", "--dry-run"]] {
        let outcome = project.windlass(arguments).exits(0);
        assert_eq!(outcome.stderr.matches("2 tasks from names.txt").count(), 1, "{arguments:?}: {}", outcome.stderr);
    }
}

/// A command that changes the task file changes nothing else of what was read.
#[test]
fn convert_writes_the_task_file_alone() {
    let file = "image_task:\n  container: {image: docker}\n  build_script: docker build -t r.corp/a:1 .\n";
    let project = plain(&[(".cirrus.yml", file), ("Dockerfile", "FROM scratch\n")]);
    project.windlass(&["convert", "--write"]).exits(0);
    let written = std::fs::read_to_string(project.path().join(".cirrus.yml")).expect("the task file");
    assert!(written.contains("uses:") && !written.contains("one_task"), "{written}");
    assert_eq!(names(&json(&project, &["plan", "--output=json"])), ["image", "one", "two"]);
}

/// Whoever watches a directory sees that the plugin is another one.
#[test]
fn a_plugin_that_was_exchanged_is_told() {
    let project = plain(&[(".cirrus.yml", PLAIN)]);
    let output = project.command(&["plan", "--use=config=./make.wasm"]).output().expect("windlass runs");
    says(&String::from_utf8_lossy(&output.stderr), &["`generate`"]);
    let step = "a_task:\n  container: {image: busybox}\n  a_step: {uses: ./make.wasm}\n";
    project.write(".cirrus.yml", step);
    says(&project.windlass(&["plan"]).exits(2).stderr, &[".cirrus.yml:3:3", "`generate` in windlass.yaml"]);
}

/// A key that is misspelt is told before that there is no task file: it may be the one that would have made it needless.
#[test]
fn a_misspelt_key_is_told_where_there_is_no_task_file() {
    let project = Project::new(&[("windlass.yaml", "genrate: [{file: names.txt, uses: ./make.wasm}]\n"), ("names.txt", "a\n")]);
    says(&project.windlass(&["check"]).exits(2).stderr, &["windlass.yaml:1:1", "did you mean `generate`?"]);
}
