use windlass_artifact::blob::Artifact;
use windlass_artifact::bundle;
use windlass_artifact::component::{About, Component, Form, Options};
use windlass_artifact::layout::Contents;
use windlass_model::plugin::PluginKind;

use super::*;

/// The smallest component there is.
const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

fn plugin(name: &str) -> Component {
    let about = About { name, version: "1.0.0", description: "", kind: PluginKind::Step };
    Component::pack(COMPONENT, &about, &Options::default()).unwrap_or_else(|e| panic!("{e}"))
}

fn bundle_of(names: &[&str]) -> Artifact {
    let plugins = names.iter().map(|name| plugin(name));
    bundle::pack(plugins, None, &bundle::About::default(), Form::Standard).unwrap_or_else(|e| panic!("{e}"))
}

fn written(artifact: &Artifact, path: &Path) {
    let mut contents = Contents::default();
    contents.add(artifact, None);
    contents.write(path).unwrap_or_else(|e| panic!("{e}"));
}

fn told<T: std::fmt::Debug>(result: Result<T, SourceError>) -> String {
    result.map_or_else(|error| error.to_string(), |found| panic!("{found:?}"))
}

/// A directory and a `.tar`, of one plugin and of several: each plugin is found by the path that names it, and none by another.
#[test]
fn a_plugin_of_a_layout_is_named_by_a_path() {
    let directory = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    for name in ["bundle", "bundle.tar"] {
        let path = directory.path().join(name);
        written(&bundle_of(&["scan", "login"]), &path);
        assert!(is_in_layout(&path) && is_in_layout(&path.join("scan")));
        assert_eq!(read(&path.join("scan"), false).unwrap_or_else(|e| panic!("{e}")).component, COMPONENT);
        assert!(told(read(&path.join("scna"), false)).contains("did you mean `scan`?"));
        assert!(told(read(&path, false)).contains("is a bundle of the plugins login, scan"));
        assert!(told(read_member(&path, "push", false)).contains("it has login, scan"));
    }
    let single = directory.path().join("one.tar");
    written(&plugin("scan").artifact, &single);
    assert_eq!(read(&single, false).unwrap_or_else(|e| panic!("{e}")).component, COMPONENT);
    assert!(told(read_member(&single, "scan", false)).contains("is one plugin and no bundle"));
    let only = directory.path().join("only");
    written(&bundle_of(&["scan"]), &only);
    assert_eq!(
        read(&only, false).unwrap_or_else(|e| panic!("{e}")).component,
        COMPONENT,
        "there is no other that could be meant"
    );
}

/// What is there under a name is what is meant by it, and what is nowhere is left to who reads files.
#[test]
fn what_is_no_layout_is_none() {
    let directory = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let layout = directory.path().join("bundle");
    written(&bundle_of(&["scan"]), &layout);
    std::fs::write(layout.join("scan"), COMPONENT).unwrap_or_else(|e| panic!("{e}"));
    assert!(!is_in_layout(&layout.join("scan")));
    assert!(!is_in_layout(directory.path()) && !is_in_layout(&directory.path().join("scan.wasm")));
}
