use std::os::unix::fs::symlink;

use super::*;
use crate::Upload;
use crate::test_git::{Tested, arrived, git, repository, write};

/// The names that arrive, but for Git's own.
fn names(base: &tempfile::TempDir, root: &Path) -> Tested<Vec<String>> {
    let place = arrived(base, &Upload::of(root))?;
    let walk = ignore::WalkBuilder::new(&place).standard_filters(false).sort_by_file_name(std::cmp::Ord::cmp).build();
    let mut names = Vec::new();
    for entry in walk {
        let entry = entry?;
        let name = entry.path().strip_prefix(&place)?.display().to_string();
        if !name.is_empty() && !name.split('/').any(|part| part == ".git") {
            names.push(name);
        }
    }
    Ok(names)
}

/// A step that needs a file which is tracked although a rule matches it would fail for want of it.
#[test]
fn what_git_tracks_travels_whatever_a_rule_says() -> Tested {
    let base = tempfile::tempdir()?;
    let files = [(".gitignore", "*.log\nout/\n"), ("kept.log", "x"), ("out/kept", "x"), ("a", "x")];
    let root = repository(&base, "copy", &files)?;
    write(&root, "other.log", "x")?;
    write(&root, "out/new", "x")?;
    write(&root, "new/file", "x")?;
    write(&root, ".ignore", "new\n")?;
    std::fs::create_dir(root.join("empty"))?;
    std::fs::remove_file(root.join("a"))?;
    symlink("/etc", root.join("link"))?;
    let expected = [".gitignore", ".ignore", "empty", "kept.log", "link", "new", "new/file", "out", "out/kept"];
    assert_eq!(names(&base, &root)?, expected);
    write(&root, ".windlassignore", "*.log\n/out\n")?;
    assert_eq!(names(&base, &root)?, [".gitignore", ".ignore", ".windlassignore", "empty", "link", "new", "new/file"]);
    Ok(())
}

/// Each of these holds for the project, and none of them lies in it: a secret that one keeps out of Git stays on the machine.
/// Otherwise a run would carry what the one before it left, or a task what another left; a repository may even track files of that name.
#[test]
fn what_runs_have_collected_stays_whatever_git_says() -> Tested {
    let base = tempfile::tempdir()?;
    let collected = ".windlass/artifacts/run/task/logs/a";
    let tracked = repository(&base, "tracked", &[("a", "x"), (collected, "x"), (".windlass/kept", "x")])?;
    assert_eq!(names(&base, &tracked)?, [".windlass", ".windlass/kept", "a"]);
    let plain = base.path().join("plain");
    for file in ["a", collected, ".windlass/kept", "sub/.windlass/artifacts/x"] {
        write(&plain, file, "x")?;
    }
    let kept =
        [".windlass", ".windlass/kept", "a", "sub", "sub/.windlass", "sub/.windlass/artifacts", "sub/.windlass/artifacts/x"];
    assert_eq!(names(&base, &plain)?, kept);
    Ok(())
}

#[test]
fn every_rule_of_git_counts_wherever_it_is_written() -> Tested {
    let base = tempfile::tempdir()?;
    let root = repository(&base, "copy", &[(".gitignore", ".env\n"), ("sub/a", "x")])?;
    let sub = root.join("sub");
    write(&sub, ".env", "SECRET=1")?;
    write(&sub, "by.exclude", "x")?;
    write(&sub, "by.config", "x")?;
    write(&root, ".git/info/exclude", "*.exclude\n")?;
    write(base.path(), "excludes", "*.config\n")?;
    git(&root, &["config", "core.excludesFile", &base.path().join("excludes").display().to_string()])?;
    assert_eq!(names(&base, &sub)?, ["a"]);
    assert_eq!(names(&base, &root)?, [".gitignore", "sub", "sub/a"]);
    Ok(())
}

/// Where Git does not answer, every rule that it might follow is followed.
#[test]
fn without_an_answer_of_git_the_rules_above_count_too() -> Tested {
    let base = tempfile::tempdir()?;
    write(base.path(), ".gitignore", "above\n")?;
    let root = repository(&base, "copy", &[(".gitignore", ".env\n"), ("sub/a", "x")])?;
    write(&root, "sub/.env", "SECRET=1")?;
    write(&root, "sub/above", "x")?;
    // As a repository of a later format, of which Git says that it is none it knows.
    git(&root, &["config", "core.repositoryFormatVersion", "99"])?;
    assert!(matches!(By::of(&root.join("sub"))?, By::Rules(Rules::Strict)));
    assert_eq!(names(&base, &root.join("sub"))?, ["a", "above"], "what lies above the repository says nothing");
    Ok(())
}

/// A home directory can be a repository that ignores everything: a project in it is no part of that.
#[test]
fn a_project_that_git_ignores_as_a_whole_is_one_of_its_own() -> Tested {
    let base = tempfile::tempdir()?;
    let root = repository(&base, "home", &[(".gitignore", "*\n")])?;
    write(&root, "project/a", "x")?;
    write(&root, "project/.gitignore", "b\n")?;
    write(&root, "project/b", "x")?;
    assert_eq!(names(&base, &root.join("project"))?, [".gitignore", "a"]);
    Ok(())
}

/// Git names of a repository in another one its directory only.
#[test]
fn repositories_in_a_repository_say_themselves_what_is_theirs() -> Tested {
    let base = tempfile::tempdir()?;
    let root = repository(&base, "copy", &[("a", "x")])?;
    let lib = repository(&base, "lib", &[(".gitignore", "*.o\n"), ("lib.c", "x")])?;
    git(&root, &["submodule", "--quiet", "add", &lib.display().to_string(), "sub"])?;
    git(&root, &["clone", "--quiet", &lib.display().to_string(), "vendor"])?;
    for directory in ["sub", "vendor"] {
        write(&root, &format!("{directory}/lib.o"), "x")?;
        write(&root, &format!("{directory}/new"), "x")?;
    }
    let of = |directory: &str| ["", "/.gitignore", "/lib.c", "/new"].map(|name| format!("{directory}{name}"));
    let expected = [vec![".gitmodules".to_owned(), "a".to_owned()], of("sub").to_vec(), of("vendor").to_vec()].concat();
    assert_eq!(names(&base, &root)?, expected);
    Ok(())
}

/// Names need not be text.
#[test]
fn a_name_that_is_no_text_travels() -> Tested {
    let base = tempfile::tempdir()?;
    let root = repository(&base, "copy", &[])?;
    std::fs::write(root.join(OsStr::from_bytes(b"caf\xe9")), "x")?;
    let place = arrived(&base, &Upload::of(&root))?;
    assert!(place.join(OsStr::from_bytes(b"caf\xe9")).exists());
    Ok(())
}
