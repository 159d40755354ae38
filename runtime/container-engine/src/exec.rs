//! A command in a running container, its streams apart.

use std::sync::{Arc, Mutex, PoisonError};

use bollard::container::LogOutput;
use bollard::exec::{CreateExecOptions, StartExecOptions, StartExecResults};
use futures::{FutureExt, StreamExt};
use tokio::io::{AsyncWriteExt, DuplexStream, duplex};
use tokio::sync::oneshot;
use windlass_engine::ports::driver::{DriverError, Exec};

use crate::engine::Engine;

/// How many bytes each direction holds that its reader has not taken.
const BUFFER: usize = 256 * 1024;

/// How much of what a command says is kept, in case it is the engine's word on why there is no command.
const KEPT: usize = 4096;

impl Engine {
    /// Runs a command in a container. `engine_name` is the engine's name for it, `container` the plan's.
    pub(crate) async fn exec(&self, engine_name: &str, container: &str, argv: &[String]) -> Result<Exec, DriverError> {
        let options = CreateExecOptions {
            attach_stdin: Some(true),
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            tty: Some(false),
            cmd: Some(argv.to_vec()),
            ..CreateExecOptions::default()
        };
        let fail = |e| self.container_error(container, &e);
        let id = self.docker.create_exec(engine_name, options).await.map_err(fail)?.id;
        let start = StartExecOptions { detach: false, tty: false, output_capacity: Some(BUFFER) };
        let StartExecResults::Attached { output, mut input } = self.docker.start_exec(&id, Some(start)).await.map_err(fail)?
        else {
            return Err(DriverError::Other {
                target: self.describe(),
                message: "it detached a command that should stay attached".into(),
            });
        };

        let (stdin, mut stdin_end) = duplex(BUFFER);
        let (stdout, stdout_end) = duplex(BUFFER);
        // Dropping `stdin` closes the command's input, which a half of a hijacked connection alone would not do.
        let feed = tokio::spawn(async move {
            let fed = tokio::io::copy(&mut stdin_end, &mut input).await;
            let _ = input.shutdown().await;
            fed.map(drop)
        });
        let said = Arc::new(Mutex::new(Vec::new()));
        let (over, is_over) = oneshot::channel();
        tokio::spawn(pump(output, stdout_end, Arc::clone(&said), over));

        let (engine, container) = (self.clone(), container.to_owned());
        let done = async move {
            let ended = is_over.await;
            feed.abort();
            let cut = |message: String| DriverError::Cut { container: container.clone(), message };
            match ended {
                Ok(Ok(())) => {}
                Ok(Err(message)) => return Err(cut(message)),
                Err(_) => return Err(cut("its reader went away".into())),
            }
            let state = engine.docker.inspect_exec(&id).await.map_err(|e| engine.container_error(&container, &e))?;
            let said = String::from_utf8_lossy(&said.lock().unwrap_or_else(PoisonError::into_inner)).trim().to_owned();
            match state.exit_code {
                // What the engine says when it could not run the program at all; a shell uses these codes too.
                Some(126 | 127) if said.contains("OCI runtime") || said.contains("exec failed") => {
                    Err(DriverError::Other { target: format!("container {container}"), message: said })
                }
                Some(code) if state.running != Some(true) => Ok(i32::try_from(code).unwrap_or(i32::MAX)),
                _ => Err(cut("the engine ended the stream while the command runs".into())),
            }
        };
        Ok(Exec { stdin: Box::new(stdin), stdout: Box::new(stdout), done: done.boxed() })
    }
}

type Output = std::pin::Pin<Box<dyn futures::Stream<Item = Result<LogOutput, bollard::errors::Error>> + Send>>;

/// Carries a command's output over until it ends.
async fn pump(
    mut output: Output,
    mut stdout: DuplexStream,
    said: Arc<Mutex<Vec<u8>>>,
    over: oneshot::Sender<Result<(), String>>,
) {
    let mut ended = Ok(());
    let mut first = true;
    while let Some(piece) = output.next().await {
        match piece {
            Ok(LogOutput::StdOut { message }) => {
                // Docker says there why a program could not be run.
                if first {
                    keep(&said, &message);
                }
                first = false;
                if stdout.write_all(&message).await.is_err() {
                    // Nobody reads any more, so the command is left alone.
                    ended = Err("its reader went away".into());
                    break;
                }
            }
            // Bytes outside any frame are the engine's own words on why there is no command.
            Ok(LogOutput::StdErr { message } | LogOutput::Console { message } | LogOutput::StdIn { message }) => {
                keep(&said, &message);
            }
            Err(e) => {
                ended = Err(crate::error::chain(&e));
                break;
            }
        }
    }
    let _ = over.send(ended);
}

fn keep(said: &Mutex<Vec<u8>>, message: &[u8]) {
    let mut said = said.lock().unwrap_or_else(PoisonError::into_inner);
    let room = KEPT.saturating_sub(said.len()).min(message.len());
    said.extend(message.iter().take(room));
}
