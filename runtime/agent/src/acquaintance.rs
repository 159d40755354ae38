//! Who the agent's host is: whoever has the key that the agent was handed first, before any command of anybody ran beside it.

use std::io::{self, Read, Write};
use std::sync::Mutex;

use windlass_agent_protocol::seal::{self, End, Opener, Sealer};
use windlass_agent_protocol::{Hello, Key, Nonce, Refusal, VERSION, Welcome, frame, greeting};

use crate::sync::lock;

/// The agent's key, once it has one.
#[derive(Debug, Default)]
pub struct Acquaintance(Mutex<Option<Key>>);

impl Acquaintance {
    /// Meets whoever is at the other end of a stream. That it is the host is known only when its first frame can be opened; `None` when
    /// it certainly is not, which it was told.
    ///
    /// # Errors
    /// When the stream fails, or holds no greeting.
    pub fn meet(&self, mut stream: impl Read + Write) -> io::Result<Option<(Sealer, Opener)>> {
        let Some(hello) = frame::read::<Hello>(&mut stream, greeting::LARGEST)? else { return Ok(None) };
        let nonce = Nonce::random().map_err(io::Error::other)?;
        let (welcome, channel) = match self.key_for(&hello) {
            Ok(key) => (Welcome::Met(nonce), Some(seal::channel(&key, &hello.nonce, &nonce, End::Agent))),
            Err(refusal) => (Welcome::Refused(refusal), None),
        };
        stream.write_all(&frame::encode(&welcome).map_err(frame::invalid)?)?;
        Ok(channel)
    }

    fn key_for(&self, hello: &Hello) -> Result<Key, Refusal> {
        if hello.version != VERSION {
            return Err(Refusal::Version { agent: VERSION, host: hello.version });
        }
        let mut own = lock(&self.0);
        match (&*own, &hello.adopt) {
            // The same key again: the host has not heard that the first time arrived.
            (Some(own), Some(handed)) if own != handed => Err(Refusal::Taken),
            (Some(own), _) => Ok(own.clone()),
            (None, Some(handed)) => Ok(own.insert(handed.clone()).clone()),
            (None, None) => Err(Refusal::NoKey),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(version: u32, adopt: Option<&Key>) -> Result<Hello, Box<dyn std::error::Error>> {
        Ok(Hello { version, nonce: Nonce::random()?, adopt: adopt.cloned() })
    }

    /// The first key is kept, may be said again, and no other takes its place.
    #[test]
    fn the_first_host_is_the_only_one() -> Result<(), Box<dyn std::error::Error>> {
        let (mine, other) = (Key::random()?, Key::random()?);
        let agent = Acquaintance::default();
        assert_eq!(agent.key_for(&hello(VERSION, None)?), Err(Refusal::NoKey));
        let host = VERSION + 1;
        assert_eq!(agent.key_for(&hello(host, Some(&other))?), Err(Refusal::Version { agent: VERSION, host }));
        for _ in 0..2 {
            assert_eq!(agent.key_for(&hello(VERSION, Some(&mine))?), Ok(mine.clone()));
        }
        assert_eq!(agent.key_for(&hello(VERSION, Some(&other))?), Err(Refusal::Taken));
        assert_eq!(agent.key_for(&hello(VERSION, None)?), Ok(mine));
        Ok(())
    }
}
