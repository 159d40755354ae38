use std::os::unix::fs::PermissionsExt as _;

use cap_std::ambient_authority;

use super::*;

/// The smallest component there is.
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

fn engine() -> Engine {
    crate::engine::engine().unwrap_or_else(|e| panic!("{e}"))
}

fn digest() -> Digest {
    Digest::of(COMPONENT)
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
    compile(&engine, Some(&cache), COMPONENT, &digest(), &|| {}).unwrap_or_else(|e| panic!("{e:#}"));
    let kept = compiled(&cache);
    assert_eq!(kept.len(), 1);
    let mode = |path: &Path| std::fs::metadata(path).map(|m| m.permissions().mode() & 0o777).ok();
    assert_eq!((mode(&cache), mode(&kept[0])), (Some(0o700), Some(0o600)));

    // A damaged entry is neither run nor fatal: it is made anew.
    std::fs::write(&kept[0], b"garbage").unwrap_or_else(|e| panic!("{e}"));
    compile(&engine, Some(&cache), COMPONENT, &digest(), &|| {}).unwrap_or_else(|e| panic!("{e:#}"));
    assert_ne!(std::fs::read(&kept[0]).ok().as_deref(), Some(b"garbage".as_slice()));
}

/// A plugin in Python has tens of megabytes of code, of which a plan uses little.
#[cfg(target_os = "linux")]
#[test]
fn what_is_kept_is_mapped_and_not_read_whole() {
    let base = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let cache = base.path().join("aot");
    let engine = engine();
    let made = || compile(&engine, Some(&cache), COMPONENT, &digest(), &|| {}).unwrap_or_else(|e| panic!("{e:#}"));
    let _compiled = made();
    let name = compiled(&cache).remove(0).display().to_string();
    let mapped = || std::fs::read_to_string("/proc/self/maps").unwrap_or_default().contains(&name);
    assert!(!mapped(), "what is tested");
    let _from_cache = made();
    assert!(mapped(), "{name}");
}

fn chmod(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap_or_else(|e| panic!("{e}"));
}

#[test]
fn a_directory_that_others_can_write_is_not_used() {
    let base = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let cache = base.path().join("aot");
    std::fs::create_dir(&cache).unwrap_or_else(|e| panic!("{e}"));
    chmod(&cache, 0o777);
    compile(&engine(), Some(&cache), COMPONENT, &digest(), &|| {}).unwrap_or_else(|e| panic!("{e:#}"));
    assert_eq!(compiled(&cache), Vec::<PathBuf>::new());
}

/// The advice was to close the directory, which keeps what others had put there.
#[test]
fn the_advice_is_to_delete_what_others_may_have_written() {
    let base = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    chmod(base.path(), 0o707);
    let cache = base.path().join("aot");
    std::fs::create_dir(&cache).unwrap_or_else(|e| panic!("{e}"));
    chmod(&cache, 0o702);
    let advice = own::directory(&cache).map(drop).map_err(|e| e.to_string()).err().unwrap_or_default();
    assert!(advice.ends_with(&format!("rm -r {}", cache.display())) && !advice.contains("chmod"), "{advice}");
}

/// Whoever followed that advice ran what others had left: a file that is open to others, or one that stands for another component.
#[test]
fn a_file_that_others_may_have_put_there_is_not_loaded_but_replaced() {
    let base = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let cache = base.path().join("aot");
    let engine = engine();
    compile(&engine, Some(&cache), COMPONENT, &digest(), &|| {}).unwrap_or_else(|e| panic!("{e:#}"));
    let kept = compiled(&cache).remove(0);
    let key = key(&engine, &digest());
    let name = format!("{key}.cwasm");
    let loads = || {
        let directory = own::directory(&cache).unwrap_or_else(|e| panic!("{e}"));
        read(&directory, &cache, &name, &key).map(|found| found.is_some()).map_err(|e| e.to_string())
    };
    assert_eq!(loads(), Ok(true), "what is tested");

    chmod(&kept, 0o622);
    assert!(loads().is_err_and(|e| e.contains("can be written by others")));
    compile(&engine, Some(&cache), COMPONENT, &digest(), &|| {}).unwrap_or_else(|e| panic!("{e:#}"));
    let mode = std::fs::metadata(&kept).map(|m| m.permissions().mode() & 0o777).ok();
    assert_eq!((loads(), mode), (Ok(true), Some(0o600)), "it was made anew");

    // Machine code of another component under this one's name: what a rename in an open directory leaves.
    let mut other = std::fs::read(&kept).unwrap_or_default();
    other.truncate(other.len() - 64);
    other.extend(b"0".repeat(64));
    std::fs::write(&kept, other).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(loads(), Ok(false));
    compile(&engine, Some(&cache), COMPONENT, &digest(), &|| {}).unwrap_or_else(|e| panic!("{e:#}"));
    assert_eq!(loads(), Ok(true), "it was made anew");
}

/// The owner counts for each file too. Only root can try it: it alone can give a file away.
#[test]
fn a_file_of_another_user_is_not_loaded() {
    let base = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let file = base.path().join("x.cwasm");
    std::fs::write(&file, "CODEkey").unwrap_or_else(|e| panic!("{e}"));
    chmod(&file, 0o600);
    let directory = Dir::open_ambient_dir(base.path(), ambient_authority()).unwrap_or_else(|e| panic!("{e}"));
    let loads = || read(&directory, base.path(), "x.cwasm", "key").map(|found| found.is_some()).map_err(|e| e.to_string());
    assert_eq!(loads(), Ok(true));
    if std::os::unix::fs::chown(&file, Some(65_534), None).is_ok() && rustix::process::geteuid().as_raw() != 65_534 {
        assert!(loads().is_err_and(|e| e.contains("belongs to another user")));
    }
}

/// What is kept has a bound: every version of every plugin was kept for ever.
#[test]
fn what_was_used_longest_ago_goes_first() {
    let cache = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let ago = |seconds| std::time::SystemTime::now() - std::time::Duration::from_secs(seconds);
    for (name, age) in [("a", 400), ("b", 300), ("c", 200), ("new", 500)] {
        let file = std::fs::File::create(cache.path().join(name)).unwrap_or_else(|e| panic!("{e}"));
        (&file).write_all(&[0; 100]).and_then(|()| file.set_modified(ago(age))).unwrap_or_else(|e| panic!("{e}"));
    }
    let directory = Dir::open_ambient_dir(cache.path(), ambient_authority()).unwrap_or_else(|e| panic!("{e}"));
    // A plugin that is used again is not the oldest any more.
    drop(directory.open("a").map(sweep::used));
    let kept = |most| {
        sweep::sweep(&directory, most, "new").unwrap_or_else(|e| panic!("{e}"));
        let mut names: Vec<_> = compiled(cache.path()).iter().filter_map(|path| Some(path.file_name()?.to_owned())).collect();
        names.sort();
        names
    };
    assert_eq!(kept(400), ["a", "b", "c", "new"]);
    assert_eq!(kept(399), ["a", "c", "new"]);
    assert_eq!(kept(100), ["new"]);
    assert_eq!(kept(0), ["new"], "what was just made is about to be used");
}
