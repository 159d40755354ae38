//! The agent as a container's first process.

use std::io;
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use windlass_agent_protocol::Interruption;

use crate::agent::Agent;
use crate::connection;
use crate::forward;
use crate::life::Order;
use crate::settings::Settings;
use crate::sys::{self, Signal};

/// Supervises until the end is ordered; gives the reason once everything has ended.
///
/// # Errors
/// When the agent cannot begin: a directory or the socket is not to be had.
pub fn supervise(settings: Settings) -> io::Result<Interruption> {
    // First of all: no command may look into this process, and threads inherit the mask.
    sys::hide()?;
    sys::block_signals()?;
    sys::adopt_orphans()?;
    let grace = settings.grace;
    // Before anybody can ask for a command that counts on them.
    for (from, to) in &settings.forwards {
        forward::listen(*from, *to)?;
    }
    let agent = Agent::new(settings)?;
    let listener = listen(&agent.socket())?;
    let accepting = Arc::clone(&agent);
    spawn("accept", move || accept(&accepting, &listener))?;
    let signalled = Arc::clone(&agent);
    spawn("signals", move || take_signals(&signalled, grace))?;
    let order = agent.await_order();
    agent.finish(order);
    Ok(order.why)
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.into()).stack_size(256 << 10).spawn(work).map(drop)
}

fn listen(socket: &Path) -> io::Result<UnixListener> {
    // What an earlier agent in the same container has left.
    match std::fs::remove_file(socket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    UnixListener::bind(socket).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", socket.display())))
}

fn accept(agent: &Arc<Agent>, listener: &UnixListener) {
    for stream in listener.incoming() {
        let served = stream.and_then(|stream| {
            // Whoever proves to be the host is no stranger any more. Others, of whom there may be any number, get no answer.
            let Some(stranger) = agent.strangers.admit() else { return Ok(()) };
            let agent = Arc::clone(agent);
            spawn("connection", move || {
                if let Err(error) = connection::serve(&agent, stream, stranger) {
                    report(&format!("a connection was lost: {error}"));
                }
            })
        });
        if let Err(error) = served {
            report(&format!("a connection could not be made: {error}"));
            // Out of file handles or threads: room may come back.
            thread::sleep(Duration::from_millis(100));
        }
    }
}

fn take_signals(agent: &Arc<Agent>, mut grace: Duration) {
    let why = Interruption::Terminated;
    loop {
        match sys::next_signal() {
            Ok(Signal::Child) => agent.ground().children.reap(),
            Ok(Signal::Terminate) => {
                report("told to end");
                agent.end(Order { why, grace });
                // Who asks twice does not want to wait.
                grace = Duration::ZERO;
            }
            Err(error) => {
                report(&format!("signals cannot be received: {error}"));
                let grace = Duration::ZERO;
                return agent.end(Order { why, grace });
            }
        }
    }
}

/// Says something in the container's log.
fn report(what: &str) {
    use std::io::Write;
    // A log that cannot be written is no reason to stop.
    drop(writeln!(io::stderr(), "windlass agent: {what}"));
}
