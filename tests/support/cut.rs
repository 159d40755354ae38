//! A way to a registry that breaks off in the middle of every upload.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

/// More than any request without an upload has, and less than what the tests push.
const ENOUGH: usize = 256 * 1024;

/// Stands in front of a registry until the test's process ends. Gives the address at which pods reach it.
///
/// `host` is the address that pods reach this machine at, `registry` the registry's own.
pub fn in_front_of(host: &str, registry: &str) -> String {
    let listener = TcpListener::bind((host, 0)).expect("an address of the registry's own");
    let address = listener.local_addr().expect("its address").to_string();
    let registry = registry.to_owned();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let registry = registry.clone();
            // A connection that ends early is what this is for.
            thread::spawn(move || carry(&client, &registry));
        }
    });
    address
}

fn carry(client: &TcpStream, registry: &str) -> io::Result<()> {
    let server = TcpStream::connect(registry)?;
    let (mut answers, mut to_client) = (server.try_clone()?, client.try_clone()?);
    let back = thread::spawn(move || io::copy(&mut answers, &mut to_client));
    let ended = forth(client, &server);
    // Both ends see it at once; what of it was not read yet makes it a reset.
    let _ = server.shutdown(Shutdown::Both);
    let _ = client.shutdown(Shutdown::Both);
    let _ = back.join();
    ended
}

/// Carries requests, until there were too many bytes of them.
fn forth(mut client: &TcpStream, mut server: &TcpStream) -> io::Result<()> {
    let mut buffer = [0; 16 * 1024];
    let mut carried = 0;
    while carried < ENOUGH {
        let count = client.read(&mut buffer)?;
        if count == 0 {
            return Ok(());
        }
        server.write_all(&buffer[..count])?;
        carried += count;
    }
    Ok(())
}
