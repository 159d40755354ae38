//! Ports of the pod's network that lead to other ports of it: what `port: HOST:CONTAINER` of a sidecar promises, where no container engine
//! maps ports between two networks.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// Threads of a connection only carry bytes.
const STACK: usize = 64 << 10;

/// Listens on `from` of the loopback and carries every connection to `to`.
///
/// # Errors
/// When the port is taken, or may not be listened on.
pub fn listen(from: u16, to: u16) -> io::Result<()> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("port {from} cannot be listened on: {error}"));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, from)).map_err(named)?;
    accept(listener, to)?;
    // `localhost` may mean this one; a pod without IPv6 has none.
    if let Ok(listener) = TcpListener::bind((Ipv6Addr::LOCALHOST, from)) {
        accept(listener, to)?;
    }
    Ok(())
}

fn accept(listener: TcpListener, to: u16) -> io::Result<()> {
    spawn(move || {
        for near in listener.incoming() {
            if near.and_then(|near| spawn(move || carry(near, to))).is_err() {
                // Out of file handles or threads: room may come back.
                thread::sleep(Duration::from_millis(100));
            }
        }
    })
}

fn spawn(work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name("forward".into()).stack_size(STACK).spawn(work).map(drop)
}

/// Carries one connection. When nobody listens there, it is closed at once, as a refused one would be.
fn carry(near: TcpStream, to: u16) {
    let addresses = [SocketAddr::from((Ipv4Addr::LOCALHOST, to)), SocketAddr::from((Ipv6Addr::LOCALHOST, to))];
    let Ok(far) = TcpStream::connect(&addresses[..]) else { return };
    let (near, far) = (Arc::new(near), Arc::new(far));
    let (back_from, back_to) = (Arc::clone(&far), Arc::clone(&near));
    let back = spawn(move || copy(&back_from, &back_to));
    if back.is_ok() {
        copy(&near, &far);
    }
}

/// Carries one direction, and its end. That the other side went away is its own business.
fn copy(mut from: &TcpStream, mut to: &TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};

    use super::*;

    fn free_port() -> u16 {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap_or_else(|error| panic!("{error}"));
        listener.local_addr().unwrap_or_else(|error| panic!("{error}")).port()
    }

    #[test]
    fn a_port_leads_to_another_both_ways_and_ends_with_it() -> io::Result<()> {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let (from, to) = (free_port(), server.local_addr()?.port());
        listen(from, to)?;
        let mut client = TcpStream::connect((Ipv4Addr::LOCALHOST, from))?;
        client.write_all(b"asked")?;
        client.shutdown(Shutdown::Write)?;
        let (mut served, _) = server.accept()?;
        let mut heard = String::new();
        served.read_to_string(&mut heard)?;
        assert_eq!(heard, "asked");
        served.write_all(b"answered")?;
        drop(served);
        let mut answer = String::new();
        client.read_to_string(&mut answer)?;
        assert_eq!(answer, "answered");
        let taken = listen(from, to).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(taken.starts_with(&format!("port {from} cannot be listened on")), "{taken}");
        Ok(())
    }
}
