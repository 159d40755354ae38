use std::os::unix::fs::PermissionsExt as _;

use super::*;

/// The smallest component there is.
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

fn engine() -> Engine {
    crate::engine::engine().unwrap_or_else(|e| panic!("{e}"))
}

fn compiled(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).map(|entries| entries.flatten().map(|entry| entry.path()).collect());
    entries.unwrap_or_default()
}

#[test]
fn a_component_is_compiled_once_and_kept_for_the_owner_alone() {
    let base = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let cache = base.path().join("windlass/aot");
    let engine = engine();
    compile(&engine, Some(&cache), COMPONENT).unwrap_or_else(|e| panic!("{e:#}"));
    let kept = compiled(&cache);
    assert_eq!(kept.len(), 1);
    let mode = |path: &Path| std::fs::metadata(path).map(|m| m.permissions().mode() & 0o777).ok();
    assert_eq!((mode(&cache), mode(&kept[0])), (Some(0o700), Some(0o600)));

    // A damaged entry is neither run nor fatal: it is made anew.
    std::fs::write(&kept[0], b"garbage").unwrap_or_else(|e| panic!("{e}"));
    compile(&engine, Some(&cache), COMPONENT).unwrap_or_else(|e| panic!("{e:#}"));
    assert_ne!(std::fs::read(&kept[0]).ok().as_deref(), Some(b"garbage".as_slice()));
}

#[test]
fn a_directory_that_others_can_write_is_not_used() {
    let base = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let cache = base.path().join("aot");
    std::fs::create_dir(&cache).unwrap_or_else(|e| panic!("{e}"));
    std::fs::set_permissions(&cache, std::fs::Permissions::from_mode(0o777)).unwrap_or_else(|e| panic!("{e}"));
    compile(&engine(), Some(&cache), COMPONENT).unwrap_or_else(|e| panic!("{e:#}"));
    assert_eq!(compiled(&cache), Vec::<PathBuf>::new());
}
