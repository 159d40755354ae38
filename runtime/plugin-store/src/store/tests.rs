use std::collections::BTreeSet;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Command;
use std::time::Duration;

use windlass_artifact::component::{About, Component, Options};
use windlass_artifact::signature::attach;
use windlass_artifact::{bundle, layout};
use windlass_model::plugin::PluginKind;

use super::*;

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"))
}

fn open(path: &Path) -> Store {
    Store::open(path).unwrap_or_else(|e| panic!("{e}"))
}

fn put(store: &Store, bytes: &[u8]) -> Digest {
    store.put(bytes).unwrap_or_else(|e| panic!("{e}"))
}

fn get(store: &Store, digest: &Digest) -> Option<Bytes> {
    store.find(digest, 1 << 20).unwrap_or_else(|e| panic!("{e}"))
}

/// The files of a store, what is still coming among them.
fn count(path: &Path) -> usize {
    let of = |name: &str| std::fs::read_dir(path.join(name)).map(Iterator::count).unwrap_or_default();
    of("blobs/sha256") + of("tmp")
}

fn file(path: &Path, digest: &Digest) -> PathBuf {
    path.join("blobs/sha256").join(name(digest))
}

#[test]
fn what_is_kept_is_found_by_its_digest_by_the_user_alone() {
    let base = directory();
    let path = base.path().join("cache/plugins");
    let store = open(&path);
    let digest = put(&store, b"content");
    assert_eq!(put(&store, b"content"), digest, "twice is once");
    assert_eq!((get(&store, &digest).as_deref(), count(&path)), (Some(&b"content"[..]), 1));
    assert!(store.has(&digest) && !store.has(&Digest::of(b"other")));
    assert_eq!(get(&store, &Digest::of(b"other")), None);
    let mode = |path: &Path| std::fs::metadata(path).map(|m| m.permissions().mode() & 0o777).ok();
    for directory in ["", "blobs", "blobs/sha256", "tmp", "referrers"] {
        assert_eq!(mode(&path.join(directory)), Some(0o700), "{directory}");
    }
    assert_eq!(mode(&file(&path, &digest)), Some(0o600));
    assert_eq!(store.usage().ok(), Some(Usage { count: 1, bytes: 7 }));
}

#[test]
fn a_store_that_others_can_write_is_not_used() {
    for open_to_others in ["", "blobs", "blobs/sha256", "tmp", "referrers"] {
        let base = directory();
        let path = base.path().join("plugins");
        drop(open(&path));
        std::fs::set_permissions(path.join(open_to_others), std::fs::Permissions::from_mode(0o777))
            .unwrap_or_else(|e| panic!("{e}"));
        let error = Store::open(&path).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error.contains("can be written by others"), "{open_to_others}: {error}");
    }
}

/// What is damaged is told as missing, once and for all: it is not there any more, so that it is fetched again.
#[test]
fn what_is_damaged_is_missing() {
    let base = directory();
    let store = open(base.path());
    let damages: [fn(&Path) -> io::Result<()>; 6] = [
        |file| std::fs::write(file, b"CONTENT"),
        |file| std::fs::write(file, b""),
        |file| std::fs::write(file, b"content and more"),
        |file| std::fs::File::create(file)?.set_len(2 << 20),
        |file| std::fs::remove_file(file).and_then(|()| symlink("/etc/passwd", file)),
        |file| {
            std::fs::remove_file(file)?;
            Command::new("mkfifo").arg(file).status().map(drop)
        },
    ];
    for (at, damage) in damages.into_iter().enumerate() {
        let digest = put(&store, b"content");
        damage(&file(base.path(), &digest)).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(get(&store, &digest), None, "{at}");
        assert!(!store.has(&digest) && count(base.path()) == 0, "{at}: it is removed");
        put(&store, b"content");
        assert_eq!(get(&store, &digest).as_deref(), Some(&b"content"[..]), "{at}: and written anew");
    }
}

#[test]
fn a_document_that_is_wrong_about_content_is_told_so() {
    let base = directory();
    let store = open(base.path());
    let descriptor = Descriptor::of("a", b"content");
    assert_eq!(store.get(&descriptor, 10).ok(), Some(None));
    put(&store, b"content");
    assert_eq!(store.get(&descriptor, 10).ok().flatten().as_deref(), Some(&b"content"[..]));
    assert!(matches!(store.get(&descriptor, 6), Err(StoreError::Blob(BlobError::TooLarge { .. }))));
    let longer = Descriptor { size: 8, ..descriptor };
    assert!(matches!(store.get(&longer, 10), Err(StoreError::Blob(BlobError::Size { .. }))));
}

#[test]
fn what_comes_in_pieces_is_there_when_it_is_whole_and_right() {
    let base = directory();
    let store = open(base.path());
    let digest = Digest::of(b"content");
    let receive = || store.receive(&digest, 7).unwrap_or_else(|e| panic!("{e}"));
    let mut incoming = receive();
    incoming.add(b"con").and_then(|()| incoming.add(b"tent")).unwrap_or_else(|e| panic!("{e}"));
    assert!(!store.has(&digest), "not before it is finished");
    assert_eq!(incoming.so_far(), 7);
    incoming.finish().unwrap_or_else(|e| panic!("{e}"));
    assert!(store.has(&digest) && count(base.path()) == 1);

    std::fs::remove_file(file(base.path(), &digest)).unwrap_or_else(|e| panic!("{e}"));
    // Endless, cut, another, and given up.
    let mut endless = receive();
    assert!(endless.add(b"content").is_ok());
    assert!(matches!(endless.add(b"!"), Err(StoreError::Blob(BlobError::Size { expected: 7, found: 8, .. }))));
    drop(endless);
    let mut cut = receive();
    assert!(cut.add(b"con").is_ok());
    assert!(matches!(cut.finish(), Err(StoreError::Blob(BlobError::Size { found: 3, .. }))));
    let mut other = receive();
    assert!(other.add(b"CONTENT").is_ok());
    assert!(matches!(other.finish(), Err(StoreError::Blob(BlobError::Digest { .. }))));
    drop(receive());
    assert_eq!(count(base.path()), 0, "nothing of them stays");
}

/// Where a test that starts this program again for itself does its part of the work.
const CHILD: &str = "WINDLASS_TEST_STORE";

/// This program again, for one test of it.
fn child(test: &str, path: &Path) -> String {
    let program = std::env::current_exe().unwrap_or_else(|e| panic!("{e}"));
    format!("{CHILD}='{}' '{}' --exact store::tests::{test} --nocapture", path.display(), program.display())
}

#[test]
fn processes_that_write_the_same_all_succeed() {
    if let Some(path) = std::env::var_os(CHILD) {
        let store = open(Path::new(&path));
        for (round, number) in (0..20_usize).flat_map(|round| (0..8_u8).map(move |number| (round, number))) {
            let content = vec![number; 100_000 + round % 2];
            let digest = put(&store, &content);
            assert_eq!(get(&store, &digest).as_deref(), Some(content.as_slice()));
        }
        return;
    }
    let base = directory();
    let start = || Command::new("sh").args(["-c", &child("processes_that_write_the_same_all_succeed", base.path())]).output();
    std::thread::scope(|scope| {
        let writers: Vec<_> = (0..4).map(|_| scope.spawn(start)).collect();
        for writer in writers {
            let output = writer.join().unwrap_or_else(|_| panic!("it ran")).unwrap_or_else(|e| panic!("{e}"));
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        }
    });
    assert_eq!(count(base.path()), 16, "nothing is left beside them");
}

/// The system refuses to write on in the middle of a file, as it does when the disk is full: the files of the process that tries cannot grow
/// beyond 64 KiB.
#[test]
fn a_full_disk_leaves_nothing_half() {
    if let Some(path) = std::env::var_os(CHILD) {
        let store = open(Path::new(&path));
        put(&store, b"small");
        let error = store.put(&vec![1; 1 << 20]).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error.starts_with("there is no space left"), "{error}");
        return;
    }
    let base = directory();
    let limited = format!("trap '' XFSZ; ulimit -f 64; {}", child("a_full_disk_leaves_nothing_half", base.path()));
    let output = Command::new("bash").args(["-c", &limited]).output().unwrap_or_else(|e| panic!("{e}"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert_eq!(count(base.path()), 1);
    assert!(open(base.path()).has(&Digest::of(b"small")));
}

fn aged(path: &Path, digest: &Digest, days: u64) {
    let time = SystemTime::now() - Duration::from_secs(days * 86_400);
    let file = std::fs::File::options().write(true).open(file(path, digest)).unwrap_or_else(|e| panic!("{e}"));
    file.set_modified(time).unwrap_or_else(|e| panic!("{e}"));
}

fn plugin(name: &str) -> Component {
    let about = About { name, version: "1", description: "", kind: PluginKind::Step };
    Component::pack([COMPONENT, &[0, 2, 1], &name.as_bytes()[..1]].concat(), &about, &Options::default())
        .unwrap_or_else(|e| panic!("{e}"))
}

#[test]
fn what_was_used_longest_ago_goes_first_and_what_is_locked_stays() {
    let base = directory();
    let store = open(base.path());
    let digests: Vec<Digest> = (0..4_u8).map(|number| put(&store, &[number; 100])).collect();
    for (digest, days) in digests.iter().zip([40, 30, 20, 10]) {
        aged(base.path(), digest, days);
    }
    // One that is used again is not the oldest any more.
    assert!(get(&store, &digests[0]).is_some());
    let prune = |most, keep: &[&Digest]| {
        let keep = keep.iter().map(|digest| (*digest).clone()).collect();
        store.prune(most, &keep).unwrap_or_else(|e| panic!("{e}"))
    };
    let there = || digests.iter().map(|digest| store.has(digest)).collect::<Vec<_>>();
    assert_eq!(prune(400, &[]).removed, Usage::default());
    assert_eq!(prune(399, &[]), Pruned { removed: Usage { count: 1, bytes: 100 }, kept: Usage { count: 3, bytes: 300 } });
    assert_eq!(there(), [true, false, true, true]);
    assert_eq!(prune(100, &[&digests[2]]).kept, Usage { count: 1, bytes: 100 });
    assert_eq!(there(), [false, false, true, false]);
    assert_eq!(prune(0, &[&digests[2]]).kept.count, 1, "what is locked stays, whatever the bound");
    assert_eq!(prune(0, &[]).kept, Usage::default());
}

/// A lock names a bundle's index; what that leads to is needed, too, and so is its signature.
#[test]
fn what_is_locked_stays_with_all_that_it_refers_to() {
    let base = directory();
    let store = open(base.path());
    let packed = bundle::pack([plugin("a"), plugin("b")], Some("x: 1\n"), &bundle::About::default(), Default::default());
    let packed = packed.unwrap_or_else(|e| panic!("{e}"));
    store.put_all(&packed).unwrap_or_else(|e| panic!("{e}"));
    let signature = attach(&packed.root.descriptor, b"{}".to_vec());
    store.attach(packed.digest(), &signature).unwrap_or_else(|e| panic!("{e}"));
    put(&store, b"something else");
    let parts = store.usage().map(|usage| usage.count).unwrap_or_default() - 1;
    let pruned = store.prune(0, &BTreeSet::from([packed.digest().clone()])).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((pruned.removed.count, pruned.kept.count), (1, parts));
    assert_eq!(store.referrers(packed.digest()).ok(), Some(vec![signature.digest().clone()]));
    assert_eq!(store.signatures(packed.digest()).map(|found| found.len()).ok(), Some(1));

    store.prune(0, &BTreeSet::new()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((count(base.path()), store.referrers(packed.digest()).ok()), (0, Some(Vec::new())));
    assert_eq!(std::fs::read_dir(base.path().join("referrers")).map(Iterator::count).ok(), Some(0));
}

/// A process that was ended in the middle of a download leaves a part; one that is still at it keeps its own.
#[test]
fn parts_that_were_left_behind_go_and_fresh_ones_stay() {
    let base = directory();
    let store = open(base.path());
    let tmp = base.path().join("tmp");
    for (name, age) in [("old", 2), ("new", 0)] {
        let file = std::fs::File::create(tmp.join(name)).unwrap_or_else(|e| panic!("{e}"));
        file.set_modified(SystemTime::now() - Duration::from_secs(age * 86_400)).unwrap_or_else(|e| panic!("{e}"));
    }
    store.prune(u64::MAX, &BTreeSet::new()).unwrap_or_else(|e| panic!("{e}"));
    assert!(!tmp.join("old").exists() && tmp.join("new").exists());
}

/// The store is no layout, but what is in it can be written as one: so a site without a network gets its plugins.
#[test]
fn an_artifact_goes_from_the_store_into_a_layout_and_back() {
    let base = directory();
    let store = open(&base.path().join("store"));
    let packed = bundle::pack([plugin("a"), plugin("b")], None, &bundle::About::default(), Default::default());
    let packed = packed.unwrap_or_else(|e| panic!("{e}"));
    store.put_all(&packed).unwrap_or_else(|e| panic!("{e}"));
    let kept = store.artifact(packed.digest()).unwrap_or_else(|e| panic!("{e}")).unwrap_or_else(|| panic!("it is kept"));
    let mut contents = layout::Contents::default();
    contents.add(&kept, Some("1"));
    let path = base.path().join("layout");
    contents.write(&path).unwrap_or_else(|e| panic!("{e}"));
    let layout = layout::Layout::open(&path).unwrap_or_else(|e| panic!("{e}"));
    let entry = layout.find(Some("1")).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(&entry.digest, packed.digest());

    let other = open(&base.path().join("other"));
    other.put_all(&layout.artifact(&entry).unwrap_or_else(|e| panic!("{e}"))).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(other.usage().ok(), store.usage().ok());
    // Without one of its parts it is not there, and has to be fetched again.
    let part = &packed.blobs[0].descriptor.digest;
    std::fs::remove_file(file(&base.path().join("other"), part)).unwrap_or_else(|e| panic!("{e}"));
    assert!(other.artifact(packed.digest()).is_ok_and(|found| found.is_none()));
    let text = put(&other, b"{}");
    assert!(matches!(other.artifact(&text), Err(StoreError::Document { .. })));
}
