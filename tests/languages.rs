//! Plugins in each language, from an empty directory to a step on a real engine.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use support::{Outcome, Project, World};
use windlass_model::plugin::Power;
use windlass_plugin_kit::{Builder, NewPlugin, Tools, new};

const LANGUAGES: [&str; 4] = ["rust", "go", "javascript", "python"];

/// A plugin in a language, after `change` was made to its source and to what it says of itself.
fn plugin(directory: &Path, language: &str, powers: &[Power], change: impl Fn(&str) -> String) -> PathBuf {
    let powers: Vec<String> = powers.iter().map(ToString::to_string).collect();
    let directory = directory.join(language);
    let wanted = NewPlugin { directory: &directory, name: &format!("in-{language}"), kind: "step", language, powers: &powers };
    new(&wanted).expect("it is written");
    let source = directory.join(match language {
        "rust" => "src/lib.rs",
        "go" => "plugin.go",
        "javascript" => "src/plugin.mjs",
        _ => "src/plugin.py",
    });
    for file in [source, directory.join("windlass-plugin.yaml")].iter().filter(|file| file.exists()) {
        let text = std::fs::read_to_string(file).expect("it is there");
        std::fs::write(file, change(&text)).expect("it is written");
    }
    let path = std::env::var_os("PATH").expect("PATH");
    let tools = Tools { path, cache: Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugin-kit") };
    Builder { tools: &tools, say: &|_| {} }.build(&directory).unwrap_or_else(|e| panic!("{language}: {e}")).component
}

/// A web server on this machine, for as long as the test runs.
fn answering() -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.expect("a connection"));
            let mut line = String::new();
            while stream.read_line(&mut line).is_ok_and(|length| length > 2) {
                line.clear();
            }
            let _ = stream.get_mut().write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
        }
    });
    address
}

/// A project with a task of a step for each plugin, which has these grants.
fn project(plugins: &[(&str, PathBuf)], with: &str, grants: &str) -> Project {
    let image = "docker.io/library/busybox:latest";
    let mut tasks = String::new();
    let mut settings = "plugins:\n".to_owned();
    for (language, _) in plugins {
        tasks += &format!(
            "{language}_task:\n  kubernetes_container: {{image: '{image}', namespace: cirrus-ci, cpu: 0.2, memory: 128Mb}}\n  \
             env: {{TOKEN: \"ENCRYPTED[x]\"}}\n  \
             greet_step: {{uses: ./in-{language}.wasm, with: {with}}}\n  seen_script: echo \"GREETED=$GREETED, GREETINGS=$WINDLASS_RESULT_GREET_GREETINGS\"\n"
        );
        settings += &format!("  ./in-{language}.wasm: {grants}\n");
    }
    let project = Project::new(&[(".cirrus.yml", &tasks), ("windlass.yaml", &settings)]);
    for (language, component) in plugins {
        std::fs::copy(component, project.path().join(format!("in-{language}.wasm"))).expect("it is copied");
    }
    project
}

/// What a plugin logged, as events have it.
fn logged(outcome: &Outcome, task: &str) -> Vec<String> {
    let events = outcome.events().into_iter().filter(|e| e["event"] == "plugin_log" && e["task"] == task);
    events.map(|e| e["message"].as_str().expect("a message").to_owned()).collect()
}

#[test]
#[ignore = "needs the container engine that tests/run.sh starts, compilers, and the registries of packages"]
fn a_plugin_of_each_language_does_what_it_was_granted() {
    let directory = tempfile::tempdir().expect("a directory");
    let powers: Vec<Power> = Power::ALL.into_iter().filter(|power| *power != Power::Pod).collect();
    let host = format!("http://{}", answering());
    let asks_here = |text: &str| {
        let text = text.replace("https://example.com/", &format!("{host}/"));
        text.replace("[example.com]", &format!("[\"{host}\"]")).replace("[\"example.com\"]", &format!("[\"{host}\"]"))
    };
    let plugins = LANGUAGES.map(|language| (language, plugin(directory.path(), language, &powers, asks_here)));
    let grants = format!(
        "[{{containers: [main]}}, registries, environment, {{environment-set: [GREETED]}}, {{secrets: [TOKEN]}}, secrets-reveal, \
         workspace-read, {{workspace-write: [greeting.txt]}}, {{http: [\"{host}\"]}}, {{results: [GREETINGS]}}]"
    );
    let project = project(&plugins, "{name: world, secret: TOKEN}", &grants);
    let outcome = project.run(World::Engine, Some("TOKEN"), &[]).exits(0);
    for language in LANGUAGES {
        let lines = logged(&outcome, language);
        for said in [
            "hello, world",
            "opened TOKEN",
            "made a secret of 5 bytes",
            "knows 0 registries",
            "example.com answers with status 200",
        ] {
            assert!(lines.iter().any(|line| line == said), "{language} did not say {said}: {lines:?}");
        }
    }
    assert_eq!(outcome.stdout.matches("hello from the container").count(), LANGUAGES.len(), "{}", outcome.stdout);
    assert_eq!(outcome.stdout.matches("GREETED=yes, GREETINGS=1").count(), LANGUAGES.len(), "{}", outcome.stdout);
    let greeting = std::fs::read_to_string(project.path().join("greeting.txt")).expect("it was written");
    assert_eq!(greeting, "hello\n");
    assert_eq!(World::Engine.standing(&outcome.run()), [""; 0], "nothing of the run is left");
}

/// An exception and a panic are the step's failure, in the words of the plugin, and a power that is missing is named with what grants it.
#[test]
#[ignore = "needs the container engine that tests/run.sh starts, compilers, and the registries of packages"]
fn a_plugin_of_each_language_that_breaks_says_why() {
    let directory = tempfile::tempdir().expect("a directory");
    let broken = |text: &str| {
        let text = text.replace(
            "log::info(format!(\"hello, {}\", request.name));",
            "log::info(\"printed ä\"); panic!(\"boom {}\", request.name);",
        );
        let text = text.replace(
            "host.Log(host.Level_Info, fmt.Sprintf(\"hello",
            "host.Cancelled(); fmt.Print(\"prin\"); fmt.Println(\"ted ä\"); panic(fmt.Sprintf(\"boom",
        );
        let text = text.replace(
            "log('info', `hello, ${given.name}`);",
            "log; console.log('printed', 'ä'); throw new Error(`boom ${given.name}`);",
        );
        text.replace(
            "host.log(host.Level.INFO, f\"hello, {given['name']}\")",
            "print(\"printed ä\"); raise ValueError(f\"boom {given['name']}\")",
        )
    };
    let plugins = LANGUAGES.map(|language| (language, plugin(directory.path(), language, &[], broken)));
    let outcome = project(&plugins, "{name: world}", "[]").run(World::Engine, Some("TOKEN"), &[]).exits(1);
    for (language, reason) in [
        ("rust", "broke in `run`: panicked at src/lib.rs"),
        ("go", "the last error that it logged: panic: boom, world"),
        ("javascript", "says: Error: boom world"),
        ("python", "says: ValueError: boom world"),
    ] {
        let failed =
            outcome.events().into_iter().find(|e| e["event"] == "step_finished" && e["task"] == language && e["step"] == "greet");
        let failed = failed.unwrap_or_else(|| panic!("{language} has no end: {}", outcome.everything()));
        assert!(failed.to_string().contains(reason), "{language}: {failed}");
        let lines = logged(&outcome, language);
        assert!(lines.iter().any(|line| line == "printed ä"), "{language}: {lines:?}");
    }

    let denied = |text: &str| text.replace("\"GREETED\", ", "\"OTHER\", ").replace("'GREETED', ", "'OTHER', ");
    let powers = [Power::EnvironmentSet];
    let plugins = LANGUAGES.map(|language| (language, plugin(&directory.path().join("denied"), language, &powers, denied)));
    let outcome =
        project(&plugins, "{name: world}", "[{environment-set: [GREETED]}]").run(World::Engine, Some("TOKEN"), &[]).exits(1);
    for language in LANGUAGES {
        let failed =
            outcome.events().into_iter().find(|e| e["event"] == "step_finished" && e["task"] == language && e["step"] == "greet");
        let failed = failed.unwrap_or_else(|| panic!("{language} has no end: {}", outcome.everything())).to_string();
        assert!(failed.contains("environment-set") && failed.contains("OTHER"), "{language}: {failed}");
    }
}

/// What `windlass plugin inspect` shows is what was named.
#[test]
#[ignore = "needs compilers and the registries of packages"]
fn inspect_shows_the_powers_that_were_named() {
    let directory = tempfile::tempdir().expect("a directory");
    for language in LANGUAGES {
        let component = plugin(directory.path(), language, &[Power::Containers], str::to_owned);
        let project = Project::new(&[]);
        let outcome = project.windlass(&["plugin", "inspect", &component.display().to_string(), "--output=json"]).exits(0);
        let info: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("it is JSON");
        assert_eq!(info["name"], format!("in-{language}"));
        let asks: Vec<&String> = info["asks"].as_object().expect("powers").keys().collect();
        assert_eq!(asks, ["containers"], "{language}");
        assert_eq!(info["reasons"]["containers"], "runs a command");
    }
}
