//! What a Dockerfile takes from its context, as far as that can be read off.

/// The files of a context that an image is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sources {
    /// These, and what lies below them; paths from the context's root.
    These(Vec<String>),
    /// Anything may be among them.
    Everything,
}

/// Reads a Dockerfile. What is not plainly a path means everything: an image that is built once too often is better than an old one.
pub(super) fn of(dockerfile: &str) -> Sources {
    let mut found = Vec::new();
    let Some(instructions) = instructions(dockerfile) else { return Sources::Everything };
    for instruction in &instructions {
        match taken(instruction) {
            Some(paths) => found.extend(paths),
            None => return Sources::Everything,
        }
    }
    found.sort();
    found.dedup();
    Sources::These(found)
}

/// What an instruction takes; `None` when that cannot be told.
fn taken(instruction: &str) -> Option<Vec<String>> {
    let (word, rest) = instruction.split_once(char::is_whitespace).unwrap_or((instruction, ""));
    match word.to_ascii_uppercase().as_str() {
        "COPY" | "ADD" => copied(rest),
        "RUN" => mounted(rest),
        // A later stage may begin with this one, and then it happens there.
        "ONBUILD" => taken(rest.trim_start()),
        // Triggers of such a base image copy what only its own Dockerfile says.
        "FROM" if rest.contains("onbuild") => None,
        _ => Some(Vec::new()),
    }
}

/// One instruction an entry, its lines joined and comments left out. `None` for what has another syntax than the usual.
fn instructions(dockerfile: &str) -> Option<Vec<String>> {
    let mut instructions: Vec<String> = Vec::new();
    let mut open = false;
    for line in dockerfile.lines().map(str::trim) {
        if let Some(comment) = line.strip_prefix('#') {
            let directive = comment.replace(' ', "").to_ascii_lowercase();
            let other_syntax = directive.starts_with("syntax=") && !directive.starts_with("syntax=docker/dockerfile");
            if directive.starts_with("escape=") && directive != "escape=\\" || other_syntax {
                return None;
            }
            continue;
        }
        if line.contains("<<") {
            return None;
        }
        if line.is_empty() {
            continue;
        }
        let (text, goes_on) = line.strip_suffix('\\').map_or((line, false), |text| (text, true));
        match instructions.last_mut().filter(|_| open) {
            Some(last) => {
                last.push(' ');
                last.push_str(text);
            }
            None => instructions.push(text.to_owned()),
        }
        open = goes_on;
    }
    Some(instructions)
}

/// The sources of a `COPY` or `ADD`; `None` when they cannot be told.
fn copied(rest: &str) -> Option<Vec<String>> {
    let mut rest = rest.trim();
    while rest.starts_with("--") {
        let (flag, after) = rest.split_once(char::is_whitespace)?;
        if flag.starts_with("--from=") {
            return Some(Vec::new());
        }
        rest = after.trim_start();
    }
    let words: Vec<String> = if rest.starts_with('[') {
        serde_json::from_str(rest).ok()?
    } else if rest.contains(['"', '\'', '\\']) {
        return None;
    } else {
        rest.split_whitespace().map(str::to_owned).collect()
    };
    let (_, sources) = words.split_last()?;
    sources.iter().filter(|source| !source.contains("://") && !source.starts_with("git@")).map(|source| path(source)).collect()
}

/// A `RUN` sees the context where it mounts it.
fn mounted(rest: &str) -> Option<Vec<String>> {
    let flags = rest.split_whitespace().take_while(|word| word.starts_with("--"));
    let elsewhere = ["from=", "type=cache", "type=tmpfs", "type=secret", "type=ssh"];
    let mut mounts = flags.filter(|flag| flag.starts_with("--mount"));
    mounts.all(|mount| elsewhere.iter().any(|word| mount.contains(word))).then(Vec::new)
}

/// A source as a path from the context's root: of a pattern, the directory that it stands in.
fn path(source: &str) -> Option<String> {
    if source.contains('$') {
        return None;
    }
    let literal = match source.find(['*', '?', '[']) {
        Some(at) => source.get(..at)?.rsplit_once('/').map_or("", |(directory, _)| directory),
        None => source,
    };
    let parts: Vec<&str> = literal.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    (!parts.is_empty() && !parts.contains(&"..")).then(|| parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn these(paths: &[&str]) -> Sources {
        Sources::These(paths.iter().map(|path| (*path).to_owned()).collect())
    }

    #[test]
    fn what_is_copied_is_read_off() {
        for (dockerfile, expected) in [
            ("FROM a\nRUN make", these(&[])),
            ("FROM a\nCOPY package.json yarn.lock ./\ncopy ./src/ /src", these(&["package.json", "src", "yarn.lock"])),
            ("FROM a\nCOPY --chown=1:1 \\\n  # why\n  ci/setup.sh \\\n  /setup", these(&["ci/setup.sh"])),
            ("FROM a\nCOPY --from=build /out /out\nADD https://example.com/a.tar /", these(&[])),
            ("FROM a\nCOPY [\"a b\", \"/c\"]", these(&["a b"])),
            ("FROM a\nCOPY ci/*.sh /usr/bin/", these(&["ci"])),
            ("FROM a AS b\nONBUILD COPY conf /conf\nOnBuild add lib /lib\nFROM b", these(&["conf", "lib"])),
            ("FROM a AS b\nONBUILD RUN make\nONBUILD USER c\nFROM b", these(&[])),
            ("FROM a\nRUN --mount=type=cache,target=/c --mount=type=bind,from=b,target=/b make", these(&[])),
        ] {
            assert_eq!(of(dockerfile), expected, "{dockerfile}");
        }
    }

    #[test]
    fn what_cannot_be_told_is_everything() {
        for dockerfile in [
            "FROM a\nCOPY . /src",
            "FROM a\nCOPY *.json /src",
            "FROM a\nARG D\nCOPY $D /src",
            "FROM a\nCOPY ../x /src",
            "FROM a\nRUN --mount=type=bind,target=/src make",
            "FROM node:onbuild",
            "FROM a AS b\nONBUILD COPY . /src\nFROM b",
            "FROM a AS b\nONBUILD RUN --mount=type=bind,target=/src make\nFROM b",
            "FROM a\nCOPY <<EOF /x\ntext\nEOF",
            "# escape=`\nFROM a",
            "# syntax=example.com/own\nFROM a",
        ] {
            assert_eq!(of(dockerfile), Sources::Everything, "{dockerfile}");
        }
    }
}
