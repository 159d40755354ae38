use super::*;
use crate::test_git::{Tested, git, repository, write};

/// Nobody learns from a step's "no such file" alone that a file was left out.
#[test]
fn files_and_bytes_are_counted_and_what_is_left_out_is_named() -> Tested {
    let base = tempfile::tempdir()?;
    let root = repository(&base, "copy", &[(".gitignore", "out/\n.env\n"), ("a", "12345"), ("big.iso", "x")])?;
    write(&root, "out/x", "x")?;
    write(&root, "out/y", "x")?;
    write(&root, ".env", "x")?;
    write(&root, ".windlassignore", "*.iso\n")?;
    let summary = Summary::of(&root, &SecretFiles::none())?;
    assert_eq!((summary.files, summary.bytes, summary.kept_back), (3, 5 + 10 + 6, 1));
    assert!(summary.by_git && summary.git_bytes.is_some_and(|bytes| bytes > 0));
    let text = summary.to_string();
    assert!(text.starts_with("the working copy: 3 files, 21 bytes, and "), "{text}");
    assert!(text.ends_with("; left out: what Git ignores: .env, out/; 1 file that .windlassignore names"), "{text}");
    Ok(())
}

#[test]
fn a_history_that_does_not_go_along_is_told_before() -> Tested {
    let base = tempfile::tempdir()?;
    let root = repository(&base, "copy", &[("sub/a", "x")])?;
    git(&root, &["clone", "--quiet", "--shared", ".", "../borrower"])?;
    let part = Summary::of(&root.join("sub"), &SecretFiles::none())?;
    assert!(part.git_bytes.is_none() && part.to_string().contains("a part of the repository in"), "{part}");
    let shared = Summary::of(&root.with_file_name("borrower"), &SecretFiles::none())?;
    assert!(shared.to_string().contains("go along when you trust the project"), "{shared}");
    let foreign = base.path().join("foreign");
    write(&foreign, ".git", &format!("gitdir: {}\n", root.join(".git").display()))?;
    let foreign = Summary::of(&foreign, &SecretFiles::none())?;
    assert!(foreign.to_string().contains("does not name this directory as its own"), "{foreign}");
    Ok(())
}

#[test]
fn sizes_are_short() {
    for (bytes, text) in [(0, "0 bytes"), (1023, "1023 bytes"), (1536, "1.5 KiB"), (5 << 20, "5.0 MiB"), (3 << 30, "3.0 GiB")] {
        assert_eq!(size(bytes), text);
    }
}
