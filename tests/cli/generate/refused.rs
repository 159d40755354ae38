//! What keeps a plugin from making tasks, each told at its entry of the settings.

use super::super::{PLAIN, Project, says};
use super::{NAMES, POWERS, answering, component, json, names, plain, with};

/// Where the project has nothing to say: the entry's words, at its place.
#[track_caller]
fn refuses(project: &Project, code: i32, parts: &[&str]) {
    project.write(".cirrus.yml", PLAIN);
    for command in ["check", "plan", "run"] {
        let outcome = project.windlass(&[command]).exits(code);
        says(&outcome.stderr, parts);
        assert!(outcome.stdout.is_empty(), "{command}: {}", outcome.stdout);
    }
}

#[test]
fn a_file_that_is_none_of_the_project_is_refused() {
    let outside = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(outside.path(), "outside\n").expect("a file");
    let project = plain(&[]);
    let file = project.path().join("names.txt");
    std::fs::remove_file(&file).expect("it is there");
    refuses(&project, 2, &["windlass.yaml:1:13", "there is no names.txt"]);
    std::os::unix::fs::symlink(outside.path(), &file).expect("a link");
    refuses(&project, 2, &["windlass.yaml:1:13", "names.txt cannot be read: names.txt is a link"]);
    std::fs::remove_file(&file).expect("it is there");
    std::fs::create_dir(&file).expect("a directory");
    refuses(&project, 2, &["windlass.yaml:1:13", "a directory"]);
    std::fs::remove_dir(&file).expect("it is there");
    std::fs::write(&file, b"a\xff\n").expect("a file");
    refuses(&project, 2, &["windlass.yaml:1:13", "names.txt is not text in UTF-8"]);
    std::fs::write(&file, vec![b'#'; (1 << 20) + 1]).expect("a file");
    refuses(&project, 2, &["windlass.yaml:1:13", "it has more than 1048576 bytes"]);
    for path in ["../names.txt", "/etc/passwd", ".git/config", "a/../../b"] {
        project.write("windlass.yaml", &NAMES.replace("names.txt", path));
        refuses(&project, 2, &["windlass.yaml:1:19", "is not a file below the directory of the task file"]);
    }
}

/// A file that a secret is read from is nobody's else, wherever it is named.
#[test]
fn the_source_of_a_secret_is_no_file_for_plugins() {
    let project = plain(&[]);
    project.write("key.txt", "one\n");
    project.write("windlass.yaml", &format!("{}secrets: {{KEY: {{file: key.txt}}}}\n", NAMES.replace("names.txt", "key.txt")));
    refuses(&project, 2, &["windlass.yaml:1:13", "key.txt holds a secret"]);
}

/// By no link either, as the last part of a path or on the way: to the file of a secret, or to Git's own.
#[test]
fn no_link_leads_to_what_may_not_be_named() {
    let project = plain(&[(".gitignore", "key\n"), ("key", "s3cr3tvalue\n"), (".git/config", "[core]\n")]);
    for (link, to) in [("link", "key"), ("self", "."), ("g", ".git")] {
        std::os::unix::fs::symlink(to, project.path().join(link)).expect("a link");
    }
    for (path, why) in [
        ("link", "link cannot be read: link is a link"),
        ("self/key", "self/key holds a secret"),
        ("g/config", "g/config cannot be read: g is a link"),
        ("self/.git/config", "`self/.git/config` is not a file below the directory of the task file"),
        ("self/names.txt", "self/names.txt cannot be read: self is a link"),
    ] {
        project.write("windlass.yaml", &NAMES.replace("names.txt", path));
        let refused = project.windlass(&["plan", "--secret", "KEY=file:key"]).exits(2);
        says(&refused.stderr, &["windlass.yaml:1:1", why]);
        assert!(!refused.everything().contains("s3cr3tvalue") && !refused.everything().contains("[core]"), "{path}");
    }
}

#[test]
fn a_plugin_that_is_none_or_another_is_refused() {
    let project = plain(&[]);
    project.write("windlass.yaml", &NAMES.replace("make.wasm", "nothing.wasm"));
    refuses(&project, 2, &["windlass.yaml:1:30", "./nothing.wasm was not found"]);
    project.write("windlass.yaml", &NAMES.replace("./make.wasm", "kaniko"));
    refuses(
        &project,
        2,
        &["windlass.yaml:1:30", "kaniko (built in,", "is a build plugin, and tasks are made by a config plugin"],
    );
    project.write("windlass.yaml", NAMES);
    project.write("make.wasm", "no component");
    refuses(&project, 4, &["windlass.yaml:1:30", "./make.wasm is not a plugin that this windlass can load"]);
}

/// All that is wrong is told at once, each at its entry.
#[test]
fn all_entries_that_are_wrong_are_told() {
    let project = plain(&[]);
    let entries = "generate:\n  - {file: a.txt, uses: ./make.wasm}\n  - {file: names.txt, uses: ./b.wasm}\n  - {file: c.txt, uses: ./d.wasm}\n";
    project.write("windlass.yaml", entries);
    refuses(
        &project,
        2,
        &["windlass.yaml:2:6", "windlass.yaml:3:23", "windlass.yaml:4:6", "windlass.yaml:4:19", "windlass.yaml has 4 errors"],
    );
}

/// Nothing of it runs before it is granted what it asks for; the lines that would do are told.
#[test]
fn powers_that_were_not_granted_are_refused_with_the_lines_that_grant_them() {
    let project = with("{}");
    project.platform("{}\n");
    let needed = &[
        "windlass.yaml:1:30",
        "the tasks of names.txt",
        "it asks for `environment`",
        "it asks for `http`",
        "./windlass.yaml:\n",
        POWERS_LINE,
    ];
    refuses(&project, 4, needed);
    assert!(!project.windlass(&["plan"]).stderr.contains("lines of names.txt"), "it ran");
    // What the platform says narrows.
    project.platform("plugins: {./make.wasm: [environment, http]}\n");
    refuses(&project, 4, &["it asks for `workspace-read`, which it was not granted", "config/windlass/windlass.yaml, replacing"]);
    for (policy, words) in [
        ("powers: {deny: [http]}", "asks for `http`, and `policy: {powers: {deny: […]}}`"),
        ("plugins: [kaniko]", "plugin ./make.wasm is not among `policy: {plugins: […]}`"),
        ("signed: true", "has no signature that counts"),
    ] {
        project.platform(&format!("policy: {{{policy}}}\nplugins: {{./make.wasm: {POWERS}}}\n"));
        refuses(&project, 2, &["windlass.yaml:1:30", words]);
    }
    project.platform(&format!("plugins: {{./make.wasm: {POWERS}}}\n"));
    assert_eq!(names(&json(&project, &["plan", "--output=json"])), ["lint", "one", "two"]);
}

const POWERS_LINE: &str = "./make.wasm: [environment, workspace-read, http]";

/// A repository that grants its own plugin something is not believed before its user trusts it: the plugin does not run, not even to be
/// looked at.
#[test]
fn a_grant_of_the_repository_s_own_needs_trust_before_it_runs() {
    let project = with("{call: environment.get, text: CI}");
    project.platform("{}\n");
    project.write(".cirrus.yml", PLAIN);
    let settings = std::fs::read_to_string(project.path().join("windlass.yaml")).expect("settings");
    project.write("windlass.yaml", &format!("{settings}plugins: {{./make.wasm: {POWERS}}}\n"));
    for command in [&["check"][..], &["plan"], &["run"], &["run", "--dry-run"]] {
        let refused = project.windlass(command).exits(2);
        says(&refused.stderr, &["asks for what you have not trusted", "give the plugin ./make.wasm these powers"]);
        assert!(!refused.everything().contains("found:"), "it ran: {}", refused.everything());
    }
    says(&project.windlass(&["trust", "--show"]).exits(0).stdout, &["not trusted", "give the plugin ./make.wasm"]);
    let trusted = project.windlass(&["--trust-project", "plan"]).exits(0);
    says(&trusted.stderr, &["note: ./make.wasm: found: Some(\"true\")"]);
    // One that asks for nothing has nothing to be trusted with.
    std::fs::write(project.path().join("make.wasm"), component("plain-generator")).expect("a file");
    project.write("windlass.yaml", NAMES);
    assert_eq!(names(&json(&project, &["plan", "--output=json"])), ["lint", "one", "two"]);
}

/// A plugin's own words stand at the field that it refuses, or at its entry.
#[test]
fn what_it_refuses_is_told_in_its_words_at_the_field() {
    refuses(&with("{unknown: 1}"), 2, &["windlass.yaml:1:", "unknown"]);
    refuses(&with("{times: many}"), 2, &["windlass.yaml:1:56", "times"]);
    refuses(&with("{image: x, attack: unsupported}"), 2, &["windlass.yaml:1:56", "image: plugin ./make.wasm says: not this"]);
    refuses(&with("{attack: fail}"), 4, &["windlass.yaml:1:30", "line 3 makes no sense"]);
    let lines = with("{attack: lines}").windlass(&["plan"]).exits(4).stderr;
    assert!(!lines.lines().any(|line| line.trim_start().starts_with("error: nothing")), "{lines}");
}

/// Whatever it does, it ends, within its limits, and is told.
#[test]
fn one_that_breaks_ends_the_command_in_time() {
    for (request, words) in [
        ("{attack: panic}", &["broke in `generate`"][..]),
        ("{attack: loop}", &["broke in `generate`"]),
        ("{attack: memory}", &["broke in `generate`"]),
        ("{bytes: 4194305}", &["at most 4194304"]),
        ("{bytes: 2000000}", &["too-large", "more than the 1048576"]),
        ("{attack: patient}", &["`generate`"]),
    ] {
        let project = with(request);
        let outcome = project.windlass(&["plan"]);
        assert_ne!(outcome.code, 0, "{request}");
        says(&outcome.stderr, words);
    }
    let flood = with("{attack: flood}").windlass(&["plan"]);
    assert!(flood.stderr.len() < 4 << 20, "{} bytes were shown", flood.stderr.len());
}

/// A text of a plugin is no more trusted than a task file: it moves no cursor, and what it asks for needs the same trust.
#[test]
fn a_hostile_text_has_no_more_rights_than_a_task_file() {
    let project = answering("\"a\\e[2J\\e]0;x_task\":\n  container: {image: busybox}\n  say_script: true\n");
    for arguments in [&["plan"][..], &["check"]] {
        let outcome = project.windlass(arguments);
        assert!(!outcome.everything().contains('\u{1b}'), "{:?}", outcome.everything());
    }
    let project = answering(
        "evil_task:\n  gke_container: {image: a, cluster_name: production, zone: z, namespace: kube-system}\n  say_script: true\n",
    );
    let context = "gke_p_z_production";
    let run = super::super::with_contexts(&project, &[context], &["run"]).exits(2);
    says(&run.stderr, &["asks for what you have not trusted", "use context gke_p_z_production, namespace kube-system"]);
    // It reads nothing of the machine, and grants nothing.
    let project =
        answering("a_task:\n  container: {image: busybox}\n  env: {KEY: 'ENCRYPTED[abc]'}\n  a_step: {uses: ./mine.wasm}\n");
    let shell = windlass_assets::PLUGINS.iter().find(|(name, _)| *name == "shell").expect("the shell plugin").1;
    std::fs::write(project.path().join("mine.wasm"), shell).expect("a file");
    let refused = project.windlass(&["plan"]);
    assert_ne!(refused.code, 0);
    says(&refused.stderr, &["plugin ./mine.wasm", "not allowed"]);
    // Aliases that grow.
    let mut bomb = String::from("a: &a [x, x, x, x, x, x, x, x, x, x]\n");
    for (name, of) in [("b", "a"), ("c", "b"), ("d", "c"), ("e", "d"), ("f", "e"), ("g", "f")] {
        bomb.push_str(&format!("{name}: &{name} [{}]\n", vec![format!("*{of}"); 10].join(", ")));
    }
    let grown = answering(&bomb).windlass(&["plan"]).exits(2).stderr;
    says(&grown, &["too-much-expansion", "names.txt (as ./make.wasm makes it):"]);
}

/// Values that its user typed as secrets are masked in all that it says.
#[test]
fn what_it_says_is_masked() {
    let project = with("{call: host.log, text: \"the key is open-sesame-1\"}");
    let outcome = project.windlass(&["plan", "-e", "MY_TOKEN=open-sesame-1"]);
    assert!(!outcome.everything().contains("open-sesame"), "{}", outcome.everything());
    says(&outcome.stderr, &["./make.wasm: the key is"]);
}

/// What is locked is what runs: a reference of a registry that is not in the lock is not even asked for.
#[test]
fn a_plugin_of_a_registry_is_locked_like_any() {
    let project = plain(&[]);
    project.write("windlass.yaml", &NAMES.replace("./make.wasm", "\"oci://127.0.0.1:1/a/b:1\""));
    project.write(".cirrus.yml", PLAIN);
    project.platform("api_patience: 1s\n");
    for options in [&["plan", "--locked"][..], &["plan", "--offline"]] {
        let refused = project.windlass(options);
        assert_ne!(refused.code, 0);
        says(&refused.stderr, &["windlass.yaml:1:30", "oci://127.0.0.1:1/a/b:1"]);
    }
    says(&project.windlass(&["plan", "--locked"]).stderr, &["windlass.lock"]);
}
