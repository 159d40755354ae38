use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use super::*;
use crate::layout;
use crate::tree::Image as Tree;

/// A docker archive, put together as a builder does.
struct Archive {
    directory: tempfile::TempDir,
    tar: tar::Builder<Vec<u8>>,
}

impl Archive {
    fn new() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), tar: tar::Builder::new(Vec::new()) }
    }

    fn file(&mut self, name: &str, bytes: &[u8]) {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        self.tar.append_data(&mut header, name, bytes).unwrap();
    }

    fn link(&mut self, name: &str, target: &str) {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Symlink);
        header.set_size(0);
        self.tar.append_link(&mut header, name, target).unwrap();
    }

    fn image(&mut self, diff_ids: &[Digest], layers: &[&str]) {
        let config = serde_json::json!({"architecture": "amd64", "rootfs": {"type": "layers", "diff_ids": diff_ids}});
        self.file("config.json", config.to_string().as_bytes());
        let manifest = serde_json::json!([{"Config": "config.json", "RepoTags": ["a:1"], "Layers": layers}]);
        self.file("manifest.json", manifest.to_string().as_bytes());
    }

    fn convert(self) -> (tempfile::TempDir, PathBuf, Result<Digest, Error>) {
        let path = self.directory.path().join("image.tar");
        fs::write(&path, self.tar.into_inner().unwrap()).unwrap();
        let layout = self.directory.path().join("layout");
        let result = convert(&path, &layout);
        (self.directory, layout, result)
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}

/// Layers of all three kinds, the first one twice, as a link like docker's.
#[test]
fn layers_are_told_by_their_bytes_and_compressed_ones_stay_as_they_are() {
    let plain = b"plain layer ".repeat(10_000);
    let (zipped, squeezed) = (gzip(b"second layer"), [zstd(b"third "), zstd(b"layer")].concat());
    let make = || {
        let mut archive = Archive::new();
        let ids = [Digest::of(&plain), Digest::of(b"second layer"), Digest::of(b"third layer"), Digest::of(&plain)];
        archive.image(&ids, &["1/layer.tar", "2/layer.tar", "3/layer.tar", "4/layer.tar"]);
        archive.file("1/layer.tar", &plain);
        archive.file("2/layer.tar", &zipped);
        archive.file("3/layer.tar", &squeezed);
        archive.link("4/layer.tar", "../1/layer.tar");
        archive.convert()
    };
    let (_directory, path, digest) = make();
    let digest = digest.unwrap();
    let image = Tree::read(&path, Some(&digest)).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&image.top.bytes).unwrap();
    let types: Vec<_> = manifest["layers"].as_array().unwrap().iter().map(|layer| layer["mediaType"].as_str().unwrap()).collect();
    let of = |kind: &str| format!("application/vnd.oci.image.layer.v1.tar+{kind}");
    assert_eq!(types, [of("gzip"), of("gzip"), of("zstd"), of("gzip")]);
    assert_eq!(manifest["layers"][0], manifest["layers"][3]);
    assert_eq!(fs::read(layout::blob_path(&path, &Digest::of(&zipped))).unwrap(), zipped);
    assert_eq!(fs::read(layout::blob_path(&path, &Digest::of(&squeezed))).unwrap(), squeezed);
    assert!(manifest["layers"][0]["size"].as_u64().unwrap() < plain.len() as u64 / 10, "{manifest}");
    assert_eq!(fs::read_dir(path.join("blobs/sha256")).unwrap().count(), 5, "no partial file is left");
    assert_eq!(make().2.unwrap(), digest, "the same archive gives the same image");
}

#[test]
fn an_archive_that_is_compressed_as_a_whole_gives_the_same_image() {
    let make = |whole: fn(&[u8]) -> Vec<u8>| {
        let mut archive = Archive::new();
        archive.image(&[Digest::of(b"layer")], &["layer.tar"]);
        archive.file("layer.tar", &gzip(b"layer"));
        let path = archive.directory.path().join("image.tar");
        fs::write(&path, whole(&archive.tar.into_inner().unwrap())).unwrap();
        let digest = convert(&path, &archive.directory.path().join("layout")).unwrap();
        let names = fs::read_dir(archive.directory.path()).unwrap().count();
        assert_eq!(names, 2, "archive and layout, and nothing that was unpacked on the way");
        digest
    };
    assert_eq!(make(gzip), make(<[u8]>::to_vec));
}

#[test]
fn a_layer_that_is_not_the_one_named_is_refused_and_leaves_no_layout() {
    let mut archive = Archive::new();
    archive.image(&[Digest::of(b"what it should be")], &["layer.tar"]);
    archive.file("layer.tar", &gzip(b"what it is"));
    let (_directory, path, result) = archive.convert();
    let error = result.unwrap_err();
    assert_eq!(error.exit_code(), 8);
    assert!(error.to_string().contains("layer.tar"), "{error}");
    assert!(!path.join("index.json").exists());
}

#[test]
fn broken_archives_are_refused_in_words() {
    let id = [Digest::of(b"x")];
    type Make = fn(&mut Archive, &[Digest]);
    let cases: [(&str, Make); 6] = [
        ("no manifest.json", |archive, _| archive.file("x", b"")),
        ("not a list of images", |archive, _| archive.file("manifest.json", b"{}")),
        ("2 images", |archive, _| archive.file("manifest.json", br#"[{"Config":"a","Layers":[]},{"Config":"b","Layers":[]}]"#)),
        ("1 layers where its configuration names 0", |archive, _| {
            archive.image(&[], &["layer.tar"]);
        }),
        ("there is no layer.tar", |archive, id| archive.image(id, &["layer.tar"])),
        ("link to itself", |archive, id| {
            archive.image(id, &["a"]);
            archive.link("a", "b");
            archive.link("b", "a");
        }),
    ];
    for (words, make) in cases {
        let mut archive = Archive::new();
        make(&mut archive, &id);
        let error = archive.convert().2.unwrap_err();
        assert_eq!(error.exit_code(), 8, "{words}");
        assert!(error.to_string().contains(words), "{words}: {error}");
    }
}

#[test]
fn a_cut_gzip_layer_is_refused() {
    let mut archive = Archive::new();
    archive.image(&[Digest::of(b"a layer")], &["layer.tar"]);
    let zipped = gzip(b"a layer");
    archive.file("layer.tar", &zipped[..zipped.len() - 9]);
    assert_eq!(archive.convert().2.unwrap_err().exit_code(), 8);
}
