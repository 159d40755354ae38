//! Files that are found by a pattern and read by the host, whatever lies there and whatever becomes of it meanwhile.

use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use windlass_agent_client::protocol::found::{ANSWER, DEEPEST, PARTS};
use windlass_agent_client::protocol::{Failure, Found, FoundFile, Glob, Part, Reply, Request, Response, Stamp, Why};
use windlass_agent_client::{AgentClient, ClientError};

use crate::scripted::Scripted;
use crate::support::{Agent, Brittle, TestResult, quick};

const MOST: u32 = 100;

fn glob(text: &str) -> Glob {
    Glob::parse(text).unwrap_or_else(|error| panic!("{error}"))
}

fn write(root: &Path, files: &[&str]) -> TestResult {
    for file in files {
        let path = root.join(file);
        fs::create_dir_all(path.parent().ok_or("no parent")?)?;
        fs::write(path, file)?;
    }
    Ok(())
}

async fn found(client: &AgentClient, root: &Path, pattern: &str) -> Result<Found, ClientError> {
    client.find_files(&root.to_string_lossy(), &glob(pattern), MOST).await
}

/// A part of one file.
async fn read(client: &AgentClient, directory: &str, file: &FoundFile, offset: u64, max: u32) -> Result<Vec<u8>, ClientError> {
    let length = u32::try_from(file.size.saturating_sub(offset)).unwrap_or(u32::MAX).min(max);
    client.read_found(directory, vec![Part { file: file.clone(), offset, length }]).await
}

fn paths(found: &Found) -> Vec<String> {
    found.files.iter().map(|file| String::from_utf8_lossy(&file.path).into_owned()).collect()
}

#[tokio::test]
async fn a_pattern_finds_files_at_any_depth_and_reads_them() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let root = agent.path("work");
    write(&root, &["a.log", ".b.log", "c.txt", "x/d.log", "x/y/e.log", "x/y/f.txt"])?;
    for (pattern, expected) in [
        ("*.log", &[".b.log", "a.log"][..]),
        ("**/*.log", &[".b.log", "a.log", "x/d.log", "x/y/e.log"]),
        ("x/**", &["x/d.log", "x/y/e.log", "x/y/f.txt"]),
        ("**/y/*", &["x/y/e.log", "x/y/f.txt"]),
        ("**/**", &[".b.log", "a.log", "c.txt", "x/d.log", "x/y/e.log", "x/y/f.txt"]),
        ("x/y/{e,f}.*", &["x/y/e.log", "x/y/f.txt"]),
        ("x/d.log", &["x/d.log"]),
        ("a.log/b", &[]),
        ("none/**", &[]),
    ] {
        assert_eq!(paths(&found(&client, &root, pattern).await?), expected, "{pattern}");
    }
    let one = found(&client, &root, "x/d.log").await?;
    let file = one.files.first().ok_or("no file")?;
    assert_eq!(read(&client, &root.to_string_lossy(), file, 0, 100).await?, b"x/d.log");
    assert_eq!(read(&client, &root.to_string_lossy(), file, 2, 3).await?, b"d.l");
    assert!(found(&client, &agent.path("nowhere"), "**").await?.files.is_empty());
    Ok(())
}

/// A link to a file of the directory is that file; through `**` no link leads, and so none leads in a circle.
#[tokio::test]
async fn links_stay_in_the_directory() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let root = agent.path("work");
    write(&root, &["real/a.log"])?;
    write(agent.root.path(), &["secret"])?;
    symlink("real/a.log", root.join("inner.log"))?;
    symlink(root.join("real/a.log"), root.join("absolute.log"))?;
    symlink("real", root.join("linked"))?;
    symlink("..", root.join("real/up"))?;
    symlink("nothing", root.join("dangling.log"))?;
    symlink("me.log", root.join("me.log"))?;
    let all = found(&client, &root, "**/*.log").await?;
    assert_eq!(paths(&all), ["absolute.log", "inner.log", "real/a.log"]);
    let over: Vec<_> = all.passed_over.iter().map(|over| (over.path.as_slice(), over.why)).collect();
    assert_eq!(over, [(&b"dangling.log"[..], Why::Dangling), (b"me.log", Why::Dangling)]);
    assert_eq!(paths(&found(&client, &root, "linked/*.log").await?), ["linked/a.log"]);
    for file in &all.files {
        assert_eq!(read(&client, &root.to_string_lossy(), file, 0, 100).await?, b"real/a.log");
    }
    for (link, target, pattern) in
        [("out.txt", "../secret", "*.txt"), ("abs.txt", "/etc/passwd", "*.txt"), ("etc", "/etc", "etc/*")]
    {
        symlink(target, root.join(link))?;
        let refused = found(&client, &root, pattern).await;
        assert!(matches!(&refused, Err(ClientError::Refused(Failure::Outside { path })) if path == link), "{refused:?}");
        // Whoever does not name it does not meet it.
        assert_eq!(found(&client, &root, "real/**").await?.files.len(), 1);
        fs::remove_file(root.join(link))?;
    }
    Ok(())
}

#[tokio::test]
async fn what_is_no_file_is_passed_over_with_a_word() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let root = agent.path("work");
    write(&root, &["dist/a"])?;
    rustix::fs::mkfifoat(rustix::fs::CWD, root.join("pipe"), rustix::fs::Mode::from_raw_mode(0o600))?;
    let _listener = UnixListener::bind(root.join("socket"))?;
    let over = |found: Found| found.passed_over.into_iter().map(|over| over.why).collect::<Vec<_>>();
    assert_eq!(over(found(&client, &root, "*").await?), [Why::Pipe, Why::Socket]);
    assert_eq!(over(found(&client, &root, "dist").await?), [Why::Directory]);
    let device = client.find_files("/dev", &glob("null"), MOST).await?;
    assert_eq!(over(device), [Why::Device]);
    for number in 0..30 {
        fs::create_dir(root.join(format!("{number}")))?;
        symlink("nothing", root.join(format!("{number}/x")))?;
    }
    let many = found(&client, &root, "*/x").await?;
    assert_eq!((many.passed_over.len(), many.more), (20, 10));
    Ok(())
}

#[tokio::test]
async fn too_many_too_long_and_too_deep_are_said() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let root = agent.path("work");
    let names: Vec<String> = (0..=MOST).map(|number| format!("many/{number}")).collect();
    write(&root, &names.iter().map(String::as_str).collect::<Vec<_>>())?;
    let many = found(&client, &root, "many/*").await;
    assert!(matches!(many, Err(ClientError::Refused(Failure::TooMany { most: MOST }))), "{many:?}");
    let mut deep = root.join("deep");
    for _ in 0..DEEPEST {
        deep.push("d");
    }
    fs::create_dir_all(&deep)?;
    fs::write(deep.join("file"), "x")?;
    let too_deep = found(&client, &root, "deep/**").await;
    assert!(matches!(too_deep, Err(ClientError::Refused(Failure::TooDeep { .. }))), "{too_deep:?}");
    let named = format!("deep/{}file", "d/".repeat(DEEPEST));
    assert!(matches!(found(&client, &root, &named).await, Err(ClientError::Refused(Failure::TooDeep { .. }))));
    let relative = client.find_files("work", &glob("*"), MOST).await;
    assert!(matches!(relative, Err(ClientError::Refused(Failure::Invalid { .. }))), "{relative:?}");
    Ok(())
}

/// Somebody in the container changes files between the search and the reading: nothing else is read in their place.
#[tokio::test]
async fn a_file_that_is_not_the_one_that_was_found_is_not_read() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let root = agent.path("work");
    let directory = root.to_string_lossy().into_owned();
    write(&root, &["a", "b", "c", "d", "sub/e", "f"])?;
    write(agent.root.path(), &["secret"])?;
    let all = found(&client, &root, "**").await?;
    let file = |name: &str| all.files.iter().find(|file| file.path == name.as_bytes()).ok_or("no such file");
    // More at its end is how a log grows: what was there is read.
    fs::File::options().append(true).open(root.join("a"))?.write_all(b" and more")?;
    assert_eq!(read(&client, &directory, file("a")?, 0, 100).await?, b"a");
    let changed = |result: &Result<Vec<u8>, ClientError>| matches!(result, Err(ClientError::Refused(Failure::Changed { .. })));
    fs::write(root.join("b"), "")?;
    assert!(changed(&read(&client, &directory, file("b")?, 0, 100).await), "shorter");
    fs::write(root.join("new"), "c")?;
    fs::rename(root.join("new"), root.join("c"))?;
    assert!(changed(&read(&client, &directory, file("c")?, 0, 100).await), "another");
    fs::remove_file(root.join("d"))?;
    assert!(changed(&read(&client, &directory, file("d")?, 0, 100).await), "gone");
    rustix::fs::mkfifoat(rustix::fs::CWD, root.join("d"), rustix::fs::Mode::from_raw_mode(0o600))?;
    assert!(changed(&read(&client, &directory, file("d")?, 0, 100).await), "a pipe in its place");
    fs::rename(root.join("sub"), root.join("was"))?;
    symlink(agent.root.path(), root.join("sub"))?;
    fs::write(agent.path("e"), "sub/e")?;
    let outside = read(&client, &directory, file("sub/e")?, 0, 100).await;
    assert!(matches!(&outside, Err(ClientError::Refused(Failure::Outside { .. }))), "{outside:?}");
    // A host that was told a path that leads out, by whomever.
    let lie = FoundFile { path: b"../secret".to_vec(), ..file("f")?.clone() };
    let outside = read(&client, &directory, &lie, 0, 100).await;
    assert!(matches!(&outside, Err(ClientError::Refused(Failure::Outside { .. }))), "{outside:?}");
    Ok(())
}

/// Many files in one answer, packed where that helps, and each byte where it belongs.
#[tokio::test]
async fn one_answer_carries_parts_of_many_files_in_their_order() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let root = agent.path("work");
    let directory = root.to_string_lossy().into_owned();
    fs::create_dir(&root)?;
    let content = |number: u32| number.to_string().repeat(1000);
    for number in 10..60 {
        fs::write(root.join(number.to_string()), content(number))?;
    }
    fs::write(root.join("empty"), "")?;
    let all = found(&client, &root, "*").await?;
    let length = |file: &FoundFile| u32::try_from(file.size).unwrap_or(u32::MAX);
    let parts: Vec<Part> = all.files.iter().map(|file| Part { file: file.clone(), offset: 0, length: length(file) }).collect();
    let expected: String = (10..60).map(content).collect();
    assert!(client.read_found(&directory, parts.clone()).await? == expected.as_bytes());
    let halves: Vec<Part> =
        parts.iter().filter(|part| part.length > 0).map(|part| Part { offset: 1000, length: 2, ..part.clone() }).collect();
    let expected: String = (10..60).map(|number| number.to_string()).collect();
    assert_eq!(client.read_found(&directory, halves).await?, expected.as_bytes());
    // One that was changed is named, and nothing of the others comes.
    fs::write(root.join("30"), "")?;
    let refused = client.read_found(&directory, parts.clone()).await;
    assert!(matches!(&refused, Err(ClientError::Refused(Failure::Changed { path })) if path == "30"), "{refused:?}");
    Ok(())
}

/// What one request may ask for has a bound, and so has what the agent holds.
#[tokio::test]
async fn more_than_an_answer_carries_is_not_read() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let root = agent.path("work");
    let directory = root.to_string_lossy().into_owned();
    fs::create_dir(&root)?;
    // Nothing that could be packed: the answer is as long as one can be.
    let mut noise = vec![0; ANSWER + 1];
    std::io::Read::read_exact(&mut fs::File::open("/dev/urandom")?, &mut noise)?;
    fs::write(root.join("big"), &noise)?;
    let all = found(&client, &root, "*").await?;
    let file = all.files.first().ok_or("no file")?;
    let part = |offset, length| Part { file: file.clone(), offset, length };
    let most = u32::try_from(ANSWER)?;
    assert!(client.read_found(&directory, vec![part(1, most)]).await? == noise[1..]);
    for parts in [vec![part(0, most + 1)], vec![part(0, most), part(0, 1)], vec![part(2, most)], vec![part(0, 0); PARTS + 1]] {
        let refused = client.read_found(&directory, parts).await;
        assert!(matches!(refused, Err(ClientError::Refused(Failure::Invalid { .. }))), "{refused:?}");
    }
    Ok(())
}

#[tokio::test]
async fn names_that_are_no_text_are_told_byte_for_byte() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client().await?;
    let root = agent.path("work");
    fs::create_dir(&root)?;
    for name in [&b"bad\xff"[..], b"line\nend"] {
        fs::write(root.join(std::ffi::OsStr::from_bytes(name)), "x")?;
    }
    let all = found(&client, &root, "*").await?;
    let names: Vec<&[u8]> = all.files.iter().map(|file| file.path.as_slice()).collect();
    assert_eq!(names, [&b"bad\xff"[..], b"line\nend"]);
    Ok(())
}

#[tokio::test]
async fn a_stream_that_breaks_all_the_time_carries_the_whole_file() -> TestResult {
    let agent = Agent::start(&[])?;
    let client = agent.client_over(Brittle::new(agent.connector(), 7, 400_000), quick()).await?;
    let root = agent.path("work");
    fs::create_dir(&root)?;
    let content: Vec<u8> = (0..200_000_u32).flat_map(|number| number.to_le_bytes()).collect();
    fs::write(root.join("big"), &content)?;
    let all = found(&client, &root, "*").await?;
    let file = all.files.first().ok_or("no file")?;
    let (mut content_read, piece) = (Vec::new(), 64 << 10);
    while (content_read.len() as u64) < file.size {
        content_read.extend(read(&client, &root.to_string_lossy(), file, content_read.len() as u64, piece).await?);
    }
    assert!(content_read == content);
    Ok(())
}

/// What an agent says that is none, or was taken over.
#[tokio::test]
async fn more_than_was_asked_for_is_refused() -> TestResult {
    let stamp = Stamp { device: 1, inode: 1, modified: (0, 0) };
    let file = FoundFile { path: b"a".to_vec(), size: 10, stamp };
    let many = vec![file.clone(); MOST as usize + 1];
    let client = Scripted::new(move |call| {
        let response = match call.request {
            Request::FindFiles { .. } => Response::Found(Found { files: many.clone(), ..Found::default() }),
            Request::ReadFound { parts, .. } => {
                // Too many bytes, too few, and blocks of them: one that has more in it than was asked for, one that has less, and none.
                let bytes = match parts.first().map_or(0, |part| part.offset) {
                    0 => {
                        return vec![Reply {
                            number: call.number,
                            response: Response::Parts { bytes: vec![0; 11], packed: false },
                        }];
                    }
                    1 => {
                        return vec![Reply {
                            number: call.number,
                            response: Response::Parts { bytes: vec![0; 1], packed: false },
                        }];
                    }
                    2 => lz4_flex::block::compress(&vec![0; 1 << 24]),
                    3 => lz4_flex::block::compress(&[0; 2]),
                    _ => vec![0xff; 40],
                };
                Response::Parts { bytes, packed: true }
            }
            _ => Response::Done,
        };
        vec![Reply { number: call.number, response }]
    });
    let client = client.client().await?;
    let found = client.find_files("/w", &glob("*"), MOST).await;
    assert!(matches!(found, Err(ClientError::Unexpected { .. })), "{found:?}");
    for offset in 0..5 {
        let read = read(&client, "/w", &file, offset, 100).await;
        assert!(matches!(read, Err(ClientError::Unexpected { .. })), "{read:?}");
    }
    Ok(())
}
