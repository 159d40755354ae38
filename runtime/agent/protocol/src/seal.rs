//! Frames that only the other end can have written, in the order in which it wrote them, and only the other end can read.
//!
//! Each direction of each connection has a key of its own, and each frame a number: a frame that is repeated, left out, reordered,
//! sent back or made up cannot be opened. Whatever carries the bytes (`agent connect`, the API server's streams) may be anybody.

use chacha20poly1305::aead::AeadInOut as _;
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _, Tag};
use hkdf::Hkdf;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::frame::{self, FrameError, HEADER, LARGEST};
use crate::{Key, Nonce};

/// The bytes that sealing adds to a frame.
pub const TAG: usize = 16;

/// One end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The host's.
    Host,
    /// The agent's.
    Agent,
}

/// What one end seals with, and what it opens with.
#[must_use]
pub fn channel(key: &Key, host: &Nonce, agent: &Nonce, end: End) -> (Sealer, Opener) {
    let nonces = [host.bytes().as_slice(), agent.bytes()].concat();
    let derived = Hkdf::<Sha256>::new(Some(&nonces), key.bytes());
    let half = |direction: &[u8]| {
        let mut bytes = Zeroizing::new([0; 32]);
        // It fails for lengths only that no key has.
        let made = derived.expand_multi_info(&[b"windlass agent ", &crate::VERSION.to_le_bytes(), direction], &mut *bytes);
        debug_assert!(made.is_ok());
        Half { cipher: ChaCha20Poly1305::new(&(*bytes).into()), number: 0 }
    };
    let (down, up) = (half(b" host to agent"), half(b" agent to host"));
    match end {
        End::Host => (Sealer(down), Opener(up)),
        End::Agent => (Sealer(up), Opener(down)),
    }
}

struct Half {
    cipher: ChaCha20Poly1305,
    /// How many frames there were. No connection lives to see so many that a number comes twice.
    number: u64,
}

impl Half {
    fn next(&mut self) -> chacha20poly1305::Nonce {
        let mut nonce = [0; 12];
        nonce[4..].copy_from_slice(&self.number.to_le_bytes());
        self.number += 1;
        nonce.into()
    }
}

/// Writes frames.
pub struct Sealer(Half);

/// Reads frames.
pub struct Opener(Half);

impl Sealer {
    /// Makes the sealed frame of a message, header included, in a buffer that was used before: memory that is new each time costs more
    /// than the copying.
    ///
    /// # Errors
    /// When the message is longer than [`LARGEST`]; it was not counted then, and the buffer holds no frame.
    pub fn seal_in(&mut self, frame: &mut Vec<u8>, message: &impl Serialize) -> Result<(), FrameError> {
        frame::encode_in(frame, message)?;
        self.seal(frame)
    }

    /// Seals a frame that was encoded before.
    ///
    /// # Errors
    /// When it is no frame, or too long for the cipher.
    pub fn seal(&mut self, frame: &mut Vec<u8>) -> Result<(), FrameError> {
        let length = frame.len();
        let unsealable = || FrameError::TooLong { length, most: LARGEST };
        let content = frame.get_mut(HEADER..).ok_or_else(unsealable)?;
        let sealed = u32::try_from(content.len() + TAG).map_err(|_| unsealable())?;
        let nonce = self.0.next();
        let tag = self.0.cipher.encrypt_inout_detached(&nonce, &[], content.into()).map_err(|_| unsealable())?;
        frame.extend_from_slice(&tag);
        frame[..HEADER].copy_from_slice(&sealed.to_le_bytes());
        Ok(())
    }
}

impl Opener {
    /// The message in a sealed frame's content, which is used up.
    ///
    /// # Errors
    /// [`FrameError::Forged`] when it is not the next frame of the other end, and when it holds no message.
    pub fn open<T: DeserializeOwned>(&mut self, content: &mut [u8]) -> Result<T, FrameError> {
        frame::decode(self.open_bytes(content)?)
    }

    /// The same, for a message that the caller decodes.
    ///
    /// # Errors
    /// [`FrameError::Forged`] when it is not the next frame of the other end.
    pub fn open_bytes<'a>(&mut self, content: &'a mut [u8]) -> Result<&'a [u8], FrameError> {
        let Some(length) = content.len().checked_sub(TAG).filter(|length| *length <= LARGEST) else {
            return Err(FrameError::Forged);
        };
        let (sealed, tag) = content.split_at_mut(length);
        let tag = Tag::try_from(&*tag).map_err(|_| FrameError::Forged)?;
        let nonce = self.0.next();
        self.0.cipher.decrypt_inout_detached(&nonce, &[], (&mut *sealed).into(), &tag).map_err(|_| FrameError::Forged)?;
        Ok(sealed)
    }
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sealer").field("frames", &self.0.number).finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Opener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Opener").field("frames", &self.0.number).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Call, Request};

    type TestResult = Result<(), Box<dyn std::error::Error>>;

    struct Met {
        host: (Sealer, Opener),
        agent: (Sealer, Opener),
    }

    fn meet(host_key: &Key, agent_key: &Key) -> Result<Met, Box<dyn std::error::Error>> {
        let (one, other) = (Nonce::random()?, Nonce::random()?);
        Ok(Met { host: channel(host_key, &one, &other, End::Host), agent: channel(agent_key, &one, &other, End::Agent) })
    }

    fn call(number: u32) -> Call {
        Call { number, request: Request::FindProgram { name: "sh".into() } }
    }

    /// The content of the sealed frame of a call, without its header.
    fn sealed(sealer: &mut Sealer, number: u32) -> Result<Vec<u8>, FrameError> {
        let mut frame = Vec::new();
        sealer.seal_in(&mut frame, &call(number))?;
        Ok(frame.split_off(HEADER))
    }

    #[test]
    fn frames_arrive_in_both_directions() -> TestResult {
        let key = Key::random()?;
        let Met { mut host, mut agent } = meet(&key, &key)?;
        for number in 0..3 {
            let down = sealed(&mut host.0, number)?;
            assert!(!down.windows(2).any(|two| two == b"sh"), "nothing shows");
            assert_eq!(agent.1.open::<Call>(&mut down.clone())?, call(number));
            assert_eq!(host.1.open::<Call>(&mut sealed(&mut agent.0, number)?)?, call(number));
        }
        Ok(())
    }

    #[test]
    fn whoever_has_another_key_opens_nothing() -> TestResult {
        let Met { mut host, mut agent } = meet(&Key::random()?, &Key::random()?)?;
        assert!(matches!(agent.1.open::<Call>(&mut sealed(&mut host.0, 1)?), Err(FrameError::Forged)));
        Ok(())
    }

    #[test]
    fn repeated_reordered_reflected_and_changed_frames_are_refused() -> TestResult {
        let key = Key::random()?;
        let refused =
            |opener: &mut Opener, frame: &[u8]| matches!(opener.open::<Call>(&mut frame.to_vec()), Err(FrameError::Forged));
        let Met { mut host, mut agent } = meet(&key, &key)?;
        let first = sealed(&mut host.0, 1)?;
        agent.1.open::<Call>(&mut first.clone())?;
        assert!(refused(&mut agent.1, &first), "repeated");

        let Met { mut host, mut agent } = meet(&key, &key)?;
        let (_first, second) = (sealed(&mut host.0, 1)?, sealed(&mut host.0, 2)?);
        assert!(refused(&mut agent.1, &second), "reordered");

        let Met { mut host, .. } = meet(&key, &key)?;
        let own = sealed(&mut host.0, 1)?;
        assert!(refused(&mut host.1, &own), "reflected");

        let Met { mut agent, .. } = meet(&key, &key)?;
        assert!(refused(&mut agent.1, &first), "of an earlier connection");

        for byte in 0..first.len() {
            let Met { mut host, mut agent } = meet(&key, &key)?;
            let mut changed = sealed(&mut host.0, 1)?;
            changed[byte] ^= 1;
            assert!(refused(&mut agent.1, &changed), "byte {byte}");
        }
        for length in 0..first.len() {
            let Met { mut host, mut agent } = meet(&key, &key)?;
            assert!(refused(&mut agent.1, &sealed(&mut host.0, 1)?[..length]), "cut at {length}");
        }
        Ok(())
    }
}
