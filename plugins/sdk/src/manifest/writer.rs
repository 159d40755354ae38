//! Writes JSON while the plugin is compiled: everything here is `const`.

/// JSON being written. What does not fit is only counted.
pub(super) struct Json<const N: usize> {
    pub(super) bytes: [u8; N],
    pub(super) length: usize,
}

impl<const N: usize> Json<N> {
    pub(super) const fn byte(&mut self, byte: u8) {
        if self.length < N {
            self.bytes[self.length] = byte;
        }
        self.length += 1;
    }

    pub(super) const fn raw(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let mut i = 0;
        while i < bytes.len() {
            self.byte(bytes[i]);
            i += 1;
        }
    }

    /// A JSON string, without the space that doc comments begin with.
    pub(super) const fn string(&mut self, text: &str) {
        let bytes = text.as_bytes();
        self.byte(b'"');
        let mut i = if !bytes.is_empty() && bytes[0] == b' ' { 1 } else { 0 };
        while i < bytes.len() {
            match bytes[i] {
                b'"' | b'\\' => {
                    self.byte(b'\\');
                    self.byte(bytes[i]);
                }
                // A control character in a description is a line break or as good as one.
                0..0x20 => self.byte(b' '),
                byte => self.byte(byte),
            }
            i += 1;
        }
        self.byte(b'"');
    }

    pub(super) const fn member(&mut self, comma: bool, name: &str) {
        if comma {
            self.byte(b',');
        }
        self.string(name);
        self.byte(b':');
    }
}
