//! Archives: unpacked, whole, and nowhere else.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};

use lz4_flex::frame::FrameEncoder;
use tar::{Builder, EntryType, Header};
use tokio::io::{AsyncRead, ReadBuf};
use windlass_agent_client::ClientError;
use windlass_agent_client::protocol::Failure;

use crate::support::{Agent, Brittle, TestResult, quick};

/// One entry: path, kind, mode, and content or target.
type Entry<'a> = (&'a str, EntryType, u32, &'a str);

fn tar(entries: &[Entry]) -> io::Result<Vec<u8>> {
    let mut builder = Builder::new(Vec::new());
    for (path, kind, mode, content) in entries {
        let mut header = Header::new_gnu();
        // Written as it is: the library's own functions refuse bad paths.
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(*kind);
        header.set_mode(*mode);
        header.set_mtime(1_000_000_000);
        let data = match kind {
            EntryType::Regular => content.as_bytes(),
            EntryType::Symlink | EntryType::Link => {
                header.set_link_name_literal(content)?;
                &[]
            }
            _ => &[],
        };
        header.set_size(data.len() as u64);
        header.set_cksum();
        builder.append(&header, data)?;
    }
    builder.into_inner()
}

fn lz4(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = FrameEncoder::new(Vec::new());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

#[tokio::test]
async fn a_tree_arrives_as_it_was() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let archive = lz4(&tar(&[
        ("./", EntryType::Directory, 0o755, ""),
        ("closed", EntryType::Directory, 0o555, ""),
        ("closed/inner", EntryType::Regular, 0o444, "inner"),
        ("script.sh", EntryType::Regular, 0o755, "#!/bin/sh\n"),
        ("no/parent/entry", EntryType::Regular, 0o600, ""),
        ("link", EntryType::Symlink, 0o777, "script.sh"),
        ("absolute", EntryType::Symlink, 0o777, "/no/such/target"),
        ("hard", EntryType::Link, 0o755, "script.sh"),
    ])?)?;
    let target = agent.path("work space/deep");
    let directory = target.to_string_lossy().into_owned();
    assert_eq!(client.unpack(&directory, archive.as_slice()).await?, 8);

    let mode = |name: &str| -> io::Result<u32> { Ok(fs::metadata(target.join(name))?.permissions().mode() & 0o7777) };
    assert_eq!(mode("closed")?, 0o555);
    assert_eq!(mode("closed/inner")?, 0o444);
    assert_eq!(mode("script.sh")?, 0o755);
    assert_eq!(mode("no/parent/entry")?, 0o600);
    assert_eq!(fs::read_to_string(target.join("closed/inner"))?, "inner");
    assert_eq!(fs::read_to_string(target.join("hard"))?, "#!/bin/sh\n");
    assert_eq!(fs::read_link(target.join("link"))?.to_str(), Some("script.sh"));
    let absolute = fs::read_link(target.join("absolute"))?;
    assert_eq!(absolute.to_str(), Some("/no/such/target"));
    let modified = fs::metadata(target.join("script.sh"))?.modified()?;
    let age = modified.duration_since(std::time::UNIX_EPOCH)?;
    assert_eq!(age.as_secs(), 1_000_000_000);

    // The same once more: what is there is replaced.
    assert_eq!(client.unpack(&directory, archive.as_slice()).await?, 8);
    fs::set_permissions(target.join("closed"), fs::Permissions::from_mode(0o755))?;
    Ok(())
}

#[tokio::test]
async fn entries_that_lead_out_are_refused() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    fs::write(agent.path("outside"), "untouched")?;
    let outside = agent.root.path().to_string_lossy().into_owned();
    let file = EntryType::Regular;
    let cases: Vec<Vec<Entry>> = vec![
        vec![("../outside", file, 0o644, "bad")],
        vec![("a/../../outside", file, 0o644, "bad")],
        vec![("/tmp/windlass-test-outside", file, 0o644, "bad")],
        vec![("up", EntryType::Symlink, 0o777, ".."), ("up/outside", file, 0o644, "bad")],
        vec![("abs", EntryType::Symlink, 0o777, &outside), ("abs/outside", file, 0o644, "bad")],
        vec![("hard", EntryType::Link, 0o644, "../outside")],
        vec![("pipe", EntryType::Fifo, 0o644, "")],
        vec![("device", EntryType::Char, 0o644, "")],
    ];
    for (number, entries) in cases.iter().enumerate() {
        let directory = agent.path(&format!("target{number}"));
        let archive = lz4(&tar(entries)?)?;
        let refused = client.unpack(&directory.to_string_lossy(), archive.as_slice()).await;
        assert!(matches!(&refused, Err(ClientError::Refused(Failure::Archive { .. }))), "case {number}: {refused:?}");
    }
    assert_eq!(fs::read_to_string(agent.path("outside"))?, "untouched");
    assert!(!fs::exists("/tmp/windlass-test-outside")?);
    Ok(())
}

/// Whoever shares the volume could put a link where the working copy is to come, and so choose which files are overwritten.
#[tokio::test]
async fn a_link_in_place_of_the_directory_is_not_followed() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let (elsewhere, link) = (agent.path("elsewhere"), agent.path("link"));
    fs::create_dir(&elsewhere)?;
    std::os::unix::fs::symlink(&elsewhere, &link)?;
    let archive = lz4(&tar(&[("file", EntryType::Regular, 0o644, "x")])?)?;
    for directory in [link.to_string_lossy().into_owned(), format!("{}/", link.display())] {
        let refused = client.unpack(&directory, archive.as_slice()).await;
        let Err(ClientError::Refused(Failure::Archive { reason })) = &refused else {
            return Err(format!("{directory}: {refused:?}").into());
        };
        assert!(reason.contains("is a link"), "{reason}");
    }
    assert_eq!(fs::read_dir(&elsewhere)?.count(), 0);
    Ok(())
}

#[tokio::test]
async fn damaged_archives_are_refused() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let directory = agent.path("target").to_string_lossy().into_owned();
    let good = tar(&[("file", EntryType::Regular, 0o644, "content")])?;
    let whole = lz4(&good)?;
    let cut = &whole[..whole.len() - 20];
    for bad in [&b"no archive at all"[..], cut, &good] {
        let refused = client.unpack(&directory, bad).await;
        assert!(matches!(&refused, Err(ClientError::Refused(Failure::Archive { .. }))), "{refused:?}");
    }
    // The agent is as well as before.
    assert_eq!(client.unpack(&directory, whole.as_slice()).await?, 1);
    Ok(())
}

/// An archive that cannot be read.
struct Broken;

impl AsyncRead for Broken {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, _: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Err(io::Error::other("the disk is on fire")))
    }
}

#[tokio::test]
async fn a_source_that_fails_is_told_apart() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let directory = agent.path("target").to_string_lossy().into_owned();
    let failed = client.unpack(&directory, Broken).await;
    assert!(matches!(&failed, Err(ClientError::Archive(_))), "{failed:?}");
    Ok(())
}

#[tokio::test]
async fn an_archive_is_whole_however_often_the_stream_is_cut() -> TestResult {
    let agent = Agent::start(&[])?;
    let mut cuts = 0;
    for seed in 0..5u64 {
        // Text that does not compress to nothing.
        let content: String = (0..300_000u64).map(|n| format!("{:x} ", (n + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
        let archive =
            lz4(&tar(&[("a", EntryType::Regular, 0o644, &content), ("b", EntryType::Regular, 0o644, &content[..1_000_000])])?)?;
        assert!(archive.len() > 4_000_000);
        let brittle = Brittle::new(agent.connector(), 100 + seed, 2_500_000);
        let connections = Arc::clone(&brittle.connections);
        let client = agent.client_over(brittle, quick()).await?;
        let target = agent.path(&format!("t{seed}"));
        let entries = client.unpack(&target.to_string_lossy(), archive.as_slice()).await?;
        assert_eq!(entries, 2);
        assert!(fs::read_to_string(target.join("a"))? == content);
        assert!(fs::read_to_string(target.join("b"))? == content[..1_000_000]);
        cuts += connections.load(Ordering::Relaxed) - 1;
    }
    println!("{cuts} cuts");
    assert!(cuts > 5, "the stream was cut {cuts} times only");
    Ok(())
}
