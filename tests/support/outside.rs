//! The world outside, as far as the plugins of tests know it: `example.com`, which answers behind a proxy of this machine.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::peers::{Server, certificates};

/// The host that the plugins of `windlass plugin new` ask.
const HOST: &str = "example.com";

/// That host with its certificate, and the proxy that leads there and nowhere else.
pub struct Outside {
    directory: TempDir,
    proxy: SocketAddr,
    _server: Server,
}

impl Outside {
    pub fn start() -> Self {
        let directory = TempDir::new().expect("a directory");
        certificates(directory.path(), HOST);
        let mut server = Command::new("openssl");
        server.args(["s_server", "-accept", "127.0.0.1:0", "-www", "-cert", "server.crt", "-key", "server.key"]);
        server.current_dir(directory.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut server = Server(server.spawn().expect("openssl starts"));
        let mut output = BufReader::new(server.0.stdout.take().expect("it is piped"));
        let host = listening(&mut output);
        // Who does not read what it writes keeps it waiting.
        std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
        Self { directory, proxy: proxy(host), _server: server }
    }

    /// Lets a command reach it, and everything on this machine without it.
    pub fn is_reached_by(&self, command: &mut Command) {
        command
            .env("HTTPS_PROXY", format!("http://{}", self.proxy))
            .env("NO_PROXY", "127.0.0.1,localhost")
            .env("SSL_CERT_FILE", self.directory.path().join("ca.crt"));
    }
}

/// What `openssl s_server` says of where it listens: `ACCEPT 127.0.0.1:PORT`.
fn listening(output: &mut impl std::io::BufRead) -> SocketAddr {
    for line in output.lines() {
        if let Some(address) = line.expect("a line").strip_prefix("ACCEPT ") {
            return address.parse().expect("an address");
        }
    }
    panic!("openssl does not listen");
}

/// A proxy that makes a tunnel to one place.
fn proxy(to: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    std::thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || tunnel(client, to));
        }
    });
    address
}

fn tunnel(mut client: TcpStream, to: SocketAddr) -> std::io::Result<()> {
    let mut request = BufReader::new(client.try_clone()?);
    let mut asked = String::new();
    request.read_line(&mut asked)?;
    let mut line = String::new();
    while request.read_line(&mut line)? > 2 {
        line.clear();
    }
    if !asked.starts_with(&format!("CONNECT {HOST}:443 ")) {
        return client.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    }
    let server = TcpStream::connect(to)?;
    client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let (back, answers) = (client.try_clone()?, server.try_clone()?);
    std::thread::spawn(move || copy(answers, back));
    copy(request, server)
}

fn copy(mut from: impl Read, mut to: TcpStream) -> std::io::Result<()> {
    std::io::copy(&mut from, &mut to)?;
    to.shutdown(Shutdown::Write)
}
