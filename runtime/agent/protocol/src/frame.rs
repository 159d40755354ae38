//! Frames: a length (`u32`, little-endian) and that many bytes of postcard.

use std::io::{self, Read};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The most bytes of content that one message carries: of a file, of a secret, of an archive. It is what plugins are promised.
pub const LARGEST_PAYLOAD: usize = 8 << 20;

/// How many bytes of output or archive are sent in one message: a stream that is cut within it has to carry it again.
pub const CHUNK: usize = 64 << 10;

/// The longest message in a frame. A longer one means that the streams are out of step.
pub const LARGEST: usize = LARGEST_PAYLOAD + (64 << 10);

/// The number of bytes before a frame's content.
pub const HEADER: usize = 4;

/// A stream that does not hold what it should.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The frame is longer than any message.
    #[error("a frame of {length} bytes; at most {most} are allowed")]
    TooLong {
        /// What the header says.
        length: usize,
        /// The most that such a frame may have.
        most: usize,
    },
    /// The frame was sealed by somebody else, or is not the next one.
    #[error("a frame that the other end did not send, or not now")]
    Forged,
    /// The content is no message.
    #[error("a frame that holds no message")]
    Malformed(#[source] postcard::Error),
}

/// Makes the frame of a message, header included.
///
/// # Errors
/// When the message is longer than [`LARGEST`].
pub fn encode(message: &impl Serialize) -> Result<Vec<u8>, FrameError> {
    let mut frame = Vec::new();
    encode_in(&mut frame, message)?;
    Ok(frame)
}

/// Makes the frame of a message in a buffer that was used before: memory that is new each time costs more than the copying.
///
/// # Errors
/// As [`encode`]; the buffer holds no frame then.
pub fn encode_in(frame: &mut Vec<u8>, message: &impl Serialize) -> Result<(), FrameError> {
    frame.clear();
    frame.resize(HEADER, 0);
    *frame = postcard::to_extend(message, std::mem::take(frame)).map_err(FrameError::Malformed)?;
    let length = frame.len() - HEADER;
    match u32::try_from(length) {
        Ok(short) if length <= LARGEST => {
            frame[..HEADER].copy_from_slice(&short.to_le_bytes());
            Ok(())
        }
        _ => Err(FrameError::TooLong { length, most: LARGEST }),
    }
}

/// The length of the content that follows a header, at most `most`: [`LARGEST`] and [`TAG`](crate::seal::TAG) of a sealed frame,
/// [`greeting::LARGEST`](crate::greeting::LARGEST) before that.
///
/// # Errors
/// When it is longer.
pub fn length(header: [u8; HEADER], most: usize) -> Result<usize, FrameError> {
    match usize::try_from(u32::from_le_bytes(header)) {
        Ok(length) if length <= most => Ok(length),
        Ok(length) => Err(FrameError::TooLong { length, most }),
        Err(_) => Err(FrameError::TooLong { length: usize::MAX, most }),
    }
}

/// The message in a frame's content.
///
/// # Errors
/// When the content is not exactly one message of that type.
pub fn decode<T: DeserializeOwned>(content: &[u8]) -> Result<T, FrameError> {
    match postcard::take_from_bytes(content) {
        Ok((message, [])) => Ok(message),
        Ok(_) => Err(FrameError::Malformed(postcard::Error::DeserializeBadEncoding)),
        Err(e) => Err(FrameError::Malformed(e)),
    }
}

/// Reads one frame's content from a blocking stream; `None` when the stream ended between two.
///
/// # Errors
/// When reading fails, the stream ends inside a frame (`UnexpectedEof`) or the frame is longer than `most` (`InvalidData`).
pub fn read_content(stream: &mut impl Read, most: usize) -> io::Result<Option<Vec<u8>>> {
    let mut header = [0; HEADER];
    let mut filled = 0;
    while filled < HEADER {
        match stream.read(&mut header[filled..]) {
            Ok(0) if filled == 0 => return Ok(None),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    let mut content = vec![0; length(header, most).map_err(invalid)?];
    stream.read_exact(&mut content)?;
    Ok(Some(content))
}

/// Reads one message that is not sealed from a blocking stream; `None` when the stream ended between two.
///
/// # Errors
/// As [`read_content`], and when the frame holds no message (`InvalidData`).
pub fn read<T: DeserializeOwned>(stream: &mut impl Read, most: usize) -> io::Result<Option<T>> {
    let content = read_content(stream, most)?;
    content.map(|content| decode(&content).map_err(invalid)).transpose()
}

/// As an error of a stream.
pub fn invalid(e: FrameError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, e)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Call, Request};

    fn call() -> Call {
        Call { number: 7, request: Request::FindProgram { name: "sh".into() } }
    }

    #[test]
    fn a_message_survives_its_frame() -> Result<(), Box<dyn std::error::Error>> {
        let frame = encode(&call())?;
        let mut stream = frame.as_slice();
        assert_eq!(read::<Call>(&mut stream, LARGEST)?, Some(call()));
        assert_eq!(read::<Call>(&mut stream, LARGEST)?, None);
        Ok(())
    }

    #[test]
    fn a_frame_cut_anywhere_is_an_error_and_no_message() -> Result<(), Box<dyn std::error::Error>> {
        let frame = encode(&call())?;
        for cut in 1..frame.len() {
            let error = read::<Call>(&mut &frame[..cut], LARGEST).err().map(|e| e.kind());
            assert_eq!(error, Some(io::ErrorKind::UnexpectedEof), "cut at {cut}");
        }
        Ok(())
    }

    #[test]
    fn nonsense_is_refused() {
        let huge = [0xff; 64];
        let error = read::<Call>(&mut huge.as_slice(), LARGEST).err().map(|e| e.kind());
        assert_eq!(error, Some(io::ErrorKind::InvalidData));
        let trailing = [2, 0, 0, 0, 0xee, 0xee];
        let error = read::<Call>(&mut trailing.as_slice(), LARGEST).err().map(|e| e.kind());
        assert_eq!(error, Some(io::ErrorKind::InvalidData));
    }
}
