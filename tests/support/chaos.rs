//! A way to the API server that cuts, stalls, swallows answers and refuses, at moments that a seed decides.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::time::sleep;

/// What happens to bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// They are carried.
    Calm,
    /// They stand still, and no connection ends.
    Stall,
    /// Requests arrive, and answers are lost.
    Mute,
    /// Nobody listens.
    Refuse,
}

#[derive(Debug, Clone, Copy)]
struct Weather {
    mode: Mode,
    /// Connections of an earlier one are cut.
    generation: u64,
}

/// How often each fault came.
#[derive(Debug, Default)]
pub struct Faults {
    pub cuts: AtomicUsize,
    pub stalls: AtomicUsize,
    pub losses: AtomicUsize,
    pub refusals: AtomicUsize,
}

/// The way, for as long as it lives.
pub struct Chaos {
    /// Where it begins.
    pub address: SocketAddr,
    _runtime: Runtime,
}

impl Chaos {
    /// A way to `server` (`HOST:PORT`).
    pub fn to(server: &str, seed: u64, faults: &Arc<Faults>) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a port");
        let address = listener.local_addr().expect("its address");
        let weather = watch::Sender::new(Weather { mode: Mode::Calm, generation: 0 });
        runtime.spawn(listen(listener, address, server.to_owned(), weather.subscribe()));
        runtime.spawn(change(weather, Random(seed), Arc::clone(faults)));
        Self { address, _runtime: runtime }
    }
}

/// Numbers from a seed (SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn between(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.next() % (most - least))
    }
}

async fn change(weather: watch::Sender<Weather>, mut random: Random, faults: Arc<Faults>) {
    let set = |mode| weather.send_modify(|weather| weather.mode = mode);
    let cut = || weather.send_modify(|weather| weather.generation += 1);
    let count = |counter: &AtomicUsize| counter.fetch_add(1, Ordering::Relaxed);
    loop {
        sleep(random.between(100, 2500)).await;
        match random.next() % 4 {
            0 => {
                count(&faults.cuts);
                cut();
            }
            1 => {
                count(&faults.stalls);
                set(Mode::Stall);
                sleep(random.between(300, 8000)).await;
                if random.next().is_multiple_of(2) {
                    cut();
                }
            }
            2 => {
                count(&faults.losses);
                set(Mode::Mute);
                sleep(random.between(100, 1500)).await;
                // What was lost must not look like a gap in the middle of an answer.
                cut();
            }
            _ => {
                count(&faults.refusals);
                set(Mode::Refuse);
                cut();
                sleep(random.between(200, 6000)).await;
            }
        }
        set(Mode::Calm);
    }
}

async fn listen(first: TcpListener, address: SocketAddr, server: String, mut weather: watch::Receiver<Weather>) {
    let mut listener = Some(first);
    loop {
        let refuses = weather.borrow_and_update().mode == Mode::Refuse;
        match (&listener, refuses) {
            (Some(_), true) => listener = None,
            (None, false) => listener = TcpListener::bind(address).await.ok(),
            _ => {}
        }
        let accepted = async {
            match &listener {
                Some(listener) => listener.accept().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            near = accepted => if let Ok((near, _)) = near {
                tokio::spawn(carry(near, server.clone(), weather.clone()));
            },
            changed = weather.changed() => if changed.is_err() {
                return;
            },
        }
    }
}

/// Carries one connection as the weather allows. That it ends early is what this is for.
async fn carry(mut near: TcpStream, server: String, mut weather: watch::Receiver<Weather>) -> io::Result<()> {
    let mut far = TcpStream::connect(server).await?;
    let (mut near_in, mut near_out) = near.split();
    let (mut far_in, mut far_out) = far.split();
    let (mut up, mut down) = (vec![0; 65536], vec![0; 65536]);
    let born = weather.borrow_and_update().generation;
    loop {
        let now = *weather.borrow_and_update();
        if now.generation != born {
            return Ok(());
        }
        tokio::select! {
            count = near_in.read(&mut up), if now.mode != Mode::Stall => match count? {
                0 => return Ok(()),
                count => far_out.write_all(&up[..count]).await?,
            },
            count = far_in.read(&mut down), if now.mode != Mode::Stall => match count? {
                0 => return Ok(()),
                count if now.mode == Mode::Calm => near_out.write_all(&down[..count]).await?,
                _ => {}
            },
            changed = weather.changed() => if changed.is_err() {
                return Ok(());
            },
        }
    }
}
