//! One part of a pattern, between two slashes.

/// A piece of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// These bytes.
    Bytes(Vec<u8>),
    /// Any number of characters.
    Many,
    /// One character.
    One,
    /// One character of a set, or not of it.
    Set { ranges: Vec<(char, char)>, not: bool },
    /// One of several texts.
    Either(Vec<Vec<Part>>),
}

/// How deep braces may stand in braces.
const DEEPEST: usize = 8;

/// Reads the pieces of a part.
pub(super) fn parse(word: &str) -> Result<Vec<Part>, &'static str> {
    let mut chars = word.chars();
    sequence(&mut chars, 0).map(|(parts, _)| parts)
}

/// What a sequence ended with.
#[derive(PartialEq)]
enum End {
    Text,
    Comma,
    Brace,
}

fn sequence(chars: &mut std::str::Chars<'_>, depth: usize) -> Result<(Vec<Part>, End), &'static str> {
    let mut parts = Vec::new();
    while let Some(char) = chars.next() {
        match char {
            '*' if parts.last() == Some(&Part::Many) => {}
            '*' => parts.push(Part::Many),
            '?' => parts.push(Part::One),
            '[' => parts.push(set(chars)?),
            '{' if depth == DEEPEST => return Err("braces stand in braces too deeply"),
            '{' => parts.push(either(chars, depth + 1)?),
            ',' if depth > 0 => return Ok((parts, End::Comma)),
            '}' if depth > 0 => return Ok((parts, End::Brace)),
            '/' => return Err("a `/` stands in braces"),
            '\0' => return Err("it has a NUL byte"),
            '\\' => match chars.next().ok_or("a `\\` stands before nothing")? {
                '/' | '\0' => return Err("a `\\` stands before what no name can have"),
                char => push(&mut parts, char),
            },
            char => push(&mut parts, char),
        }
    }
    if depth > 0 { Err("a `{` has no `}`") } else { Ok((parts, End::Text)) }
}

fn push(parts: &mut Vec<Part>, char: char) {
    let mut buffer = [0; 4];
    let bytes = char.encode_utf8(&mut buffer).as_bytes();
    match parts.last_mut() {
        Some(Part::Bytes(last)) => last.extend_from_slice(bytes),
        _ => parts.push(Part::Bytes(bytes.to_vec())),
    }
}

fn either(chars: &mut std::str::Chars<'_>, depth: usize) -> Result<Part, &'static str> {
    let mut options = Vec::new();
    loop {
        let (parts, end) = sequence(chars, depth)?;
        options.push(parts);
        if end == End::Brace {
            return Ok(Part::Either(options));
        }
    }
}

fn set(chars: &mut std::str::Chars<'_>) -> Result<Part, &'static str> {
    const OPEN: &str = "a `[` has no `]`";
    let not = chars.as_str().starts_with(['!', '^']);
    if not {
        chars.next();
    }
    let mut ranges: Vec<(char, char)> = Vec::new();
    loop {
        let first = match chars.next().ok_or(OPEN)? {
            ']' if !ranges.is_empty() => return Ok(Part::Set { ranges, not }),
            ']' => return Err("a `[]` holds nothing"),
            '\\' => chars.next().ok_or(OPEN)?,
            char => char,
        };
        let last = match chars.as_str().strip_prefix('-') {
            Some(rest) if !rest.starts_with(']') => {
                chars.next();
                match chars.next().ok_or(OPEN)? {
                    '\\' => chars.next().ok_or(OPEN)?,
                    char => char,
                }
            }
            _ => first,
        };
        ranges.push((first, last));
    }
}

/// The name that a part stands for, if it stands for one alone.
pub(super) fn name(parts: &[Part]) -> Option<String> {
    match parts {
        [Part::Bytes(bytes)] => String::from_utf8(bytes.clone()).ok(),
        _ => None,
    }
}

/// Whether a name matches. Its time is bounded by the product of both lengths: the places that can be reached in the name are kept, and no way
/// is gone twice.
pub(super) fn matches(parts: &[Part], name: &[u8]) -> bool {
    let mut from = vec![false; name.len() + 1];
    from[0] = true;
    reach(parts, name, from).last() == Some(&true)
}

/// The places in the name that the parts lead to from those in `from`.
fn reach(parts: &[Part], name: &[u8], mut from: Vec<bool>) -> Vec<bool> {
    for part in parts {
        let mut to = vec![false; name.len() + 1];
        match part {
            Part::Many => {
                let first = from.iter().position(|reached| *reached).unwrap_or(from.len());
                to.iter_mut().skip(first).for_each(|place| *place = true);
            }
            Part::Either(options) => {
                for option in options {
                    let reached = reach(option, name, from.clone());
                    to.iter_mut().zip(reached).for_each(|(place, reached)| *place |= reached);
                }
            }
            _ => {
                for at in (0..=name.len()).filter(|at| from[*at]) {
                    if let Some(length) = taken(part, &name[at..]) {
                        to[at + length] = true;
                    }
                }
            }
        }
        from = to;
    }
    from
}

/// How many bytes a piece takes at the beginning of a text, if it fits.
fn taken(part: &Part, text: &[u8]) -> Option<usize> {
    match part {
        Part::Bytes(bytes) => text.starts_with(bytes).then_some(bytes.len()),
        Part::One => first(text).map(|(_, length)| length),
        Part::Set { ranges, not } => {
            let (char, length) = first(text)?;
            let found = char.is_some_and(|char| ranges.iter().any(|(low, high)| (*low..=*high).contains(&char)));
            (found != *not).then_some(length)
        }
        Part::Many | Part::Either(_) => None,
    }
}

/// The first character, and its length; a byte that begins none stands for itself.
fn first(text: &[u8]) -> Option<(Option<char>, usize)> {
    let longest = &text[..text.len().min(4)];
    let valid = match std::str::from_utf8(longest) {
        Ok(valid) => valid,
        Err(error) => std::str::from_utf8(&longest[..error.valid_up_to()]).unwrap_or_default(),
    };
    match valid.chars().next() {
        Some(char) => Some((Some(char), char.len_utf8())),
        None => (!text.is_empty()).then_some((None, 1)),
    }
}
