use std::collections::BTreeSet;

use super::*;
use crate::Upload;
use crate::borrowed::borrowed;
use crate::test_git::{Tested, arrived, git, repository, write};

/// Nothing that lies on this machine beside the working copy is needed.
fn works_alone(base: &tempfile::TempDir, upload: &Upload, elsewhere: &[&Path]) -> Tested<PathBuf> {
    let place = arrived(base, upload)?;
    for path in elsewhere {
        std::fs::rename(path, path.with_extension("away"))?;
    }
    git(&place, &["fsck", "--full", "--no-dangling"])?;
    Ok(place)
}

/// A linked work tree with a submodule, of a repository that has no files itself.
#[test]
fn a_linked_work_tree_arrives_as_a_repository_of_its_own() -> Tested {
    let base = tempfile::tempdir()?;
    let source = repository(&base, "source", &[("m", "main")])?;
    let lib = repository(&base, "lib", &[("file", "subfile")])?;
    git(&source, &["submodule", "--quiet", "add", &lib.display().to_string(), "sub"])?;
    git(&source, &["commit", "--quiet", "--message=with a submodule"])?;
    git(&source, &["tag", "v1"])?;
    let bare = source.with_file_name("bare");
    git(&source, &["clone", "--quiet", "--bare", ".", &bare.display().to_string()])?;
    git(&bare, &["config", "remote.origin.url", "https://x-access-token:ghp_token@github.com/corp/app.git"])?;
    git(&bare, &["worktree", "add", "--quiet", "-b", "feature", "../linked"])?;
    let linked = source.with_file_name("linked");
    git(&linked, &["submodule", "--quiet", "update", "--init"])?;
    git(&linked, &["commit", "--quiet", "--allow-empty", "--message=on the branch"])?;
    write(&linked, "m", "changed")?;
    let head = git(&linked, &["rev-parse", "HEAD"])?;
    let place = works_alone(&base, &Upload::of(&linked), &[&bare, &source, &lib])?;
    assert!(place.join(".git/HEAD").is_file());
    assert_eq!(git(&place, &["rev-parse", "HEAD"])?, head);
    assert_eq!(git(&place, &["symbolic-ref", "--short", "HEAD"])?, "feature");
    assert_eq!(git(&place, &["status", "--short"])?, "M m");
    assert!(git(&place, &["describe", "--tags"])?.starts_with("v1-1-g"));
    assert_eq!(git(&place, &["remote", "get-url", "origin"])?, "https://github.com/corp/app.git");
    assert_eq!(git(&place.join("sub"), &["log", "--format=%s"])?, "the lib message");
    Ok(())
}

/// The project may itself be a submodule.
#[test]
fn a_submodule_arrives_as_a_repository_of_its_own() -> Tested {
    let base = tempfile::tempdir()?;
    let main = repository(&base, "main", &[("a", "x")])?;
    let lib = repository(&base, "lib", &[("lib.c", "x")])?;
    git(&main, &["submodule", "--quiet", "add", &lib.display().to_string(), "sub"])?;
    let place = works_alone(&base, &Upload::of(&main.join("sub")), &[&main, &lib])?;
    assert_eq!(git(&place, &["log", "--format=%s"])?, "the lib message");
    assert_eq!(git(&place, &["status", "--short"])?, "");
    Ok(())
}

/// Objects of another place come along when they may, and not when they may not: nothing proves whose they are.
#[test]
fn a_shared_clone_brings_what_it_borrows_when_it_may() -> Tested {
    let base = tempfile::tempdir()?;
    let source = repository(&base, "source", &[("a", "x")])?;
    git(&source, &["clone", "--quiet", "--shared", ".", "../borrower"])?;
    let shared = source.with_file_name("borrower");
    git(&shared, &["commit", "--quiet", "--allow-empty", "--message=more"])?;
    let stores = borrowed(&shared);
    assert_eq!(stores, BTreeSet::from([source.join(".git/objects")]));
    let without = arrived(&base, &Upload::of(&shared))?;
    assert!(git(&without, &["log"]).is_err() && !without.join(".git/objects/info/alternates").exists());
    let place = works_alone(&base, &Upload { lent: stores, ..Upload::of(&shared) }, &[&source])?;
    assert_eq!(git(&place, &["log", "--format=%s"])?, "more\nthe source message");
    Ok(())
}

/// The file that an archive brings goes as it is, and nothing that it names goes with it.
#[test]
fn nothing_of_a_repository_that_is_not_its_own_is_sent() -> Tested {
    let base = tempfile::tempdir()?;
    let private = repository(&base, "private", &[("key", "x")])?;
    let project = base.path().join("project");
    write(&project, ".git", &format!("gitdir: {}\n", private.join(".git").display()))?;
    write(&project, "sub/.git", &format!("gitdir: {}\n", private.join(".git").display()))?;
    write(&project, "sub/a", "x")?;
    let place = arrived(&base, &Upload::of(&project))?;
    assert!(place.join(".git").is_file() && place.join("sub/.git").is_file() && place.join("sub/a").is_file());
    Ok(())
}

/// A branch can be called as what is ignored.
#[test]
fn no_rule_about_files_takes_something_out_of_the_repository() -> Tested {
    let base = tempfile::tempdir()?;
    let root = repository(&base, "copy", &[(".gitignore", "target\n")])?;
    git(&root, &["branch", "target"])?;
    let place = arrived(&base, &Upload::of(&root))?;
    assert_eq!(git(&place, &["rev-parse", "target"])?, git(&root, &["rev-parse", "target"])?);
    write(&root, ".windlassignore", ".git/hooks\n")?;
    let place = arrived(&base, &Upload::of(&root))?;
    assert!(!place.join(".git/hooks").exists() && place.join(".git/HEAD").exists());
    Ok(())
}

#[test]
fn ways_lead_from_directory_to_place() {
    for (from, to, way) in [("sub", ".git/modules/sub", "../.git/modules/sub"), ("a/b", ".git/x", "../../.git/x"), ("", "x", "x")]
    {
        assert_eq!(relative(Path::new(from), Path::new(to)), Path::new(way));
    }
}
