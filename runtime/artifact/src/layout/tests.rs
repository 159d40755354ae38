use std::os::unix::fs::symlink;

use windlass_model::plugin::PluginKind;

use super::*;
use crate::bundle;
use crate::component::{About, Component, ComponentManifest, Form, Options};
use crate::signature::older_tag;

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

fn plugin(name: &str) -> Component {
    let about = About { name, version: "1.0.0", description: "", kind: PluginKind::Step };
    Component::pack(COMPONENT, &about, &Options::default()).unwrap_or_else(|e| panic!("{e}"))
}

fn packed(names: &[&str]) -> Artifact {
    let plugins = names.iter().map(|name| plugin(name));
    bundle::pack(plugins, Some("x: 1\n"), &bundle::About::default(), Form::Standard).unwrap_or_else(|e| panic!("{e}"))
}

fn contents(artifacts: &[(&Artifact, Option<&str>)]) -> Contents {
    let mut contents = Contents::default();
    artifacts.iter().for_each(|(artifact, name)| contents.add(artifact, *name));
    contents
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"))
}

/// The names of what lies in a directory, at any depth.
fn files(path: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut next = vec![path.to_owned()];
    while let Some(directory) = next.pop() {
        for entry in std::fs::read_dir(directory).unwrap_or_else(|e| panic!("{e}")).flatten() {
            match entry.path() {
                path if path.is_dir() => next.push(path),
                file => found.push(file.strip_prefix(path).unwrap_or(&file).display().to_string()),
            }
        }
    }
    found.sort();
    found
}

fn open(path: &Path) -> Layout {
    Layout::open(path).unwrap_or_else(|e| panic!("{e}"))
}

fn why(path: &Path) -> String {
    Layout::open(path).err().map(|e| e.to_string()).unwrap_or_else(|| panic!("it was opened"))
}

#[test]
fn what_is_written_is_read_from_a_directory_and_from_an_archive() {
    let base = directory();
    let artifact = packed(&["login", "scan"]);
    for name in ["bundle", "bundle.tar"] {
        let path = base.path().join(name);
        contents(&[(&artifact, Some("3.2.0"))]).write(&path).unwrap_or_else(|e| panic!("{e}"));
        assert!(Layout::is_at(&path));
        let layout = open(&path);
        let root = layout.find(None).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(root.digest, layout.find(Some("3.2.0")).map(|found| found.digest).unwrap_or_else(|e| panic!("{e}")));
        let index = layout.document(&root).unwrap_or_else(|e| panic!("{e}"));
        let read = bundle::Bundle::read(&index, Some(&root.digest)).unwrap_or_else(|e| panic!("{e}"));
        let member = read.member("scan").unwrap_or_else(|| panic!("it is there"));
        let manifest = layout.document(&member.manifest).unwrap_or_else(|e| panic!("{e}"));
        let manifest = ComponentManifest::read(&manifest).unwrap_or_else(|e| panic!("{e}"));
        let component = layout.blob(&manifest.layer, 1 << 20).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(component.as_ref(), COMPONENT);
        let small = layout.blob(&manifest.layer, 7).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(small.contains("at most 7 bytes are taken"), "{small}");
    }
    // The same content is the same bytes, also as an archive.
    let again = base.path().join("again.tar");
    contents(&[(&artifact, Some("3.2.0"))]).write(&again).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(std::fs::read(again).ok(), std::fs::read(base.path().join("bundle.tar")).ok());
    assert_eq!(std::fs::read_dir(base.path()).map(Iterator::count).ok(), Some(3), "nothing is left beside them");
}

#[test]
fn a_layout_that_is_there_is_replaced_and_nothing_else_is() {
    let base = directory();
    let path = base.path().join("bundle");
    contents(&[(&packed(&["a", "b"]), Some("1"))]).write(&path).unwrap_or_else(|e| panic!("{e}"));
    let kept = contents(&[(&packed(&["a"]), Some("1"))]);
    kept.write(&path).unwrap_or_else(|e| panic!("{e}"));
    let fresh = base.path().join("fresh");
    std::fs::create_dir(&fresh).unwrap_or_else(|e| panic!("{e}"));
    kept.write(&fresh).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(files(&path), files(&fresh), "nothing of the old one is left");

    for (name, make) in [("text", "file"), ("full", "directory"), ("dir.tar", "directory")] {
        let path = base.path().join(name);
        if make == "file" {
            std::fs::write(&path, "mine").unwrap_or_else(|e| panic!("{e}"));
        } else {
            std::fs::create_dir(&path).and_then(|()| std::fs::write(path.join("mine"), "")).unwrap_or_else(|e| panic!("{e}"));
        }
        assert!(matches!(kept.write(&path), Err(LayoutError::Occupied { .. })), "{name}");
    }
    assert!(matches!(kept.write(&base.path().join("missing/bundle")), Err(LayoutError::Io { .. })));
    assert!(files(base.path()).iter().all(|file| !file.contains(".tmp")), "nothing half");
}

/// A name is given away: what had it, and nothing else had, is not written any more.
#[test]
fn a_name_has_one_artifact() {
    let base = directory();
    let (one, two) = (packed(&["a"]), packed(&["b"]));
    let path = base.path().join("x");
    contents(&[(&one, Some("1")), (&two, Some("1"))]).write(&path).unwrap_or_else(|e| panic!("{e}"));
    let layout = open(&path);
    assert_eq!(layout.find(Some("1")).map(|found| found.digest).ok().as_ref(), Some(two.digest()));
    assert!(!path.join(blob_name(one.digest())).exists());

    contents(&[(&one, Some("1")), (&two, Some("2"))]).write(&path).unwrap_or_else(|e| panic!("{e}"));
    let layout = open(&path);
    let said = layout.find(None).err().map(|e| e.to_string()).unwrap_or_default();
    assert!(said.ends_with("holds several artifacts; say which: 1, 2"), "{said}");
    let said = layout.find(Some("3")).err().map(|e| e.to_string()).unwrap_or_default();
    assert!(said.ends_with("holds nothing of the name `3`; it holds 1, 2"), "{said}");

    // An index of somebody else's that gives one name to two.
    let text = std::fs::read_to_string(path.join(INDEX)).unwrap_or_default().replace(r#"name":"2""#, r#"name":"1""#);
    std::fs::write(path.join(INDEX), text).unwrap_or_else(|e| panic!("{e}"));
    assert!(matches!(open(&path).find(Some("1")), Err(LayoutError::Twice { .. })));
    contents(&[]).write(&base.path().join("empty")).unwrap_or_else(|e| panic!("{e}"));
    assert!(matches!(open(&base.path().join("empty")).find(None), Err(LayoutError::Empty { .. })));
}

/// Some programs that copy a bundle list its plugins beside it, without names.
#[test]
fn the_plugins_of_a_bundle_are_no_artifacts_beside_it() {
    let base = directory();
    let (path, bundle) = (base.path().join("x"), packed(&["a", "b"]));
    contents(&[(&bundle, Some("1"))]).write(&path).unwrap_or_else(|e| panic!("{e}"));
    let text = std::fs::read_to_string(path.join(INDEX)).unwrap_or_default();
    let mut index: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let parts = bundle.manifests.iter().filter_map(|part| serde_json::to_value(&part.descriptor).ok());
    index["manifests"].as_array_mut().unwrap_or_else(|| panic!("it has entries")).extend(parts);
    std::fs::write(path.join(INDEX), index.to_string()).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(open(&path).entries().len(), 1 + bundle.manifests.len());
    assert_eq!(open(&path).find(None).map(|found| found.digest).ok().as_ref(), Some(bundle.digest()));
}

#[test]
fn every_content_is_checked_each_time_it_is_read() {
    let base = directory();
    let path = base.path().join("x");
    let artifact = plugin("scan").artifact;
    contents(&[(&artifact, None)]).write(&path).unwrap_or_else(|e| panic!("{e}"));
    let layout = open(&path);
    let layer = artifact.blobs[1].descriptor.clone();
    let file = path.join(blob_name(&layer.digest));
    let read = || layout.blob(&layer, 1 << 20);
    assert!(read().is_ok());
    std::fs::write(&file, b"\0asm\x0d\0\x01\x01").unwrap_or_else(|e| panic!("{e}"));
    assert!(matches!(read(), Err(LayoutError::Blob { source: BlobError::Digest { .. }, .. })));
    for wrong in [&b"\0asm"[..], b"\0asm\x0d\0\x01\0 and more"] {
        std::fs::write(&file, wrong).unwrap_or_else(|e| panic!("{e}"));
        assert!(matches!(read(), Err(LayoutError::Blob { source: BlobError::Size { .. }, .. })));
    }
    std::fs::remove_file(&file).unwrap_or_else(|e| panic!("{e}"));
    assert!(matches!(read(), Err(LayoutError::Missing { .. })));
    // What is no file, or leads out of the layout, is not read, and nobody waits for it.
    rustix::fs::mkfifoat(rustix::fs::CWD, &file, rustix::fs::Mode::from_raw_mode(0o600)).unwrap_or_else(|e| panic!("{e}"));
    assert!(read().is_err_and(|e| e.to_string().ends_with("it is a pipe, and not a file")));
    std::fs::remove_file(&file)
        .and_then(|()| std::fs::write(base.path().join("out"), COMPONENT))
        .unwrap_or_else(|e| panic!("{e}"));
    symlink("../../../out", &file).unwrap_or_else(|e| panic!("{e}"));
    assert!(read().is_err_and(|e| e.to_string().contains("it leads out of")));
}

#[test]
fn what_is_no_layout_is_told_in_its_own_words() {
    let base = directory();
    let path = base.path().join("x");
    assert!(why(&path).contains("No such file"));
    std::fs::create_dir(&path).unwrap_or_else(|e| panic!("{e}"));
    let put = |name: &str, text: &str| std::fs::write(path.join(name), text).unwrap_or_else(|e| panic!("{e}"));
    assert!(why(&path).ends_with("it has no `oci-layout`"));
    put(MARKER, r#"{"imageLayoutVersion":"2.0.0"}"#);
    assert!(why(&path).contains("of version 2.0.0, and windlass reads version 1; use a newer windlass"));
    put(MARKER, r#"{"imageLayoutVersion":"1.0.0"}"#);
    assert!(why(&path).ends_with("it has no `index.json`"));
    put(INDEX, "[");
    assert!(why(&path).contains("it is no OCI manifest"));
    put(
        INDEX,
        &format!(r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"a","digest":"sha256:../{}","size":1}}]}}"#, "a".repeat(61)),
    );
    assert!(why(&path).contains("is not a digest"), "{}", why(&path));
    let file = std::fs::File::create(path.join(INDEX)).and_then(|file| file.set_len(MAX_DOCUMENT + 1));
    file.unwrap_or_else(|e| panic!("{e}"));
    assert!(why(&path).contains("it has more than"));
}

/// An archive with these entries, each of a type and a length that its header says.
fn archive(base: &Path, entries: &[(&str, tar::EntryType, &[u8])]) -> PathBuf {
    let path = base.join("x.tar");
    let mut builder = tar::Builder::new(Vec::new());
    for (name, kind, content) in entries {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
        header.set_entry_type(*kind);
        header.set_size(u64::try_from(content.len()).unwrap_or_default());
        header.set_cksum();
        builder.append(&header, *content).unwrap_or_else(|e| panic!("{e}"));
    }
    let bytes = builder.into_inner().unwrap_or_else(|e| panic!("{e}"));
    std::fs::write(&path, bytes).unwrap_or_else(|e| panic!("{e}"));
    path
}

#[test]
fn an_archive_has_plain_files_of_plain_names() {
    use tar::EntryType as T;
    let base = directory();
    let index = br#"{"schemaVersion":2,"manifests":[]}"#;
    let good = [(MARKER, T::Regular, &br#"{"imageLayoutVersion":"1.0.0"}"#[..]), (INDEX, T::Regular, index)];
    let with = |more: (&'static str, T, &'static [u8])| {
        let entries: Vec<_> = good.into_iter().chain([more]).collect();
        archive(base.path(), &entries)
    };
    assert!(Layout::open(&archive(base.path(), &good)).is_ok());
    assert!(Layout::open(&with(("./blobs/", T::Directory, b""))).is_ok());
    assert!(Layout::open(&with(("pax", T::XHeader, b"20 mtime=1.5\n"))).is_ok());
    for (entry, said) in [
        (("blobs/sha256/a", T::Symlink, &b""[..]), "its entry `blobs/sha256/a` is a link"),
        (("a", T::Link, b""), "is a link"),
        (("a", T::Fifo, b""), "is a pipe"),
        (("a", T::Char, b""), "is a device"),
        (("a", T::GNUSparse, b""), "is a sparse file"),
        (("a", T::GNULongName, b"x"), "is a name longer than any"),
        (("a", T::new(b'Z'), b""), "of a kind that is not known"),
        (("../index.json", T::Regular, b""), "leads out of the archive"),
        (("/index.json", T::Regular, b""), "leads out of the archive"),
        (("blobs/../../x", T::Regular, b""), "leads out of the archive"),
        (("a\\b", T::Regular, b""), "leads out of the archive"),
        (("a\x1b[2J", T::Regular, b""), "leads out of the archive"),
        (("index.json", T::Regular, b"{}"), "it has two files of the name `index.json`"),
        (("./index.json", T::Regular, b"{}"), "two files of the name"),
    ] {
        let found = why(&with(entry));
        assert!(found.contains(said) && !found.contains('\x1b'), "{entry:?}: {found}");
    }
}

#[test]
fn an_archive_that_is_cut_or_compressed_is_not_read() {
    let base = directory();
    let path = base.path().join("bundle.tar");
    let large = Component::pack(
        [COMPONENT, &[0, 100], &[1], b"a", &[7; 98]].concat(),
        &About { name: "scan", version: "1", description: "", kind: PluginKind::Step },
        &Options::default(),
    );
    contents(&[(&large.unwrap_or_else(|e| panic!("{e}")).artifact, None)]).write(&path).unwrap_or_else(|e| panic!("{e}"));
    let whole = std::fs::read(&path).unwrap_or_else(|e| panic!("{e}"));
    for length in [whole.len() / 2, 513, 700] {
        std::fs::write(&path, &whole[..length]).unwrap_or_else(|e| panic!("{e}"));
        assert!(Layout::open(&path).is_err(), "{length} of {}", whole.len());
    }
    std::fs::write(&path, b"\x1f\x8b\x08\0").unwrap_or_else(|e| panic!("{e}"));
    assert!(why(&path).contains("it is compressed"));
    std::fs::write(&path, "no archive at all").unwrap_or_else(|e| panic!("{e}"));
    assert!(why(&path).contains("bundle.tar"));
    std::fs::remove_file(&path).unwrap_or_else(|e| panic!("{e}"));
    rustix::fs::mkfifoat(rustix::fs::CWD, &path, rustix::fs::Mode::from_raw_mode(0o600)).unwrap_or_else(|e| panic!("{e}"));
    assert!(why(&path).contains("it is a pipe"));
}

#[test]
fn a_copy_has_everything_and_adding_keeps_it() {
    let base = directory();
    let (from, to) = (base.path().join("from"), base.path().join("to.tar"));
    let (one, two) = (packed(&["a", "b"]), plugin("c").artifact);
    contents(&[(&one, Some("1")), (&two, Some("2"))]).write(&from).unwrap_or_else(|e| panic!("{e}"));
    let layout = open(&from);
    let mut copy = Contents::default();
    let entry = layout.find(Some("1")).unwrap_or_else(|e| panic!("{e}"));
    copy.copy(&layout, &entry, true).unwrap_or_else(|e| panic!("{e}"));
    copy.write(&to).unwrap_or_else(|e| panic!("{e}"));
    let mut more = Contents::all_of(&open(&to)).unwrap_or_else(|e| panic!("{e}"));
    more.add(&two, Some("2"));
    more.write(&base.path().join("both")).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(files(&base.path().join("both")), files(&from));
    let missing = Digest::of(b"x");
    assert!(open(&to).referrers(&missing, None).is_ok_and(|found| found.is_empty()));
}

/// What is beside an artifact is about one of its parts: a signature in the older form, of a plugin of a bundle, and of no other one.
#[test]
fn what_is_about_a_plugin_of_a_bundle_goes_with_the_bundle() {
    let base = directory();
    let path = base.path().join("x");
    let (bundle, signature) = (packed(&["a", "b"]), plugin("c").artifact);
    let (part, stranger) = (older_tag(&bundle.manifests[1].descriptor.digest), older_tag(&Digest::of(b"x")));
    contents(&[(&bundle, Some("1")), (&signature, Some(&part)), (&signature, Some(&stranger))])
        .write(&path)
        .unwrap_or_else(|e| panic!("{e}"));
    let beside = open(&path).beside(&bundle).unwrap_or_else(|e| panic!("{e}"));
    let tagged: Vec<_> = beside
        .iter()
        .map(|beside| match beside {
            Beside::Tagged { tag, artifact } => (tag.as_str(), artifact.digest()),
            Beside::Referrer { .. } => panic!("{beside:?}"),
        })
        .collect();
    assert_eq!(tagged, [(part.as_str(), signature.digest())]);
}

/// What is pushed from a layout is what was packed; a part that is missing, and an index in an index, are told.
#[test]
fn an_artifact_is_read_whole_or_not_at_all() {
    let base = directory();
    let path = base.path().join("x");
    let artifact = packed(&["a", "b"]);
    contents(&[(&artifact, Some("1"))]).write(&path).unwrap_or_else(|e| panic!("{e}"));
    let layout = open(&path);
    let entry = layout.find(None).unwrap_or_else(|e| panic!("{e}"));
    let read = layout.artifact(&entry).unwrap_or_else(|e| panic!("{e}"));
    let digests = |artifact: &Artifact| {
        artifact.parts().map(|part| part.descriptor.digest.clone()).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!((digests(&read), read.digest()), (digests(&artifact), artifact.digest()));
    std::fs::remove_file(path.join(blob_name(&Digest::of(COMPONENT)))).unwrap_or_else(|e| panic!("{e}"));
    assert!(matches!(layout.artifact(&entry), Err(LayoutError::Missing { .. })));

    let outer = crate::document::Index::new(vec![artifact.root.descriptor.clone()]).blob();
    let nested = Artifact { root: outer, manifests: vec![artifact.root.clone()], blobs: Vec::new() };
    contents(&[(&nested, None)]).write(&path).unwrap_or_else(|e| panic!("{e}"));
    let layout = open(&path);
    let entry = layout.find(None).unwrap_or_else(|e| panic!("{e}"));
    assert!(matches!(layout.artifact(&entry), Err(LayoutError::Nested { .. })));
}
