//! A limit on how long a program may take, so that no measurement hangs.

use std::os::fd::OwnedFd;
use std::process::Child;
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// The longest measurement is a gigabyte through an exec, which takes half a minute on a slow day.
const LONGEST: Duration = Duration::from_secs(120);

/// What a program gets to delete its pod.
const GRACE: Duration = Duration::from_secs(15);

/// A thread that ends a program which takes too long: politely, then not.
pub struct Limit(JoinHandle<Result<bool>>);

impl Limit {
    /// Watches over a child.
    ///
    /// # Errors
    /// When the system knows no such process.
    pub fn on(child: &Child) -> Result<Self> {
        let pid = Pid::from_raw(i32::try_from(child.id())?).context("a process id is not 0")?;
        // Names this process for good; its id could be another's by then.
        let process = pidfd_open(pid, PidfdFlags::empty())?;
        Ok(Self(std::thread::spawn(move || {
            if ends_within(&process, LONGEST)? {
                return Ok(false);
            }
            pidfd_send_signal(&process, Signal::TERM)?;
            if !ends_within(&process, GRACE)? {
                pidfd_send_signal(&process, Signal::KILL)?;
            }
            Ok(true)
        })))
    }

    /// Whether the program had to be ended. It has ended in any case.
    pub fn was_reached(self) -> bool {
        matches!(self.0.join(), Ok(Ok(true)))
    }
}

fn ends_within(process: &OwnedFd, time: Duration) -> Result<bool> {
    let time = Timespec { tv_sec: i64::try_from(time.as_secs())?, tv_nsec: 0 };
    Ok(poll(&mut [PollFd::new(process, PollFlags::IN)], Some(&time))? > 0)
}
