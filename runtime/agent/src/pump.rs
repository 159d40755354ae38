//! Carries a command's output from its pipe, masked and counted, into the spool.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::io::{fcntl_dupfd_cloexec, write};
use rustix::pipe::{PipeFlags, fcntl_setpipe_size, pipe_with};
use sha2::{Digest, Sha256};
use windlass_agent_protocol::Extent;
use windlass_redact::MaskedStream;

use crate::secrets::Secrets;
use crate::spool::{Spool, WriteError};

/// How much is read at once; also the pipe's size, if the system allows.
const CHUNK: usize = 256 << 10;

/// What a pump has done.
#[derive(Debug)]
pub struct Pumped {
    /// What is in the spool.
    pub extent: Extent,
    /// Why that is not all.
    pub lost: Option<WriteError>,
}

/// A thread that reads a pipe until it ends or [`Pump::finish`] is called.
#[derive(Debug)]
pub struct Pump {
    thread: JoinHandle<Pumped>,
    enough: Arc<OwnedFd>,
}

impl Pump {
    /// A pump, and the end of its pipe that a process writes to.
    ///
    /// # Errors
    /// When the system refuses a pipe or a thread.
    pub fn start(spool: Arc<Spool>, secrets: Arc<Secrets>, keep_reading: bool) -> io::Result<(Self, OwnedFd)> {
        let (reader, writer) = pipe_with(PipeFlags::CLOEXEC)?;
        // More than the default 64 KiB saves turns between writer and reader; less does no harm.
        let _ = fcntl_setpipe_size(&reader, 1 << 20);
        // The writer's end has flags of its own and goes on blocking.
        fcntl_setfl(&reader, fcntl_getfl(&reader)? | OFlags::NONBLOCK)?;
        let enough = Arc::new(eventfd(0, EventfdFlags::CLOEXEC)?);
        let flow = Flow {
            pipe: reader.into(),
            enough: Arc::clone(&enough),
            masking: MaskedStream::default(),
            secrets,
            spool,
            digest: Sha256::new(),
            bytes: 0,
        };
        let thread = thread::Builder::new().name("pump".into()).stack_size(128 << 10).spawn(move || flow.run(keep_reading))?;
        Ok((Self { thread, enough }, writer))
    }

    /// Reads what is in the pipe, then stops, even if some process could still write.
    ///
    /// # Errors
    /// When the thread cannot be told or has panicked.
    pub fn finish(self) -> io::Result<Pumped> {
        write(&*self.enough, &1u64.to_ne_bytes())?;
        self.thread.join().map_err(|_| io::Error::other("the thread that reads output has panicked"))
    }
}

/// What a pump's thread works with.
struct Flow {
    pipe: File,
    enough: Arc<OwnedFd>,
    masking: MaskedStream,
    secrets: Arc<Secrets>,
    spool: Arc<Spool>,
    digest: Sha256,
    bytes: u64,
}

impl Flow {
    fn run(mut self, keep_reading: bool) -> Pumped {
        let mut buffer = vec![0; CHUNK];
        let lost = self.carry(&mut buffer).err();
        self.spool.close();
        let extent = Extent { bytes: self.bytes, sha256: std::mem::take(&mut self.digest).finalize().into() };
        if keep_reading {
            // Escaped processes may write on; a broken pipe would kill them.
            self.discard(buffer);
        }
        Pumped { extent, lost }
    }

    fn carry(&mut self, buffer: &mut [u8]) -> Result<(), WriteError> {
        let mut enough = false;
        loop {
            match self.pipe.read(buffer) {
                Ok(0) => break,
                Ok(count) => {
                    let masked = self.masking.push(&self.secrets.patterns(), &buffer[..count]);
                    self.spool(masked.as_deref().unwrap_or(&buffer[..count]))?;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if enough {
                        break;
                    }
                    enough = self.await_input()?;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        let rest = self.masking.finish(&self.secrets.patterns());
        self.spool(&rest)
    }

    fn spool(&mut self, masked: &[u8]) -> Result<(), WriteError> {
        let result = self.spool.write(masked);
        let written = match &result {
            Ok(()) => masked.len(),
            Err(incomplete) => incomplete.written,
        };
        self.digest.update(&masked[..written]);
        self.bytes += written as u64;
        result.map_err(|incomplete| incomplete.cause)
    }

    /// Waits for output. Says whether the command has ended, so that an empty pipe is the end.
    fn await_input(&self) -> io::Result<bool> {
        let mut sources = [PollFd::new(&self.pipe, PollFlags::IN), PollFd::new(&*self.enough, PollFlags::IN)];
        match poll(&mut sources, None) {
            Ok(_) => Ok(!sources[1].revents().is_empty()),
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads and forgets until nobody can write any more.
    fn discard(self, mut buffer: Vec<u8>) {
        let pipe = self.pipe;
        let forget = move || -> io::Result<()> {
            let flags = fcntl_getfl(&pipe)? - OFlags::NONBLOCK;
            fcntl_setfl(&pipe, flags)?;
            let mut pipe = &pipe;
            while pipe.read(&mut buffer)? > 0 {}
            Ok(())
        };
        // Without a thread the writers are on their own, which is no failure of the command.
        drop(thread::Builder::new().stack_size(64 << 10).spawn(forget));
    }
}

/// Another handle for the same end of a pipe.
///
/// # Errors
/// When the system refuses.
pub fn share(end: &OwnedFd) -> io::Result<OwnedFd> {
    Ok(fcntl_dupfd_cloexec(end, 3)?)
}
