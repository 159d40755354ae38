//! What one run asks the user to trust: what it does itself, once nothing else keeps it from running.

use super::super::{IMAGE, PLAIN, Project, project, says, with_contexts};
use super::{CLUSTER, Hostile, MINE, typed, typed_into, using};

/// Trust is asked for what this run does, and for nothing else that the settings could lead to; what is left out of the question does not
/// happen either.
#[test]
fn a_run_asks_for_no_more_than_it_does() {
    let asked = |settings: &str, flags: &[&str]| {
        let hostile = Hostile::new(settings);
        hostile.project.platform("api_patience: 1s\n");
        let outcome = with_contexts(&hostile.project, &["production", CLUSTER], &[&["run"], flags].concat());
        hostile.nothing_happened(settings, &outcome);
        (outcome.stderr.contains("have not trusted"), outcome.stderr)
    };
    let unused =
        "clusters: [{cluster_name: other, context: production}, {cluster_name: third, context: evil, kubeconfig: evil.yaml}]";
    let here = ["--on", "engine", "-e", "KEY=long-enough"];
    for settings in [
        unused,
        "plugins: {./scan.wasm: [containers]}",
        "pods: {serviceAccountName: admin}",
        "clusters: [{cluster_name: ci-cluster, context: production, pods: {serviceAccountName: admin}}]",
        "secrets: {OTHER: {env: HOME}}",
    ] {
        let (refused, text) = asked(settings, &here);
        assert!(!refused, "no selected task uses it: {settings}: {text}");
    }
    let program = "secrets: {KEY: {command: [touch, MARK]}}";
    let by_id = "secrets: {qwerty239abc: {command: [touch, MARK]}}";
    for settings in [program, by_id] {
        for typed in ["-eKEY=long-enough", "--secret=KEY=env:HOME"] {
            let (refused, text) = asked(settings, &["--on", "engine", typed]);
            assert!(!refused, "{typed}: its value is typed: {text}");
        }
        assert!(asked(settings, &["--on", "engine", "-eOTHER=long-enough"]).0, "{settings}");
    }
    // Two secrets of one source, of which one is typed.
    let two = Hostile::new(by_id);
    two.project.write(".cirrus.yml", &IMAGE.replace("    KEY: ENC", "    OTHER: ENCRYPTED[qwerty239abc]\n    KEY: ENC"));
    let outcome = two.project.windlass(&["run", "--on", "engine", "-e", "KEY=long-enough"]).exits(2);
    two.nothing_happened("one of two", &outcome);
    says(&outcome.stderr, &["have not trusted", "run a program on this machine"]);
    // What is shown to be trusted once and for all is all of it.
    let all = Hostile::new(unused).project.windlass(&["trust", "--show"]).exits(0).stdout;
    says(&all, &["use the kubeconfig evil.yaml", "use context production"]);
}

/// Of several plugins, clusters and pods the run's own are asked about, each in its own words.
#[test]
fn a_run_asks_about_its_own_plugins_and_pods() {
    let asks = |project: &Project, flags: &[&str]| -> Vec<String> {
        let outcome = with_contexts(project, &["production", CLUSTER], &[&["run", "-e", "KEY=long-enough"], flags].concat());
        let lines = outcome.stderr.lines().filter_map(|line| line.trim().strip_prefix("- "));
        lines.map(str::to_owned).collect()
    };
    let powers = "[containers, environment, environment-set]";
    let plugins = using("plugins");
    plugins.platform("api_patience: 1s\n");
    plugins
        .write("windlass.yaml", &format!("plugins: {{./other.wasm: {powers}, ./mine.wasm: {powers}, './more/*': {powers}}}\n"));
    let asked = asks(&plugins, &["--on", "engine"]);
    assert!(matches!(asked.as_slice(), [one] if one.starts_with("give the plugin ./mine.wasm ")), "{asked:?}");
    // Where the platform speaks of the plugin, by whatever name, the repository can only take away.
    plugins.platform(&format!("plugins: {{'./m*.wasm': {powers}}}\n"));
    assert_eq!(asks(&plugins, &["--on", "engine"]), [""; 0]);

    let pods = project(IMAGE);
    pods.platform("api_patience: 1s\n");
    pods.write(
        "windlass.yaml",
        "clusters:\n- {cluster_name: ci-cluster, context: production, pods: {serviceAccountName: builder}}\n\
         - {cluster_name: other, context: elsewhere, pods: {labels: {a: b}}}\n\
         pods: {serviceAccountName: anybody, labels: {team: theirs}}\n",
    );
    let place = "use context production, namespace ci";
    let own = "give its pods in context production: service account builder";
    // The mapping's service account stands in place of the other one.
    assert_eq!(asks(&pods, &[]), [place, "give its pods on clusters: labels team=theirs", own]);
    let elsewhere = asks(&pods, &["--context", CLUSTER, "--namespace", "ci"]);
    assert_eq!(elsewhere, ["give its pods on clusters: service account anybody; labels team=theirs"]);
    // Who has trusted all of it has trusted its parts.
    let mut command = pods.command(&[]);
    command.env("KUBECONFIG", pods.path().join("kubeconfig"));
    typed_into(&command, &["trust"], "y\n").exits(0);
    assert_eq!(asks(&pods, &[]), [""; 0]);
}

/// Two keys that send credentials elsewhere, where nobody but the repository has settings, and where the user has.
#[test]
fn aliases_and_registries_of_a_repository_need_trust_without_any_other_settings() {
    for (settings, told, of_user) in [
        (
            "host_aliases: [{ip: 10.6.6.6, hostnames: [gcr.io]}]\n",
            "send what goes to gcr.io to 10.6.6.6",
            "host_aliases: [{ip: 10.1.1.1, hostnames: [gcr.io]}]\n",
        ),
        (
            "registries: {gcr.io: {insecure: true, mirrors: [evil.example]}}\n",
            "reach the registry gcr.io without checking who answers, asking evil.example first",
            "registries: {gcr.io: {mirrors: [ours.example]}}\n",
        ),
    ] {
        let project = project(PLAIN);
        project.write("windlass.yaml", settings);
        says(&project.windlass(&["plan"]).exits(0).stdout, &["still to be trusted", told]);
        says(&project.windlass(&["trust", "--show"]).exits(0).stdout, &["not trusted", told]);
        let refused = project.windlass(&["run"]).exits(2);
        says(&refused.stderr, &["have not trusted", told]);
        // There is no engine, which is all that keeps it from running then.
        assert!(!project.windlass(&["run", "--trust-project"]).exits(3).stderr.contains("have not trusted"));
        typed(&project, &["run"], "y\n").exits(3);
        project.windlass(&["run"]).exits(3);
        project.windlass(&["trust", "--revoke"]).exits(0);
        // The user's word on the same host leaves nothing to ask about.
        project.platform(of_user);
        project.windlass(&["run"]).exits(3);
    }
}

/// Nobody is asked to trust what cannot run anyway: what `check` and `plan` know is told first, and once.
#[test]
fn errors_and_missing_values_come_before_the_question() {
    let settings = "registries: {gcr.io: {insecure: true}}\n";
    let unknown = "a_task:\n  container: {image: a}\n  x_step: {uses: nope}\n";
    let ungranted = MINE;
    for (tasks, more, flags, code, told) in [
        ("a_task:\n  container: {image: 'UPPER'}\n  x_script: y\n", "", &[][..], 2, "UPPER"),
        (unknown, "", &[], 2, "plugin nope was not found"),
        (ungranted, "", &[], 4, "which it was not granted"),
        (PLAIN, "policy: {images: ['only.example/*']}\n", &[], 2, "not among `policy: {images"),
        (PLAIN, "clutsers: []\n", &[], 2, "clutsers"),
        (IMAGE, "", &["--on", "engine"], 2, "needs the secret KEY"),
        (IMAGE, "", &["--secret", "KEY=file:nope", "--on", "engine"], 2, "the file nope: No such file"),
        (PLAIN, "", &["--context", "nope"], 2, "--context names `nope`"),
        (PLAIN, "", &["nosuch"], 2, "no task is called `nosuch`"),
    ] {
        let project = using("plugins");
        project.write(".cirrus.yml", tasks);
        project.write("windlass.yaml", &format!("{settings}{more}"));
        let command = [&["run"], flags].concat();
        let refused = project.windlass(&command).exits(code).stderr;
        says(&refused, &[told]);
        assert!(!refused.contains("trust"), "{refused}");
        let on_a_terminal = typed(&project, &command, "y\n").exits(code).stdout;
        assert!(!on_a_terminal.contains("[y/N]"), "{on_a_terminal}");
    }
    // What only a reader of the file can know is told after the answer.
    let project = project(PLAIN);
    project.write("ca.pem", "no certificate");
    project.write("windlass.yaml", "registries: {gcr.io: {ca_file: ca.pem}}\n");
    says(&project.windlass(&["run"]).exits(2).stderr, &["have not trusted", "trusting ca.pem"]);
    let answered = typed(&project, &["run"], "y\n").exits(2).stdout;
    says(&answered, &["[y/N]", "ca.pem cannot be used", "windlass.yaml has 1 error"]);
}
