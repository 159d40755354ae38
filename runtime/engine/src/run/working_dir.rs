//! Where the task's working directory is, and where a container sees it.

use windlass_model::pod::{Mount, paths};

/// The directory `written` in the task's own terms, which are those of the main container, as a container with these mounts sees it: `None`
/// when it is not in the volume that both share.
///
/// Where else a plugin mounts that volume, for purposes of its own, says nothing.
pub(super) fn seen_by(mounts: &[Mount], main: &[Mount], written: &str) -> Option<String> {
    let inside = |path: &str| {
        let inside = written.strip_prefix(path.trim_end_matches('/'))?;
        (inside.is_empty() || inside.starts_with('/')).then_some(inside)
    };
    let (here, main) = (own_paths(mounts), own_paths(main));
    if main.iter().any(|path| here.contains(path) && inside(path).is_some()) {
        return Some(written.to_owned());
    }
    main.into_iter().find_map(inside).map(|inside| format!("{}{inside}", paths::SHARED))
}

/// Where the volume that is mounted at [`paths::SHARED`] is mounted besides.
fn own_paths(mounts: &[Mount]) -> Vec<&str> {
    let volume = mounts.iter().find(|mount| mount.path == paths::SHARED).map(|mount| &mount.volume);
    let besides = mounts.iter().filter(|mount| Some(&mount.volume) == volume && mount.path != paths::SHARED);
    besides.map(|mount| mount.path.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mounts(besides: &[&str]) -> Vec<Mount> {
        let all = besides.iter().chain(&[paths::SHARED]);
        all.map(|path| Mount { volume: "shared".into(), path: (*path).to_owned(), read_only: false }).collect()
    }

    fn seen(besides: &[&str], written: &str) -> Option<String> {
        seen_by(&mounts(besides), &mounts(&["/tmp"]), written)
    }

    #[test]
    fn a_container_sees_the_directory_at_the_path_they_share_and_else_below_the_shared_volume() {
        assert_eq!(seen(&["/tmp"], "/tmp/build").as_deref(), Some("/tmp/build"));
        assert_eq!(seen(&[], "/tmp/build").as_deref(), Some("/windlass/shared/build"));
        assert_eq!(seen(&["/context"], "/tmp/build").as_deref(), Some("/windlass/shared/build"));
        assert_eq!(seen(&[], "/tmp").as_deref(), Some("/windlass/shared"));
        assert_eq!(seen(&[], "/tmpfiles"), None);
        assert_eq!(seen(&["/tmp"], "/home/build"), None);
    }
}
