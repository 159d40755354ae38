//! The program under its client.

use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use tokio::process::{Child, Command};
use windlass_mover_client::protocol::{Blob, Failed, Kept, Order, Outcome, Place, Restored, Secret};
use windlass_mover_client::{Connection, Depot, Mover, MoverError};

/// More than any test has.
pub(crate) const PLENTY: u64 = 4 << 30;

/// The program.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_windlass-mover"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    command
}

/// Starts the program.
pub(crate) async fn start(depot: Arc<dyn Depot>) -> Mover {
    let (connection, child) = connect(command());
    Mover::meet(connection.guarded_by(child), depot).await.unwrap()
}

pub(crate) fn connect(mut command: Command) -> (Connection, Child) {
    let mut child = command.spawn().unwrap();
    (Connection::new(child.stdout.take().unwrap(), child.stdin.take().unwrap()), child)
}

/// All of a directory.
pub(crate) fn place(base: &Path) -> Place {
    Place { base: base.to_str().unwrap().to_owned(), folders: Vec::new() }
}

/// What is kept of a whole directory.
pub(crate) fn keep(base: &Path) -> Keep {
    Keep { place: place(base), base: None, unless_unchanged: false, most_bytes: PLENTY, secrets: Vec::new() }
}

/// An order to keep.
pub(crate) struct Keep {
    pub(crate) place: Place,
    pub(crate) base: Option<(Blob, Vec<Blob>)>,
    pub(crate) unless_unchanged: bool,
    pub(crate) most_bytes: u64,
    pub(crate) secrets: Vec<Secret>,
}

impl Keep {
    pub(crate) fn of(mut self, folders: &[&str]) -> Self {
        self.place.folders = folders.iter().map(|folder| (*folder).to_owned()).collect();
        self
    }

    pub(crate) fn against(mut self, base: &Kept) -> Self {
        self.base = Some((base.tree, base.packs.clone()));
        self
    }

    pub(crate) fn unless_unchanged(mut self) -> Self {
        self.unless_unchanged = true;
        self
    }

    pub(crate) async fn try_by(self, mover: &Mover) -> Result<Result<Outcome, Failed>, MoverError> {
        let Self { place, base, unless_unchanged, most_bytes, secrets } = self;
        mover.order(Order::Keep { place, base, unless_unchanged, most_bytes, secrets }, |_| ()).await
    }

    /// How it ended.
    pub(crate) async fn by(self, mover: &Mover) -> Result<Outcome, Failed> {
        self.try_by(mover).await.unwrap()
    }

    /// What was kept.
    pub(crate) async fn kept(self, mover: &Mover) -> Kept {
        match self.by(mover).await {
            Ok(Outcome::Kept(kept)) => kept,
            other => panic!("{other:?}"),
        }
    }
}

/// Restores what was kept.
pub(crate) async fn restore(mover: &Mover, base: &Path, kept: &Kept) -> Result<Restored, Failed> {
    let order = Order::Restore { place: place(base), tree: kept.tree, packs: kept.packs.clone() };
    match mover.order(order, |_| ()).await.unwrap() {
        Ok(Outcome::Restored(restored)) => Ok(restored),
        Ok(other) => panic!("{other:?}"),
        Err(failed) => Err(failed),
    }
}
