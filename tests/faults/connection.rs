//! What stands between windlass and a cluster: each is told by name, address or file, and what to do.

use std::process::Command;

use super::support::world::variable;
use super::support::{Live, World, on};
use super::task;

#[test]
#[ignore = "needs the Kubernetes node that tests/run.sh starts"]
fn a_forbidden_verb_is_named_with_the_rule_that_allows_it() {
    on(&[World::Kube], |world| {
        let project = task("cirrus-ci", "", "  s_script: true");
        let mut command = project.command(&["run", "--trust-project", "--output=json", "--on=kube"]);
        let nobody = variable("KUBECONFIG_NOBODY").expect("tests/run.sh sets it");
        let listed = Command::new("sed").args(["-n", "s/^current-context: //p", &nobody]).output().expect("sed runs");
        command.arg(format!("--context={}", String::from_utf8_lossy(&listed.stdout).trim()));
        command.env("KUBECONFIG", nobody);
        let mut live = Live::start(command);
        assert_eq!(live.end(), 3, "{:#?}", live.seen);
        assert!(live.failure().contains("you are not allowed to create"), "{}", live.failure());
        let text = format!("{:?}", live.seen);
        assert!(text.contains("verbs"), "the RBAC rule: {text}");
        let _ = world;
    });
}

#[test]
fn a_cluster_that_does_not_answer_is_told_with_its_address() {
    let kubeconfig = "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster: {server: 'https://127.0.0.1:1'}\n\
                      users:\n- name: u\n  user: {token: t}\ncontexts:\n- name: gone\n  context: {cluster: c, user: u}\n";
    let text = refused_with(kubeconfig);
    assert!(text.contains("https://127.0.0.1:1 cannot be reached: nothing listens there (connection refused)"), "{text}");
    assert!(text.contains("trying again for up to 1 s"), "it is waited for, and said so: {text}");
}

/// Runs a task on the context `gone` of a kubeconfig, which fails as clusters do; what was shown.
fn refused_with(kubeconfig: &str) -> String {
    let project = task("cirrus-ci", "", "  s_script: true");
    project.write("kubeconfig", kubeconfig);
    project.write("windlass.yaml", "api_patience: 1s\n");
    let mut command = project.command(&["run", "--trust-project", "--on=kube", "--context=gone"]);
    let output = command.env("KUBECONFIG", "kubeconfig").output().expect("windlass runs");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(3), "{text}");
    text
}

/// It was shown as a debug dump of its output, byte by byte.
#[test]
fn a_program_for_credentials_that_fails_is_named_with_what_it_said() {
    let kubeconfig = "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster: {server: 'https://127.0.0.1:1'}\n\
                      users:\n- name: u\n  user:\n    exec:\n      apiVersion: client.authentication.k8s.io/v1\n      command: sh\n      \
                      args: [-c, 'echo your session has expired >&2; exit 7']\n      interactiveMode: Never\n\
                      contexts:\n- name: gone\n  context: {cluster: c, user: u}\n";
    let text = refused_with(kubeconfig);
    assert!(text.contains("exited with code 7 and says: your session has expired"), "{text}");
    assert!(text.contains("run that command by hand") && !text.contains("stderr"), "{text}");
    let missing = kubeconfig.replace("command: sh", "command: no-such-login-program");
    let text = refused_with(&missing);
    assert!(text.contains("the program that gives its credentials cannot be started"), "{text}");
}

/// Something listens, and it is no API server: neither a wait nor a riddle.
#[test]
fn a_server_that_is_not_kubernetes_is_named_with_its_address() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // Whatever is asked, in whatever language: the request is read as far as it came, and answered.
            let _ = std::io::Read::read(&mut &stream, &mut [0; 65536]);
            let answer =
                "HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 9\r\nConnection: close\r\n\r\nnot here\n";
            let _ = std::io::Write::write_all(&mut &stream, answer.as_bytes());
        }
    });
    let kubeconfig = |scheme: &str| {
        format!(
            "apiVersion: v1\nkind: Config\nclusters:\n- name: c\n  cluster: {{server: '{scheme}://{address}'}}\n\
             users:\n- name: u\n  user: {{token: t}}\ncontexts:\n- name: gone\n  context: {{cluster: c, user: u}}\n"
        )
    };
    let text = refused_with(&kubeconfig("https"));
    assert!(text.contains(&format!("https://{address} cannot be used: what answers there does not speak TLS")), "{text}");
    let text = refused_with(&kubeconfig("http"));
    assert!(
        text.contains(&format!("http://{address} cannot be used: what answers there is not a Kubernetes API server")),
        "{text}"
    );
}

#[test]
fn a_kubeconfig_that_is_not_there_is_named() {
    let project = task("cirrus-ci", "", "  s_script: true");
    let nowhere = project.path().join("nope");
    let mut command = project.command(&["run", "--trust-project", "--context=gone"]);
    let output = command.env("KUBECONFIG", &nowhere).output().expect("windlass runs");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains(&format!("kubeconfig {} (KUBECONFIG, which is not there)", nowhere.display())), "{text}");
}
