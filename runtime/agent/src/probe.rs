//! Tries until something is ready.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use windlass_agent_protocol::{Probe, Readiness};

use crate::cancel::Cancel;
use crate::secrets::Secrets;

/// The longest that one try may take; a connection may be refused or be swallowed.
const TRY: Duration = Duration::from_secs(5);

/// Tries until it works, the time is up, or the request is taken back (`None`).
pub fn probe(secrets: &Secrets, probe: &Probe, cancel: &Cancel) -> Option<Readiness> {
    let started = Instant::now();
    let mut attempts = 0;
    loop {
        attempts += 1;
        let left = probe.timeout.saturating_sub(started.elapsed());
        // Even the last try has some time.
        let time = left.min(TRY).max(Duration::from_millis(10));
        let error = match dial(probe.port, time) {
            Ok(_) => return Some(Readiness::Ready { elapsed: started.elapsed(), attempts }),
            Err(error) => error,
        };
        let left = probe.timeout.saturating_sub(started.elapsed());
        if left.is_zero() {
            let last = secrets.mask(&format!("localhost:{}: {error}", probe.port));
            return Some(Readiness::NotReady { attempts, last });
        }
        if !cancel.sleep(probe.interval.max(Duration::from_millis(1)).min(left)) {
            return None;
        }
    }
}

/// Connects at whichever address of the pod answers. An image made from scratch has nothing that could resolve its name.
fn dial(port: u16, time: Duration) -> io::Result<TcpStream> {
    let addresses: [SocketAddr; 2] = [([127, 0, 0, 1], port).into(), ([0u16, 0, 0, 0, 0, 0, 0, 1], port).into()];
    // Of two refusals the first is the telling one: ::1 is often not there at all.
    let first = match TcpStream::connect_timeout(&addresses[0], time) {
        Ok(stream) => return Ok(stream),
        Err(first) => first,
    };
    TcpStream::connect_timeout(&addresses[1], time).map_err(|_| first)
}
