//! Which names of one directory are part of a working copy, by the same rules as for its way into the pod.

use std::collections::BTreeSet;
use std::path::Path;

use ignore::WalkBuilder;

use super::workspace::IGNORE_FILE;

/// The files that say what is ignored; whoever walks opens them in every directory.
const SAY_WHAT_IS_IGNORED: [&str; 4] = [".gitignore", ".ignore", IGNORE_FILE, ".git/info/exclude"];

/// The names in a directory of a working copy that Git and `.windlassignore` do not keep out of it; none when the directory itself is kept out.
/// What says so and is no plain file keeps all out that it is about.
pub fn part_of_working_copy(root: &Path, directory: &Path) -> BTreeSet<String> {
    let (wanted, depth) = (root.join(directory), directory.components().count() + 1);
    if !says_plainly(root) {
        return BTreeSet::new();
    }
    let above = wanted.clone();
    let walk = WalkBuilder::new(root)
        .hidden(false)
        .parents(false)
        .git_global(false)
        .require_git(false)
        .add_custom_ignore_filename(IGNORE_FILE)
        .max_depth(Some(depth))
        .filter_entry(move |entry| {
            let path = entry.path();
            let is_directory = entry.file_type().is_some_and(|kind| kind.is_dir());
            (above.starts_with(path) || path.parent() == Some(&above)) && (!is_directory || says_plainly(path))
        })
        .build();
    let here = walk.flatten().filter(|entry| entry.depth() == depth && entry.path().parent() == Some(&wanted));
    here.filter_map(|entry| entry.file_name().to_str().map(str::to_owned)).collect()
}

fn says_plainly(directory: &Path) -> bool {
    let plain = |name: &&str| directory.join(name).metadata().is_ok_and(|data| !data.is_file());
    !SAY_WHAT_IS_IGNORED.iter().any(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_upload_leaves_out_is_no_part() -> Result<(), Box<dyn std::error::Error>> {
        let dir = tempfile::tempdir()?;
        let root = dir.path();
        for directory in ["src/deep", "target/x", "odd"] {
            std::fs::create_dir_all(root.join(directory))?;
        }
        for (file, text) in [
            (".gitignore", "target\n.env\n"),
            (IGNORE_FILE, "*.iso\n"),
            ("src/.gitignore", "*.o\n"),
            (".env", "x"),
            ("big.iso", "x"),
            ("src/a.c", "x"),
            ("src/deep/a.o", "x"),
            ("src/deep/b.c", "x"),
            ("target/x/y", "x"),
            ("odd/file", "x"),
        ] {
            std::fs::write(root.join(file), text)?;
        }
        // Opening a pipe would wait for its other end; a directory stands for whatever is no file.
        std::fs::create_dir(root.join("odd/.gitignore"))?;
        let names = |directory: &str| part_of_working_copy(root, Path::new(directory)).into_iter().collect::<Vec<_>>();
        assert_eq!(names(""), [".gitignore", ".windlassignore", "src"]);
        assert_eq!(names("src"), [".gitignore", "a.c", "deep"]);
        assert_eq!(names("src/deep"), ["b.c"]);
        assert_eq!(names("target/x"), Vec::<String>::new());
        assert_eq!(names("odd"), Vec::<String>::new());
        Ok(())
    }
}
