//! One host's connection: reads requests, answers the quick ones, and gives the others a thread each.

use std::collections::HashMap;
use std::io::{self, BufReader};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::thread;

use windlass_agent_protocol::message::Content;
use windlass_agent_protocol::seal::{self, Opener};
use windlass_agent_protocol::{Call, Failure, Request, Response, SILENCE, UploadId, frame};

use crate::agent::Agent;
use crate::cancel::Cancel;
use crate::files;
use crate::find::Search as FileSearch;
use crate::follow::Follow;
use crate::job::Ending;
use crate::parts;
use crate::program::{self, Search};
use crate::sender::Sender;
use crate::strangers::{self, Stranger};
use crate::sync::lock;

/// The number of the agent's first word, which nobody asked for.
const GREETING: u32 = 0;

/// The most requests that one connection may have under way.
const MOST: usize = 256;

/// What is under way for one connection.
#[derive(Debug)]
enum Ongoing {
    Call(Arc<Cancel>),
    Upload(UploadId),
}

/// Serves a connection until it is lost, if it turns out to be the host's.
///
/// # Errors
/// When the stream fails or holds nonsense.
pub fn serve(agent: &Arc<Agent>, stream: UnixStream, stranger: Stranger) -> io::Result<()> {
    // What goes wrong before is not worth a line in the container's log, which anybody could fill with them.
    let Ok(Some((sender, mut incoming, first))) = meet(agent, &stream) else { return Ok(()) };
    drop(stranger);
    let _pending = agent.life.pending();
    // A host that is gone may leave its `agent connect` behind.
    stream.set_read_timeout(Some(SILENCE))?;
    stream.set_write_timeout(None)?;
    let connection = Connection { agent: Arc::clone(agent), sender, ongoing: Arc::default() };
    let result = connection.converse(first, &mut incoming);
    for ongoing in lock(&connection.ongoing).values() {
        // An upload goes on over the next connection.
        if let Ongoing::Call(cancel) = ongoing {
            cancel.cancel();
        }
    }
    drop(stream.shutdown(Shutdown::Both));
    result
}

/// Greets whoever is there, and waits for a word that only the host can say.
fn meet<'a>(agent: &Agent, stream: &'a UnixStream) -> io::Result<Option<(Sender, Incoming<'a>, Call)>> {
    stream.set_read_timeout(Some(strangers::PATIENCE))?;
    stream.set_write_timeout(Some(strangers::PATIENCE))?;
    let Some((sealer, opener)) = agent.host.meet(stream)? else { return Ok(None) };
    let sender = Sender::new(stream.try_clone()?, sealer);
    sender.try_send(GREETING, Response::Hello(agent.greeting()))?;
    let mut incoming = Incoming { reader: BufReader::with_capacity(64 << 10, stream), opener };
    Ok(incoming.next()?.map(|first| (sender, incoming, first)))
}

/// What the host says, opened.
struct Incoming<'a> {
    reader: BufReader<&'a UnixStream>,
    opener: Opener,
}

impl Incoming<'_> {
    /// The next request; `None` when the stream ended.
    fn next(&mut self) -> io::Result<Option<Call>> {
        let content = frame::read_content(&mut self.reader, frame::LARGEST + seal::TAG)?;
        content.map(|mut content| self.opener.open(&mut content).map_err(frame::invalid)).transpose()
    }
}

struct Connection {
    agent: Arc<Agent>,
    sender: Sender,
    ongoing: Arc<Mutex<HashMap<u32, Ongoing>>>,
}

impl Connection {
    fn converse(&self, first: Call, incoming: &mut Incoming<'_>) -> io::Result<()> {
        let mut next = Some(first);
        while let Some(Call { number, request }) = next {
            self.agent.life.hear();
            match self.answer(number, request) {
                Ok(None) => {}
                Ok(Some(response)) => self.sender.try_send(number, response)?,
                Err(failure) => self.sender.try_send(number, Response::Failed(failure))?,
            }
            next = incoming.next()?;
        }
        Ok(())
    }

    /// Answers a request, or sees that it is answered later.
    fn answer(&self, number: u32, request: Request) -> Result<Option<Response>, Failure> {
        match request {
            Request::Ping => Ok(Some(Response::Done)),
            Request::Start(command) => done(self.agent.start(*command)),
            Request::Stop { id, grace } => done(self.agent.job(&id).map(|j| j.end(Ending::Stopped, grace))),
            Request::Stats => Ok(Some(Response::Stats(self.agent.stats()))),
            Request::Architecture => Ok(Some(Response::Architecture(architecture().to_owned()))),
            Request::FindProgram { name } => Ok(Some(Response::Program(find_program(&name)))),
            Request::PutFile { path, mode, content } => done(self.put_file(&path, mode, content)),
            Request::ReadFile { path, offset, max } => files::read(&path, offset, max).map(Some),
            Request::RemoveFile { path } => done(files::remove(&path)),
            Request::RemoveDirectory { path } => done(files::remove_directory(&path)),
            Request::PutSecrets(secrets) => {
                self.agent.ground().secrets.put(secrets);
                Ok(Some(Response::Done))
            }
            Request::Acknowledge { id, offset } => {
                // Nobody waits for an answer, so a mistake has nobody to be told to.
                if let Ok(job) = self.agent.job(&id) {
                    job.output().acknowledge(offset);
                }
                Ok(None)
            }
            Request::Cancel { number } => {
                self.cancel(number);
                Ok(None)
            }
            Request::OpenUpload { id, directory } => {
                self.note(number, Ongoing::Upload(id.clone()))?;
                let listener = (self.sender.clone(), number);
                self.agent.uploads.open(id, directory, listener)?;
                Ok(None)
            }
            Request::Upload { id, offset, bytes } => {
                // The host learns of a failed upload from the upload, not from each of its parts.
                match self.agent.uploads.get(&id) {
                    Ok(upload) => upload.push(offset, bytes).map(|()| None),
                    Err(_) => Ok(None),
                }
            }
            Request::Follow { id, offset, acknowledged, window } => {
                let job = self.agent.job(&id)?;
                let follow = Follow::new(&job, offset, acknowledged, window)?;
                let pending = self.agent.life.pending();
                self.later(number, Cancel::of_job(&job), move |cancel, sender| {
                    let _pending = pending;
                    follow.run(number, cancel, sender)
                })
            }
            Request::Wait { id } => {
                let job = self.agent.job(&id)?;
                let pending = self.agent.life.pending();
                self.later(number, Cancel::of_job(&job), move |cancel, sender| {
                    if let Some(record) = job.await_record(cancel.flag()) {
                        sender.send(number, Response::Finished(Box::new(record)));
                    }
                    drop(pending);
                    Ok(())
                })
            }
            Request::Probe(probe) => {
                let ground = Arc::clone(self.agent.ground());
                self.later(number, Cancel::default(), move |cancel, sender| {
                    if let Some(readiness) = crate::probe::probe(&ground.secrets, &probe, cancel) {
                        sender.send(number, Response::Probed(readiness));
                    }
                    Ok(())
                })
            }
            Request::FindFiles { directory, pattern, most } => self.later(number, Cancel::default(), move |cancel, sender| {
                if let Some(found) = FileSearch::new(&directory, most, cancel.flag())?.find(&pattern)? {
                    sender.send(number, Response::Found(found));
                }
                Ok(())
            }),
            // While one answer is on its way, the next is read and packed.
            Request::ReadFound { directory, parts } => self.later(number, Cancel::default(), move |_, sender| {
                sender.send(number, parts::read(&directory, &parts)?);
                Ok(())
            }),
            Request::FinishUpload { id, bytes, sha256 } => {
                let upload = self.agent.uploads.get(&id)?;
                let cancel = Cancel::of_upload(&upload);
                self.later(number, cancel, move |cancel, sender| {
                    if let Some(result) = upload.finish(bytes, sha256, cancel.flag()) {
                        let entries = result?;
                        sender.send(number, Response::Unpacked { entries });
                    }
                    Ok(())
                })
            }
        }
    }

    fn put_file(&self, path: &str, mode: u32, content: Content) -> Result<(), Failure> {
        let bytes = match content {
            Content::Bytes(bytes) => bytes,
            Content::Secret(name) => {
                let value = self.agent.ground().secrets.value(&name);
                value.ok_or(Failure::UnknownSecret(name))?
            }
        };
        files::put(path, mode, &bytes, self.agent.private())
    }

    fn note(&self, number: u32, ongoing: Ongoing) -> Result<(), Failure> {
        let mut all = lock(&self.ongoing);
        if all.len() >= MOST {
            return Err(Failure::Busy);
        }
        all.insert(number, ongoing);
        Ok(())
    }

    fn cancel(&self, number: u32) {
        match lock(&self.ongoing).remove(&number) {
            Some(Ongoing::Call(cancel)) => cancel.cancel(),
            Some(Ongoing::Upload(id)) => self.agent.uploads.remove(&id),
            None => {}
        }
    }

    /// Works on a request in a thread of its own.
    fn later(
        &self,
        number: u32,
        cancel: Cancel,
        work: impl FnOnce(&Cancel, &Sender) -> Result<(), Failure> + Send + 'static,
    ) -> Result<Option<Response>, Failure> {
        let cancel = Arc::new(cancel);
        self.note(number, Ongoing::Call(Arc::clone(&cancel)))?;
        let sender = self.sender.clone();
        let ongoing = Arc::clone(&self.ongoing);
        let thread = thread::Builder::new().name("call".into()).stack_size(256 << 10).spawn(move || {
            if let Err(failure) = work(&cancel, &sender) {
                sender.send(number, Response::Failed(failure));
            }
            lock(&ongoing).remove(&number);
        });
        match thread {
            Ok(_) => Ok(None),
            Err(_) => {
                lock(&self.ongoing).remove(&number);
                Err(Failure::Busy)
            }
        }
    }
}

fn done(result: Result<(), Failure>) -> Result<Option<Response>, Failure> {
    result.map(|()| Some(Response::Done))
}

/// The architecture that this program was compiled for, in the words of images: the container runs it, and so what is compiled alike.
fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

fn find_program(name: &str) -> Option<String> {
    let path = std::env::var_os("PATH");
    let directory = std::env::current_dir().unwrap_or_else(|_| "/".into());
    match program::find(name.as_ref(), path.as_deref(), &directory) {
        Search::Found(file) => Some(file.to_string_lossy().into_owned()),
        Search::NotExecutable(_) | Search::Missing { .. } => None,
    }
}
