//! The plugin `shell` with real shells: bash, dash, and whatever `/bin/sh` is.

#![allow(clippy::expect_used, reason = "tests fail by panicking")]

mod support;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;
use support::backend::Local;
use support::{everything, host, inspect, run};
use windlass_engine::ports::plugin::{PluginError, PluginHost as _, StepInput, StepResult};
use windlass_plugin_host::Limits;

async fn script(lines: &[&str], backend: &Arc<Local>) -> Result<StepResult, PluginError> {
    let request = json!({"lines": lines, "background": false});
    run(&host(Limits::default()), "shell", request, everything(), StepInput::default(), backend).await
}

fn exit_code(done: &Result<StepResult, PluginError>) -> Option<i32> {
    match done {
        Err(PluginError::Failed { exit_code, .. }) => *exit_code,
        Ok(_) => Some(0),
        other => panic!("{other:?}"),
    }
}

/// The variable that chooses each shell of this machine.
const SHELLS: [&[(&str, &str)]; 4] =
    [&[], &[("CIRRUS_SHELL", "/bin/sh")], &[("CIRRUS_SHELL", "dash")], &[("CIRRUS_SHELL", "bash --norc")]];

#[tokio::test]
async fn lines_run_in_one_shell_and_show_themselves_unexpanded() {
    for variables in SHELLS {
        let backend = Local::plain(variables);
        let done = script(&["NAME=world", "echo \"hello $NAME\"", "cd / && pwd"], &backend).await;
        assert!(done.is_ok(), "{variables:?}: {done:?}");
        let shown = backend.shown();
        assert!(shown.contains("echo \"hello $NAME\"\nhello world\n"), "{variables:?}: {shown}");
        assert!(shown.ends_with("/\n"), "{variables:?}: {shown}");
    }
}

#[tokio::test]
async fn the_first_failing_line_ends_the_script_with_its_code() {
    for variables in SHELLS {
        let backend = Local::plain(variables);
        let done = script(&["echo before", "(exit 3)", "echo after"], &backend).await;
        assert_eq!(exit_code(&done), Some(3), "{variables:?}: {done:?}");
        let message = done.err().map(|e| e.to_string());
        assert_eq!(message.as_deref(), Some("the script exited with code 3"));
        assert!(!backend.shown().contains("\nafter"), "{variables:?}: {}", backend.shown());
    }
}

/// The option exists in bash and kills older versions of dash when it is set carelessly; both must run the script.
#[tokio::test]
async fn a_pipe_fails_with_its_first_command_where_the_shell_can_tell() {
    let bash = Local::plain(&[("CIRRUS_SHELL", "bash")]);
    assert_eq!(exit_code(&script(&["false | true"], &bash).await), Some(1));
    let dash = Local::plain(&[("CIRRUS_SHELL", "dash")]);
    let done = script(&["true | true", "echo reached"], &dash).await;
    assert!(done.is_ok() && dash.shown().contains("\nreached"), "{done:?}: {}", dash.shown());
}

#[tokio::test]
async fn bash_is_taken_from_the_path_and_sh_where_there_is_none() {
    let with = Local::plain(&[]);
    assert!(script(&["true"], &with).await.is_ok());
    assert!(with.commands.lock().expect("no panic")[0].argv[0].ends_with("/bash"));
    let without = Local::bare();
    assert!(script(&["true"], &without).await.is_ok());
    assert_eq!(without.commands.lock().expect("no panic")[0].argv[0], "/bin/sh");
}

#[tokio::test]
async fn direct_runs_the_first_line_without_a_shell_and_expands_it_in_the_container() {
    let backend = Local::plain(&[("CIRRUS_SHELL", "direct")]);
    let done = script(&["printf '%s;' 'a b' $HOME", "echo never"], &backend).await;
    assert!(done.is_ok(), "{done:?}");
    let command = backend.commands.lock().expect("no panic")[0].clone();
    assert_eq!((command.argv, command.expand_argv), (["printf", "%s;", "a b", "$HOME"].map(String::from).to_vec(), true));
    assert!(!backend.shown().contains("never"));
    assert!(backend.log()[0].contains("1 more do not run"), "{:?}", backend.log());
}

#[tokio::test]
async fn variables_written_to_the_file_reach_the_steps_that_follow() {
    let backend = Local::plain(&[("CIRRUS_ENV_SENSITIVE", "true")]);
    let done = script(&["echo A=1 >> $CIRRUS_ENV", "echo 'B=x = y' >> \"$CIRRUS_ENV\"", "exit 7"], &backend).await;
    assert_eq!(exit_code(&done), Some(7));
    let set = backend.set.lock().expect("no panic").clone();
    assert_eq!(set, [("A".to_owned(), "1".to_owned(), true), ("B".to_owned(), "x = y".to_owned(), true)]);
}

/// Proves that whatever means yes counts: before, only `true` did, and values were shown that were meant to be masked.
#[tokio::test]
async fn written_variables_are_sensitive_whenever_the_file_says_so() {
    for (value, sensitive) in [("True", true), ("1", true), ("yes", true), ("false", false), ("0", false), ("", false)] {
        let backend = Local::plain(&[("CIRRUS_ENV_SENSITIVE", value)]);
        let done = script(&["echo A=1 >> $CIRRUS_ENV"], &backend).await;
        assert!(done.is_ok(), "{done:?}");
        let set = backend.set.lock().expect("no panic").clone();
        assert_eq!(set, [("A".to_owned(), "1".to_owned(), sensitive)], "{value}");
    }
}

#[tokio::test]
async fn one_malformed_line_discards_all_variables_without_failing() {
    let backend = Local::plain(&[]);
    let done = script(&["echo A=1 >> $CIRRUS_ENV", "echo secret-without-a-name >> $CIRRUS_ENV"], &backend).await;
    assert!(done.is_ok(), "{done:?}");
    assert!(backend.set.lock().expect("no panic").is_empty());
    let log = backend.log().join("\n");
    assert!(log.contains("line 2") && !log.contains("secret-without"), "{log}");
}

#[tokio::test]
async fn the_script_and_its_variables_are_gone_afterwards() {
    let backend = Local::plain(&[]);
    assert!(script(&["echo A=1 >> $CIRRUS_ENV"], &backend).await.is_ok());
    let left = std::fs::read_dir(backend.path("run/step-1")).expect("the directory is there").count();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_background_script_is_left_running_with_its_file() {
    let backend = Local::plain(&[]);
    let request = json!({"lines": ["sleep 600"], "background": true});
    let done = run(&host(Limits::default()), "shell", request, everything(), StepInput::default(), &backend).await;
    assert!(done.is_ok(), "{done:?}");
    let kept = backend.kept.lock().expect("no panic").clone();
    assert_eq!(kept.len(), 1);
    assert!(backend.killed.lock().expect("no panic").is_empty());
    assert!(backend.path("run/step-1/script").exists());
    backend.process(&kept[0]).kill();
}

#[tokio::test]
async fn processes_left_behind_end_with_the_script_unless_they_may_escape() {
    for (variables, lives) in [(vec![], false), (vec![("CIRRUS_ESCAPING_PROCESSES", "1")], true)] {
        let backend = Local::plain(&variables);
        let done = script(&["sleep 600 > /dev/null 2>&1 & echo $! > child"], &backend).await;
        assert!(done.is_ok(), "{done:?}");
        let pid = std::fs::read_to_string(backend.path("work/child")).expect("the script wrote it");
        let stat = Path::new("/proc").join(pid.trim()).join("stat");
        // A killed child that init has not reaped yet is a zombie.
        let runs = || std::fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") Z ") && !stat.contains(") X "));
        if lives {
            assert!(runs(), "it was to live on");
            let pid = pid.trim().parse().ok().and_then(rustix::process::Pid::from_raw).expect("a number");
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).expect("it is ours");
        }
        let end = Instant::now() + Duration::from_secs(10);
        while runs() {
            assert!(Instant::now() < end, "it lives on");
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test]
async fn powershell_is_refused_when_the_run_is_planned() {
    let host = host(Limits::default());
    let plugin = inspect(&host, "shell").await;
    match host.requirements(&plugin, &json!({"lines": ["true", "ps: Get-Item ."], "background": false}), None).await {
        Err(PluginError::Unsupported { field, reason, .. }) => {
            assert_eq!(field, "lines[1]");
            assert!(reason.contains("PowerShell"), "{reason}");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_script_killed_by_a_signal_says_so() {
    let backend = Local::plain(&[]);
    let done = script(&["kill -9 $$"], &backend).await;
    assert_eq!(exit_code(&done), Some(137));
    assert!(done.is_err_and(|e| e.to_string() == "the script was killed by signal 9"));
}
