//! A look into a Dockerfile: its instructions with their lines, and what they take to be carried out.

/// One instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// The one-based line that it begins in.
    pub line: usize,
    /// Its keyword in capitals; for `ONBUILD RUN x`, `ONBUILD`.
    pub keyword: String,
    /// What follows the keyword, continued lines joined by one space.
    pub arguments: String,
}

/// Reads the instructions of a Dockerfile: comments, continued lines and here-documents as Docker reads them.
pub fn instructions(text: &str) -> Vec<Instruction> {
    let escape = escape_character(text);
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let Some(mut joined) = content(line) else { continue };
        while let Some(begun) = joined.strip_suffix(escape) {
            joined = begun.trim_end().to_owned();
            // Comments and empty lines in between belong to nothing.
            let Some(next) = lines.by_ref().find_map(|(_, line)| content(line)) else { break };
            joined.push(' ');
            joined.push_str(&next);
        }
        let (keyword, arguments) = joined.split_once(char::is_whitespace).unwrap_or((joined.as_str(), ""));
        let (keyword, arguments) = (keyword.to_ascii_uppercase(), arguments.trim().to_owned());
        if matches!(keyword.as_str(), "RUN" | "COPY" | "ADD") {
            for end in here_documents(&arguments) {
                let _ = lines.by_ref().find(|(_, line)| line.trim_start_matches('\t') == end);
            }
        }
        found.push(Instruction { line: index + 1, keyword, arguments });
    }
    found
}

/// A line without its margins; `None` for a comment or nothing.
fn content(line: &str) -> Option<String> {
    let line = line.trim();
    (!line.is_empty() && !line.starts_with('#')).then(|| line.to_owned())
}

/// `\`, unless the first lines hold the directive `# escape=`.
fn escape_character(text: &str) -> char {
    let directives = text.lines().map_while(|line| line.trim().strip_prefix('#'));
    let values =
        directives.filter_map(|line| line.split_once('=')).filter(|(name, _)| name.trim().eq_ignore_ascii_case("escape"));
    values.map(|(_, value)| value.trim().chars().next().unwrap_or('\\')).next().unwrap_or('\\')
}

/// The words that end the here-documents of an instruction.
fn here_documents(arguments: &str) -> Vec<&str> {
    let begun = arguments.split_whitespace().filter_map(|word| word.split_once("<<").map(|(_, end)| end));
    let bare = begun.map(|end| end.trim_start_matches('-').trim_matches(['"', '\'']));
    bare.filter(|end| !end.is_empty() && end.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')).collect()
}

/// Whether an image can be made from it without any power over files and users: no base to unpack, nothing to run, nobody else's files.
pub fn only_copies(text: &str) -> bool {
    instructions(text).iter().all(|instruction| match instruction.keyword.as_str() {
        "FROM" => instruction.arguments.split_whitespace().find(|word| !word.starts_with("--")) == Some("scratch"),
        "COPY" | "ADD" => !instruction.arguments.contains("--chown") && !instruction.arguments.contains("--chmod"),
        "RUN" | "ONBUILD" | "WORKDIR" | "VOLUME" => false,
        _ => true,
    })
}

/// The line of the `RUN` that a builder names by its text. Builders change spaces, quotes and what stands around the command.
pub fn line_of_run(text: &str, named: &str) -> Option<usize> {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let named = plain(named);
    let runs: Vec<Instruction> = instructions(text).into_iter().filter(|i| i.keyword == "RUN").collect();
    let command = |i: &Instruction| plain(&i.arguments);
    // `true` is in `true && exit 7` too: the longest is meant.
    let within = runs.iter().rev().filter(|i| !i.arguments.is_empty() && named.contains(&command(i)));
    let same = within.max_by_key(|i| command(i).len());
    same.or_else(|| (runs.len() == 1).then(|| runs.first()).flatten()).map(|i| i.line)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# syntax=docker/dockerfile:1\n\
        FROM busybox AS build # not a comment here\n\
        RUN echo a && \\\n\
        # in between\n\
        \n\
          echo b\n\
        run <<EOF\n\
        RUN not this\n\
        EOF\n\
        copy --from=build /a /b\n";

    #[test]
    fn instructions_have_the_line_that_they_begin_in() {
        let found: Vec<(usize, String, String)> =
            instructions(TEXT).into_iter().map(|i| (i.line, i.keyword, i.arguments)).collect();
        let expected = [
            (2, "FROM", "busybox AS build # not a comment here"),
            (3, "RUN", "echo a && echo b"),
            (7, "RUN", "<<EOF"),
            (10, "COPY", "--from=build /a /b"),
        ];
        assert_eq!(found, expected.map(|(line, keyword, arguments)| (line, keyword.to_owned(), arguments.to_owned())));
    }

    #[test]
    fn another_escape_character_is_obeyed() {
        let found = instructions("# escape=`\nFROM a\nRUN dir C:\\\nRUN b `\n c\n");
        assert_eq!(found.iter().map(|i| i.arguments.as_str()).collect::<Vec<_>>(), ["a", "dir C:\\", "b c"]);
    }

    #[test]
    fn copying_into_nothing_needs_no_power() {
        assert!(only_copies("FROM scratch\nCOPY a /a\nCMD [\"/a\"]\nUSER 1000\n"));
        for text in ["FROM busybox\nCOPY a /a\n", "FROM scratch\nRUN a\n", "FROM scratch\nCOPY --chown=1 a /a\n"] {
            assert!(!only_copies(text), "{text}");
        }
    }

    #[test]
    fn a_run_is_found_by_its_text() {
        let text = "FROM a\nRUN echo  one\nRUN exit 7\n";
        assert_eq!(line_of_run(text, "[/bin/sh -c exit 7]"), Some(3));
        assert_eq!(line_of_run(text, "something else"), None);
        assert_eq!(line_of_run("FROM a\nRUN b\n", "something else"), Some(2));
        assert_eq!(line_of_run("FROM a\nRUN true\nRUN true && \\\n  exit 7\n", "true &&   exit 7"), Some(3));
        assert_eq!(line_of_run("FROM a\nRUN true\nRUN true\n", "true"), Some(2));
    }
}
