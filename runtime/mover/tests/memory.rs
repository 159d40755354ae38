//! The memory it takes does not grow with the cache.
//!
//! A program of its own: what a child is said to have taken includes what its parent had when it began.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

#[allow(dead_code, reason = "shared with tests that use more of it")]
#[path = "support/files.rs"]
mod files;

use std::fs::{self, File};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::tempdir;
use wait4::Wait4 as _;
use windlass_agent_protocol::frame;
use windlass_mover_protocol::{Answer, Ask, FromMover, Order, Outcome, Place, Sha256, ToMover};

use crate::files::{noise, write};

/// What is promised.
const LIMIT: u64 = 64 << 20;

/// Gives one order and answers everything from a directory; gives back how it ended, and how much memory it took.
fn order(store: &Path, order: Order) -> (Outcome, u64) {
    let mut child =
        Command::new(env!("CARGO_BIN_EXE_windlass-mover")).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut input, mut output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut say = |message: &ToMover| input.write_all(&frame::encode(message).unwrap()).unwrap();
    say(&ToMover::Order { number: 0, order });
    let outcome = loop {
        match frame::read::<FromMover>(&mut output, frame::LARGEST).unwrap().unwrap() {
            FromMover::Ask { number, ask } => say(&ToMover::Answer { number, answer: answer(store, ask) }),
            FromMover::Ended { result, .. } => break result.unwrap(),
            FromMover::Hello { .. } | FromMover::Progress { .. } => {}
        }
    };
    drop(input);
    let used = child.wait4().unwrap();
    assert!(used.status.success());
    (outcome, used.rusage.maxrss)
}

fn answer(store: &Path, ask: Ask) -> Answer {
    let path = |digest: Sha256| -> PathBuf { store.join(digest.to_string()) };
    match ask {
        Ask::Fetch(_) | Ask::Store(_) => Answer::Here,
        Ask::Read { blob, offset, most } => {
            let mut file = File::open(path(blob)).unwrap();
            file.seek(SeekFrom::Start(offset)).unwrap();
            let mut bytes = Vec::new();
            file.take(u64::from(most)).read_to_end(&mut bytes).unwrap();
            Answer::Bytes(bytes)
        }
        Ask::Write { blob, bytes, .. } => {
            File::options().create(true).append(true).open(path(blob)).unwrap().write_all(&bytes).unwrap();
            Answer::Done
        }
        _ => Answer::Done,
    }
}

#[test]
fn twenty_thousand_files_go_through_little_memory() {
    let (from, to, store) = (tempdir().unwrap(), tempdir().unwrap(), tempdir().unwrap());
    // Nothing of it can be compressed: that takes the most.
    let block = noise(10 << 10, 1);
    for number in 0_u32..20_000 {
        let mut content = block.clone();
        for (at, byte) in content.iter_mut().enumerate().step_by(64) {
            *byte ^= (number >> (at / 64 % 3 * 8)) as u8;
        }
        write(from.path(), &format!("d{}/f{number}", number / 100), content);
    }
    // In pieces: what this test has in memory counts for the program that it starts.
    let mut big = File::create(from.path().join("big")).unwrap();
    (0..40).for_each(|seed| big.write_all(&noise(1 << 20, seed)).unwrap());
    let place = |base: &Path| Place { base: base.to_str().unwrap().to_owned(), folders: Vec::new() };
    let keep =
        Order::Keep { place: place(from.path()), base: None, unless_unchanged: false, most_bytes: 1 << 40, secrets: Vec::new() };
    let (Outcome::Kept(kept), to_keep) = order(store.path(), keep) else { panic!("it is kept") };
    assert!(kept.bytes > 230 << 20, "{} bytes", kept.bytes);
    let restore = Order::Restore { place: place(to.path()), tree: kept.tree, packs: kept.packs };
    let (Outcome::Restored(restored), to_restore) = order(store.path(), restore) else { panic!("it is restored") };
    assert_eq!(restored.bytes, kept.bytes);
    println!("keeping took {} MiB, restoring {} MiB", to_keep >> 20, to_restore >> 20);
    assert!(to_keep <= LIMIT && to_restore <= LIMIT, "{to_keep} to keep, {to_restore} to restore");
    assert_eq!(fs::read_dir(to.path()).unwrap().count(), 201);
}
