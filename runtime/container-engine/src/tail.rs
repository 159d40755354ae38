//! The end of what a container wrote by itself.

/// The end of a log. It is for a person to read, and its lines may be of any length.
#[derive(Default)]
pub(crate) struct Tail(Vec<u8>);

impl Tail {
    /// The most that is kept, in bytes.
    const MOST: usize = 1 << 20;

    /// Adds what comes next.
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
        // Moved in large steps, not for each piece.
        if self.0.len() > 2 * Self::MOST {
            self.0.drain(..self.0.len() - Self::MOST);
        }
    }

    /// What is kept.
    pub(crate) fn bytes(mut self) -> Vec<u8> {
        self.0.drain(..self.0.len().saturating_sub(Self::MOST));
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Proves that a log of endless lines does not fill the host's memory: before, as many lines were kept as were asked for, however long.
    #[test]
    fn the_end_of_a_log_is_bounded_in_bytes() {
        let mut tail = Tail::default();
        for piece in 0..=255 {
            tail.add(&[piece; 64 * 1024]);
            assert!(tail.0.len() <= 2 * Tail::MOST);
        }
        let bytes = tail.bytes();
        assert_eq!((bytes.len(), bytes.first(), bytes.last()), (Tail::MOST, Some(&240), Some(&255)));
        let mut short = Tail::default();
        short.add(b"short");
        assert_eq!(short.bytes(), b"short");
    }
}
