//! A container that asks for what is not its own. It speaks through the mover's stream, and may say anything.

use windlass_cache_store::{Entry, Existing, Miss, StoreError};
use windlass_model::cache::CacheScope;
use windlass_mover_client::protocol::{Answer, Ask, Blob, PIECE, Sha256};

use crate::mover::{get, keep, put, write};
use crate::world::{World, access, blob, entry, files_of, open, owner};

fn is_no(answer: &Answer) -> bool {
    matches!(answer, Answer::No(_))
}

#[tokio::test]
async fn it_reads_nothing_that_its_task_was_not_told_of() {
    let world = World::new();
    let stores = world.stores();
    let main = open(&stores, world.location(), &["main"]).await;
    keep(&main, "k", b"tree of main", b"pack of main").await.unwrap();
    let branch = open(&stores, world.location(), &["pr/1", "main"]).await;
    let depot = branch.depot();
    let secret = blob(b"pack of main");
    let read = |offset, most| Ask::Read { blob: secret.digest, offset, most };
    assert!(is_no(&depot.answer(Ask::Fetch(secret)).await));
    assert!(is_no(&depot.answer(read(0, 4)).await));
    // To say that it has them does not give them, nor does an entry that names them.
    depot.answer(Ask::Store(secret)).await;
    depot.answer(Ask::Stored(secret)).await;
    assert!(is_no(&depot.answer(Ask::Fetch(secret)).await));
    assert!(is_no(&depot.answer(read(0, 4)).await));
    let found = branch.find("k").await.unwrap();
    assert!(is_no(&depot.answer(Ask::Fetch(secret)).await), "the host found it, and did not let it be fetched");
    branch.allow(&found);
    assert_eq!(get(&*depot, secret).await.unwrap(), b"pack of main");
    for size in [0, 11, 13, u64::MAX] {
        assert!(is_no(&depot.answer(Ask::Fetch(Blob { size, ..secret })).await), "{size}");
    }
    assert_eq!(depot.answer(read(u64::MAX, u32::MAX)).await, Answer::Bytes(Vec::new()));
    assert_eq!(depot.answer(read(8, u32::MAX)).await, Answer::Bytes(b"main".to_vec()));
}

/// Another namespace is another repository, most often: what it stored is not even there.
#[tokio::test]
async fn it_learns_nothing_of_another_namespace() {
    let world = World::new();
    let stores = world.stores();
    let other = CacheScope { namespace: "corp/secret".into(), line: "main".into() };
    let elsewhere =
        windlass_model::cache::CacheAccess { read: vec![other.clone()], write: other, ..access(world.location(), &["main"]) };
    let elsewhere = windlass_cache_store::Caches::open(&elsewhere, owner("run"), &stores).await.unwrap();
    keep(&elsewhere, "k", b"tree", b"a secret pack").await.unwrap();
    let caches = open(&stores, world.location(), &["main"]).await;
    let depot = caches.depot();
    assert_eq!(depot.answer(Ask::Store(blob(b"a secret pack"))).await, Answer::Here, "as if nobody had it");
    assert!(is_no(&depot.answer(Ask::Publish { key: "x".into(), blob: blob(b"a secret pack") }).await));
    assert!(is_no(&depot.answer(Ask::Stored(blob(b"a secret pack"))).await));
    assert!(is_no(&depot.answer(Ask::Fetch(blob(b"a secret pack"))).await));
}

#[tokio::test]
async fn it_leaves_no_other_bytes_under_a_digest() {
    let world = World::new();
    let caches = open(&world.stores(), world.location(), &["main"]).await;
    let depot = caches.depot();
    let due = blob(b"the right bytes");
    for wrong in [&b"the wrong bytes"[..], b"the right", b"the right bytes and more"] {
        assert_eq!(depot.answer(Ask::Store(due)).await, Answer::Here);
        let written = write(&*depot, due, wrong).await;
        let stored = depot.answer(Ask::Stored(due)).await;
        assert!(written.is_err() || is_no(&stored), "{wrong:?}");
        assert!(is_no(&depot.answer(Ask::Fetch(due)).await));
    }
    assert_eq!(files_of(&world.directory(), "blobs").len() + files_of(&world.directory(), "incoming").len(), 0);
    assert!(is_no(&depot.answer(Ask::Stored(blob(b"never announced"))).await));
    assert!(is_no(&depot.answer(Ask::Write { blob: due.digest, offset: 0, bytes: vec![0] }).await));
    assert_eq!(depot.answer(Ask::Store(due)).await, Answer::Here);
    assert!(is_no(&depot.answer(Ask::Write { blob: due.digest, offset: 0, bytes: vec![0; PIECE + 1] }).await));
    assert_eq!(put(&*depot, b"the right bytes").await.unwrap(), "here", "the right ones are taken all the same");
}

/// What the host writes into an entry comes from the container.
#[tokio::test]
async fn an_entry_names_only_what_its_task_stored_or_was_told_of() {
    let world = World::new();
    let stores = world.stores();
    let main = open(&stores, world.location(), &["main"]).await;
    keep(&main, "k", b"tree of main", b"pack of main").await.unwrap();
    let branch = open(&stores, world.location(), &["pr/1", "main"]).await;
    put(&*branch.depot(), b"tree").await.unwrap();
    let (own, foreign) = (blob(b"tree"), blob(b"pack of main"));
    for (tree, packs) in [(foreign, vec![]), (own, vec![foreign]), (blob(b"nowhere"), vec![]), (Blob { size: 1, ..own }, vec![])]
    {
        let refused = branch.record(&entry("x", tree, &packs), Existing::Keep).await;
        assert!(matches!(refused, Err(StoreError::NotOwn { .. })), "{refused:?}");
    }
    let nameless = Entry { name: String::new(), ..entry("x", own, &[]) };
    assert!(matches!(branch.record(&nameless, Existing::Keep).await, Err(StoreError::NotOwn { .. })));
    branch.allow(&branch.find("k").await.unwrap());
    branch.record(&entry("x", own, &[foreign]), Existing::Keep).await.unwrap();
}

#[tokio::test]
async fn it_stores_no_more_than_it_may() {
    let world = World::new();
    let stores = world.stores();
    let small = windlass_model::cache::CacheAccess {
        max_size: windlass_model::quantity::MebiBytes(1),
        ..access(world.location(), &["main"])
    };
    let caches = windlass_cache_store::Caches::open(&small, owner("run"), &stores).await.unwrap();
    let depot = caches.depot();
    let refused = put(&*depot, &vec![0; (1 << 20) + 1]).await.unwrap_err();
    assert!(refused.contains("max_size"), "{refused}");
    assert!(is_no(&depot.answer(Ask::Store(Blob { digest: Sha256([0; 32]), size: u64::MAX })).await));
    put(&*depot, &vec![1; 600 << 10]).await.unwrap();
    assert!(put(&*depot, &vec![2; 600 << 10]).await.is_err(), "both together");
    put(&*depot, &vec![3; 400 << 10]).await.unwrap();
    let bloated = Entry { bytes: 2 << 20, ..entry("k", blob(&vec![3; 400 << 10]), &[]) };
    assert!(matches!(caches.record(&bloated, Existing::Keep).await, Err(StoreError::TooLarge { .. })));
    for number in 0..200_u32 {
        depot.answer(Ask::Store(blob(&number.to_le_bytes()))).await;
    }
    assert_eq!(files_of(&world.directory(), "incoming").len(), 64);
    assert_eq!(put(&*depot, b"one that comes").await.unwrap(), "here", "what never comes is in nobody's way");
    drop(depot);
    assert_eq!(files_of(&world.directory(), "incoming").len(), 0, "nothing is left of what never came");
    let depot = caches.depot();
    assert_eq!(depot.answer(Ask::Store(blob(&vec![4; 20 << 10]))).await, Answer::Here);
    drop(depot);
    put(&*caches.depot(), &vec![5; 20 << 10]).await.unwrap();
}

#[tokio::test]
async fn the_http_cache_writes_its_own_scope_and_no_steps_entry() {
    let world = World::new();
    let stores = world.stores();
    let main = open(&stores, world.location(), &["main"]).await;
    keep(&main, "k", b"tree", b"pack").await.unwrap();
    put(&*main.depot(), b"value of main").await.unwrap();
    let of_main = Ask::Publish { key: "gha/a-1".into(), blob: blob(b"value of main") };
    assert_eq!(main.depot().answer(of_main).await, Answer::Done);

    let branch = open(&stores, world.location(), &["pr/1", "main"]).await;
    let depot = branch.depot();
    let lookup = |key: &str, prefix| Ask::Lookup { key: key.into(), prefix };
    assert!(is_no(&depot.answer(lookup("k", false)).await), "a step's entry is none of the HTTP cache");
    assert!(is_no(&depot.answer(lookup("deps", false)).await));
    assert!(is_no(&depot.answer(lookup("k", true)).await));
    let found = Answer::Found { key: "gha/a-1".into(), blob: blob(b"value of main") };
    assert_eq!(depot.answer(lookup("gha/a-1", false)).await, found);
    assert_eq!(depot.answer(lookup("gha/a-", true)).await, found);
    assert_eq!(get(&*depot, blob(b"value of main")).await.unwrap(), b"value of main", "what was found may be fetched");

    put(&*depot, b"value of the branch").await.unwrap();
    for key in ["gha/a-1", "gha/a-2", "k", "deps"] {
        let publish = Ask::Publish { key: key.into(), blob: blob(b"value of the branch") };
        assert_eq!(depot.answer(publish).await, Answer::Done);
    }
    let newest = Answer::Found { key: "gha/a-2".into(), blob: blob(b"value of the branch") };
    assert_eq!(depot.answer(lookup("gha/a-", true)).await, newest);
    assert_eq!(main.depot().answer(lookup("gha/a-1", false)).await, found, "main is as it was");
    assert_eq!(main.depot().answer(lookup("gha/a-", true)).await, found);
    assert_eq!(main.find("k").await.unwrap().entry.tree, blob(b"tree"));
    assert_eq!(branch.find("k").await.unwrap().scope.line, "main", "the step's entry of main, not what was published");
    assert_eq!(branch.newest("deps").await.unwrap().scope.line, "main");

    for key in ["gha/a-1", "k"] {
        assert_eq!(depot.answer(Ask::Forget { key: key.into() }).await, Answer::Done);
    }
    assert_eq!(depot.answer(lookup("gha/a-1", false)).await, found, "that of main is there still");
    assert!(main.find("k").await.is_ok());

    for key in ["", &"x".repeat(5000)] {
        let publish = Ask::Publish { key: key.into(), blob: blob(b"value of the branch") };
        assert!(is_no(&depot.answer(publish).await));
    }
    assert!(is_no(&depot.answer(lookup(&"x".repeat(5000), false)).await));
    let never = Ask::Publish { key: "x".into(), blob: blob(b"never stored") };
    assert!(is_no(&depot.answer(never).await));
    assert_eq!(open(&stores, world.location(), &["other"]).await.find("k").await, Err(Miss::Absent));
}
