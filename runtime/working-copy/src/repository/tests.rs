use std::os::unix::fs::symlink;

use super::*;
use crate::git::{Absent, Program, gather};
use crate::test_git::{Tested, git, repository, write};

fn is_foreign(top: &Path) -> bool {
    Repository::find(top).is_err() && Program::of(top).map_err(Absent::from).and_then(|git| gather(&git)).is_err()
}

/// Whoever makes an archive can write any of these. What they lead to is a repository of the user's.
#[test]
fn what_leads_to_somebody_elses_repository_is_not_asked() -> Tested {
    let base = tempfile::tempdir()?;
    let private = repository(&base, "private", &[("key", "x")])?;
    git(&private, &["worktree", "add", "--quiet", "--detach", "../real"])?;
    let place = |name: &str| -> Tested<PathBuf> {
        let place = base.path().join(name);
        std::fs::create_dir(&place)?;
        Ok(place.canonicalize()?)
    };
    let pointer = |path: &Path| format!("gitdir: {}\n", path.display());
    let to_main = place("to-main")?;
    write(&to_main, ".git", &pointer(&private.join(".git")))?;
    let to_tree = place("to-tree")?;
    write(&to_tree, ".git", &pointer(&private.join(".git/worktrees/real")))?;
    let link = place("link")?;
    symlink(private.join(".git"), link.join(".git"))?;
    let common = place("common")?;
    git(&common, &["init", "--quiet"])?;
    write(&common, ".git/commondir", &private.join(".git").display().to_string())?;
    let own_list = place("own-list")?;
    write(&own_list, ".git", "gitdir: data/worktrees/x\n")?;
    for (file, text) in [("HEAD", "ref: refs/heads/main\n"), ("gitdir", "../../../.git\n")] {
        write(&own_list, &format!("data/worktrees/x/{file}"), text)?;
    }
    write(&own_list, "data/worktrees/x/commondir", &private.join(".git").display().to_string())?;
    let linked_refs = place("linked-refs")?;
    git(&linked_refs, &["init", "--quiet", "--initial-branch=main"])?;
    std::fs::remove_dir_all(linked_refs.join(".git/refs/heads"))?;
    symlink(private.join(".git/refs/heads"), linked_refs.join(".git/refs/heads"))?;
    let tree = place("tree")?;
    git(&tree, &["init", "--quiet"])?;
    git(&tree, &["config", "core.worktree", &private.display().to_string()])?;
    for top in [to_main, to_tree, link, common, own_list, linked_refs, tree] {
        assert!(is_foreign(&top), "{}: {:?}", top.display(), Repository::find(&top));
        // From below, Git would find the same.
        write(&top, "below/file", "x")?;
        assert!(is_foreign(&top.join("below")), "{}", top.display());
    }
    Ok(())
}

#[test]
fn what_points_back_is_the_directory_s_own() -> Tested {
    let base = tempfile::tempdir()?;
    let main = repository(&base, "main", &[("a", "x")])?;
    let lib = repository(&base, "lib", &[("lib.c", "x")])?;
    git(&main, &["submodule", "--quiet", "add", &lib.display().to_string(), "sub"])?;
    git(&main, &["commit", "--quiet", "--message=sub"])?;
    git(&main, &["worktree", "add", "--quiet", "-b", "feature", "../linked"])?;
    let linked = main.with_file_name("linked");
    git(&linked, &["submodule", "--quiet", "update", "--init"])?;
    git(&main, &["clone", "--quiet", "--separate-git-dir=../apart.git", ".", "../separate"])?;
    assert!(is_foreign(&main.with_file_name("separate")), "nothing there says whose it is");
    git(&main, &["config", "--file=../apart.git/config", "core.worktree", "../separate"])?;
    for top in [main.clone(), main.join("sub"), linked.clone(), linked.join("sub"), main.with_file_name("separate")] {
        let found = Repository::find(&top)?.ok_or("no repository")?;
        assert_eq!(found.top, top);
        assert_eq!(found.git_dir == found.common_dir, top != linked, "{found:?}");
    }
    assert_eq!(Repository::find(&linked.join("a/b"))?, None, "what is not there lies nowhere");
    Ok(())
}
