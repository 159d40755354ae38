//! What commands are given: variables, directories, input, secrets.

use std::fs;

use windlass_agent_client::ClientError;
use windlass_agent_client::protocol::{Command, Failure, Outcome, SecretName, StartFailure, Stdin, Value};

use crate::support::{Agent, TestResult, id, run, secret, shell};

fn template(text: &str) -> Value {
    Value::Template(text.into())
}

#[tokio::test]
async fn variables_are_expanded_in_the_container() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let command = shell("env", "echo \"$A|$B|$C|$D|$E\"; echo \"$PATH\"")
        .env("A", "plain $B")
        .env("B", template("b${C}%C%"))
        .env("C", template("${NO_SUCH_VARIABLE:default}"))
        .env("D", template("$D and $NO_SUCH_VARIABLE"))
        .env("E", "first")
        .env("E", "second")
        .env("PATH", template("/added:$PATH"));
    let (output, _) = run(&client, command).await?;
    let path = std::env::var("PATH")?;
    let expected = format!("plain $B|bdefaultdefault|default|$D and |second\n/added:{path}\n");
    assert_eq!(output, expected);
    Ok(())
}

#[tokio::test]
async fn secrets_reach_the_command_and_not_the_output() -> TestResult {
    let agent = Agent::with_secrets(&[("TOKEN", "pa$HOME%x%ss")], &[])?;
    let client = agent.client().await?;
    let token = SecretName::new("TOKEN")?;
    let file = agent.path("seen");
    let mut command = shell("secret", "cat > \"$FILE\"; printf '%s|%s' \"$T\" \"$1\" >> \"$FILE\"; echo \"$T $1\"")
        .arg("sh")
        .arg(Value::Secret(token.clone()))
        .env("T", template("<$TOKEN>"))
        .env("TOKEN", Value::Secret(token.clone()))
        .env("FILE", file.to_string_lossy().into_owned());
    command.stdin = Stdin::Value(Value::Secret(token));
    let (output, record) = run(&client, command).await?;
    assert!(record.succeeded());
    assert_eq!(output, "<HIDDEN-BY-WINDLASS> HIDDEN-BY-WINDLASS\n");
    let seen = fs::read_to_string(file)?;
    assert_eq!(seen, "pa$HOME%x%ss<pa$HOME%x%ss>|pa$HOME%x%ss");

    let unknown = SecretName::new("OTHER")?;
    let command = shell("unknown", "true").env("X", Value::Secret(unknown.clone()));
    let (_, record) = run(&client, command).await?;
    let expected = StartFailure::UnknownSecret(unknown);
    assert_eq!(record.outcome, Outcome::NotStarted(expected));
    Ok(())
}

#[tokio::test]
async fn secrets_may_come_later_and_stay_in_memory() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let name = SecretName::new("LATE")?;
    client.put_secrets(vec![secret("LATE", "short-lived")]).await?;
    client.put_secrets(vec![secret("LATE", "renewed-one")]).await?;
    let command = shell("late", "echo $LATE short-lived").env("LATE", Value::Secret(name));
    let (output, _) = run(&client, command).await?;
    assert_eq!(output, "HIDDEN-BY-WINDLASS HIDDEN-BY-WINDLASS\n");
    Ok(())
}

#[tokio::test]
async fn failures_to_start_show_no_secrets() -> TestResult {
    let agent = Agent::with_secrets(&[("TOKEN", "hunter2hunter2")], &[])?;
    let client = agent.client().await?;
    let command = Command::new(id("leak"), Value::Secret(SecretName::new("TOKEN")?));
    let (_, record) = run(&client, command).await?;
    let words = record.outcome.to_string();
    assert!(words.contains("HIDDEN-BY-WINDLASS"), "{words}");
    assert!(!words.contains("hunter2"), "{words}");
    Ok(())
}

#[tokio::test]
async fn the_working_directory_is_made() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let directory = agent.path("a b/deep");
    let mut command = shell("where", "pwd").env("BASE", agent.root.path().to_string_lossy().into_owned());
    command.cwd = Some(template("$BASE/a b/deep"));
    let (output, _) = run(&client, command).await?;
    assert_eq!(output.trim_end(), directory.to_string_lossy());
    Ok(())
}

#[tokio::test]
async fn input_comes_from_values_and_files() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let mut command = Command::new(id("value"), "cat");
    command.stdin = Stdin::Value("no newline".into());
    assert_eq!(run(&client, command).await?.0, "no newline");

    let mut command = Command::new(id("empty"), "cat");
    command.stdin = Stdin::Empty;
    assert_eq!(run(&client, command).await?.0, "");

    let file = agent.path("input");
    fs::write(&file, "from a file")?;
    let mut command = Command::new(id("file"), "cat");
    command.stdin = Stdin::File(file.to_string_lossy().into_owned());
    assert_eq!(run(&client, command).await?.0, "from a file");

    let mut command = Command::new(id("none"), "cat");
    command.stdin = Stdin::File("/no/such/file".into());
    let (_, record) = run(&client, command).await?;
    assert!(matches!(&record.outcome, Outcome::NotStarted(StartFailure::InputFile { .. })), "{record:?}");
    Ok(())
}

#[tokio::test]
async fn a_command_that_ignores_its_input_ends() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let mut command = Command::new(id("deaf"), "true");
    command.stdin = Stdin::Value("x".repeat(1 << 20).into());
    assert!(run(&client, command).await?.1.succeeded());
    Ok(())
}

#[tokio::test]
async fn a_variable_name_that_no_process_can_have_is_refused() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let (_, record) = run(&client, shell("bad", "true").env("A=B", "c")).await?;
    assert!(matches!(&record.outcome, Outcome::NotStarted(StartFailure::InvalidValue { .. })), "{record:?}");
    let too_large = client.put_secrets(vec![secret("BIG", &"x".repeat((8 << 20) + 1))]).await;
    assert!(matches!(&too_large, Err(ClientError::TooLarge { .. })), "{too_large:?}");
    assert!(!matches!(too_large, Err(ClientError::Refused(Failure::Busy))));
    Ok(())
}

/// Proves that who is too long is named, with the limit: "too long" alone left people to search.
#[tokio::test]
async fn a_variable_that_the_kernel_refuses_is_named() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let command = shell("long", "true").env("SHORT", "x").env("BLOB", "x".repeat(200_000));
    let (_, record) = run(&client, command).await?;
    let words = record.outcome.to_string();
    assert!(words.contains("the variable BLOB has 200006 bytes, and Linux allows 131072 in one"), "{words}");
    Ok(())
}
