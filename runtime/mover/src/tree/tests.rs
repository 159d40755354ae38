//! Trees that are what they were, and trees that somebody made up.

use proptest::prelude::*;

use super::*;

fn blob(seed: u8) -> Blob {
    Blob { digest: Sha256([seed; 32]), size: 100 }
}

fn entry(path: &str, kind: Kind) -> Entry {
    Entry { path: path.as_bytes().to_vec(), mode: 0o644, modified: 1, kind }
}

fn file(extents: &[(u64, u32, u32)], size: u64) -> Kind {
    let extent = |&(at, offset, length): &(u64, u32, u32)| Extent { at, chunk: Sha256([0; 32]), pack: 0, offset, length };
    Kind::File(Content { size, extents: extents.iter().map(extent).collect() })
}

fn of(entries: Vec<Entry>) -> Tree {
    Tree { packs: vec![Pack { blob: blob(1), raw: 1000 }], entries }
}

fn check(entries: Vec<Entry>) -> Result<(), TreeError> {
    of(entries).check(&[blob(1), blob(2)])
}

fn good() -> Vec<Entry> {
    vec![
        entry("a", Kind::Directory),
        entry("a/b", file(&[(0, 0, 10), (20, 990, 10)], 30)),
        entry("a/c", Kind::Link(b"/etc".to_vec())),
        entry("a-", Kind::HardLink(1)),
        entry("z/without/its/directories", file(&[], 0)),
    ]
}

#[test]
fn a_good_tree_is_believed() {
    assert_eq!(check(good()), Ok(()));
}

#[test]
fn paths_that_lead_anywhere_else_are_refused() {
    for path in ["", "/", "/etc/passwd", "..", "../x", "a/../../x", "a/..", ".", "a/./b", "a//b", "a/", "a\0b"] {
        assert_eq!(check(vec![entry(path, file(&[], 0))]), Err(TreeError::Name(path.into())), "{path:?}");
    }
    let long = "a/".repeat(2048) + "a";
    assert!(matches!(check(vec![entry(&long, Kind::Directory)]), Err(TreeError::Name(_))));
}

#[test]
fn a_link_or_a_file_is_no_directory() {
    for kind in [Kind::Link(b"/etc".to_vec()), file(&[], 0)] {
        let below = |path: &str| check(vec![entry("d", kind.clone()), entry(path, file(&[], 0))]);
        assert_eq!(below("d/passwd"), Err(TreeError::Parent("d/passwd".into())));
        assert_eq!(below("d/e/passwd"), Err(TreeError::Parent("d/e/passwd".into())));
        assert_eq!(below("d-/passwd"), Ok(()), "it is not below");
    }
    let between = vec![entry("d", Kind::Link(b"/etc".to_vec())), entry("d/e", Kind::Directory), entry("d/e/f", Kind::Directory)];
    assert_eq!(check(between), Err(TreeError::Parent("d/e".into())));
}

#[test]
fn a_path_comes_once_and_in_its_place() {
    for (one, other) in [("a", "a"), ("b", "a"), ("a/b", "a"), ("a-", "a/b")] {
        let result = check(vec![entry(one, Kind::Directory), entry(other, Kind::Directory)]);
        assert_eq!(result, Err(TreeError::Order(other.into())), "{one} {other}");
    }
}

#[test]
fn impossible_bytes_are_refused() {
    let impossible = [
        file(&[(0, 0, 11)], 10),
        file(&[(0, 995, 10)], 10),
        file(&[(0, 0, 10), (9, 10, 10)], 30),
        file(&[(10, 0, 10), (0, 10, 10)], 30),
        file(&[(0, 0, 0)], 10),
        file(&[(u64::MAX, 0, 10)], u64::MAX),
        file(&[(0, u32::MAX, u32::MAX)], 1 << 40),
        file(&[], u64::MAX),
    ];
    for kind in impossible {
        assert_eq!(check(vec![entry("f", kind.clone())]), Err(TreeError::Content("f".into())), "{kind:?}");
    }
    let Kind::File(mut content) = file(&[(0, 0, 10)], 10) else { panic!("a file") };
    content.extents[0].pack = 1;
    assert_eq!(check(vec![entry("f", Kind::File(content))]), Err(TreeError::Content("f".into())));
    let mut lending = entry("f", file(&[], 0));
    lending.mode = 0o4755;
    assert_eq!(check(vec![lending]), Err(TreeError::Content("f".into())));
}

#[test]
fn links_lead_to_what_is_there() {
    let links = [
        Kind::HardLink(0),
        Kind::HardLink(7),
        Kind::Link(Vec::new()),
        Kind::Link(b"a\0b".to_vec()),
        Kind::Link(vec![b'a'; 5000]),
    ];
    for kind in links {
        assert_eq!(check(vec![entry("f", kind.clone())]), Err(TreeError::Link("f".into())), "{kind:?}");
    }
    let to_directory = vec![entry("d", Kind::Directory), entry("f", Kind::HardLink(0))];
    assert_eq!(check(to_directory), Err(TreeError::Link("f".into())));
}

#[test]
fn packs_are_those_of_the_entry_and_of_a_possible_size() {
    assert_eq!(of(good()).check(&[blob(2)]), Err(TreeError::UnknownPack));
    let mut tree = of(good());
    tree.packs[0].raw = crate::pack::LARGEST_RAW + 1;
    assert_eq!(tree.check(&[blob(1)]), Err(TreeError::PackSize));
    let larger = Blob { size: u64::MAX, ..blob(1) };
    let tree = Tree { packs: vec![Pack { blob: larger, raw: 1 }], entries: Vec::new() };
    assert_eq!(tree.check(&[larger]), Err(TreeError::PackSize));
}

#[test]
fn a_later_format_is_told_from_a_damaged_tree() {
    let mut bytes = of(good()).encode().unwrap();
    bytes[0] = 2;
    assert_eq!(Tree::decode(&bytes), Err(TreeError::Version(2)));
    assert_eq!(Tree::decode(&[]), Err(TreeError::Damaged));
    // A short list that says it is a long one, and a bomb.
    let list = |raw: &[u8]| {
        use std::io::Write as _;
        let mut encoder = lz4_flex::frame::FrameEncoder::new(vec![1]);
        encoder.write_all(raw).unwrap();
        encoder.finish().unwrap()
    };
    assert_eq!(Tree::decode(&list(&[0, 0xff, 0xff, 0xff, 0xff, 0x0f])), Err(TreeError::Damaged));
    assert_eq!(Tree::decode(&list(&[0, 0, 0])), Err(TreeError::Damaged), "something follows");
}

fn kinds() -> impl Strategy<Value = Kind> {
    let extent = (any::<u64>(), any::<[u8; 32]>(), any::<u32>(), any::<u32>(), any::<u32>());
    let extent = extent.prop_map(|(at, chunk, pack, offset, length)| Extent { at, chunk: Sha256(chunk), pack, offset, length });
    prop_oneof![
        Just(Kind::Directory),
        (any::<u64>(), proptest::collection::vec(extent, 0..4)).prop_map(|(size, extents)| Kind::File(Content { size, extents })),
        any::<Vec<u8>>().prop_map(Kind::Link),
        any::<u32>().prop_map(Kind::HardLink),
    ]
}

proptest! {
    #[test]
    fn any_tree_is_read_as_it_was_written(entries in proptest::collection::vec((any::<Vec<u8>>(), any::<u32>(), any::<i64>(), kinds()), 0..20)) {
        let entry = |(path, mode, modified, kind)| Entry { path, mode, modified, kind };
        let tree = of(entries.into_iter().map(entry).collect());
        prop_assert_eq!(Tree::decode(&tree.encode().unwrap()), Ok(tree));
    }

    #[test]
    fn nonsense_is_no_tree(bytes in any::<Vec<u8>>(), flip in any::<proptest::sample::Index>()) {
        prop_assert!(Tree::decode(&bytes).is_err());
        let mut bytes = of(good()).encode().unwrap();
        let at = flip.index(bytes.len());
        bytes[at] ^= 0x40;
        // Whatever comes out, checking it comes to an end.
        drop(Tree::decode(&bytes).map(|tree| tree.check(&[blob(1)])));
    }
}
