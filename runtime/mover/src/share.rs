//! Work that several threads share.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use windlass_mover_protocol::Failed;

use crate::sync::{into_inner, lock};

/// How work is done.
pub(crate) trait Work: Sync {
    /// What a thread has, and hands on from job to job.
    type Worker;
    /// What it leaves.
    type Left: Send;

    /// A thread begins.
    fn begin(&self) -> Result<Self::Worker, Failed>;

    /// A thread does a job.
    fn job(&self, worker: &mut Self::Worker, number: usize) -> Result<(), Failed>;

    /// A thread has no more to do, and nothing has failed so far.
    fn end(&self, worker: Self::Worker) -> Result<Self::Left, Failed>;
}

/// Does the jobs from 0 to `jobs`, in about that order, on several threads. After a failure no other job is begun. A thread that the system refuses is
/// done without.
///
/// # Errors
/// The first failure.
pub(crate) fn share<W: Work>(threads: usize, jobs: usize, work: &W) -> Result<Vec<W::Left>, Failed> {
    let next = AtomicUsize::new(0);
    let done: Mutex<(Vec<W::Left>, Option<Failed>)> = Mutex::default();
    let run = || match run(jobs, work, &next) {
        Ok(left) => lock(&done).0.extend(left),
        Err(failed) => {
            next.store(STOPPED, Ordering::Relaxed);
            lock(&done).1.get_or_insert(failed);
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads.min(jobs) {
            drop(thread::Builder::new().name("share".into()).spawn_scoped(scope, run));
        }
        run();
    });
    match into_inner(done) {
        (_, Some(failed)) => Err(failed),
        (left, None) => Ok(left),
    }
}

/// As the next job: there is none, because one has failed. Threads that count on from here get nowhere.
const STOPPED: usize = usize::MAX / 2;

fn run<W: Work>(jobs: usize, work: &W, next: &AtomicUsize) -> Result<Option<W::Left>, Failed> {
    let mut worker = work.begin()?;
    loop {
        match next.fetch_add(1, Ordering::Relaxed) {
            number if number < jobs => work.job(&mut worker, number)?,
            number if number >= STOPPED => return Ok(None),
            _ => return work.end(worker).map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fails at one of its jobs.
    struct Listed(usize);

    impl Work for Listed {
        type Worker = Vec<usize>;
        type Left = Vec<usize>;

        fn begin(&self) -> Result<Vec<usize>, Failed> {
            Ok(Vec::new())
        }

        fn job(&self, worker: &mut Vec<usize>, number: usize) -> Result<(), Failed> {
            worker.push(number);
            if number == self.0 { Err(Failed::Store(number.to_string())) } else { Ok(()) }
        }

        fn end(&self, worker: Vec<usize>) -> Result<Vec<usize>, Failed> {
            assert!(worker.iter().all(|number| *number != self.0));
            Ok(worker)
        }
    }

    #[test]
    fn every_job_is_done_once() {
        for (threads, jobs) in [(1, 5), (3, 0), (3, 2), (4, 1000)] {
            let mut done: Vec<usize> = share(threads, jobs, &Listed(usize::MAX)).unwrap().into_iter().flatten().collect();
            done.sort_unstable();
            assert!(done.into_iter().eq(0..jobs), "{threads} threads, {jobs} jobs");
        }
    }

    #[test]
    fn a_failure_is_told() {
        for threads in [1, 4] {
            assert_eq!(share(threads, 1000, &Listed(7)).err(), Some(Failed::Store("7".into())));
        }
    }
}
