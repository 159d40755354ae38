//! How things are said in a sentence.

/// An error with its causes, in one line.
pub(crate) fn in_one_line(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |e| e.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// A path with the task's own variables filled in, `$NAME` and `${NAME}`. What only the container knows stays as it is written, for the
/// agent; so does a variable that names itself.
pub(crate) fn filled(written: &str, value: impl Fn(&str) -> Option<String>) -> String {
    /// Variables within variables are filled in this many times: some name each other.
    const DEEPEST: usize = 8;
    let mut text = written.to_owned();
    for _ in 0..DEEPEST {
        let next = filled_once(&text, &value);
        if next == text {
            break;
        }
        text = next;
    }
    text
}

fn filled_once(text: &str, value: &impl Fn(&str) -> Option<String>) -> String {
    let mut parts = text.split('$');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let braced = part.strip_prefix('{').and_then(|rest| rest.split_once('}'));
        let (name, rest) = braced.unwrap_or_else(|| {
            let end = part.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(part.len());
            part.split_at(end)
        });
        match value(name).filter(|found| !name.is_empty() && *found != text) {
            Some(found) => {
                out.push_str(&found);
                out.push_str(rest);
            }
            None => {
                out.push('$');
                out.push_str(part);
            }
        }
    }
    out
}

/// The names of the variables in a text, `$NAME` and `${NAME}`.
pub(crate) fn variables(text: &str) -> impl Iterator<Item = &str> {
    let names = text.split('$').skip(1).map(|part| {
        let part = part.strip_prefix('{').unwrap_or(part);
        let end = part.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(part.len());
        part.get(..end).unwrap_or_default()
    });
    names.filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tasks_own_variables_are_filled_in_and_others_are_left_to_the_container() {
        let value = |name: &str| match name {
            "CIRRUS_VOLUME" => Some("/vol".to_owned()),
            "SUB" => Some("$CIRRUS_VOLUME/sub".to_owned()),
            "SELF" => Some("$SELF".to_owned()),
            _ => None,
        };
        for (written, expected) in [
            ("/plain", "/plain"),
            ("$CIRRUS_VOLUME/a", "/vol/a"),
            ("${SUB}x/$CIRRUS_VOLUME", "/vol/subx//vol"),
            ("$HOME/a", "$HOME/a"),
            ("${HOME:/root}/$SELF$", "${HOME:/root}/$SELF$"),
        ] {
            assert_eq!(filled(written, value), expected, "{written}");
        }
    }
}
