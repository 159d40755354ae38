//! What a person sees who runs windlass in a terminal, on a real container engine: the terminal is a real one, too, of 80 columns and 24 rows.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use std::io::{Read as _, Write as _};
use std::num::NonZero;
use std::process::{Command, Stdio};

use support::{Project, World};

const INTERRUPT: &[u8] = b"\x03";

/// windlass in a terminal, up to its end. `look` sees the screen after each picture, and says when to press Ctrl-C.
fn watched(project: &Project, arguments: &[&str], mut look: impl FnMut(&vt100::Screen) -> bool) -> (i32, Vec<u8>, vt100::Parser) {
    let size = |length| NonZero::new(length).expect("a length");
    let mut terminal = vt100::Parser::new(size(24), size(80), 1000);
    let flags = World::Engine.flags();
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    let windlass = project.command(&[&["run", "--trust-project"], flags.as_slice(), arguments].concat());
    let words = std::iter::once(windlass.get_program()).chain(windlass.get_args());
    let words: Vec<_> = words.map(|word| word.to_str().expect("UTF-8")).collect();
    let line = format!("stty cols 80 rows 24; {}", words.join(" "));
    let mut command = Command::new("script");
    command.args(["--quiet", "--return", "--command", &line, "/dev/null"]).env("TERM", "xterm");
    for (name, value) in windlass.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command.envs(World::Engine.environment()).current_dir(project.path());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("script runs");
    // The end of the keys would be another key, so they stay open.
    let (mut keys, mut output) = (child.stdin.take().expect("its keys"), child.stdout.take().expect("its output"));
    let (mut all, mut buffer, mut pressed) = (Vec::new(), [0; 4096], false);
    loop {
        match output.read(&mut buffer).expect("its output") {
            0 => break,
            count => {
                all.extend_from_slice(&buffer[..count]);
                terminal.process(&buffer[..count]);
            }
        }
        if !pressed && look(terminal.screen()) {
            keys.write_all(INTERRUPT).expect("a key is pressed");
            pressed = true;
        }
    }
    (child.wait().expect("an end").code().unwrap_or(-1), all, terminal)
}

/// Everything that can be scrolled back to, and the screen.
fn everything(terminal: &mut vt100::Parser) -> String {
    let screen = terminal.screen_mut();
    let mut lines = Vec::new();
    for back in (1..=screen.scrollback_len()).rev() {
        screen.set_scrollback(back);
        lines.extend(screen.rows(0, 80).next());
    }
    screen.set_scrollback(0);
    lines.push(screen.contents());
    lines.join("\n")
}

/// Proves what nobody could see before: of eight tasks at once, each one's pod and last line below the header of the run. When all were seen,
/// they are interrupted, and of what was drawn again and again nothing is left.
#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn eight_tasks_are_seen_at_once() {
    let names: Vec<String> = ["one", "two", "three", "four", "five", "six", "seven", "eight"].map(String::from).to_vec();
    let matrix: String = names.iter().map(|name| format!("    - {{name: {name}}}\n")).collect();
    // On one line: a shell shows each line of a script before it runs it.
    let wait = r#"echo "last words of $CIRRUS_TASK_NAME"; sleep 60"#;
    let file = format!(
        "watch_task:\n  matrix:\n{matrix}  container: {{image: \"docker.io/library/busybox:latest\", cpu: 0.1, memory: 64M}}\n  \
         wait_script: '{wait}'\n"
    );
    let project = Project::new(&[(".cirrus.yml", &file)]);
    let mut seen = String::new();
    let (code, _, mut terminal) = watched(&project, &["--jobs=8"], |screen| {
        let contents = screen.contents();
        let all = names.iter().all(|name| {
            let said = contents.contains(&format!("| last words of {name}"));
            said && contents.lines().any(|line| line.starts_with(&format!("{name}  wait  ")) && line.contains("  windlass-"))
        });
        if all && contents.contains("0/8 done, ") {
            seen = contents;
        }
        !seen.is_empty()
    });
    let all = everything(&mut terminal);
    assert!(!seen.is_empty(), "{all}");
    assert_eq!(code, 130, "{all}");
    assert!(all.contains("interrupted in") && all.contains("tasks: 0 passed, 8 cancelled"), "{all}");
    assert!(!all.contains(" done, ") && !all.contains("| last words") && !all.contains("failed: interrupted"), "{all}");
}

/// Proves that a build which clears screens and sets titles does neither to the terminal that its plain log is shown on, and keeps its colours.
#[test]
#[ignore = "needs the container engine that tests/run.sh starts"]
fn a_plain_log_on_a_terminal_moves_nothing() {
    let file = "loud_task:\n  container: {image: \"docker.io/library/busybox:latest\"}\n  loud_script: |\n    \
                printf 'a\\033[2J\\033[5A\\033[?1049h\\033]0;title\\007\\033[31mred\\033[0m.\\n'\n";
    let project = Project::new(&[(".cirrus.yml", file)]);
    let (code, output, mut terminal) = watched(&project, &["--output=plain"], |_| false);
    let (all, output) = (everything(&mut terminal), String::from_utf8_lossy(&output).into_owned());
    assert_eq!(code, 0, "{all}");
    assert!(output.contains("loud/loud | a\x1b[31mred\x1b[0m.\r\n"), "{output:?}");
    for sequence in ["\x1b[2J", "\x1b[5A", "\x1b[?1049h", "\x1b]0"] {
        assert!(!output.contains(sequence), "{sequence:?}: {output:?}");
    }
    assert!(all.contains("==> run ") && all.contains("passed in"), "{all}");
}
