//! What logs never hold, whatever asks for them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use super::{PLAIN, project};
use crate::support::Outcome;

/// An API server whose every answer is one that nobody can read, with a Secret in it. It serves as long as the test's process lives.
fn garbled_api_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || -> std::io::Result<()> {
                let mut reader = BufReader::new(stream);
                let mut line = String::new();
                while reader.read_line(&mut line)? > 2 {
                    line.clear();
                }
                let body = r#"{"kind": "SecretList", "items": "hunter2", "data": {"TOKEN": "aHVudGVyMg=="}}"#;
                let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length";
                write!(reader.get_mut(), "{head}: {}\r\n\r\n{body}", body.len())
            });
        }
    });
    format!("http://{address}")
}

/// `-v` showed whole answers that could not be read, Secrets among them.
#[test]
fn an_answer_that_cannot_be_read_is_shown_neither_in_messages_nor_in_logs() {
    let server = garbled_api_server();
    let project = project(PLAIN);
    let kubeconfig = format!(
        "{{apiVersion: v1, kind: Config, current-context: c, contexts: [{{name: c, context: {{cluster: c, user: u}}}}], \
         clusters: [{{name: c, cluster: {{server: \"{server}\"}}}}], users: [{{name: u, user: {{}}}}]}}"
    );
    project.write("kubeconfig", &kubeconfig);
    for (arguments, log) in
        [(vec!["ls", "-v"], ""), (vec!["ls", "-vv"], ""), (vec!["ls"], "trace"), (vec!["ls"], "kube_client=trace")]
    {
        let mut command = project.command(&[arguments, vec!["--on=kube", "--context=c", "--namespace=n"]].concat());
        command.env("KUBECONFIG", project.path().join("kubeconfig")).env("RUST_LOG", log);
        let outcome = Outcome::new(&command.output().expect("windlass runs"));
        assert_ne!(outcome.code, 0, "{}", outcome.everything());
        let said = outcome.everything();
        assert!(said.contains("an answer that cannot be read (line 1"), "it got that far: {said}");
        assert!(!said.contains("hunter2") && !said.contains("aHVudGVyMg"), "{log}: {said}");
    }
}
