//! The server: a thread that accepts, and one for each connection.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::actions::Actions;
use crate::shelf::Shelf;
use crate::slots::Slots;
use crate::spool::Spool;
use crate::{Blobs, Limits, Shared, connection};

/// The stack of a connection's thread; its buffers are not there.
const STACK: usize = 512 << 10;

/// How long nobody is accepted after the system could not.
const REST: Duration = Duration::from_millis(50);

/// How long it is tried to wake who accepts.
const WAKING: Duration = Duration::from_secs(1);

/// A server that runs until this is dropped. It ends all connections then; what is being asked of [`Blobs`] goes on until it has ended.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    slots: Arc<Slots>,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.address.port()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.slots.close();
        // Accepting is woken by somebody who comes.
        let woken = TcpStream::connect_timeout(&self.address, WAKING).is_ok();
        if let Some(accepting) = self.accepting.take().filter(|_| woken) {
            let _ = accepting.join();
        }
    }
}

/// Listens on a port of the loopback, or on a free one when that one is taken.
///
/// # Errors
/// When there is none.
pub fn listen(port: u16) -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
}

/// Answers whoever connects, within the usual limits. Bodies on their way to the store lie in files without names on the file system of `spool`, a directory;
/// it is made if it is not there.
///
/// # Errors
/// When the directory cannot be made, or no thread can.
pub fn serve(listener: TcpListener, blobs: Arc<dyn Blobs>, spool: &Path) -> io::Result<Server> {
    serve_within(listener, blobs, spool, Limits::default())
}

/// As [`serve`] does, within other limits.
///
/// # Errors
/// When the directory cannot be made, or no thread can.
pub fn serve_within(listener: TcpListener, blobs: Arc<dyn Blobs>, spool: &Path, limits: Limits) -> io::Result<Server> {
    let address = listener.local_addr()?;
    let slots = Arc::new(Slots::new(limits.connections));
    let shared = Arc::new(Shared {
        blobs,
        spool: Arc::new(Spool::new(spool, limits.spool)?),
        shelf: Shelf::default(),
        actions: Actions::new(&limits)?,
        port: address.port(),
        limits,
    });
    let accepting = {
        let slots = Arc::clone(&slots);
        thread::Builder::new().name("http".into()).stack_size(STACK).spawn(move || accept(&listener, &slots, &shared))?
    };
    Ok(Server { address, slots, accepting: Some(accepting) })
}

fn accept(listener: &TcpListener, slots: &Arc<Slots>, shared: &Arc<Shared>) {
    while !slots.is_closed() {
        let Ok((stream, _)) = listener.accept() else {
            thread::sleep(REST);
            continue;
        };
        let Some(slot) = slots.take(stream) else { return };
        let shared = Arc::clone(shared);
        // Without a thread the connection ends at once.
        let _ = thread::Builder::new()
            .name("http connection".into())
            .stack_size(STACK)
            .spawn(move || connection::serve(&shared, &Arc::clone(&slot.stream), &slot));
    }
}
