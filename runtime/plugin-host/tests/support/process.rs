//! Commands as processes of this machine, with what the agent promises: one stream of output, a process group of their own, and
//! an end for whatever they leave behind.

use std::io::Read as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::sync::{Mutex, mpsc, watch};

/// A process that was started.
pub struct Running {
    pub pid: Pid,
    output: Mutex<(mpsc::UnboundedReceiver<Vec<u8>>, Vec<u8>)>,
    end: watch::Receiver<Option<ExitStatus>>,
}

impl Running {
    /// Starts a command; `stdin` is what it reads.
    pub fn start(mut command: Command, stdin: Option<Vec<u8>>, escaping: bool) -> std::io::Result<Arc<Self>> {
        let (mut reader, writer) = std::io::pipe()?;
        command.stdout(writer.try_clone()?).stderr(writer).process_group(0);
        command.stdin(if stdin.is_some() { Stdio::piped() } else { Stdio::null() });
        let mut child = command.spawn()?;
        // Its own copies of the pipe would keep it open.
        drop(command);
        let pid = Pid::from_child(&child);
        if let (Some(bytes), Some(mut pipe)) = (stdin, child.stdin.take()) {
            thread::spawn(move || std::io::Write::write_all(&mut pipe, &bytes));
        }
        let (send, receive) = mpsc::unbounded_channel();
        thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                let _ = send.send(buffer[..n].to_vec());
            }
        });
        let (ended, end) = watch::channel(None);
        thread::spawn(move || {
            let status = child.wait().ok();
            if !escaping {
                let _ = kill_process_group(pid, Signal::KILL);
            }
            let _ = ended.send(status);
        });
        Ok(Arc::new(Self { pid, output: Mutex::new((receive, Vec::new())), end }))
    }

    /// At most `max` bytes of output; none at its end.
    pub async fn read(&self, max: usize) -> Option<Vec<u8>> {
        let mut output = self.output.lock().await;
        if output.1.is_empty() {
            output.1 = output.0.recv().await?;
        }
        let at = max.min(output.1.len());
        let rest = output.1.split_off(at);
        Some(std::mem::replace(&mut output.1, rest))
    }

    /// Waits for its end: exit code and signal.
    pub async fn wait(&self) -> (i32, Option<i32>) {
        let mut end = self.end.clone();
        let status = end.wait_for(Option::is_some).await.expect("the waiting thread tells").expect("it was waited for");
        match status.signal() {
            Some(signal) => (128 + signal, Some(signal)),
            None => (status.code().unwrap_or_default(), None),
        }
    }

    pub fn kill(&self) {
        let _ = kill_process_group(self.pid, Signal::KILL);
    }
}
