//! A store that others can write to: what it says is checked before anything is written here.

use std::fs;
use std::path::Path;

use windlass_artifact_store::{Artifact, Remote, RemoteError, StoreError};
use windlass_cache_store::Sha256;

use crate::world::{TIME, World, files, files_of};

/// A store with one artifact, and that artifact.
async fn sent(world: &World) -> (Remote, Artifact) {
    let (store, artifact) = world.collected("run", "t", &[("a.log", b"one"), ("b.log", b"two")]);
    let remote = world.open(&world.location()).await;
    remote.send(&store, &artifact, TIME).await.unwrap();
    (remote, artifact)
}

/// Puts a list in place of the one that is there, and names it in the record.
fn forge_list(world: &World, change: impl Fn(&str) -> String) {
    forge(world, "list", |bytes| change(std::str::from_utf8(bytes).unwrap()).into_bytes());
}

/// The same for any blob of the record.
fn forge(world: &World, which: &str, change: impl Fn(&[u8]) -> Vec<u8>) {
    let record = files_of(&world.directory(), "entries").remove(0);
    let mut value: serde_json::Value = serde_json::from_slice(&fs::read(&record).unwrap()).unwrap();
    let find = |bytes: &[u8]| {
        let hex = Sha256::of(bytes).to_string();
        world.directory().join("artifacts/blobs").join(&hex[..2]).join(hex)
    };
    let blobs = files_of(&world.directory(), "blobs");
    let is_list = |path: &&std::path::PathBuf| fs::read(path).unwrap().starts_with(b"[");
    let (lists, packs): (Vec<_>, Vec<_>) = blobs.iter().partition(is_list);
    let old = if which == "list" { lists[0] } else { packs[0] };
    let new = change(&fs::read(old).unwrap());
    let place = find(&new);
    fs::create_dir_all(place.parent().unwrap()).unwrap();
    value[which] = serde_json::json!({"digest": format!("sha256:{}", Sha256::of(&new)), "size": new.len()});
    if place != *old {
        fs::remove_file(old).unwrap();
    }
    fs::write(place, new).unwrap();
    fs::write(record, value.to_string()).unwrap();
}

async fn only_told(remote: &Remote, what: &str) -> String {
    let listing = remote.list(None).await.unwrap();
    assert!(listing.runs.is_empty(), "{what}: {:?}", listing.runs);
    let [error] = &listing.unreadable[..] else { panic!("{what}: {:?}", listing.unreadable) };
    let text = error.to_string();
    assert!(windlass_model::text::is_fit(&text), "{what}: {text:?}");
    text
}

#[tokio::test]
async fn names_that_lead_elsewhere_or_hide_something_are_refused() {
    for name in ["../../secret", "/etc/passwd", "a/../../b", "", "a\\nb", "\\u001b[2J", "a/./b"] {
        let world = World::new();
        let (remote, _) = sent(&world).await;
        forge_list(&world, |list| list.replace("a.log", name));
        let told = only_told(&remote, name).await;
        assert!(told.contains("is no artifact that windlass wrote"), "{name}: {told}");
    }
}

#[tokio::test]
async fn a_record_that_no_run_wrote_is_told_and_left_out() {
    let newer = "was kept by a newer windlass";
    let forged = "is no artifact that windlass wrote";
    for (from, to, says) in [
        ("\"form\":1", "\"form\":2,\"more\":1", newer),
        ("\"run\":\"run\"", "\"run\":\"other\"", forged),
        ("\"task\":\"t\"", "\"task\":\"../t\"", forged),
        ("\"directory\":\"t/logs\"", "\"directory\":\".git/hooks\"", forged),
        ("\"directory\":\"t/logs\"", "\"directory\":\"../logs\"", forged),
        ("\"directory\":\"t/logs\"", "\"directory\":\"t/other\"", forged),
        ("2026-01-02T03:04:05Z", "9999-01-01T00:00:00Z", forged),
        ("text/plain", "\\u001b[2J", forged),
        ("{", "", forged),
    ] {
        let world = World::new();
        let (remote, _) = sent(&world).await;
        let record = files_of(&world.directory(), "entries").remove(0);
        let text = fs::read_to_string(&record).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(&record, text.replacen(from, to, 1)).unwrap();
        let told = only_told(&remote, to).await;
        assert!(told.contains(says), "{to}: {told}");
    }
}

/// Whatever is wrong with the bytes: nothing is written, not even a directory.
async fn refused(world: &World, remote: &Remote, artifact: &Artifact, what: &str) -> StoreError {
    let error = remote.fetch("run", artifact, &world.out()).await.expect_err(what);
    assert_eq!(files(&world.out()).len(), 0, "{what}");
    assert!(fs::read_dir(world.out()).map_or(0, Iterator::count) == 0, "{what}: not even an empty directory");
    error
}

fn pack_of(directory: &Path) -> std::path::PathBuf {
    files_of(directory, "blobs").into_iter().find(|path| !fs::read(path).unwrap().starts_with(b"[")).unwrap()
}

#[tokio::test]
async fn bytes_that_are_others_are_not_fetched() {
    let world = World::new();
    let (remote, artifact) = sent(&world).await;
    let pack = pack_of(&world.directory());
    let good = fs::read(&pack).unwrap();
    let mut wrong = good.clone();
    wrong[512] ^= 1;
    for (bytes, what) in [(wrong, "another byte"), (good[..600].to_vec(), "cut"), (Vec::new(), "empty")] {
        fs::write(&pack, bytes).unwrap();
        let error = refused(&world, &remote, &artifact, what).await;
        assert!(matches!(error, StoreError::Remote(RemoteError::Corrupt { .. })), "{what}: {error:?}");
    }
    fs::remove_file(&pack).unwrap();
    let error = refused(&world, &remote, &artifact, "gone").await;
    assert!(matches!(error, StoreError::Remote(RemoteError::Gone { .. })), "{error:?}");
}

/// Whoever can write to the store can name an archive of their own: it has to be that of the list.
#[tokio::test]
async fn an_archive_of_other_files_is_not_unpacked() {
    let archive = |entries: &[(&str, tar::EntryType, &[u8])]| {
        let mut builder = tar::Builder::new(Vec::new());
        for (path, kind, content) in entries {
            let mut header = tar::Header::new_gnu();
            // As it is written, whatever it leads to.
            header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
            header.set_entry_type(*kind);
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            builder.append(&header, *content).unwrap();
        }
        builder.into_inner().unwrap()
    };
    use tar::EntryType::{Link, Regular, Symlink};
    let two = ("b.log", Regular, &b"two"[..]);
    for (entries, what) in [
        (vec![("a.log", Regular, &b"eno"[..]), two], "other bytes"),
        (vec![("../a.log", Regular, b"one"), two], "a name that leads elsewhere"),
        (vec![("/tmp/a.log", Regular, b"one"), two], "an absolute name"),
        (vec![("c.log", Regular, b"one"), two], "another name"),
        (vec![("a.log", Regular, b"on"), two], "a smaller file"),
        (vec![("a.log", Regular, b"one!"), two], "a larger file"),
        (vec![("a.log", Symlink, b""), two], "a link"),
        (vec![("a.log", Link, b""), two], "a hard link"),
        (vec![("a.log", Regular, b"one")], "a file too few"),
        (vec![two, ("a.log", Regular, b"one")], "another order"),
    ] {
        let world = World::new();
        let (remote, artifact) = sent(&world).await;
        forge(&world, "pack", |_| archive(&entries));
        let error = refused(&world, &remote, &artifact, what).await;
        assert!(matches!(error, StoreError::Changed { .. }), "{what}: {error:?}");
    }
}

/// It could fill the disk.
#[tokio::test]
async fn an_archive_that_is_longer_than_its_files_is_not_fetched() {
    let world = World::new();
    let (remote, artifact) = sent(&world).await;
    forge(&world, "pack", |pack| [pack, &vec![0; 1 << 20]].concat());
    let error = refused(&world, &remote, &artifact, "longer").await;
    assert!(matches!(error, StoreError::Remote(RemoteError::Forged { .. })), "{error:?}");
}

/// Of two that are there, what is wrong with one hides nothing of the other.
#[tokio::test]
async fn what_is_wrong_with_one_hides_no_other() {
    let world = World::new();
    let (remote, _) = sent(&world).await;
    let record = files_of(&world.directory(), "entries").remove(0);
    fs::write(record, "no record").unwrap();
    let (store, other) = world.collected("other", "t", &[("x", b"x")]);
    remote.send(&store, &other, TIME).await.unwrap();
    let listing = remote.list(None).await.unwrap();
    assert_eq!((listing.runs.len(), listing.unreadable.len()), (1, 1));
    remote.fetch("other", &other, &world.out()).await.unwrap();
}
