//! What a mover does, whatever the answer.

use windlass_cache_store::{Caches, Entry, Existing, Recorded, Stored};
use windlass_mover_client::Depot;
use windlass_mover_client::protocol::{Answer, Ask, Blob, PIECE};

use crate::http;
use crate::world::{blob, entry};

/// Stores bytes; how they went there.
pub async fn put(depot: &dyn Depot, bytes: &[u8]) -> Result<&'static str, String> {
    let blob = blob(bytes);
    let way = match depot.answer(Ask::Store(blob)).await {
        Answer::Done => return Ok("present"),
        Answer::Here => {
            write(depot, blob, bytes).await?;
            "here"
        }
        Answer::Go(request) => {
            let answer = http::send(&request, bytes).await;
            if !(200..300).contains(&answer.status) {
                return Err(format!("{} of {request:?}: {}", answer.status, String::from_utf8_lossy(&answer.body)));
            }
            "go"
        }
        other => return Err(format!("{other:?}")),
    };
    match depot.answer(Ask::Stored(blob)).await {
        Answer::Done => Ok(way),
        other => Err(format!("{other:?}")),
    }
}

/// Sends bytes in pieces.
pub async fn write(depot: &dyn Depot, blob: Blob, bytes: &[u8]) -> Result<(), String> {
    let mut offset = 0;
    for piece in bytes.chunks(PIECE) {
        match depot.answer(Ask::Write { blob: blob.digest, offset, bytes: piece.to_vec() }).await {
            Answer::Done => offset += piece.len() as u64,
            other => return Err(format!("{other:?}")),
        }
    }
    Ok(())
}

/// Fetches bytes.
pub async fn get(depot: &dyn Depot, blob: Blob) -> Result<Vec<u8>, String> {
    let bytes = match depot.answer(Ask::Fetch(blob)).await {
        Answer::Here => read(depot, blob).await?,
        Answer::Go(request) => {
            let answer = http::send(&request, b"").await;
            if answer.status != 200 {
                return Err(format!("{} of {request:?}: {}", answer.status, String::from_utf8_lossy(&answer.body)));
            }
            answer.body
        }
        other => return Err(format!("{other:?}")),
    };
    if crate::world::blob(&bytes) == blob { Ok(bytes) } else { Err("other bytes".into()) }
}

async fn read(depot: &dyn Depot, blob: Blob) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    while (bytes.len() as u64) < blob.size {
        let ask = Ask::Read { blob: blob.digest, offset: bytes.len() as u64, most: PIECE as u32 };
        match depot.answer(ask).await {
            Answer::Bytes(piece) if !piece.is_empty() => bytes.extend(piece),
            other => return Err(format!("{other:?}")),
        }
    }
    Ok(bytes)
}

/// Stores a cache of a tree and one pack.
pub async fn keep(caches: &Caches, key: &str, tree: &[u8], pack: &[u8]) -> Result<(Entry, Recorded), String> {
    let depot = caches.depot();
    put(&*depot, pack).await?;
    put(&*depot, tree).await?;
    let entry = entry(key, blob(tree), &[blob(pack)]);
    let recorded = caches.record(&entry, Existing::Keep).await.map_err(|error| error.to_string())?;
    Ok((entry, recorded))
}

/// Restores an entry: tree, then pack.
pub async fn restore(caches: &Caches, stored: &Stored) -> Result<Vec<Vec<u8>>, String> {
    caches.allow(stored);
    let depot = caches.depot();
    let mut all = Vec::new();
    for blob in stored.entry.blobs() {
        all.push(get(&*depot, *blob).await?);
    }
    Ok(all)
}
