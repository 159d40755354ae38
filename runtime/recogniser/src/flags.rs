//! Flags, as docker's command line reads them.

use std::ops::Range;

use crate::refusal::Refusal;
use crate::text::Text;
use crate::word::Word;

/// A flag that is understood.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flag {
    pub(crate) name: &'static str,
    pub(crate) short: Option<char>,
    pub(crate) takes_value: bool,
}

pub(crate) const fn value(name: &'static str, short: Option<char>) -> Flag {
    Flag { name, short, takes_value: true }
}

pub(crate) const fn switch(name: &'static str, short: Option<char>) -> Flag {
    Flag { name, short, takes_value: false }
}

/// A flag as it was given. A switch that was turned off is as good as not given.
#[derive(Debug)]
pub(crate) struct Given {
    pub(crate) name: &'static str,
    /// Empty for a switch.
    pub(crate) value: Text,
    /// The flag without its value, which may be a secret.
    pub(crate) range: Range<usize>,
}

/// The flags and arguments of a command.
#[derive(Debug, Default)]
pub(crate) struct Arguments<'w> {
    pub(crate) flags: Vec<Given>,
    pub(crate) rest: Vec<&'w Word>,
}

impl Arguments<'_> {
    /// The last value of a flag: the one that counts.
    pub(crate) fn last(&self, name: &str) -> Option<&Given> {
        self.flags.iter().rev().find(|given| given.name == name)
    }

    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &Given> {
        self.flags.iter().filter(move |given| given.name == name)
    }
}

/// Reads flags and arguments; flags may stand behind arguments, up to `--`.
pub(crate) fn read<'w>(words: &'w [Word], known: &[Flag], script: &str) -> Result<Arguments<'w>, Refusal> {
    let mut arguments = Arguments::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let prefix = word.prefix();
        if prefix == "--" && word.literal().is_some() {
            arguments.rest.extend(words);
            break;
        }
        if let Some(long) = prefix.strip_prefix("--") {
            let name = long.split('=').next().unwrap_or_default();
            let flag = find(known, word, script, name.len() + 2, |flag| flag.name.get(2..) == Some(name))?;
            let range = word.head(name.len() + 2, script);
            let attached = long.contains('=').then(|| attached(flag, word, name.len() + 3, &range)).transpose()?;
            arguments.flags.extend(given(flag, attached, range, &mut words)?);
        } else if prefix.len() > 1 && prefix.starts_with('-') {
            short(word, &prefix, known, script, &mut words, &mut arguments.flags)?;
        } else {
            arguments.rest.push(word);
        }
    }
    Ok(arguments)
}

/// `-t x`, `-tx`, `-t=x`, `-qt x`.
fn short<'w>(
    word: &Word,
    prefix: &str,
    known: &[Flag],
    script: &str,
    words: &mut impl Iterator<Item = &'w Word>,
    flags: &mut Vec<Given>,
) -> Result<(), Refusal> {
    for (at, letter) in prefix.char_indices().skip(1) {
        let end = at + letter.len_utf8();
        let flag = find(known, word, script, end, |flag| flag.short == Some(letter))?;
        let range = word.head(end, script);
        let more = word.literal().is_none_or(|whole| whole.len() > end);
        if flag.takes_value {
            let attached = more.then(|| attached(flag, word, end, &range)).transpose()?;
            let value = attached.map(|text| text.strip_prefix("=").unwrap_or(text));
            flags.extend(given(flag, value, range, words)?);
            return Ok(());
        }
        flags.extend(given(flag, None, range, words)?);
    }
    // `-q$X`: what the variable would turn on is unknown.
    if word.literal().is_none() { Err(Refusal::no_form(word.range.clone())) } else { Ok(()) }
}

fn find<'f>(
    known: &'f [Flag],
    word: &Word,
    script: &str,
    length: usize,
    is: impl Fn(&Flag) -> bool,
) -> Result<&'f Flag, Refusal> {
    known.iter().find(|flag| is(flag)).ok_or_else(|| Refusal::no_form(word.head(length, script)))
}

fn attached(flag: &Flag, word: &Word, length: usize, range: &Range<usize>) -> Result<Text, Refusal> {
    let text = word.text().map_err(|refusal| hidden(refusal, flag, word, range))?;
    Ok(text.skip(length))
}

/// Of a flag whose value may be a secret written out, the flag is shown and not the value.
fn hidden(refusal: Refusal, flag: &Flag, word: &Word, range: &Range<usize>) -> Refusal {
    let may_be_secret = matches!(flag.name, "--password" | "--build-arg" | "--secret");
    if may_be_secret && refusal.range == word.range { Refusal { range: range.clone(), ..refusal } } else { refusal }
}

fn given<'w>(
    flag: &Flag,
    attached: Option<Text>,
    range: Range<usize>,
    words: &mut impl Iterator<Item = &'w Word>,
) -> Result<Option<Given>, Refusal> {
    let value = match (flag.takes_value, attached) {
        (true, Some(value)) => value,
        (true, None) => {
            let word = words.next().ok_or_else(|| Refusal::new(range.clone(), "lacks its value"))?;
            word.text().map_err(|refusal| hidden(refusal, flag, word, &range))?
        }
        (false, None) => Text::default(),
        (false, Some(value)) => match value.literal() {
            Some("true" | "1") => Text::default(),
            Some("false" | "0") => return Ok(None),
            _ => return Err(Refusal::new(range, "takes true or false")),
        },
    };
    Ok(Some(Given { name: flag.name, value, range }))
}
