use std::os::unix::fs::symlink;

use super::*;
use crate::test_git::{Tested, arrived, git, repository, write};
use crate::{ContextFiles, Part, Summary, Upload};

fn upload(root: &Path, named: &[&Path]) -> Upload {
    let mut secret_files = SecretFiles::none();
    for path in named {
        secret_files.add(path, "KEY");
    }
    Upload { secret_files, ..Upload::of(root) }
}

/// Whether a file reaches the pod, a build's context and a plugin: all the same.
fn travels(base: &tempfile::TempDir, upload: &Upload, name: &str) -> Tested<bool> {
    let Upload { root, secret_files, .. } = upload;
    let packed = arrived(base, upload)?.join(name).symlink_metadata().is_ok();
    if !name.starts_with(".git/") {
        let context = ContextFiles::new(root, secret_files, ".", "").contents(None)?.contains_key(name);
        let mut archive = Vec::new();
        ContextFiles::new(root, secret_files, ".", "").archive("a", &mut archive)?;
        let mut archive = tar::Archive::new(archive.as_slice());
        let archived = archive.entries()?.flatten().any(|entry| entry.path().is_ok_and(|path| path == Path::new(name)));
        let part = Part::of(root, secret_files).has(Path::new(name));
        assert_eq!((context, archived, part), (packed, packed, packed), "{name}");
    }
    Ok(packed)
}

/// `COPY .` would publish it in the image.
#[test]
fn the_source_of_a_secret_stays_however_it_is_named() -> Tested {
    let base = tempfile::tempdir()?;
    let root = repository(&base, "copy", &[("a", "x"), ("sub/a", "x")])?;
    let plain = base.path().canonicalize()?.join("plain");
    write(&plain, "a", "x")?;
    for root in [&root, &plain] {
        for file in ["key", "sub/key[1]", "two words", ".git/key"] {
            write(root, file, "hunter2")?;
        }
        std::fs::create_dir_all(root.join("sub"))?;
        symlink("../key", root.join("sub/link"))?;
        symlink(root, base.path().join("elsewhere"))?;
        std::fs::hard_link(root.join("key"), root.join("other name"))?;
        for (named, stays) in [
            ("key", "key"),
            ("sub/../key", "key"),
            ("sub/link", "key"),
            ("../elsewhere/key", "key"),
            ("key", "other name"),
            ("sub/key[1]", "sub/key[1]"),
            ("two words", "two words"),
            (".git/key", ".git/key"),
        ] {
            assert!(!travels(&base, &upload(root, &[&root.join(named)]), stays)?, "{named}: {stays} in {}", root.display());
            assert!(travels(&base, &upload(root, &[]), stays)?, "{stays} goes when it is the source of nothing");
            assert!(travels(&base, &upload(root, &[&root.join(named)]), "a")?);
        }
        assert!(
            travels(&base, &upload(root, &[&root.join("sub"), &root.join("no-such"), Path::new("/dev/null")]), "sub/a").is_ok()
        );
        std::fs::remove_file(base.path().join("elsewhere"))?;
    }
    Ok(())
}

/// Of what a commit has, nobody is kept any more. What only the next commit would have stays, and so does what it would no longer have.
#[test]
fn only_what_is_committed_travels() -> Tested {
    let base = tempfile::tempdir()?;
    let root = repository(
        &base,
        "copy",
        &[("a", "x"), ("committed", "x"), ("sub/template", "x"), ("quiet", "x"), ("sub/gone", "x"), (".gitignore", "ignored\n")],
    )?;
    for file in ["staged", "new", "ignored"] {
        write(&root, file, "x")?;
    }
    git(&root, &["add", "staged"])?;
    git(&root, &["rm", "--quiet", "--cached", "sub/gone"])?;
    // A template that is filled in, also where Git is told to look away.
    git(&root, &["update-index", "--assume-unchanged", "quiet"])?;
    for file in ["sub/template", "quiet"] {
        write(&root, file, "hunter2")?;
    }
    let mut secret_files = SecretFiles::none();
    for (file, standing, goes) in [
        ("committed", Standing::Committed, true),
        ("sub/template", Standing::Changed, false),
        ("quiet", Standing::Changed, false),
        ("staged", Standing::Staged, false),
        ("sub/gone", Standing::New, false),
        ("new", Standing::New, false),
        ("ignored", Standing::Ignored, false),
    ] {
        let one = upload(&root, &[&root.join(file)]);
        assert_eq!(travels(&base, &one, file)?, goes, "{file}");
        let found = one.secret_files.within(&root);
        assert!(matches!(found.as_slice(), [one] if one.standing == standing && one.path == Path::new(file)), "{found:?}");
        assert_eq!(found.iter().any(|one| one.alarm().is_some()), goes, "{found:?}");
        secret_files.add(&root.join(file), "KEY");
    }
    secret_files.add(&root.join("new"), "OTHER");
    let said = Summary::of(&root, &secret_files)?.to_string();
    let left_out = "left out: what Git ignores: ignored; new, the source of the secrets KEY, OTHER; quiet, the source of the secret KEY \
                    (the last commit has another content of it, which is not sent either); staged, the source of the secret KEY (the next \
                    commit would publish it: git rm --cached staged); sub/gone, the source of the secret KEY; sub/template, the source of \
                    the secret KEY (the last commit has another content of it, which is not sent either)";
    assert!(said.ends_with(left_out), "{said}");
    Ok(())
}

/// `git add` copies a file into `.git`, which travels.
#[test]
fn what_was_staged_of_it_stays_too() -> Tested {
    let base = tempfile::tempdir()?;
    let root = repository(&base, "copy", &[("a", "x"), ("committed", "y")])?;
    write(&root, "sub/key", "hunter2")?;
    git(&root, &["add", "sub/key"])?;
    git(&root, &["rm", "--quiet", "--cached", "sub/key"])?;
    let id = git(&root, &["hash-object", "sub/key"])?;
    let object = format!(".git/objects/{}/{}", &id[..2], id[2..].trim());
    assert!(travels(&base, &upload(&root, &[]), &object)?, "it is there");
    assert!(!travels(&base, &upload(&root, &[&root.join("sub/key")]), &object)?);
    // What a commit has is needed to check that out.
    let id = git(&root, &["hash-object", "committed"])?;
    let object = format!(".git/objects/{}/{}", &id[..2], id[2..].trim());
    assert!(travels(&base, &upload(&root, &[&root.join("committed")]), &object)?);
    Ok(())
}

/// Git would read each to an end that does not come.
#[test]
fn what_is_no_value_of_a_secret_is_not_read() -> Tested {
    let base = tempfile::tempdir()?;
    let root = repository(&base, "copy", &[("huge", "x"), ("pipe", "x")])?;
    std::fs::File::create(root.join("huge"))?.set_len(1 << 40)?;
    std::fs::File::create(root.join("new"))?.set_len(1 << 40)?;
    std::fs::remove_file(root.join("pipe"))?;
    rustix::fs::mkfifoat(rustix::fs::CWD, root.join("pipe"), rustix::fs::Mode::RUSR)?;
    for (file, standing) in [("huge", Standing::Changed), ("new", Standing::New), ("pipe", Standing::Changed)] {
        assert_eq!(Standing::of(&root.join(file)), standing, "{file}");
        assert_eq!(blobs(&root.join(file)), [""; 0].map(PathBuf::from), "{file}");
    }
    Ok(())
}

/// A submodule has its own say on what is committed.
#[test]
fn a_repository_in_a_repository_is_asked_about_its_own_files() -> Tested {
    let base = tempfile::tempdir()?;
    let root = repository(&base, "copy", &[("a", "x")])?;
    let lib = repository(&base, "lib", &[("a", "x"), ("key", "x")])?;
    git(&root, &["submodule", "--quiet", "add", &lib.display().to_string(), "sub"])?;
    write(&root, "sub/new", "x")?;
    assert!(travels(&base, &upload(&root, &[&root.join("sub/key")]), "sub/key")?);
    assert!(!travels(&base, &upload(&root, &[&root.join("sub/new")]), "sub/new")?);
    Ok(())
}

/// Who refreshes a token writes a new file in place of the old one.
#[test]
fn a_file_that_is_replaced_meanwhile_stays() -> Tested {
    let base = tempfile::tempdir()?;
    let root = repository(&base, "copy", &[("a", "x")])?;
    write(&root, "key", "x")?;
    let sources = upload(&root, &[&root.join("key")]).secret_files.look();
    write(&root, "next", "y")?;
    std::fs::rename(root.join("next"), root.join("key"))?;
    assert!(sources.keep(&root.join("key")) && !sources.keep(&root.join("a")));
    Ok(())
}
