use windlass_model::digest::Digest;
use windlass_model::plugin::PluginKind;

use super::*;
use crate::blob::{Blob, Descriptor, MAX_DOCUMENT};
use crate::component::{self, ComponentManifest, Options};

const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

fn plugin(name: &str) -> Component {
    let about = component::About { name, version: "1.0.0", description: "", kind: PluginKind::Step };
    Component::pack(COMPONENT, &about, &Options::default()).unwrap_or_else(|e| panic!("{e}"))
}

fn packed(names: &[&str], settings: Option<&str>) -> Artifact {
    let about = About { title: Some("corp"), version: Some("3.2.0"), description: None };
    pack(names.iter().map(|name| plugin(name)), settings, &about, Form::Standard).unwrap_or_else(|e| panic!("{e}"))
}

fn find<'a>(artifact: &'a Artifact, descriptor: &Descriptor) -> &'a Blob {
    artifact.parts().find(|blob| blob.descriptor.digest == descriptor.digest).unwrap_or_else(|| panic!("it is packed"))
}

#[test]
fn what_is_packed_is_read() {
    for form in [Form::Standard, Form::Compat] {
        let settings = "images: {}\n";
        let artifact = pack([plugin("scan"), plugin("login")], Some(settings), &About::default(), form);
        let artifact = artifact.unwrap_or_else(|e| panic!("{e}"));
        let bundle = Bundle::read(&artifact.root.bytes, Some(artifact.digest()));
        // The digest that was asked for is its own: it is told from one that it names.
        let bundle = bundle.unwrap_or_else(|e| panic!("{e}"));
        let names: Vec<&str> = bundle.plugins.iter().map(|member| member.name.as_str()).collect();
        assert_eq!(names, ["login", "scan"]);
        let member = bundle.member("scan").unwrap_or_else(|| panic!("it is there"));
        assert_eq!(&member.manifest.digest, plugin("scan").artifact.digest(), "it is the plugin that it is alone");
        let manifest = ComponentManifest::read(&find(&artifact, &member.manifest).bytes);
        assert_eq!(manifest.map(|m| m.check(COMPONENT)), Ok(Ok(())));
        let entry = bundle.settings.unwrap_or_else(|| panic!("settings"));
        let read = Settings::read(&find(&artifact, &entry).bytes).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(read.text(&find(&artifact, &read.layer).bytes), Ok(settings));
        assert!(matches!(read.text(b"images: []\n"), Err(SettingsError::Blob(_))));
    }
}

#[test]
fn the_same_plugins_give_the_same_bundle_in_any_order() {
    let (one, other) = (packed(&["a", "b", "c"], Some("x: 1")), packed(&["c", "a", "b"], Some("x: 1")));
    assert_eq!(one, other);
    assert_ne!(one.digest(), packed(&["a", "b"], Some("x: 1")).digest());
}

/// As skopeo 1.9 writes an index that it has read, it keeps this one as it is, and so its digest and its signature. It knows no `artifactType`.
#[test]
fn an_index_is_written_as_programs_in_go_write_it() {
    let about = About { title: Some("a <b> & c"), version: Some("3.2.0"), description: None };
    let artifact = pack([plugin("scan")], Some("x: 1"), &about, Form::Standard).unwrap_or_else(|e| panic!("{e}"));
    let [scan, settings] = artifact.manifests.as_slice() else { panic!("two manifests") };
    let expected = format!(
        r#"{{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{}","size":{},"annotations":{{"vnd.windlass.plugin.name":"scan"}},"platform":{{"architecture":"wasm","os":"wasip2"}}}},{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{}","size":{},"annotations":{{"vnd.windlass.bundle.role":"settings"}}}}],"annotations":{{"org.opencontainers.image.title":"a \u003cb\u003e \u0026 c","org.opencontainers.image.version":"3.2.0","vnd.windlass.bundle":"v1"}}}}"#,
        scan.descriptor.digest, scan.descriptor.size, settings.descriptor.digest, settings.descriptor.size
    );
    assert_eq!(String::from_utf8_lossy(&artifact.root.bytes), expected);
    let read = Bundle::read(&artifact.root.bytes, None).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(read.annotations.get(media::TITLE).map(String::as_str), Some("a <b> & c"));
}

#[test]
fn what_cannot_be_one_bundle_is_not_packed() {
    let pack = |plugins: Vec<Component>, settings| pack(plugins, settings, &About::default(), Form::Standard).map(|_| ());
    assert_eq!(pack(vec![], None), Err(PackError::Empty));
    assert_eq!(pack(vec![plugin("a"), plugin("b"), plugin("a")], None), Err(PackError::Twice("a".into())));
    assert_eq!(pack((0..=MAX_MEMBERS).map(|at| plugin(&format!("p{at}"))).collect(), None), Err(PackError::TooMany(257)));
    let large = "x".repeat(usize::try_from(MAX_SETTINGS).unwrap_or_default() + 1);
    assert_eq!(pack(vec![plugin("a")], Some(&large)), Err(PackError::Settings(MAX_SETTINGS + 1)));
}

/// The bundle of `a`, `b` and settings with its entries changed.
fn changed(change: impl FnOnce(&mut Index)) -> Vec<u8> {
    let artifact = packed(&["a", "b"], Some("x: 1"));
    let mut index: Index = serde_json::from_slice(&artifact.root.bytes).unwrap_or_else(|e| panic!("{e}"));
    change(&mut index);
    index.blob().bytes.to_vec()
}

fn why(change: impl FnOnce(&mut Index)) -> BundleError {
    Bundle::read(&changed(change), None).err().unwrap_or_else(|| panic!("it was taken"))
}

#[test]
fn what_could_be_read_in_two_ways_is_not_read() {
    let named = |name: &str| [(media::PLUGIN_NAME.to_owned(), name.to_owned())].into();
    assert_eq!(why(|index| index.manifests[1].annotations = named("a")), BundleError::Twice("a".into()));
    for name in ["../a", "a/b", "", "-x", "a\u{202e}"] {
        assert!(matches!(why(|index| index.manifests[1].annotations = named(name)), BundleError::Name(_)), "{name}");
    }
    assert!(matches!(why(|index| index.manifests[1].annotations.clear()), BundleError::Unnamed(_)));
    assert_eq!(why(|index| index.manifests.push(index.manifests[2].clone())), BundleError::SeveralSettings);
    assert_eq!(why(|index| index.manifests.drain(..2).for_each(drop)), BundleError::Empty);
    assert_eq!(why(|index| index.manifests = vec![index.manifests[0].clone(); 1000]), BundleError::TooMany(1000));
    assert!(matches!(why(|index| index.manifests[0].size = MAX_DOCUMENT + 1), BundleError::Blob(_)));
}

/// There is no recursion to bound: an index in an index is refused, whoever it is.
#[test]
fn an_index_holds_manifests_alone() {
    let nested = why(|index| index.manifests[0].media_type = media::INDEX.to_owned());
    assert!(matches!(nested, BundleError::Nested(_)), "{nested}");
    let entry = why(|index| index.manifests[0].media_type = media::WASM.to_owned());
    assert!(matches!(entry, BundleError::Entry { .. }), "{entry}");
    // No content names its own digest, but a registry can answer with what names the digest that was asked for.
    let asked = Digest::of(b"asked");
    let bytes = changed(|index| {
        index.manifests[0].digest = asked.clone();
        index.manifests[0].media_type = media::INDEX.to_owned();
    });
    assert_eq!(Bundle::read(&bytes, Some(&asked)), Err(BundleError::NamesItself(asked)));
    // One that calls itself a manifest is found out when it is read as one.
    assert!(matches!(ComponentManifest::read(&changed(|_| {})), Err(component::ManifestError::Index(3))));
}

#[test]
fn other_indexes_are_no_bundles() {
    let typed = |artifact_type: Option<&str>| {
        let bytes = changed(|index| {
            index.annotations.clear();
            index.artifact_type = artifact_type.map(str::to_owned);
        });
        Bundle::read(&bytes, None).map(|_| ())
    };
    assert_eq!(typed(None), Err(BundleError::OtherType(None)));
    assert_eq!(typed(Some("application/vnd.example")), Err(BundleError::OtherType(Some("application/vnd.example".into()))));
    assert_eq!(typed(Some(media::BUNDLE)), Ok(()));
    let newer = "application/vnd.windlass.bundle.v2";
    assert_eq!(typed(Some(newer)), Err(BundleError::Newer(newer.into())));
    let annotated = why(|index| _ = index.annotations.insert(media::BUNDLE_FORM.to_owned(), "v2".to_owned()));
    assert_eq!(annotated, BundleError::Newer("v2".into()));
    assert_eq!(Bundle::read(&plugin("a").artifact.root.bytes, None), Err(BundleError::Single));
    assert!(Bundle::is_index(&packed(&["a"], None).root.bytes) && !Bundle::is_index(b"\0asm"));
}

/// What a later windlass puts beside plugins and settings does not keep this one from the plugins.
#[test]
fn a_role_that_is_not_known_is_passed_over() {
    let bytes = changed(|index| {
        index.manifests[2].annotations = [(media::ROLE.to_owned(), "documents".to_owned())].into();
    });
    let bundle = Bundle::read(&bytes, None).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((bundle.plugins.len(), bundle.settings), (2, None));
}
