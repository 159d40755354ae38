//! One stream with the host, from the first word to its end.

use std::collections::HashMap;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;

use windlass_agent_protocol::frame;
use windlass_mover_http::Server;
use windlass_mover_protocol::{Failed, FromMover, Order, Outcome, ToMover, VERSION};

use crate::blobs::Store;
use crate::errand::Errand;
use crate::line::Line;
use crate::memory::Memory;
use crate::sync::lock;
use crate::web::Web;
use crate::{keep, restore, serve};

/// What all orders share.
struct Session {
    line: Arc<Line>,
    web: Arc<Web>,
    memory: Memory,
    /// Who moves much: one order at a time, because each takes much memory.
    turn: Mutex<()>,
    under_way: Mutex<HashMap<u32, Arc<Errand>>>,
    /// They serve until the stream ends.
    servers: Mutex<Vec<Server>>,
}

/// Serves the host until the stream ends.
///
/// # Errors
/// When the stream fails, or holds what is no message.
pub fn run(mut input: impl Read, output: impl Write + Send + 'static) -> io::Result<()> {
    let session = Arc::new(Session {
        line: Arc::new(Line::new(output)),
        web: Arc::new(Web::new()),
        memory: Memory::default(),
        turn: Mutex::default(),
        under_way: Mutex::default(),
        servers: Mutex::default(),
    });
    let home = std::env::var("HOME").ok();
    session.line.say(&FromMover::Hello { version: VERSION, home })?;
    while let Some(message) = frame::read::<ToMover>(&mut input, frame::LARGEST)? {
        match message {
            ToMover::Order { number, order } => session.begin(number, order)?,
            ToMover::Answer { number, answer } => session.line.answered(number, answer),
            ToMover::Cancel { number } => session.cancel(number),
        }
    }
    Ok(())
}

impl Session {
    fn begin(self: &Arc<Self>, number: u32, order: Order) -> io::Result<()> {
        let errand = Arc::new(Errand::new(number, Arc::clone(&self.line)));
        lock(&self.under_way).insert(number, Arc::clone(&errand));
        let session = Arc::clone(self);
        let run = move || {
            let result = session.carry_out(&errand, order);
            lock(&session.under_way).remove(&number);
            // That the host is gone is found out by whoever reads.
            drop(session.line.say(&FromMover::Ended { number, result }));
        };
        thread::Builder::new().name("order".into()).spawn(run).map(drop)
    }

    fn carry_out(&self, errand: &Arc<Errand>, order: Order) -> Result<Outcome, Failed> {
        let store = Store { errand: Arc::clone(errand), web: Arc::clone(&self.web) };
        match order {
            Order::Serve { port } => {
                let server = serve::serve(store, port)?;
                let port = server.port();
                lock(&self.servers).push(server);
                Ok(Outcome::Serves { port, token: windlass_mover_http::actions_token() })
            }
            Order::Restore { place, tree, packs } => {
                let _turn = self.turn(errand)?;
                restore::restore(&store, &self.memory, &place, tree, &packs)
            }
            Order::Keep { place, base, unless_unchanged, most_bytes, secrets } => {
                let _turn = self.turn(errand)?;
                let request = keep::Request { place, base, unless_unchanged, most_bytes, secrets };
                keep::keep(&store, &self.memory, &request)
            }
        }
    }

    /// Waits for those that came before.
    fn turn(&self, errand: &Errand) -> Result<MutexGuard<'_, ()>, Failed> {
        let turn = lock(&self.turn);
        errand.check()?;
        Ok(turn)
    }

    fn cancel(&self, number: u32) {
        let errand = lock(&self.under_way).get(&number).cloned();
        if let Some(errand) = errand {
            errand.cancel();
        }
    }
}
