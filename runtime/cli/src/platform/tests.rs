use std::fs;
use std::os::unix::fs::symlink;

use windlass_model::digest::Digest;
use windlass_model::plugin_reference::PluginReference;
use windlass_model::settings::{Pattern, PluginNames};

use super::*;

/// A link among the allowed plugins that leads elsewhere is none of them, whatever the link is called.
#[test]
fn a_file_is_known_by_where_it_really_lies() {
    let project = tempfile::tempdir().expect("a directory");
    let outside = tempfile::tempdir().expect("a directory");
    let root = project.path().canonicalize().expect("a path");
    fs::create_dir(root.join("plugins")).expect("a directory");
    fs::write(root.join("plugins/scan.wasm"), "").expect("a file");
    fs::write(root.join("evil.wasm"), "").expect("a file");
    fs::write(outside.path().join("evil.wasm"), "").expect("a file");
    symlink("../evil.wasm", root.join("plugins/near.wasm")).expect("a link");
    symlink(outside.path().join("evil.wasm"), root.join("plugins/far.wasm")).expect("a link");
    symlink(outside.path(), root.join("plugins/directory")).expect("a link");
    fs::write(root.join("plugins/bundle.tar"), "").expect("a file");
    fs::write(root.join("evil.tar"), "").expect("a file");
    symlink("../evil.tar", root.join("plugins/near.tar")).expect("a link");
    let allowed = |path: &str| {
        let reference = PluginReference::parse(path).expect("a reference");
        let PluginReference::File(written) = &reference else { panic!("{path}") };
        let names = PluginNames::new(&reference, workspace(project.path()).places(written), Digest::from_sha256([0; 32]));
        names.matches(&Pattern("./plugins/*".into()))
    };
    assert!(allowed("./plugins/scan.wasm") && allowed("plugins/scan.wasm") && allowed("./plugins/bundle.tar/scan"));
    for path in [
        "./plugins/../evil.wasm",
        "./plugins/near.wasm",
        "./plugins/far.wasm",
        "./plugins/near.tar/scan",
        "./evil.tar/scan",
        "./plugins/directory/evil.wasm",
        "./plugins/none.wasm",
    ] {
        assert!(!allowed(path), "{path}");
    }
    assert_eq!(
        workspace(project.path()).places("evil.wasm"),
        ["./evil.wasm".to_owned(), root.join("evil.wasm").display().to_string()]
    );
}

fn workspace(directory: &Path) -> Workspace<'_> {
    static NONE: SecretFiles = SecretFiles::none();
    Workspace { directory, secret_files: &NONE }
}
