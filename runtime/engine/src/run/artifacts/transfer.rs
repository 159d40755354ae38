//! Brings files over: a few pieces at a time, so that neither end holds more than those.

use std::pin::pin;
use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream;
use tokio::sync::mpsc;
use windlass_agent_client::AgentClient;
use windlass_agent_client::protocol::FoundFile;
use windlass_agent_client::protocol::frame::CHUNK;
use windlass_artifact_store::{Incoming, StoreError};
use windlass_model::artifact::{ArtifactFile, FilePath};
use windlass_redact::{Patterns, Search};

use super::super::step::task_failure;
use super::Uncollected;

/// How many pieces are under way, each of [`CHUNK`] bytes: two megabytes, which is what a long way holds.
const AHEAD: usize = 32;

/// A piece of a file, for the disk.
enum Piece {
    /// The next file, which has so many bytes.
    File(FilePath, u64),
    Bytes(Vec<u8>),
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
    let (pieces, received) = mpsc::channel(AHEAD);
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

/// Asks for one piece after the other, of several files if they are small, and passes them on in order.
async fn read(
    agent: &AgentClient,
    directory: &str,
    files: Vec<(FilePath, FoundFile)>,
    pieces: &mpsc::Sender<Piece>,
) -> Result<(), Uncollected> {
    let parts = files.into_iter().flat_map(|(path, file)| {
        let (size, file) = (file.size, Arc::new(file));
        let begin = std::iter::once((Some((path, size)), Arc::clone(&file), 0));
        let rest = (1..size.div_ceil(CHUNK as u64)).map(move |number| (None, Arc::clone(&file), number * CHUNK as u64));
        begin.chain(rest)
    });
    let read = |(begins, file, offset): (Option<(FilePath, u64)>, Arc<FoundFile>, u64)| async move {
        (begins, agent.read_found(directory, &file, offset, CHUNK as u32).await)
    };
    let mut reads = pin!(stream::iter(parts).map(read).buffered(AHEAD));
    while let Some((begins, bytes)) = reads.next().await {
        let first = begins.map(|(path, size)| Piece::File(path, size));
        for piece in first.into_iter().chain([Piece::Bytes(bytes?)]) {
            if pieces.send(piece).await.is_err() {
                // The writer says why.
                return Ok(());
            }
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
        match piece {
            Piece::File(path, size) => {
                let mut search = Search::default();
                // A name is shown wherever the file is.
                search.push(patterns, path.as_str().as_bytes());
                let named = search.found();
                judge(current.replace((path.clone(), if named { search } else { Search::default() })));
                incoming.file(path, size)?;
            }
            Piece::Bytes(bytes) => {
                if let Some((_, search)) = &mut current {
                    search.push(patterns, &bytes);
                }
                incoming.write(&bytes)?;
            }
            Piece::End => {
                judge(current.take());
                return Ok((incoming.finish()?, secret));
            }
        }
    }
    Err(StoreError::Unfinished)
}
