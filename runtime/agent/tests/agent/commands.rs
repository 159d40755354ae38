//! Starting, ending and recording commands.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use windlass_agent_client::ClientError;
use windlass_agent_client::protocol::{Command, Failure, Outcome, StartFailure};

use crate::support::{Agent, TestResult, alive, collect, id, run, shell, signal, until};

#[tokio::test]
async fn a_command_is_started_once() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let file = agent.path("count");
    let command = shell("once", &format!("echo started >> {}", file.display()));
    for _ in 0..5 {
        client.start(command.clone()).await?;
    }
    assert!(client.wait(&id("once")).await?.succeeded());
    client.start(command).await?;
    assert_eq!(fs::read_to_string(file)?, "started\n");
    let other = client.start(shell("once", "true")).await;
    assert!(matches!(&other, Err(ClientError::Refused(Failure::Conflict(name))) if *name == id("once")), "{other:?}");
    Ok(())
}

#[tokio::test]
async fn exit_codes_and_signals_are_recorded() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    for (name, script, outcome) in [
        ("good", "echo hello", Outcome::Exited(0)),
        ("bad", "echo hello; exit 7", Outcome::Exited(7)),
        ("dead", "echo hello; kill -SEGV $$", Outcome::Signaled(11)),
    ] {
        let (output, record) = run(&client, shell(name, script)).await?;
        assert_eq!((output.as_str(), record.outcome), ("hello\n", outcome));
        assert_eq!(record.output.bytes, 6);
        assert!(record.max_rss > 0);
    }
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_started_says_why() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let data = agent.path("data");
    fs::write(&data, "no program")?;
    let data = data.to_string_lossy().into_owned();

    let missing = Command::new(id("missing"), "no-such-program").env("PATH", "/a:/b");
    let (_, record) = run(&client, missing).await?;
    let expected = StartFailure::ProgramNotFound { program: "no-such-program".into(), searched: "/a:/b".into() };
    assert_eq!(record.outcome, Outcome::NotStarted(expected));

    let (_, record) = run(&client, Command::new(id("data"), data.as_str())).await?;
    assert!(
        matches!(&record.outcome, Outcome::NotStarted(StartFailure::NotExecutable { program, .. }) if *program == data),
        "{record:?}"
    );

    let script = agent.path("script");
    fs::write(&script, "#!/no/such/interpreter\n")?;
    fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755))?;
    let program = script.to_string_lossy().into_owned();
    let (_, record) = run(&client, Command::new(id("script"), program)).await?;
    assert!(
        matches!(&record.outcome, Outcome::NotStarted(StartFailure::NotExecutable { reason, .. }) if reason.contains("interpreter")),
        "{record:?}"
    );

    let mut inside = shell("inside", "true");
    inside.cwd = Some(format!("{data}/below").into());
    let (_, record) = run(&client, inside).await?;
    assert!(matches!(&record.outcome, Outcome::NotStarted(StartFailure::WorkingDirectory { .. })), "{record:?}");
    Ok(())
}

#[tokio::test]
async fn the_whole_process_group_ends_with_its_leader() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    // A child, and a grandchild whose parent is gone; both hold the pipe open.
    let script = "sleep 1000 & echo $!; sh -c 'sleep 1000 & echo $!'; echo end";
    let started = Instant::now();
    let (output, record) = run(&client, shell("family", script)).await?;
    assert!(record.succeeded(), "{record:?}");
    assert!(started.elapsed() < Duration::from_secs(20));
    let pids: Vec<u32> = output.lines().filter_map(|l| l.parse().ok()).collect();
    assert_eq!(pids.len(), 2, "{output}");
    assert!(!pids.into_iter().any(alive));
    Ok(())
}

#[tokio::test]
async fn escaping_processes_live_on() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let file = agent.path("go");
    let script = format!("(until test -e {0}; do sleep 0.01; done; echo late; echo alive > {0}.out) & echo $!", file.display());
    let mut command = shell("parent", &script);
    command.escaping = true;
    let (output, record) = run(&client, command).await?;
    assert!(record.succeeded());
    let pid = output.trim().parse()?;
    assert!(alive(pid));
    // What it writes later is nobody's, and does not kill it.
    fs::write(&file, "")?;
    until("the escaped process goes on", || Ok(!alive(pid))).await?;
    let mut left = file.into_os_string();
    left.push(".out");
    assert_eq!(fs::read_to_string(left)?, "alive\n");
    Ok(())
}

#[tokio::test]
async fn a_command_that_is_late_is_ended() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let mut polite = shell("polite", "trap 'exit 0' TERM; while :; do sleep 0.01; done");
    polite.timeout = Some(Duration::from_millis(300));
    polite.grace = Duration::from_secs(60);
    let mut stubborn = shell("stubborn", "trap '' TERM; while :; do sleep 0.01; done");
    stubborn.timeout = Some(Duration::from_millis(300));
    stubborn.grace = Duration::from_millis(50);
    for command in [polite, stubborn] {
        let (_, record) = run(&client, command).await?;
        assert_eq!(record.outcome, Outcome::TimedOut);
        assert!(record.elapsed >= Duration::from_millis(300));
        assert!(record.elapsed < Duration::from_secs(20));
    }
    Ok(())
}

#[tokio::test]
async fn a_stopped_command_is_no_success() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let script = "trap 'exit 0' TERM; echo ready; while :; do sleep 0.01; done";
    client.start(shell("daemon", script)).await?;
    let mut output = client.follow(&id("daemon"));
    assert_eq!(output.next().await?.as_deref(), Some(&b"ready\n"[..]));
    client.stop(&id("daemon"), Duration::from_secs(60)).await?;
    // The shell may say that its child was terminated.
    while output.next().await?.is_some() {}
    let record = output.record().ok_or("no record")?;
    assert_eq!(record.outcome, Outcome::Stopped);
    assert!(!record.succeeded());
    // Stopping what has ended changes nothing.
    client.stop(&id("daemon"), Duration::ZERO).await?;
    Ok(())
}

#[tokio::test]
async fn output_and_errors_are_one_stream_in_the_order_of_writing() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    client.start(shell("both", "echo one; echo two >&2; echo three")).await?;
    let (output, record) = collect(&client, &id("both")).await?;
    assert_eq!(output, b"one\ntwo\nthree\n");
    assert_eq!(record.output.bytes, 14);
    Ok(())
}

#[tokio::test]
async fn orphans_are_adopted_and_buried() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let file = agent.path("pid");
    // It leaves the group, so that its end is its own.
    let script = format!(
        "setsid sh -c 'echo $$ > {0}.new; mv {0}.new {0}; exec sleep 1000' > /dev/null 2>&1 & \
         until test -e {0}; do sleep 0.01; done",
        file.display()
    );
    let (_, record) = run(&client, shell("orphan", &script)).await?;
    assert!(record.succeeded(), "{record:?}");
    let pid: u32 = fs::read_to_string(file)?.trim().parse()?;
    assert!(alive(pid));
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let parent = format!("PPid:\t{}\n", agent.pid());
    assert!(status.contains(&parent), "{status}");
    signal(pid, Signal::KILL)?;
    until("the orphan is buried", || Ok(!fs::exists(format!("/proc/{pid}"))?)).await
}

#[tokio::test]
async fn unknown_names_are_refused() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let waited = client.wait(&id("nobody")).await;
    assert!(matches!(&waited, Err(ClientError::Refused(Failure::UnknownCommand(name))) if *name == id("nobody")), "{waited:?}");
    let followed = client.follow(&id("nobody")).next().await;
    assert!(matches!(&followed, Err(ClientError::Refused(Failure::UnknownCommand(_)))), "{followed:?}");
    Ok(())
}
