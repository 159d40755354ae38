//! Files of the container.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use windlass_agent_client::ClientError;
use windlass_agent_client::protocol::frame::LARGEST_PAYLOAD;
use windlass_agent_client::protocol::message::Content;
use windlass_agent_client::protocol::{Failure, SecretName};

use crate::support::{Agent, TestResult};

#[tokio::test]
async fn files_are_put_read_and_removed() -> TestResult {
    let agent = Agent::with_secrets(&[("KEY", "the key")], &[])?;
    let client = agent.client().await?;
    let file = agent.path("deep/er/file");
    let path = file.to_string_lossy().into_owned();
    assert_eq!(client.read_file(&path, 100).await?, None);
    let content = Content::Bytes(b"one".to_vec());
    client.put_file(&path, 0o640, content).await?;
    assert_eq!(fs::metadata(&file)?.permissions().mode() & 0o7777, 0o640);
    assert_eq!(client.read_file(&path, 3).await?.as_deref(), Some(&b"one"[..]));

    let name = SecretName::new("KEY")?;
    client.put_file(&path, 0o400, Content::Secret(name)).await?;
    assert_eq!(fs::read_to_string(&file)?, "the key");
    assert_eq!(fs::metadata(&file)?.permissions().mode() & 0o7777, 0o400);
    // Nothing unfinished stays behind.
    assert_eq!(fs::read_dir(agent.path("deep/er"))?.count(), 1);

    let small = client.read_file(&path, 3).await;
    assert!(matches!(&small, Err(ClientError::TooLarge { limit: 3, .. })), "{small:?}");
    client.remove_file(&path).await?;
    client.remove_file(&path).await?;
    assert_eq!(client.read_file(&path, 100).await?, None);
    Ok(())
}

/// What plugins are promised: as much as that, and not a byte more.
#[tokio::test]
async fn a_file_of_the_largest_size_is_put_and_a_larger_one_is_refused() -> TestResult {
    assert_eq!(LARGEST_PAYLOAD, 8 << 20, "as plugins/REFERENCE.md says");
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let path = agent.path("large").to_string_lossy().into_owned();
    client.put_file(&path, 0o644, Content::Bytes(vec![b'x'; LARGEST_PAYLOAD])).await?;
    assert_eq!(client.read_file(&path, LARGEST_PAYLOAD).await?.map(|bytes| bytes.len()), Some(LARGEST_PAYLOAD));
    let refused = client.put_file(&path, 0o644, Content::Bytes(vec![b'x'; LARGEST_PAYLOAD + 1])).await;
    assert!(matches!(&refused, Err(ClientError::TooLarge { limit: LARGEST_PAYLOAD, .. })), "{refused:?}");
    Ok(())
}

#[tokio::test]
async fn every_user_can_leave_something_for_others_whichever_agent_came_first() -> TestResult {
    let mut agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let file = agent.path("handover/step-1/image/oci-layout");
    client.put_file(&file.to_string_lossy(), 0o644, Content::Bytes(b"{}".to_vec())).await?;
    let mode = || Ok::<_, std::io::Error>(fs::metadata(agent.path("handover"))?.permissions().mode() & 0o7777);
    assert_eq!(mode()?, 0o1777);
    agent.replace()?;
    let client = agent.client().await?;
    assert_eq!(client.read_file(&file.to_string_lossy(), 100).await?.as_deref(), Some(&b"{}"[..]));
    Ok(())
}

#[tokio::test]
async fn large_files_are_read_in_parts() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let content: Vec<u8> = (0..9_000_000u32).map(|n| n.to_le_bytes()[1]).collect();
    fs::write(agent.path("large"), &content)?;
    let path = agent.path("large").to_string_lossy().into_owned();
    let read = client.read_file(&path, 10_000_000).await?;
    assert!(read == Some(content));
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_done_to_files_says_why() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let empty = || Content::Bytes(Vec::new());
    let relative = client.put_file("relative", 0o644, empty()).await;
    assert!(matches!(&relative, Err(ClientError::Refused(Failure::Invalid { .. }))), "{relative:?}");
    let below = client.put_file("/proc/self/status/x", 0o644, empty()).await;
    assert!(
        matches!(&below, Err(ClientError::Refused(Failure::File { path, .. })) if path == "/proc/self/status/x"),
        "{below:?}"
    );
    let secret = SecretName::new("NONE")?;
    let path = agent.path("x").to_string_lossy().into_owned();
    let unknown = client.put_file(&path, 0o644, Content::Secret(secret)).await;
    assert!(matches!(&unknown, Err(ClientError::Refused(Failure::UnknownSecret(_)))), "{unknown:?}");
    let device = client.read_file("/dev/zero", 100).await;
    assert!(matches!(&device, Err(ClientError::Refused(Failure::File { missing: false, .. }))), "{device:?}");
    Ok(())
}

#[tokio::test]
async fn a_link_is_replaced_and_not_followed() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    fs::write(agent.path("outside"), "untouched")?;
    symlink(agent.path("outside"), agent.path("link"))?;
    let path = agent.path("link").to_string_lossy().into_owned();
    client.put_file(&path, 0o600, Content::Bytes(b"new".to_vec())).await?;
    assert_eq!(fs::read_to_string(agent.path("outside"))?, "untouched");
    assert_eq!(fs::read_to_string(agent.path("link"))?, "new");
    Ok(())
}

#[tokio::test]
async fn programs_are_found_in_the_containers_path() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let found = client.find_program("sh").await?.ok_or("no sh")?;
    assert!(fs::metadata(&found)?.is_file(), "{found}");
    assert_eq!(client.find_program("no-such-program").await?, None);
    Ok(())
}

/// A plugin that carries programs for several architectures chooses by it.
#[tokio::test]
async fn the_architecture_is_told_as_images_name_it() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let machine = String::from_utf8(std::process::Command::new("uname").arg("-m").output()?.stdout)?;
    let expected = match machine.trim() {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    };
    assert_eq!(client.architecture().await?, expected);
    Ok(())
}

#[tokio::test]
async fn memory_is_told_where_the_kernel_tells() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let stats = client.stats().await?;
    assert_eq!(stats.spooled, 0);
    let known = fs::exists("/sys/fs/cgroup/memory.peak")? || fs::exists("/sys/fs/cgroup/memory/memory.max_usage_in_bytes")?;
    assert_eq!(stats.memory_peak.is_some(), known);
    Ok(())
}
