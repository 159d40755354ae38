//! Brings files over: a few answers at a time, so that neither end holds more than those.

use std::pin::pin;
use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream;
use tokio::sync::mpsc;
use windlass_agent_client::AgentClient;
use windlass_agent_client::protocol::FoundFile;
use windlass_artifact_store::{Incoming, StoreError};
use windlass_model::artifact::{ArtifactFile, FilePath};
use windlass_redact::{Patterns, Search};

use super::super::step::task_failure;
use super::Uncollected;
use super::batches::{Wanted, batches};

/// How many answers are under way, each of up to 256 KiB: two megabytes, which is what a long way holds.
const AHEAD: usize = 8;

/// How many more may wait for the disk.
const WAITING: usize = 4;

/// What comes, for the disk.
enum Piece {
    /// Parts of files, and the bytes of all of them.
    Parts(Vec<Wanted>, Vec<u8>),
    /// Everything is there.
    End,
}

/// Files that were kept, and those of them that hold a secret.
type Kept = (Vec<ArtifactFile>, Vec<FilePath>);

/// Reads the files of a container and writes them. Nothing is left of them unless all of them are whole.
pub(super) async fn transfer(
    agent: &AgentClient,
    directory: &str,
    files: Vec<(FilePath, FoundFile)>,
    incoming: Incoming,
    patterns: Arc<Patterns>,
) -> Result<Kept, Uncollected> {
    let (pieces, received) = mpsc::channel(WAITING);
    let writing = tokio::task::spawn_blocking(move || write(incoming, received, &patterns));
    let read = read(agent, directory, files, &pieces).await;
    if read.is_ok() {
        // Whoever does not take it has an error to tell.
        let _ = pieces.send(Piece::End).await;
    }
    drop(pieces);
    let written = writing.await.map_err(|error| Uncollected::Refused(task_failure(error.to_string())))?;
    match (read, written) {
        (Err(error), Err(StoreError::Unfinished)) => Err(error),
        (_, written) => Ok(written?),
    }
}

/// Asks for one batch of parts after the other, and passes them on in order.
async fn read(
    agent: &AgentClient,
    directory: &str,
    files: Vec<(FilePath, FoundFile)>,
    pieces: &mpsc::Sender<Piece>,
) -> Result<(), Uncollected> {
    let read = |batch: Vec<Wanted>| async move {
        let parts = batch.iter().map(|wanted| wanted.part.clone()).collect();
        agent.read_found(directory, parts).await.map(|bytes| Piece::Parts(batch, bytes))
    };
    let mut reads = pin!(stream::iter(batches(files)).map(read).buffered(AHEAD));
    while let Some(piece) = reads.next().await {
        if pieces.send(piece?).await.is_err() {
            // The writer says why.
            return Ok(());
        }
    }
    Ok(())
}

/// Writes what comes.
fn write(mut incoming: Incoming, mut pieces: mpsc::Receiver<Piece>, patterns: &Patterns) -> Result<Kept, StoreError> {
    let mut secret = Vec::new();
    let mut current: Option<(FilePath, Search)> = None;
    let mut judge = |ended: Option<(FilePath, Search)>| {
        secret.extend(ended.filter(|(_, search)| search.found()).map(|(path, _)| path));
    };
    while let Some(piece) = pieces.blocking_recv() {
        let Piece::Parts(batch, bytes) = piece else {
            judge(current.take());
            return Ok((incoming.finish()?, secret));
        };
        let mut rest = bytes.as_slice();
        for wanted in batch {
            let length = usize::try_from(wanted.part.length).unwrap_or(usize::MAX);
            // The client has counted them.
            let (bytes, later) = rest.split_at_checked(length).ok_or(StoreError::Unfinished)?;
            rest = later;
            if let Some(path) = wanted.begins {
                let mut search = Search::default();
                // A name is shown wherever the file is.
                search.push(patterns, path.as_str().as_bytes());
                let named = search.found();
                judge(current.replace((path.clone(), if named { search } else { Search::default() })));
                incoming.file(path, wanted.part.file.size)?;
            }
            if let Some((_, search)) = &mut current {
                search.push(patterns, bytes);
            }
            incoming.write(bytes)?;
        }
    }
    Err(StoreError::Unfinished)
}
