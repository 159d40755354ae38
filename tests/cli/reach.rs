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
    says(&doctor(&["--use", "build=./none.wasm"]), &["the tasks cannot be planned"]);
}
