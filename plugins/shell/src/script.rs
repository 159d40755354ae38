//! The file that a shell runs.

/// The shell that runs a script: what was asked for, else bash where the container has it, else `/bin/sh`; then the file.
pub(crate) fn argv(asked: Option<Vec<String>>, bash: Option<String>, file: &str) -> Vec<String> {
    let mut argv = asked.unwrap_or_else(|| vec![bash.unwrap_or_else(|| "/bin/sh".into())]);
    argv.push(file.to_owned());
    argv
}

/// The script: a preamble that stops at the first failing command and shows each line before it runs, then the lines.
///
/// `set` is a special builtin: when it refuses an option, a POSIX shell exits. dash 0.5.12 does so for `pipefail`, so it is
/// tried in a subshell first. `verbose` shows lines as they are written, before variables are put in; `xtrace` would show
/// secrets.
pub(crate) fn text(shell: &str, lines: &[String]) -> String {
    let mut text = format!("#!{shell}\nset -e\n(set -o pipefail) 2>/dev/null && set -o pipefail || true\nset -o verbose\n");
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bash_is_taken_where_there_is_one() {
        assert_eq!(argv(None, Some("/usr/bin/bash".into()), "/f"), ["/usr/bin/bash", "/f"]);
        assert_eq!(argv(None, None, "/f"), ["/bin/sh", "/f"]);
        assert_eq!(argv(Some(vec!["dash".into(), "-u".into()]), Some("/usr/bin/bash".into()), "/f"), ["dash", "-u", "/f"]);
    }
}
