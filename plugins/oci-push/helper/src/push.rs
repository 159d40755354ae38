//! Sending an image to all its references.

use std::collections::VecDeque;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use serde::Serialize;

use crate::digest::Digest;
use crate::error::Error;
use crate::http::Client;
use crate::progress::{Progress, rate, size};
use crate::reference::{Reference, Repository, Target};
use crate::registry::{Outcome, Sending, Session};
use crate::tree::{Blob, Image};

/// What is to be sent where.
pub(crate) struct Job<'a> {
    pub(crate) image: &'a Image,
    pub(crate) references: &'a [Reference],
    /// Repositories whose blobs a registry may link.
    pub(crate) mount_from: &'a [Repository],
    /// Blobs at a time.
    pub(crate) parallel: usize,
}

/// A line of the result file.
#[derive(Debug, Serialize)]
pub(crate) struct Pushed {
    reference: String,
    digest: Digest,
    /// Of manifests, configurations and layers together.
    size: u64,
}

impl Job<'_> {
    /// Sends it. References come out in the order they went in.
    pub(crate) fn run(&self, client: &Client, progress: &Progress) -> Result<Vec<Pushed>, Error> {
        self.check_digests()?;
        let mut done: Vec<&Repository> = Vec::new();
        for reference in self.references {
            if !done.contains(&&reference.repository) {
                self.repository(client, progress, &reference.repository, &done)?;
                done.push(&reference.repository);
            }
        }
        let (digest, size) = (&self.image.top.digest, self.image.size());
        Ok(self.references.iter().map(|r| Pushed { reference: r.text.clone(), digest: digest.clone(), size }).collect())
    }

    /// A reference by digest can only mean the digest that the image has.
    fn check_digests(&self) -> Result<(), Error> {
        for reference in self.references {
            if let Target::Digest(digest) = &reference.target
                && *digest != self.image.top.digest
            {
                return Err(Error::Usage(format!("{reference} names a digest, and the image has {}", self.image.top.digest)));
            }
        }
        Ok(())
    }

    /// Sends it to one repository, and sets its tags. `done` are those that have it already.
    fn repository(
        &self,
        client: &Client,
        progress: &Progress,
        repository: &Repository,
        done: &[&Repository],
    ) -> Result<(), Error> {
        let of_this_registry = |source: &&Repository| source.host == repository.host && *source != repository;
        let sources: Vec<&Repository> = done.iter().copied().chain(self.mount_from).filter(of_this_registry).collect();
        let session = Session::for_writing(client, repository, &sources)?;
        let begun = Instant::now();
        progress.line(&format!(
            "{repository}: {} blobs, {}",
            self.image.blobs.len(),
            size(self.image.blobs.iter().map(|blob| blob.size).sum())
        ));
        let sent = self.blobs(&session, progress, &sources)?;
        if sent > 0 {
            progress.line(&format!("{repository}: sent {}{}", size(sent), rate(sent, begun.elapsed())));
        }
        for document in &self.image.inner {
            session.put_manifest(document, &Target::Digest(document.digest.clone()))?;
        }
        for reference in self.references.iter().filter(|reference| reference.repository == *repository) {
            session.put_manifest(&self.image.top, &reference.target)?;
            progress.line(&format!("{reference}: {}", self.image.top.digest));
        }
        Ok(())
    }

    /// Sends all blobs, a few at a time. Returns the bytes that went over the network.
    fn blobs(&self, session: &Session<'_>, progress: &Progress, sources: &[&Repository]) -> Result<u64, Error> {
        // The largest first, so that none is left alone at the end.
        let mut order: Vec<&Blob> = self.image.blobs.iter().collect();
        order.sort_by_key(|blob| std::cmp::Reverse(blob.size));
        let queue = Mutex::new(VecDeque::from(order));
        let stop = AtomicBool::new(false);
        let sending = Sending { sources, stop: &stop, progress };
        let work = || -> Result<u64, Error> {
            let mut sent = 0;
            while !stop.load(Ordering::Relaxed) {
                let Some(blob) = queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front() else { break };
                match one(session, blob, &sending) {
                    Ok(bytes) => sent += bytes,
                    Err(error) => {
                        stop.store(true, Ordering::Relaxed);
                        return Err(error);
                    }
                }
            }
            Ok(sent)
        };
        let results: Vec<Result<u64, Error>> = thread::scope(|scope| {
            let workers: Vec<_> = (0..self.parallel.min(self.image.blobs.len())).map(|_| scope.spawn(work)).collect();
            workers.into_iter().map(|worker| worker.join().unwrap_or(Err(Error::Stopped))).collect()
        });
        let mut sent = 0;
        let mut failed = None;
        for result in results {
            match result {
                Ok(bytes) => sent += bytes,
                Err(error) if matches!(failed, None | Some(Error::Stopped)) => failed = Some(error),
                Err(_) => {}
            }
        }
        failed.map_or(Ok(sent), Err)
    }
}

/// Sends one blob, and says how it went.
fn one(session: &Session<'_>, blob: &Blob, sending: &Sending<'_>) -> Result<u64, Error> {
    let begun = Instant::now();
    let (name, bytes) = (blob.digest.short(), size(blob.size));
    let (said, sent) = match session.send_blob(blob, sending)? {
        Outcome::Present => ("is there already".to_owned(), 0),
        Outcome::Mounted(from) => (format!("is there already, in {from}"), 0),
        Outcome::Sent => (format!("sent{}", rate(blob.size, begun.elapsed())), blob.size),
    };
    sending.progress.line(&format!("{name}  {bytes} {said}"));
    Ok(sent)
}

/// Writes what was pushed, for programs, with the directories above.
pub(crate) fn write_result(file: &Path, pushed: &[Pushed]) -> Result<(), Error> {
    let bytes = serde_json::to_vec(pushed).map_err(|problem| Error::Registry(format!("cannot write the result: {problem}")))?;
    let write = || {
        file.parent().map_or(Ok(()), fs::create_dir_all)?;
        fs::write(file, bytes)
    };
    write().map_err(|source| Error::File { what: format!("cannot write {}", file.display()), source })
}
