//! `windlass cache`, on a store that runs of this user's have filled.

use windlass_cache_store::{Attempt, Attempts, Caches, Entry, Existing, Fingerprint, Looked, Owner, Settings, Stores};
use windlass_model::cache::{CacheAccess, CacheScope, StoreLocation};
use windlass_model::quantity::MebiBytes;
use windlass_mover_client::protocol::{Answer, Ask, Blob, Sha256};
use windlass_redact::Redactor;
use windlass_registry::credentials::Anonymous;
use windlass_registry::{Proxies, Registries};

use super::{PLAIN, Project, project, says};

const NAMESPACE: &str = "git.corp/shop/app";

/// A project whose user keeps caches in a directory, and that directory.
fn with_store() -> (Project, StoreLocation) {
    let project = project(PLAIN);
    let place = format!("dir:{}", project.state().join("../store").display());
    project.platform(&format!("cache: {{store: \"{place}\"}}\n"));
    let store = StoreLocation::parse(&place).expect("a store");
    (project, store)
}

/// What a run of this user's does.
async fn run(project: &Project, store: &StoreLocation, line: &str, caches: &[(&str, &str, &str)]) {
    let registries = windlass_registry::Settings {
        registries: Vec::new(),
        proxies: Proxies::default(),
        credentials: std::sync::Arc::new(Anonymous),
        patience: std::time::Duration::ZERO,
        largest_blob: 0,
        observer: std::sync::Arc::new(()),
        redactor: Redactor::new(),
    };
    let stores = Stores::new(Settings {
        state: project.state(),
        cache: project.state().join("../cache"),
        key: None,
        registries: std::sync::Arc::new(Registries::new(registries)),
        environment: Vec::new(),
        relay_loopback: true,
    });
    let scope = CacheScope { namespace: NAMESPACE.into(), line: line.into() };
    let access = CacheAccess {
        store: store.clone(),
        read: vec![scope.clone()],
        write: scope.clone(),
        max_size: MebiBytes(64),
        expire_days: 7,
    };
    let attempts = Attempts::of(&project.state(), &project.path());
    for (number, (name, key, fingerprint)) in caches.iter().enumerate() {
        let id = format!("run{number}");
        let owner = Owner { task: "lint".into(), run: id.clone() };
        let opened = Caches::open(&access, owner, &stores).await.expect("caches");
        let result = match opened.find(key).await {
            Ok(_) => Looked::Hit { scope: scope.to_string() },
            Err(reason) => Looked::Miss { reason },
        };
        let fingerprint = Some(Fingerprint { output: (*fingerprint).to_owned(), whole: true });
        let (task, name, key) = ("lint".to_owned(), (*name).to_owned(), (*key).to_owned());
        attempts
            .note(&Attempt {
                run: id.clone(),
                task: task.clone(),
                name: name.clone(),
                key: key.clone(),
                scopes: vec![scope.to_string()],
                result,
                fingerprint: fingerprint.clone(),
                time: Caches::now(),
            })
            .expect("noted");
        let (depot, bytes) = (opened.depot(), key.clone().into_bytes());
        let tree = Blob { digest: Sha256::of(&bytes), size: bytes.len() as u64 };
        assert_eq!(depot.answer(Ask::Store(tree)).await, Answer::Here);
        depot.answer(Ask::Write { blob: tree.digest, offset: 0, bytes }).await;
        assert_eq!(depot.answer(Ask::Stored(tree)).await, Answer::Done);
        let created = Caches::now();
        let entry = Entry {
            key,
            name,
            folders: vec![],
            task,
            run: id,
            created,
            tree,
            packs: vec![],
            entries: 3,
            bytes: 5 << 20,
            fingerprint,
        };
        opened.record(&entry, Existing::Keep).await.expect("recorded");
    }
}

#[tokio::test]
async fn what_is_stored_is_listed_explained_and_removed() {
    let (project, store) = with_store();
    let empty = project.windlass(&["cache", "ls"]).exits(0);
    says(&empty.stderr, &["there are no caches in dir:"]);
    let nothing = project.windlass(&["cache", "explain"]).exits(2);
    says(&nothing.stderr, &["no run of this project has looked for a cache on this machine"]);

    run(&project, &store, "main", &[("deps", "deps-1", "lock 1\nos linux\n"), ("deps", "deps-2", "lock 2\nos linux\n")]).await;
    let listed = project.windlass(&["cache", "ls"]).exits(0);
    says(&listed.stdout, &["git.corp/shop/app@main", "deps-1", "deps-2", "5.0 MiB", "now"]);
    let of_another = project.windlass(&["cache", "ls", "--scope=git.corp/shop/app@pr/1"]).exits(0);
    assert_eq!(of_another.stdout, "");
    let listed = project.windlass(&["cache", "ls", "--output=json"]).exits(0);
    let listed: serde_json::Value = serde_json::from_str(&listed.stdout).expect("JSON");
    assert_eq!(listed.as_array().map(Vec::len), Some(2));

    let explained = project.windlass(&["cache", "explain", "lint/deps"]).exits(0);
    says(&explained.stdout, &["not restored: the newest of this name", "the key there: deps-1", "  - lock 1\n  + lock 2\n"]);
    assert!(!explained.stdout.contains("os linux"), "{}", explained.stdout);
    let unknown = project.windlass(&["cache", "explain", "dep"]).exits(2);
    says(&unknown.stderr, &["the last runs have not looked for a cache dep", "help: they have looked for lint/deps"]);

    let would = project.windlass(&["cache", "rm", "deps-1", "--dry-run"]).exits(0);
    says(&would.everything(), &["deps-1", "would remove 1 entry"]);
    project.windlass(&["cache", "rm", "deps-1"]).exits(0);
    let left = project.windlass(&["cache", "ls"]).exits(0);
    assert!(!left.stdout.contains("deps-1") && left.stdout.contains("deps-2"), "{}", left.stdout);
    // What nothing is meant by is told, with what there is.
    for (what, said, known) in [
        ("deps-1", "has nothing under the key deps-1", "there is deps-2"),
        ("--name=dep", "has nothing of the name dep", "there is deps"),
        ("--scope=git.corp/shop/app@pr/7", "has nothing in the scope git.corp/shop/app@pr/7", "there is git.corp/shop/app@main"),
    ] {
        let nothing = project.windlass(&["cache", "rm", what]).exits(2);
        says(&nothing.stderr, &[said, known]);
        assert_eq!(nothing.stdout, "", "{what}");
    }
    says(&project.windlass(&["cache", "rm", "--scope=main"]).exits(2).stderr, &["`main` is no scope", "NAMESPACE@LINE"]);
    project.windlass(&["cache", "rm", "--name=deps"]).exits(0);
    says(&project.windlass(&["cache", "ls"]).exits(0).stderr, &["there are no caches"]);
    project.windlass(&["cache", "prune"]).exits(0);
    project.windlass(&["cache", "rm"]).exits(2);
    says(&project.windlass(&["cache", "rm", "deps-2"]).exits(2).stderr, &["windlass cache ls lists what there is"]);
    project.windlass(&["cache", "rm", "--all"]).exits(0);
    project.windlass(&["cache", "rm", "--all", "--name=x"]).exits(2);
}

/// A repository may name the store of somebody else's caches, and a directory of the user's.
#[tokio::test]
async fn what_a_repository_says_of_caches_needs_trust() {
    let (project, store) = with_store();
    run(&project, &store, "main", &[("deps", "deps-1", "lock 1\n")]).await;
    project.write("windlass.yaml", "cache: {max_size: 1Mi, expire: 1d}\n");
    let pruned = project.windlass(&["cache", "prune"]).exits(0);
    says(&pruned.stderr, &["what the project says of its caches was left out", "windlass trust"]);
    says(&project.windlass(&["cache", "ls"]).exits(0).stdout, &["deps-1"]);
}

#[tokio::test]
async fn a_store_that_is_not_there_and_entries_of_others_are_told() {
    let (project, store) = with_store();
    run(&project, &store, "main", &[("deps", "deps-1", "lock 1\n")]).await;
    std::fs::remove_file(project.state().join("caches/key")).expect("the key");
    says(&project.windlass(&["cache", "ls"]).exits(0).stdout, &["(by another key)", "deps-1"]);
    project.platform("cache: {store: \"oci://127.0.0.1:1/ci/cache\"}\nregistries: {\"127.0.0.1:1\": {insecure: true}}\n");
    let gone = project.windlass(&["cache", "ls"]).exits(3);
    says(&gone.stderr, &["the cache store oci://127.0.0.1:1/ci/cache cannot be reached"]);
    let explained = project.windlass(&["cache", "explain"]).exits(0);
    says(&explained.stderr, &["warning: the cache store oci://127.0.0.1:1/ci/cache cannot be reached"]);
}

/// What a run could not use is told before there is one.
#[test]
fn a_store_that_cannot_be_is_refused_by_plan_and_check() {
    for (settings, said) in [
        ("cache: {store: \"s3://$BUCKET/ci\"}\n", "`s3://$BUCKET/ci` has a variable in it, and variables are not filled in here"),
        ("cache: {store: \"ftp://host/ci\"}\n", "`ftp://host/ci` names no store"),
        ("cache: {store: \"oci://user:pw@host/ci\"}\n", "names no store"),
        ("cache: {stoer: \"dir:\"}\n", "stoer"),
    ] {
        let project = project(PLAIN);
        project.platform(settings);
        for command in ["plan", "check"] {
            says(&project.windlass(&[command]).exits(2).stderr, &[said]);
        }
    }
}

#[test]
fn a_plan_names_the_variable_that_a_key_is_missing() {
    let project = project(PLAIN);
    project.platform("cache: {store: \"dir:\", key: {env: NO_SUCH_CACHE_KEY}}\n");
    let said = "the key of `cache` is to come from NO_SUCH_CACHE_KEY, which is not set";
    says(&project.windlass(&["plan"]).exits(0).stdout, &[said]);
    let mut with_key = project.command(&["plan"]);
    with_key.env("NO_SUCH_CACHE_KEY", "0123456789abcdef0123456789abcdef");
    let planned = super::support::Outcome::new(&with_key.output().expect("windlass runs")).exits(0);
    assert!(!planned.everything().contains("which is not set"), "{}", planned.stdout);
}
