use windlass_mover_client::protocol::{Blob, Sha256};

use super::*;
use crate::clock::DAY;
use crate::{Entry, Fingerprint};

fn scope(line: &str) -> CacheScope {
    CacheScope { namespace: "corp/app".into(), line: line.into() }
}

fn fingerprint(output: &str) -> Option<Fingerprint> {
    Some(Fingerprint { output: output.into(), whole: true })
}

fn item(line: &str, key: &str, created: u64, output: &str) -> Item {
    let tree = Blob { digest: Sha256::of(key.as_bytes()), size: 1 };
    let entry = Entry {
        key: key.into(),
        name: "deps".into(),
        folders: vec!["deps".into()],
        task: "test".into(),
        run: format!("run-of-{key}"),
        created,
        tree,
        packs: Vec::new(),
        entries: 1,
        bytes: 1,
        fingerprint: fingerprint(output),
    };
    Item { scope: scope(line), entry, used: created, own: true }
}

fn noted(last: Attempt, before: Option<Attempt>) -> Noted {
    Noted { last, stored: false, before }
}

fn miss(key: &str, reason: Miss) -> Attempt {
    Attempt {
        run: "now".into(),
        task: "test".into(),
        name: "deps".into(),
        key: key.into(),
        scopes: vec!["corp/app@pr/1".into(), "corp/app@main".into()],
        result: Looked::Miss { reason },
        fingerprint: fingerprint("lock 2\nos linux\n"),
        time: 100 * DAY,
    }
}

#[test]
fn what_was_restored_or_could_not_be_is_said() {
    let hit = Attempt { result: Looked::Hit { scope: "corp/app@main".into() }, ..miss("k", Miss::Absent) };
    assert_eq!(explain(&noted(hit.clone(), None), &[], 7), Why::Restored { scope: "corp/app@main".into() });
    let foreign = Miss::Foreign { scope: "corp/app@main".into() };
    assert_eq!(explain(&noted(miss("k", foreign.clone()), None), &[], 7), Why::Unusable { reason: foreign });
    let gone = Miss::Store { problem: "no route".into(), refused: false };
    assert_eq!(explain(&noted(miss("k", gone), None), &[], 7), Why::Store { problem: "no route".into() });
}

#[test]
fn nothing_of_the_name_and_only_elsewhere_differ() {
    assert_eq!(explain(&noted(miss("k", Miss::Absent), None), &[], 7), Why::NothingOfName);
    let elsewhere = [item("other", "k", 5, "x"), item("other", "j", 6, "x")];
    assert_eq!(
        explain(&noted(miss("k", Miss::Absent), None), &elsewhere, 7),
        Why::OtherScopes { scopes: vec!["corp/app@other".into()] }
    );
    let foreign = [Item { own: false, ..item("main", "j", 5, "x") }];
    assert_eq!(explain(&noted(miss("k", Miss::Absent), None), &foreign, 7), Why::NothingOfName, "what it says is anybody's word");
}

#[test]
fn the_lines_that_made_another_key_are_told() {
    // Of the run's own scope, though an entry of main is newer.
    let stored = [item("pr/1", "old", 3, "lock 1\nos linux\n"), item("pr/1", "older", 2, "lock 0\n"), item("main", "x", 9, "")];
    let Why::OtherKey { key, scope, difference, .. } = explain(&noted(miss("k", Miss::Absent), None), &stored, 7) else {
        panic!("another key");
    };
    assert_eq!((key.as_str(), scope.as_str()), ("old", "corp/app@pr/1"));
    let lines = vec![Line::Old("lock 1".into()), Line::New("lock 2".into())];
    assert_eq!(difference, Some(Difference { lines, more: 0, whole: true }));
    let plain = Attempt { fingerprint: None, ..miss("k", Miss::Absent) };
    assert!(matches!(explain(&noted(plain.clone(), None), &stored, 7), Why::OtherKey { difference: None, .. }));
}

#[test]
fn what_was_there_before_has_expired_or_was_removed() {
    let before = |days: u64| Attempt { run: "before".into(), time: (100 - days) * DAY, ..miss("k", Miss::Absent) };
    assert_eq!(explain(&noted(miss("k", Miss::Absent), Some(before(8))), &[], 7), Why::Expired { after: 7 });
    assert_eq!(explain(&noted(miss("k", Miss::Absent), Some(before(1))), &[], 7), Why::Removed { last_run: "before".into() });
    assert_eq!(explain(&noted(miss("j", Miss::Absent), Some(before(8))), &[], 7), Why::NothingOfName, "another key");
    let since = [item("main", "k", 100 * DAY + 1, "x")];
    assert_eq!(explain(&noted(miss("k", Miss::Absent), None), &since, 7), Why::StoredSince { run: "run-of-k".into() });
}

#[test]
fn long_differences_are_cut_and_cut_outputs_are_said() {
    let old = Fingerprint { output: (0..300).map(|n| format!("{n}\n")).collect(), whole: true };
    let new = Fingerprint { output: "0\n0\n".into(), whole: false };
    let difference = Difference::of(&old, &new);
    assert_eq!((difference.lines.len(), difference.more, difference.whole), (100, 200, false));
    assert_eq!(Difference::of(&new, &old).lines.first(), Some(&Line::Old("0".into())), "a line that was there twice");
}
