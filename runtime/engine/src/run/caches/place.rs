//! The folders of a cache as directories of the container.

use windlass_mover_client::protocol::Place;

/// Folders that no cache can have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Misplaced {
    /// The container does not say where `~` is.
    #[error("`{0}` begins with ~, and the container has no HOME; write the whole path, or set HOME in `env`")]
    Homeless(String),
    /// Names in it would count from nowhere.
    #[error(
        "`{folder}` is not below {directory}; a cache with several folders or a pattern has all of them in the working directory"
    )]
    Outside {
        /// The folder.
        folder: String,
        /// The working directory.
        directory: String,
    },
    /// Nobody wants to restore that.
    #[error("`{0}` is the whole file system; name a folder in it")]
    Everything(String),
    /// What was checked out would be replaced by what was stored.
    #[error(
        "`{0}` holds the working directory, so that an older working copy would be restored over this one; name a folder in it"
    )]
    WorkingCopy(String),
    /// There is none.
    #[error("no folder is named")]
    Nothing,
}

/// Where the content of a cache is. A single folder can lie anywhere, and names in it count from itself. Several folders, and patterns, lie in the
/// working directory, and names count from there.
pub(super) fn of(folders: &[String], directory: &str, home: Option<&str>) -> Result<Place, Misplaced> {
    let whole: Vec<String> = folders.iter().map(|folder| absolute(folder, directory, home)).collect::<Result<_, _>>()?;
    match whole.as_slice() {
        [] => Err(Misplaced::Nothing),
        [folder] if folder == "/" => Err(Misplaced::Everything(folders.concat())),
        [folder] if holds(folder, &normal(directory)) => Err(Misplaced::WorkingCopy(folders.concat().trim().to_owned())),
        [folder] if !folder.contains('*') => Ok(Place { base: folder.clone(), folders: Vec::new() }),
        several => {
            let directory = normal(directory);
            let below = |(folder, written): (&String, &String)| {
                let rest = folder.strip_prefix(directory.trim_end_matches('/')).and_then(|rest| rest.strip_prefix('/'));
                let outside = || Misplaced::Outside { folder: written.trim().to_owned(), directory: directory.clone() };
                rest.filter(|rest| !rest.is_empty()).map(str::to_owned).ok_or_else(outside)
            };
            let folders = several.iter().zip(folders).map(below).collect::<Result<_, _>>()?;
            Ok(Place { base: directory, folders })
        }
    }
}

/// Whether a folder is a directory or one above it.
fn holds(folder: &str, directory: &str) -> bool {
    directory.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn absolute(folder: &str, directory: &str, home: Option<&str>) -> Result<String, Misplaced> {
    let folder = folder.trim();
    let path = match folder.strip_prefix('~') {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => {
            let home = home.filter(|home| home.starts_with('/')).ok_or_else(|| Misplaced::Homeless(folder.to_owned()))?;
            format!("{home}{rest}")
        }
        _ if folder.starts_with('/') => folder.to_owned(),
        _ => format!("{directory}/{folder}"),
    };
    Ok(normal(&path))
}

/// A path without `.`, `..` and empty parts.
fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn placed(folders: &[&str]) -> Result<(String, Vec<String>), Misplaced> {
        let folders: Vec<String> = folders.iter().map(|&folder| folder.to_owned()).collect();
        of(&folders, "/w/copy/", Some("/root")).map(|place| (place.base, place.folders))
    }

    fn below(folders: &[&str]) -> Result<(String, Vec<String>), Misplaced> {
        Ok(("/w/copy".to_owned(), folders.iter().map(|&folder| folder.to_owned()).collect()))
    }

    #[test]
    fn one_folder_lies_anywhere_and_several_in_the_working_directory() {
        let alone = |base: &str| Ok((base.to_owned(), Vec::new()));
        assert_eq!(placed(&["node_modules"]), alone("/w/copy/node_modules"));
        assert_eq!(placed(&[" ~/.cargo/ "]), alone("/root/.cargo"));
        assert_eq!(placed(&["~"]), alone("/root"));
        assert_eq!(placed(&["/var//cache/./x/../y"]), alone("/var/cache/y"));
        assert_eq!(placed(&["../.."]), Err(Misplaced::Everything("../..".to_owned())));
        for holding in [".", "..", "/w", "/w/copy", "sub/.."] {
            assert_eq!(placed(&[holding]), Err(Misplaced::WorkingCopy(holding.to_owned())));
        }
        assert_eq!(placed(&["/w/cop"]), alone("/w/cop"));
        assert_eq!(placed(&["a", "b/c"]), below(&["a", "b/c"]));
        assert_eq!(placed(&["**/node_modules"]), below(&["**/node_modules"]));
        assert_eq!(placed(&["/w/copy/a/*"]), below(&["a/*"]));
        assert_eq!(placed(&["~x"]), alone("/w/copy/~x"));
        assert_eq!(placed(&[]), Err(Misplaced::Nothing));
    }

    #[test]
    fn what_lies_elsewhere_is_refused_beside_others() {
        for folders in [&["a", "/etc"][..], &["a", "../b"], &["~/.cargo", "a"], &["/w/copy2/*"], &["a", "."]] {
            assert!(matches!(placed(folders), Err(Misplaced::Outside { .. })), "{folders:?}");
        }
        let homeless = of(&["~/.cargo".to_owned()], "/w", None);
        assert_eq!(homeless, Err(Misplaced::Homeless("~/.cargo".to_owned())));
    }
}
