use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use rustix::fs::{CWD, Mode, mkfifoat};

use super::*;

type Tested = Result<(), Box<dyn std::error::Error>>;

/// A project with every kind of thing that is no file of it, and the secret that lies beside it.
fn project() -> Result<(tempfile::TempDir, Tree), Box<dyn std::error::Error>> {
    let base = tempfile::tempdir()?;
    let root = base.path().join("project");
    std::fs::create_dir_all(root.join("sub"))?;
    std::fs::write(base.path().join("outside"), "somebody's key")?;
    std::fs::write(root.join("file"), "text")?;
    symlink("../file", root.join("sub/inside"))?;
    symlink("../outside", root.join("link"))?;
    symlink(base.path().join("outside"), root.join("absolute"))?;
    symlink(base.path(), root.join("away"))?;
    symlink("/dev/zero", root.join("zero"))?;
    mkfifoat(CWD, root.join("pipe"), Mode::from_raw_mode(0o600))?;
    UnixListener::bind(root.join("socket"))?;
    std::fs::File::create(root.join("huge"))?.set_len(1 << 40)?;
    let tree = Tree::open(&root)?;
    Ok((base, tree))
}

fn words(result: Result<Vec<u8>, FileError>) -> String {
    match result {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => format!("error: {error}"),
    }
}

/// Each is answered at once: the pipe has no writer, and `/dev/zero` no end.
#[test]
fn only_files_of_the_project_are_read() -> Tested {
    let (_base, tree) = project()?;
    for (path, answer) in [
        ("file", "text"),
        ("sub/inside", "text"),
        ("./sub/../file", "text"),
        ("link", "error: it leads out of the project; only files in the project are taken"),
        ("absolute", "error: it leads out of the project; only files in the project are taken"),
        ("away/outside", "error: it leads out of the project; only files in the project are taken"),
        ("../outside", "error: it leads out of the project; only files in the project are taken"),
        ("/etc/hostname", "error: it leads out of the project; only files in the project are taken"),
        ("zero", "error: it leads out of the project; only files in the project are taken"),
        ("pipe", "error: it is a pipe, and not a file"),
        ("socket", "error: it is a socket, and not a file"),
        ("sub", "error: it is a directory, and not a file"),
        ("huge", "error: it has more than 100 bytes"),
    ] {
        assert_eq!(words(tree.read(Path::new(path), 100)), answer, "{path}");
    }
    assert!(tree.read(Path::new("nothing"), 100).is_err_and(|error| error.is_not_found()));
    Ok(())
}

#[test]
fn a_link_is_not_followed_where_it_is_not_to_be() -> Tested {
    let (_base, tree) = project()?;
    assert!(tree.file(Path::new("file"), false).is_ok());
    for path in ["sub/inside", "link", "absolute"] {
        assert!(matches!(tree.file(Path::new(path), false), Err(FileError::NotAFile(Kind::Link))), "{path}");
    }
    Ok(())
}

#[test]
fn what_a_person_names_may_lie_anywhere_and_is_a_file() -> Tested {
    let (base, _tree) = project()?;
    let root = base.path().join("project");
    for (path, answer) in [
        ("link", "somebody's key"),
        ("absolute", "somebody's key"),
        ("pipe", "error: it is a pipe, and not a file"),
        ("socket", "error: it is a socket, and not a file"),
        ("zero", "error: it is a device, and not a file"),
        ("sub", "error: it is a directory, and not a file"),
        ("huge", "error: it has more than 100 bytes"),
    ] {
        assert_eq!(words(named(&root.join(path), 100)), answer, "{path}");
        assert_eq!(exists(&root.join(path)).is_ok(), !answer.starts_with("error: it is"), "{path}");
    }
    Ok(())
}

/// As in `-f <(command)`: the shell opened it, and somebody writes to it.
#[test]
fn a_pipe_that_is_open_already_is_read_to_its_end() -> Tested {
    use std::io::Write as _;
    use std::os::fd::AsRawFd as _;
    let (reader, mut writer) = std::io::pipe()?;
    let path = format!("/dev/fd/{}", reader.as_raw_fd());
    let writing = std::thread::spawn(move || writer.write_all(b"from a command"));
    assert_eq!(words(named(Path::new(&path), 100)), "from a command");
    writing.join().map_err(|_| "the writer panicked")??;
    Ok(())
}

/// The text of a file changes at once; its mode stays, and so does a link to it, in a project or where a person named it.
#[test]
fn a_file_is_replaced_at_once_with_its_mode_and_its_links() -> Tested {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let (base, tree) = project()?;
    let root = base.path().join("project");
    let file = root.join("file");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640))?;
    for (number, how) in ["in the project", "over a link in it", "named", "named by a link"].into_iter().enumerate() {
        // Whoever has the old file open reads the old text to its end.
        let old = std::fs::File::open(&file)?;
        let before = std::fs::read_to_string(&file)?;
        match number {
            0 => tree.replace(Path::new("file"), how.as_bytes())?,
            1 => tree.replace(Path::new("sub/inside"), how.as_bytes())?,
            2 => write_named(&file, how.as_bytes())?,
            _ => write_named(&root.join("sub/inside"), how.as_bytes())?,
        }
        assert_eq!(std::fs::read_to_string(&file)?, how);
        assert_eq!(io::read_to_string(old)?, before);
        assert_eq!(std::fs::metadata(&file)?.mode() & 0o7777, 0o640, "{how}");
        assert!(root.join("sub/inside").symlink_metadata()?.is_symlink(), "{how}");
    }
    for path in ["link", "absolute", "../outside", "pipe", "zero", "sub", "nothing"] {
        assert!(tree.replace(Path::new(path), b"evil").is_err(), "{path}");
    }
    assert_eq!(std::fs::read_to_string(base.path().join("outside"))?, "somebody's key");
    let left: Vec<_> = std::fs::read_dir(&root)?.flatten().map(|entry| entry.file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().ends_with(".tmp")), "{left:?}");
    Ok(())
}

#[test]
fn writing_stays_in_the_project_and_waits_for_nobody() -> Tested {
    let (base, tree) = project()?;
    tree.write(Path::new("new/file"), b"first, longer")?;
    tree.write(Path::new("new/file"), b"second")?;
    assert_eq!(words(tree.read(Path::new("new/file"), 100)), "second");
    for path in ["link", "absolute", "away/outside", "../outside", "pipe", "zero", "sub"] {
        assert!(tree.write(Path::new(path), b"evil").is_err(), "{path}");
    }
    assert_eq!(std::fs::read_to_string(base.path().join("outside"))?, "somebody's key");
    Ok(())
}

/// A file that was not there is made whole, and one that is keeps its mode and its link.
#[test]
fn a_named_file_is_made_or_replaced_at_once() -> Tested {
    use std::os::unix::fs::PermissionsExt as _;
    let base = tempfile::tempdir()?;
    let file = base.path().join("lock");
    put_named(&file, b"one")?;
    assert_eq!(std::fs::read(&file)?, b"one");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640))?;
    let link = base.path().join("link");
    symlink("lock", &link)?;
    put_named(&link, b"two")?;
    assert_eq!((std::fs::read(&file)?, link.is_symlink()), (b"two".to_vec(), true));
    assert_eq!(std::fs::metadata(&file)?.permissions().mode() & 0o777, 0o640);
    assert_eq!(std::fs::read_dir(base.path())?.count(), 2, "nothing is left beside it");
    mkfifoat(CWD, base.path().join("pipe"), Mode::from_raw_mode(0o600))?;
    for (name, expected) in [("pipe", "a pipe"), ("missing/lock", "No such file"), ("dangling", "No such file")] {
        let _ = symlink("nowhere", base.path().join("dangling"));
        let error = put_named(&base.path().join(name), b"x").err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error.contains(expected), "{name}: {error}");
    }
    Ok(())
}

/// What cannot be made whole leaves nothing: here the place of the file is taken by a directory.
#[test]
fn a_file_that_cannot_be_written_leaves_nothing() -> Tested {
    let base = tempfile::tempdir()?;
    std::fs::create_dir_all(base.path().join("taken/full"))?;
    let directory = cap_std::fs::Dir::open_ambient_dir(base.path(), cap_std::ambient_authority())?;
    assert!(write_whole(&directory, "taken".as_ref(), 0o600, b"x").is_err());
    assert_eq!(std::fs::read_dir(base.path())?.count(), 1);
    Ok(())
}

#[test]
fn a_directory_of_ones_own_is_closed_to_others() -> Tested {
    use std::os::unix::fs::PermissionsExt as _;
    let base = tempfile::tempdir()?;
    let path = base.path().join("a/b");
    own::directory(&path)?;
    assert_eq!(std::fs::metadata(&path)?.permissions().mode() & 0o777, 0o700);
    own::directory(&path)?;
    for mode in [0o720, 0o702] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode))?;
        assert!(matches!(own::directory(&path), Err(own::OwnError::Open { .. })), "{mode:o}");
    }
    std::fs::write(base.path().join("file"), "")?;
    assert!(matches!(own::directory(&base.path().join("file")), Err(own::OwnError::Io { .. })));
    Ok(())
}
