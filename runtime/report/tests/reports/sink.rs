//! Writers to look into.

use std::io;
use std::sync::{Arc, Mutex};

/// Keeps what is written, and counts how often.
#[derive(Clone, Default)]
pub struct Sink(Arc<Mutex<(Vec<u8>, usize)>>);

impl Sink {
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().0.clone()
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.bytes()).unwrap()
    }

    pub fn writes(&self) -> usize {
        self.0.lock().unwrap().1
    }
}

impl io::Write for Sink {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let mut kept = self.0.lock().unwrap();
        kept.0.extend_from_slice(data);
        kept.1 += 1;
        Ok(data.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A pipe whose reader has gone.
pub struct Closed;

impl io::Write for Closed {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
