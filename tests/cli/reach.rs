//! What `doctor`, `ls` and `gc` say of places that do not answer. Tests with a node are in `tests/reach.rs`.

use super::{IMAGE, PLAIN, kubeconfig, project, says, with_contexts};
use crate::support::{Outcome, Project};

/// The context that is plainly the cluster of [`IMAGE`].
const CONTEXT: &str = "gke_p_us-central1-b_ci-cluster";

/// Before, all three ended with exit code 0: nothing to delete, no pods, and a doctor that only warned.
#[test]
fn a_cluster_that_does_not_answer_is_an_error() {
    let project = project(IMAGE);
    project.write("windlass.yaml", "{}\n");
    for command in [&["ls"][..], &["ls", "--output", "json"], &["gc"], &["gc", "--output", "json"], &["gc", "--dry-run"]] {
        let command = [command, &["--trust-project"]].concat();
        let outcome = with_contexts(&project, &[CONTEXT], &command).exits(3);
        says(&outcome.stderr, &["it is not known what is there", CONTEXT, "help:"]);
        assert!(!outcome.stderr.contains("nothing to delete") && !outcome.stderr.contains("no pods"), "{}", outcome.stderr);
    }
    let doctor = with_contexts(&project, &[CONTEXT], &["doctor", "--trust-project"]).exits(3);
    says(&doctor.stdout, &["error", CONTEXT]);
    says(&doctor.stderr, &["of the tests failed"]);
}

/// Without a task file the current context is where pods may stand, and what doctor is asked about.
#[test]
fn the_current_context_counts_where_there_is_no_file() {
    let project = Project::new(&[("readme", "x")]);
    for command in ["doctor", "ls", "gc"] {
        with_contexts(&project, &["here"], &[command]).exits(3);
    }
}

/// A run that goes to the engine alone does not need the context that happens to be current; what stands on it is not known all the same.
#[test]
fn a_cluster_that_no_task_goes_to_fails_no_doctor() {
    let project = project(PLAIN);
    let doctor = with_contexts(&project, &["here"], &["doctor"]).exits(3);
    let sections: Vec<&str> = doctor.stdout.split("\ncontext here").collect();
    assert_eq!(sections.len(), 2, "{}", doctor.stdout);
    let (cluster, engine) = sections[1].split_once("the container engine").expect("the engine's section");
    assert!(cluster.contains("\n  warning") && !cluster.contains("\n  error"), "{}", doctor.stdout);
    assert!(engine.contains("error"), "its tasks run there: {}", doctor.stdout);
    says(&with_contexts(&project, &["here"], &["ls"]).exits(3).stderr, &["context here", "the container engine"]);
}

/// What keeps a run from starting is told, and fails: a cluster that nobody knows.
#[test]
fn doctor_makes_the_plan_that_a_run_would() {
    let project = project(IMAGE);
    let doctor = with_contexts(&project, &["staging"], &["doctor"]).exits(3);
    says(&doctor.stdout, &["plan", "no kubeconfig context is known to be the GKE cluster `ci-cluster`"]);
    let wrong = super::project("a_task:\n  container: {image: a}\n  x_step: {uses: nope}\n");
    says(&wrong.windlass(&["doctor"]).exits(3).stdout, &["the tasks cannot be planned", "windlass plan shows why"]);
}

/// An answer that says no is no answer, whoever says it: here a server that takes no token at all.
#[test]
fn a_token_that_is_refused_is_an_error() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = server.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in server.incoming().flatten() {
            std::thread::spawn(move || refuse(stream));
        }
    });
    let project = project(IMAGE);
    let text = kubeconfig(&[CONTEXT]).replace("https://127.0.0.1:1", &format!("http://{address}"));
    project.write("kubeconfig", &text.replace("user: {}", "user: {token: expired}"));
    for command in ["doctor", "ls", "gc"] {
        let mut command = project.command(&[command, "--trust-project"]);
        command.env("KUBECONFIG", project.path().join("kubeconfig"));
        let outcome = Outcome::new(&command.output().expect("windlass runs")).exits(3);
        assert!(outcome.everything().contains(CONTEXT), "{}", outcome.everything());
    }
}

/// Answers every request as an API server does that does not know the token.
fn refuse(mut stream: std::net::TcpStream) {
    use std::io::{BufRead as _, BufReader, Write as _};
    let body =
        r#"{"kind":"Status","apiVersion":"v1","status":"Failure","message":"Unauthorized","reason":"Unauthorized","code":401}"#;
    let Ok(reading) = stream.try_clone() else { return };
    for line in BufReader::new(reading).lines().map_while(Result::ok) {
        if line.is_empty() {
            let length = body.len();
            let head = format!("HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n");
            if write!(stream, "{head}Connection: close\r\n\r\n{body}").is_err() {
                return;
            }
            // Its connection ends with the answer, so whatever body the request has is not waited for.
            return;
        }
    }
}

/// `doctor` looks at the run that is meant: with another builder it needs other things, and a plugin that is not there is told.
#[test]
fn doctor_takes_the_plugins_of_a_run() {
    let project = project(IMAGE);
    let doctor = |flags: &[&str]| project.windlass(&[&["doctor", "--on", "engine"], flags].concat()).stdout;
    assert!(!doctor(&[]).contains("cannot be planned"));
    says(
        &doctor(&["--use", "build=./none.wasm"]),
        &["error  plan ", "--use build=./none.wasm: plugin ./none.wasm was not found"],
    );
}

/// Before, a `KUBECONFIG` that leads nowhere passed for a machine without clusters: "there are no pods", exit code 0.
#[test]
fn a_kubeconfig_that_is_not_there_is_a_place_that_cannot_be_looked_at() {
    let told = |project: &Project| format!("KUBECONFIG names {}, which is not there", project.nowhere().display());
    let windlass = |project: &Project, arguments: &[&str]| {
        Outcome::new(&project.command(arguments).env("KUBECONFIG", project.nowhere()).output().expect("windlass runs"))
    };
    for project in [project(IMAGE), project(PLAIN), Project::new(&[("readme", "x")])] {
        for command in [&["ls"][..], &["ls", "--output", "json"], &["gc"], &["gc", "--dry-run"], &["gc", "abcdefgh"]] {
            let outcome = windlass(&project, command).exits(3);
            says(&outcome.stderr, &[&told(&project), "unset KUBECONFIG", "it is not known what is there: kubeconfig"]);
            for claim in ["there are no pods", "nothing to delete", "nothing is left"] {
                assert!(!outcome.everything().contains(claim), "{command:?}: {}", outcome.everything());
            }
        }
        says(&windlass(&project, &["doctor"]).exits(3).stdout, &["kubeconfig", &told(&project)]);
        // Who names the engine is told of the engine.
        for command in ["ls", "gc", "doctor"] {
            let outcome = windlass(&project, &[command, "--on", "engine"]).exits(3);
            assert!(!outcome.everything().contains("KUBECONFIG"), "{}", outcome.everything());
        }
    }
}

/// Before, a task that names a cluster moved to the engine of this machine, where it may do more than on that cluster.
#[test]
fn no_task_of_a_cluster_moves_to_the_engine_for_want_of_the_kubeconfig_that_is_named() {
    let image = project(IMAGE);
    let windlass = |project: &Project, arguments: &[&str]| {
        Outcome::new(&project.command(arguments).env("KUBECONFIG", project.nowhere()).output().expect("windlass runs"))
    };
    let told =
        format!("error: task image names a cluster, and KUBECONFIG names {}, which is not there\n", image.nowhere().display());
    for arguments in [&["plan"][..], &["run"], &["run", "-e", "KEY=x"], &["run", "--dry-run"], &["run", "--namespace", "x"]] {
        let outcome = windlass(&image, arguments).exits(3);
        says(&outcome.stderr, &[&told, "unset KUBECONFIG", "--on engine"]);
        assert!(outcome.stdout.is_empty(), "{arguments:?}: {}", outcome.everything());
    }
    // Nothing of this is wrong with the file, or with who means the engine.
    windlass(&image, &["check"]).exits(0);
    windlass(&image, &["plan", "--on", "engine"]).exits(0);
    windlass(&project(PLAIN), &["plan"]).exits(0);
}

/// One of several files that is not there hides none of the others, as with kubectl, and is told.
#[test]
fn a_kubeconfig_beside_others_that_is_not_there_is_told() {
    let project = project(IMAGE);
    project.platform("api_patience: 1s\n");
    project.write("kubeconfig", &kubeconfig(&[CONTEXT]));
    let windlass = |arguments: &[&str]| {
        let files = format!("{}:{}", project.path().join("kubeconfig").display(), project.nowhere().display());
        Outcome::new(&project.command(arguments).env("KUBECONFIG", files).output().expect("windlass runs"))
    };
    says(&windlass(&["plan"]).exits(0).stdout, &[&format!("context {CONTEXT}, namespace ci")]);
    says(&windlass(&["ls"]).exits(3).stderr, &["note: contexts were left out: KUBECONFIG names", CONTEXT]);
}

/// Nobody can say that nothing is left of a run in a place that did not answer.
#[test]
fn gc_claims_nothing_of_what_it_could_not_look_at() {
    let project = project(PLAIN);
    project.platform("api_patience: 1s\n");
    for flags in [&[][..], &["--dry-run"], &["--output", "json"]] {
        let outcome = project.windlass(&[&["gc", "abcdefgh", "--on", "engine"], flags].concat()).exits(3);
        assert!(!outcome.everything().contains("nothing is left"), "{}", outcome.everything());
    }
    let cluster = with_contexts(&project, &["here"], &["gc", "abcdefgh"]).exits(3);
    assert!(!cluster.everything().contains("nothing is left"), "{}", cluster.everything());
}

/// Where only the namespace is the file's, no cluster is the project's choice, and no trust leads there.
#[test]
fn a_namespace_of_the_file_in_the_current_context_is_told_as_that() {
    let project = project(IMAGE);
    project.platform("api_patience: 1s\n");
    let look = |arguments: &[&str]| with_contexts(&project, &["here"], arguments).exits(3).everything();
    let told =
        "context here, namespace ci was left out: the project chose its namespace; --context here --namespace ci looks there";
    for command in ["doctor", "ls", "gc"] {
        let text = look(&[command]);
        says(&text, &[told]);
        assert!(!text.contains("windlass trust"), "{text}");
        let there = look(&[command, "--context", "here", "--namespace", "ci"]);
        assert!(there.contains("context here, namespace ci") && !there.contains("was left out"), "{there}");
    }
}
