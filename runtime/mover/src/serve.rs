//! The HTTP cache: its keys are the host's, and its values blobs.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use windlass_mover_http::{Blobs, Server};
use windlass_mover_protocol::{Answer, Ask, Blob, Failed};

use crate::blobs::Store;
use crate::sync::lock;

/// Answers on a port of the loopback, until the server is dropped.
///
/// # Errors
/// When it cannot listen.
pub(crate) fn serve(store: Store, port: u16) -> Result<Server, Failed> {
    let served = windlass_mover_http::listen(port).and_then(|listener| {
        windlass_mover_http::serve(listener, Arc::new(Keys { store, under_way: UnderWay::default() }), &std::env::temp_dir())
    });
    served.map_err(|error| Failed::Container(format!("starting the HTTP cache: {error}")))
}

/// What is under keys.
struct Keys {
    store: Store,
    under_way: UnderWay,
}

/// The values that are on their way to the store. Of two clients that bring the same bytes at once, the second waits for the first, and then has nothing
/// left to send.
#[derive(Default)]
struct UnderWay {
    blobs: Mutex<HashSet<Blob>>,
    one_less: Condvar,
}

impl UnderWay {
    /// Does something for a blob while nobody else does.
    fn alone<T>(&self, blob: Blob, work: impl FnOnce() -> T) -> T {
        let waited = self.one_less.wait_while(lock(&self.blobs), |blobs| !blobs.insert(blob));
        drop(waited.unwrap_or_else(PoisonError::into_inner));
        let done = work();
        lock(&self.blobs).remove(&blob);
        self.one_less.notify_all();
        done
    }
}

impl Keys {
    fn ask(&self, ask: Ask) -> io::Result<Answer> {
        self.store.errand.ask(ask).map_err(failure)
    }

    /// Asks for something to be done.
    fn have_done(&self, ask: Ask) -> io::Result<()> {
        match self.ask(ask)? {
            Answer::Done => Ok(()),
            Answer::No(why) => Err(io::Error::other(why)),
            _ => Err(nonsense()),
        }
    }
}

impl Blobs for Keys {
    fn lookup(&self, key: &str, prefix: bool) -> io::Result<Option<(String, Blob)>> {
        match self.ask(Ask::Lookup { key: key.to_owned(), prefix })? {
            Answer::Found { key, blob } => Ok(Some((key, blob))),
            Answer::No(_) => Ok(None),
            _ => Err(nonsense()),
        }
    }

    fn publish(&self, key: &str, blob: Blob) -> io::Result<()> {
        self.have_done(Ask::Publish { key: key.to_owned(), blob })
    }

    fn forget(&self, key: &str) -> io::Result<()> {
        self.have_done(Ask::Forget { key: key.to_owned() })
    }

    fn store(&self, blob: Blob, file: &File) -> io::Result<()> {
        self.under_way.alone(blob, || self.store.store(blob, file)).map(drop).map_err(failure)
    }

    fn fetch(&self, blob: Blob, to: &mut dyn Write) -> io::Result<()> {
        let mut client = Client { to, failure: None };
        let fetched = self.store.fetch_to(blob, &mut client);
        // Whether the client has gone or the store is told apart.
        match client.failure {
            Some(error) => Err(error),
            None => fetched.map_err(failure),
        }
    }
}

/// Remembers why a client takes no more.
struct Client<'c> {
    to: &'c mut dyn Write,
    failure: Option<io::Error>,
}

impl Write for Client<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.write(bytes).map_err(|error| {
            let kind = error.kind();
            // One that was interrupted is called again.
            if kind != io::ErrorKind::Interrupted {
                self.failure = Some(error);
            }
            kind.into()
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

fn failure(failed: Failed) -> io::Error {
    match failed {
        Failed::Store(why) | Failed::Corrupt(why) | Failed::Container(why) => io::Error::other(why),
        Failed::Cancelled => io::Error::other("the host has gone"),
    }
}

fn nonsense() -> io::Error {
    io::Error::other("the host gave an answer to another question")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread;

    use windlass_mover_protocol::Sha256;

    use super::*;

    #[test]
    fn equal_values_go_one_after_the_other_and_others_do_not_wait() {
        let (under_way, at_once) = (UnderWay::default(), AtomicU32::new(0));
        let blob = |of: &[u8]| Blob { digest: Sha256::of(of), size: 1 };
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    under_way.alone(blob(b"a"), || {
                        assert_eq!(at_once.fetch_add(1, Ordering::SeqCst), 0);
                        thread::yield_now();
                        at_once.fetch_sub(1, Ordering::SeqCst);
                    });
                });
            }
        });
        assert_eq!(under_way.alone(blob(b"a"), || under_way.alone(blob(b"b"), || 1)), 1);
    }
}
