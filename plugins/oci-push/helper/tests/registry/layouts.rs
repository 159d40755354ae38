//! Layouts that somebody laid out to be read wrongly.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::image::{Layout, OCI, noise};
use crate::program::{Program, push};
use crate::server::{Act, Server};

/// A link out of a layout sent a file of the task's container, and a pipe in it held the push up for ever.
#[test]
fn what_is_no_file_of_the_layout_is_neither_read_nor_sent() {
    let outside = tempfile::tempdir().unwrap();
    let secret = outside.path().join("secret");
    fs::write(&secret, noise(3, 4000)).unwrap();
    fs::write(outside.path().join("text"), "\"hunter2\"").unwrap();
    let pipe = outside.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let index = |layout: &Layout| layout.path().join("index.json");
    let layer = |layout: &Layout| layout.blob_path(&layout.layers[0]);
    type Place<'a> = &'a dyn Fn(&Layout) -> std::path::PathBuf;
    let cases: [(Place<'_>, &Path, &str); 5] = [
        (&index, Path::new("/proc/self/environ"), "index.json: it leads out of the layout"),
        (&index, &outside.path().join("text"), "index.json: it leads out of the layout"),
        (&index, &pipe, "index.json: it leads out of the layout"),
        (&layer, &secret, "it leads out of the layout"),
        (&layer, Path::new(".."), "it is no file"),
    ];
    for (place, target, words) in cases {
        let layout = Layout::of(OCI, &[&noise(3, 4000)]);
        let server = Server::start(|_| Act::Serve);
        fs::remove_file(place(&layout)).unwrap();
        symlink(target, place(&layout)).unwrap();
        let error = Program::new().run(push(&layout, &[&format!("{}/app", server.host)])).failed(8);
        assert!(error.contains(words) && !error.contains("hunter2"), "{}: {error}", target.display());
        assert_eq!(server.count("PUT", "/manifests/"), 0, "{}", target.display());
        assert!(!server.requests().iter().any(|head| head.header("content-length") == "4000"), "{}", target.display());
    }
    let layout = Layout::of(OCI, &[&noise(3, 4000)]);
    fs::remove_file(index(&layout)).unwrap();
    assert!(Command::new("mkfifo").arg(index(&layout)).status().unwrap().success());
    assert!(Program::new().run(push(&layout, &["localhost:1/app"])).failed(8).contains("it is no file"));
    fs::remove_file(index(&layout)).unwrap();
    fs::write(index(&layout), "\"hunter2\"").unwrap();
    let error = Program::new().run(push(&layout, &["localhost:1/app"])).failed(8);
    assert!(error.contains("is not an image index (line 1, column ") && !error.contains("hunter2"), "{error}");
}
