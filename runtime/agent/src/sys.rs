//! The few system calls that no safe library offers, each behind a safe function.
#![expect(unsafe_code, reason = "signal masks, wait4 and code between fork and exec have no safe form")]

use std::io;
use std::mem::MaybeUninit;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::ptr;

/// The signals that the agent takes in one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// A child has ended, or several.
    Child,
    /// The agent is asked to end.
    Terminate,
}

fn own_signals() -> libc::sigset_t {
    let mut set = MaybeUninit::uninit();
    // SAFETY: sigemptyset makes the set valid, and the numbers are those of signals.
    unsafe {
        libc::sigemptyset(set.as_mut_ptr());
        for signal in [libc::SIGCHLD, libc::SIGTERM, libc::SIGINT] {
            libc::sigaddset(set.as_mut_ptr(), signal);
        }
        set.assume_init()
    }
}

/// Keeps the signals of [`next_signal`] from acting by themselves. To be called before the first thread is made, which
/// inherits it. Blocked signals reach even the first process of a container, which others do not.
///
/// # Errors
/// When the system refuses.
pub fn block_signals() -> io::Result<()> {
    // SAFETY: the set is valid, and no old set is wanted.
    match unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &own_signals(), ptr::null_mut()) } {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}

/// Waits for a signal.
///
/// # Errors
/// When the system refuses.
pub fn next_signal() -> io::Result<Signal> {
    let set = own_signals();
    loop {
        // SAFETY: the set is valid, and no details are wanted.
        match unsafe { libc::sigwaitinfo(&set, ptr::null_mut()) } {
            libc::SIGCHLD => return Ok(Signal::Child),
            -1 => {
                let error = io::Error::last_os_error();
                if error.kind() != io::ErrorKind::Interrupted {
                    return Err(error);
                }
            }
            _ => return Ok(Signal::Terminate),
        }
    }
}

/// Keeps this process's memory, environment and open files from every process without CAP_SYS_PTRACE, whichever user it runs as. What it
/// starts is as open as any other program.
///
/// # Errors
/// When the system refuses.
pub fn hide() -> io::Result<()> {
    Ok(rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?)
}

/// Makes orphans of this process's descendants its children, as they are of a container's first process.
///
/// # Errors
/// When the system refuses.
pub fn adopt_orphans() -> io::Result<()> {
    // SAFETY: this option takes one number and touches no memory.
    match unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Makes the command begin with a session of its own and no signal blocked.
pub fn in_own_session(command: &mut Command) -> &mut Command {
    let detach = || {
        // SAFETY: setsid and the set functions are async-signal-safe, and so is making an error of errno.
        unsafe {
            if libc::setsid() == -1 {
                return Err(io::Error::last_os_error());
            }
            let mut none = MaybeUninit::uninit();
            libc::sigemptyset(none.as_mut_ptr());
            match libc::pthread_sigmask(libc::SIG_SETMASK, none.as_ptr(), ptr::null_mut()) {
                0 => Ok(()),
                error => Err(io::Error::from_raw_os_error(error)),
            }
        }
    };
    // SAFETY: `detach` allocates nothing and takes no lock.
    unsafe { command.pre_exec(detach) }
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    /// Exit code, or `Err` with the number of the signal.
    pub status: Result<i32, i32>,
    /// The largest resident set of it or a child that it waited for, in bytes.
    pub max_rss: u64,
}

/// A child that has ended and was not waited for; it stays so.
#[must_use]
pub fn ended_child() -> Option<i32> {
    let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
    let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: waitid writes a siginfo; when there is none it leaves the zeros, for which si_pid is 0.
    let pid = unsafe {
        match libc::waitid(libc::P_ALL, 0, info.as_mut_ptr(), options) {
            0 => info.assume_init().si_pid(),
            _ => 0,
        }
    };
    (pid > 0).then_some(pid)
}

/// Takes note of the end of a child that has ended. After this its number may be another process's.
#[must_use]
pub fn bury(pid: i32) -> Option<Exit> {
    let mut status = 0;
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: both places are valid to write to, and zeros are a valid rusage.
    let (found, usage) = unsafe {
        let found = libc::wait4(pid, &mut status, libc::WNOHANG, usage.as_mut_ptr());
        (found, usage.assume_init())
    };
    if found != pid {
        return None;
    }
    let status = match libc::WIFSIGNALED(status) {
        true => Err(libc::WTERMSIG(status)),
        false => Ok(libc::WEXITSTATUS(status)),
    };
    // Linux counts it in units of 1024 bytes.
    let max_rss = u64::try_from(usage.ru_maxrss).unwrap_or(0) * 1024;
    Some(Exit { status, max_rss })
}

/// Sends a signal to a process group. Says whether there was anybody to get it.
pub fn signal_group(group: i32, signal: i32) -> bool {
    // SAFETY: kill touches no memory. A group number above 1 never means "everybody".
    group > 1 && unsafe { libc::kill(-group, signal) } == 0
}

/// Whether a process group has members, those that ended and were not waited for included.
#[must_use]
pub fn group_exists(group: i32) -> bool {
    signal_group(group, 0)
}
