//! Programs of others that speak to registries, and registries for one test alone.

use std::io::{BufRead as _, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

use super::Outcome;
use super::world::required;

/// How long a server may take to listen.
const PATIENCE: Duration = Duration::from_secs(30);

/// Runs a program that `tests/cluster/env.sh` names, at home in a directory where nothing of the user's is.
pub fn run(program: &str, arguments: &[&str], home: &Path) -> Outcome {
    let output = Command::new(required(program))
        .args(arguments)
        .current_dir(home)
        .env("HOME", home)
        .env("DOCKER_CONFIG", home.join("docker"))
        .env("COSIGN_PASSWORD", "")
        .output();
    Outcome::new(&output.expect("it runs"))
}

/// Runs skopeo, which Debian has.
pub fn skopeo(arguments: &[&str]) -> Outcome {
    Outcome::new(&Command::new("skopeo").args(arguments).output().expect("skopeo runs"))
}

/// A server that ends with its test.
pub(super) struct Server(pub(super) Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A registry without TLS that knows which artifacts refer to which.
pub struct Referrers {
    /// `127.0.0.1:PORT`.
    pub address: String,
    _server: Server,
}

impl Referrers {
    pub fn start() -> Self {
        let mut server = Command::new(required("REFERRERS"));
        let server = server.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut server = Server(server);
        let mut address = String::new();
        let output = server.0.stdout.take().expect("it is piped");
        BufReader::new(output).read_line(&mut address).expect("it says where it listens");
        Self { address: address.trim().to_owned(), _server: server }
    }
}

/// Debian's registry with TLS by an authority of its own, and a password.
pub struct Guarded {
    /// `127.0.0.1:PORT`.
    pub address: String,
    directory: TempDir,
    server: Option<Server>,
}

/// Who may use it.
const USER: &str = "ci";
const PASSWORD: &str = "s3cret of the registry";

impl Guarded {
    pub fn start() -> Self {
        let directory = TempDir::new().expect("a directory");
        let at = |name: &str| directory.path().join(name);
        certificates(directory.path(), "127.0.0.1");
        let users = Command::new("htpasswd").args(["-Bbn", USER, PASSWORD]).output().expect("htpasswd runs");
        assert!(users.status.success(), "{}", String::from_utf8_lossy(&users.stderr));
        std::fs::write(at("htpasswd"), users.stdout).expect("it is written");
        // Whoever takes the port in between makes the server end, which is seen below.
        let address = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
        std::fs::write(at("config.yml"), configuration(directory.path(), address)).expect("it is written");
        let mut server = Command::new("docker-registry");
        server.arg("serve").arg(at("config.yml")).env("OTEL_TRACES_EXPORTER", "none");
        let server = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("docker-registry starts");
        let mut server = Server(server);
        listening(address, &mut server);
        Self { address: address.to_string(), directory, server: Some(server) }
    }

    /// What settings say of how it is reached.
    pub fn settings(&self) -> String {
        format!("registries: {{\"{}\": {{ca_file: {}}}}}\n", self.address, self.authority().display())
    }

    /// The file with its authority.
    pub fn authority(&self) -> PathBuf {
        self.directory.path().join("ca.crt")
    }

    /// Writes Docker's own file with the login, as `docker login` does.
    pub fn log_in(&self, directory: &Path) {
        use base64::Engine as _;
        std::fs::create_dir_all(directory).expect("a directory");
        let auth = base64::engine::general_purpose::STANDARD.encode(format!("{USER}:{PASSWORD}"));
        let file = serde_json::json!({"auths": {&self.address: {"auth": auth}}});
        std::fs::write(directory.join("config.json"), file.to_string()).expect("it is written");
    }

    /// From now on nothing listens there.
    pub fn stop(&mut self) {
        self.server = None;
    }
}

fn listening(address: SocketAddr, server: &mut Server) {
    let began = Instant::now();
    while TcpStream::connect(address).is_err() {
        let ended = server.0.try_wait().expect("its state is known");
        assert!(ended.is_none(), "docker-registry has ended: {ended:?}");
        assert!(began.elapsed() < PATIENCE, "docker-registry does not listen at {address}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// An authority, and a server's certificate for a name or an address.
pub(super) fn certificates(directory: &Path, name: &str) {
    let mut of_authority = CertificateParams::default();
    of_authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    let authority = of_authority.self_signed(&key).expect("a certificate");
    let issuer = Issuer::new(of_authority, key);
    let own = KeyPair::generate().expect("a key");
    let server = CertificateParams::new([name.to_owned()]).expect("a name").signed_by(&own, &issuer).expect("a certificate");
    for (name, text) in [("ca.crt", authority.pem()), ("server.crt", server.pem()), ("server.key", own.serialize_pem())] {
        std::fs::write(directory.join(name), text).expect("it is written");
    }
}

fn configuration(directory: &Path, address: SocketAddr) -> String {
    let directory = directory.display();
    format!(
        "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {directory}/data}}, delete: {{enabled: true}}}}\n\
         http: {{addr: \"{address}\", tls: {{certificate: {directory}/server.crt, key: {directory}/server.key}}}}\n\
         auth: {{htpasswd: {{realm: test, path: {directory}/htpasswd}}}}\n"
    )
}
