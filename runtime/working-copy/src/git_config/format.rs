//! The format of Git's configuration files, as `git help config` has it under "Syntax".

/// A line `key = value` in its section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// In lower case.
    pub(super) section: String,
    pub(super) subsection: Option<Vec<u8>>,
    /// In lower case.
    pub(super) key: String,
    /// `None` stands alone, which means true.
    pub(super) value: Option<Vec<u8>>,
}

/// Every entry, in order; `None` for what Git does not read.
pub(super) fn parse(text: &[u8]) -> Option<Vec<Entry>> {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let text = unix_line_ends(text);
    let mut reader = Reader { text: &text, at: 0 };
    let mut entries = Vec::new();
    let mut section: Option<(String, Option<Vec<u8>>)> = None;
    while let Some(byte) = reader.peek() {
        match byte {
            b'#' | b';' => reader.skip_line(),
            b'[' => section = Some(reader.header()?),
            byte if byte.is_ascii_whitespace() => reader.at += 1,
            byte if byte.is_ascii_alphabetic() => {
                let (section, subsection) = section.clone()?;
                let key = reader.word(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
                let value = reader.value()?;
                entries.push(Entry { section, subsection, key, value });
            }
            _ => return None,
        }
    }
    Some(entries)
}

/// Whether anything is written behind `#` or `;`, with a few false alarms.
pub(super) fn has_comments(text: &[u8]) -> bool {
    text.iter().any(|byte| matches!(byte, b'#' | b';'))
}

/// The entries as a file.
pub(super) fn write(entries: &[Entry]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut of: Option<(&str, Option<&[u8]>)> = None;
    for entry in entries {
        let here = (entry.section.as_str(), entry.subsection.as_deref());
        if of != Some(here) {
            text.push(b'[');
            text.extend_from_slice(entry.section.as_bytes());
            if let Some(subsection) = &entry.subsection {
                text.extend_from_slice(b" \"");
                escape(subsection, &mut text);
                text.push(b'"');
            }
            text.extend_from_slice(b"]\n");
            of = Some(here);
        }
        text.push(b'\t');
        text.extend_from_slice(entry.key.as_bytes());
        if let Some(value) = &entry.value {
            text.extend_from_slice(b" = \"");
            escape(value, &mut text);
            text.push(b'"');
        }
        text.push(b'\n');
    }
    text
}

fn escape(value: &[u8], text: &mut Vec<u8>) {
    for byte in value {
        match byte {
            b'\n' => text.extend_from_slice(b"\\n"),
            b'\t' => text.extend_from_slice(b"\\t"),
            8 => text.extend_from_slice(b"\\b"),
            b'"' | b'\\' => text.extend_from_slice(&[b'\\', *byte]),
            byte => text.push(*byte),
        }
    }
}

fn unix_line_ends(text: &[u8]) -> Vec<u8> {
    let mut unix = Vec::with_capacity(text.len());
    for (at, byte) in text.iter().enumerate() {
        if *byte != b'\r' || text.get(at + 1) != Some(&b'\n') {
            unix.push(*byte);
        }
    }
    unix
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    fn skip_line(&mut self) {
        while self.next().is_some_and(|byte| byte != b'\n') {}
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(|byte| byte == b' ' || byte == b'\t') {
            self.at += 1;
        }
    }

    /// Letters, in lower case.
    fn word(&mut self, belongs: impl Fn(u8) -> bool) -> String {
        let mut word = String::new();
        while let Some(byte) = self.peek().filter(|byte| belongs(*byte)) {
            word.push(char::from(byte.to_ascii_lowercase()));
            self.at += 1;
        }
        word
    }

    /// `[section]`, `[section "subsection"]`, or the old `[section.subsection]`.
    fn header(&mut self) -> Option<(String, Option<Vec<u8>>)> {
        self.at += 1;
        let name = self.word(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'));
        match self.next()? {
            b']' => Some(match name.split_once('.') {
                Some((section, subsection)) => (section.to_owned(), Some(subsection.as_bytes().to_vec())),
                None => (name, None),
            }),
            b' ' | b'\t' => {
                self.skip_blanks();
                if self.next()? != b'"' {
                    return None;
                }
                let subsection = self.quoted()?;
                (self.next()? == b']').then_some((name, Some(subsection)))
            }
            _ => None,
        }
    }

    fn quoted(&mut self) -> Option<Vec<u8>> {
        let mut text = Vec::new();
        loop {
            match self.next()? {
                b'"' => return Some(text),
                b'\n' => return None,
                b'\\' => text.push(self.next().filter(|byte| *byte != b'\n')?),
                byte => text.push(byte),
            }
        }
    }

    /// What follows a key, to the end of its line.
    fn value(&mut self) -> Option<Option<Vec<u8>>> {
        self.skip_blanks();
        match self.next() {
            None | Some(b'\n') => return Some(None),
            Some(b'=') => {}
            Some(b'#' | b';') => {
                self.skip_line();
                return Some(None);
            }
            Some(_) => return None,
        }
        self.skip_blanks();
        let mut value = Vec::new();
        // So many bytes are sure; blanks at the end of a line are not part of the value.
        let mut sure = 0;
        let mut quoted = false;
        loop {
            match self.next() {
                None if quoted => return None,
                Some(b'\n') if quoted => return None,
                None | Some(b'\n') => break,
                Some(b'#' | b';') if !quoted => {
                    self.skip_line();
                    break;
                }
                Some(b'"') => {
                    quoted = !quoted;
                    sure = value.len();
                }
                Some(b'\\') => {
                    match self.next()? {
                        b'\n' => continue,
                        b'n' => value.push(b'\n'),
                        b't' => value.push(b'\t'),
                        b'b' => value.push(8),
                        byte @ (b'"' | b'\\') => value.push(byte),
                        _ => return None,
                    }
                    sure = value.len();
                }
                Some(byte) if !quoted && byte.is_ascii_whitespace() => value.push(byte),
                Some(byte) => {
                    value.push(byte);
                    sure = value.len();
                }
            }
        }
        value.truncate(sure);
        Some(Some(value))
    }
}
