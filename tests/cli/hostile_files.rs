//! Files of a repository that are something else: nothing outside of it is shown, and nobody waits.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{PLAIN, Project, project, says};

/// What a line of somebody's key file would look like in an error message.
const SECRET: &str = "task: {outside-secret-4711";

/// What may stand in the place of a file.
#[derive(Debug, Clone, Copy)]
enum Instead {
    Link,
    Device,
    Pipe,
    Directory,
    Huge,
}

const ALL: [Instead; 5] = [Instead::Link, Instead::Device, Instead::Pipe, Instead::Directory, Instead::Huge];

impl Instead {
    fn put(self, path: &Path, outside: &Path) {
        let _ = std::fs::remove_file(path);
        match self {
            Self::Link => symlink(outside, path).expect("a link"),
            Self::Device => symlink("/dev/zero", path).expect("a link"),
            Self::Pipe => {
                let made = Command::new("mkfifo").arg(path).status().expect("mkfifo runs");
                assert!(made.success());
            }
            Self::Directory => std::fs::create_dir_all(path).expect("a directory"),
            Self::Huge => std::fs::File::create(path).and_then(|file| file.set_len(1 << 40)).expect("a file"),
        }
    }
}

/// Runs windlass, which must end by itself.
fn ends(project: &Project, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = project.command(arguments);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("windlass starts");
    let id = child.id();
    let (told, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || told.send(child.wait_with_output()));
    match heard.recv_timeout(Duration::from_secs(60)) {
        Ok(output) => {
            let output = output.expect("its output");
            let everything = [output.stdout, output.stderr].concat();
            (output.status.code(), String::from_utf8_lossy(&everything).into_owned())
        }
        Err(_) => {
            let _ = Command::new("kill").args(["-KILL", &id.to_string()]).status();
            panic!("windlass {arguments:?} does not end");
        }
    }
}

fn outside() -> (tempfile::TempDir, std::path::PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("key");
    std::fs::write(&file, format!("{SECRET}\n")).expect("a file");
    (directory, file)
}

#[test]
fn a_task_file_that_is_none_is_one_clear_error() {
    let (_directory, file) = outside();
    for instead in ALL {
        for command in ["check", "plan", "run", "convert"] {
            let project = project(PLAIN);
            instead.put(&project.path().join(".cirrus.yml"), &file);
            let (code, text) = ends(&project, &[command]);
            assert_eq!(code, Some(2), "{instead:?}: {text}");
            says(&text, &[".cirrus.yml cannot be read"]);
            assert!(!text.contains("outside-secret"), "{instead:?}: {text}");
        }
    }
}

#[test]
fn settings_that_are_none_are_one_clear_error() {
    let (_directory, file) = outside();
    for instead in ALL {
        let project = project(PLAIN);
        instead.put(&project.path().join("windlass.yaml"), &file);
        let (code, text) = ends(&project, &["plan"]);
        assert_eq!(code, Some(2), "{instead:?}: {text}");
        assert!(text.contains("windlass.yaml") && !text.contains("outside-secret"), "{instead:?}: {text}");
    }
}

/// Named by a person, it may lie anywhere, and is a file all the same.
#[test]
fn a_file_that_is_named_is_a_file() {
    let (_directory, file) = outside();
    for instead in [Instead::Device, Instead::Pipe, Instead::Directory, Instead::Huge] {
        let project = project(PLAIN);
        instead.put(&project.path().join("other.yml"), &file);
        let (code, text) = ends(&project, &["check", "-f", "other.yml"]);
        assert_eq!(code, Some(2), "{instead:?}: {text}");
        says(&text, &["other.yml cannot be read"]);
    }
    let elsewhere = tempfile::tempdir().expect("a directory");
    std::fs::write(elsewhere.path().join("tasks.yml"), PLAIN).expect("a file");
    let path = elsewhere.path().join("tasks.yml").display().to_string();
    let (code, text) = ends(&project("x_task: {}\n"), &["check", "-f", &path]);
    assert_eq!(code, Some(0), "{text}");
    says(&ends(&project(PLAIN), &["check", "-f", "-"]).1, &["- cannot be read", "/dev/stdin"]);
}

/// As `check -f <(command)`, which the shell turns into a descriptor.
#[test]
fn what_a_shell_pipes_in_is_read() {
    let project = project(PLAIN);
    let mut command = Command::new("bash");
    command.args(["-c", "\"$0\" check -f <(printf '%s' \"$1\")", env!("CARGO_BIN_EXE_windlass"), PLAIN]);
    let output = command.current_dir(project.path()).output().expect("bash runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn certificates_and_dockerfiles_that_are_none_hold_up_nobody() {
    let (_directory, file) = outside();
    for instead in ALL {
        let project = project(PLAIN);
        project.write("windlass.yaml", "registries: {r.corp: {ca_file: ca.crt}}\n");
        instead.put(&project.path().join("ca.crt"), &file);
        let (code, text) = ends(&project, &["plan", "--trust-project"]);
        assert_eq!(code, Some(2), "{instead:?}: {text}");
        assert!(text.contains("ca.crt") && !text.contains("outside-secret"), "{instead:?}: {text}");
    }
    for instead in ALL {
        // Git waits for a pipe in the place of `.gitignore` until it is told not to.
        let names = ["Dockerfile", ".dockerignore", ".gitignore"];
        for name in names.into_iter().filter(|name| !(*name == ".gitignore" && matches!(instead, Instead::Pipe))) {
            let project = project("a_task:\n  container: {dockerfile: Dockerfile}\n  x_script: y\n");
            project.write("Dockerfile", "FROM busybox\n");
            instead.put(&project.path().join(name), &file);
            let (_, text) = ends(&project, &["plan", "--affected-files", "x"]);
            assert!(!text.contains("outside-secret"), "{name} {instead:?}: {text}");
        }
    }
}

#[test]
fn a_secret_of_the_repositorys_settings_is_a_file_of_the_repository() {
    let (_directory, file) = outside();
    for instead in ALL {
        let project = project("a_task:\n  container: {image: a}\n  env: {KEY: 'ENCRYPTED[x]'}\n  x_script: y\n");
        project.write("windlass.yaml", "secrets: {KEY: {file: key}}\n");
        instead.put(&project.path().join("key"), &file);
        let (_, text) = ends(&project, &["plan"]);
        if !matches!(instead, Instead::Huge) {
            // What a link leads to outside is not even looked at before somebody trusts the project.
            let told = ["cannot be read from the file", "once the project is trusted"].iter().any(|words| text.contains(words));
            assert!(told, "{instead:?}: {text}");
        }
        let (code, text) = ends(&project, &["run"]);
        assert_eq!(code, Some(2), "{instead:?}: {text}");
        assert!(!text.contains("outside-secret"), "{instead:?}: {text}");
    }
}

/// The key of a bundle would be copied into the cluster, and shown in the plan.
#[test]
fn a_key_beside_a_certificate_is_refused_and_not_shown() {
    let project = project(PLAIN);
    project.write("windlass.yaml", "registries: {r.corp: {ca_file: bundle.pem}}\n");
    let certificate = super::plan::CERTIFICATE;
    project
        .write("bundle.pem", &format!("{certificate}-----BEGIN PRIVATE KEY-----\nc2VjcmV0LWtleQ==\n-----END PRIVATE KEY-----\n"));
    let (code, text) = ends(&project, &["plan", "--trust-project"]);
    assert_eq!(code, Some(2), "{text}");
    says(&text, &["bundle.pem", "private key"]);
    assert!(!text.contains("c2VjcmV0"), "{text}");
    project.write("bundle.pem", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
    says(&ends(&project, &["plan", "--trust-project"]).1, &["certificate 1 is not one that TLS can use"]);
}
