use super::*;
use crate::digest::Digest;
use crate::plugin_reference::PluginReference;
use crate::power::Power;
use crate::scope::Scope;
use crate::settings::Policy;

fn digest(byte: u8) -> Digest {
    Digest::from_sha256([byte; 32])
}

fn file(written: &str, places: &[&str]) -> PluginNames {
    let places = places.iter().map(|place| (*place).to_owned()).collect();
    PluginNames::new(&PluginReference::parse(written).expect("a reference"), places, digest(1))
}

fn powers(power: Power) -> Powers {
    let mut powers = Powers::default();
    powers.add(power);
    powers
}

fn settings(grants: &[(&str, Power)]) -> Settings {
    let grant = |(name, power): &(&str, Power)| PluginGrant { plugin: Pattern((*name).to_owned()), powers: powers(*power) };
    let bundles = [("corp".to_owned(), PluginReference::file("./corp.tar"))].into();
    Settings { plugins: grants.iter().map(grant).collect(), bundles, ..Settings::default() }
}

fn granted(grants: &[(&str, Power)], plugin: &PluginNames) -> Granted {
    Granted::by([("windlass.yaml".to_owned(), &settings(grants))], plugin)
}

/// Asks for everything.
fn everything() -> Powers {
    let mut all = Powers::default();
    Power::ALL.into_iter().for_each(|power| all.add(power));
    all
}

fn keys(granted: &Granted) -> Vec<&str> {
    granted.by.iter().map(|by| by.key.as_str()).collect()
}

/// A later file may give a name to a bundle of its own, so nothing is granted by a name that nobody has given yet.
#[test]
fn the_name_of_a_bundle_counts_where_it_is_known() {
    let nameless = Settings { bundles: [].into(), ..settings(&[("corp/*", Power::Containers), ("corp/scan", Power::Secrets)]) };
    let knowing = settings(&[]);
    let scan = file("corp/scan", &["oci://r.corp/ci/windlass:^3"]);
    let powers_of = |files: &[&Settings]| {
        let files = files.iter().map(|settings| ("a file".to_owned(), *settings));
        Granted::by(files, &scan).powers(&everything())
    };
    assert_eq!(powers_of(&[&nameless, &knowing]), Powers::default(), "the platform does not know the project's bundle");
    assert_eq!(powers_of(&[&knowing, &nameless]), powers(Power::Secrets), "whoever comes later knows it");
    let by_place = Settings { bundles: [].into(), ..settings(&[("oci://r.corp/ci/windlass:*", Power::Containers)]) };
    assert_eq!(powers_of(&[&by_place, &knowing]), powers(Power::Containers));
    for pattern in ["c*/scan", "*/scan", "corp*"] {
        let wild = settings(&[(pattern, Power::Containers)]);
        assert_eq!(powers_of(&[&wild]), Powers::default(), "no wildcard stands for a bundle's name: {pattern}");
    }
}

/// What one file grants another may narrow, and none can widen.
#[test]
fn two_files_that_grant_a_plugin_allow_what_both_do() {
    let (all, one) =
        (settings(&[("./a.wasm", Power::Containers), ("built-in", Power::Pod)]), settings(&[("a.wasm", Power::Secrets)]));
    let files = || [("first".to_owned(), &all), ("second".to_owned(), &one)];
    let both = Granted::by(files(), &file("./a.wasm", &[]));
    assert_eq!((both.powers(&everything()), keys(&both)), (Powers::default(), vec!["./a.wasm", "a.wasm"]));
    assert_eq!(both.by.iter().filter_map(|by| by.file.as_deref()).collect::<Vec<_>>(), ["first", "second"]);
    assert!(both.by.iter().all(GrantedBy::is_replaced));
    let only = Granted::by(files(), &file("kaniko", &[]));
    assert_eq!(only.powers(&everything()), powers(Power::Pod));
    assert_eq!((only.by.len(), only.by[0].is_replaced(), only.by[0].key.as_str()), (1, false, "kaniko"));
}

/// A grant, or a policy, for a directory is none for what only passes through it: neither by `..` nor by a link.
#[test]
fn a_directory_is_not_left_by_the_way_a_path_is_written() {
    for (pattern, plugin, expected) in [
        ("./plugins/*", file("./plugins/scan.wasm", &["./plugins/scan.wasm", "/p/plugins/scan.wasm"]), true),
        ("plugins/*", file("plugins//./scan.wasm", &["./plugins/scan.wasm"]), true),
        ("./plugins/*", file("./plugins/../evil.wasm", &["./evil.wasm", "/p/evil.wasm"]), false),
        ("./evil.wasm", file("./plugins/../evil.wasm", &["./evil.wasm"]), true),
        ("./plugins/*", file("./plugins/link.wasm", &["./evil.wasm", "/p/evil.wasm"]), false),
        ("./plugins/*", file("./plugins/link.wasm", &["/tmp/evil.wasm"]), false),
        ("./plugins/link.wasm", file("./plugins/link.wasm", &["/tmp/v2.wasm"]), true),
        ("*", file("../evil.wasm", &["/evil.wasm"]), true),
        ("./*", file("../evil.wasm", &["/evil.wasm"]), false),
        ("/opt/*", file("/opt/a.wasm", &["/opt/a.wasm"]), true),
        ("/opt/*", file("/opt/../tmp/a.wasm", &["/tmp/a.wasm"]), false),
        ("*", file("./a.wasm", &["./a.wasm"]), true),
        ("*/a.wasm", file("./x/a.wasm", &["./x/a.wasm"]), true),
        (&format!("sha256:{}", "01".repeat(32)), file("./a.wasm", &["./a.wasm"]), true),
        ("oci://ghcr.io/corp/*", file("oci://ghcr.io/corp/scan:1", &[]), true),
        ("corp/*", file("corp/scan", &[]), true),
        ("corp/scan", file("corp/scan", &[]), true),
        ("corp/*", file("other/scan", &[]), false),
        ("corp/scan", file("./corp/scan", &["./corp/scan"]), true),
        ("./corp/*", file("corp/scan", &[]), false),
        ("kaniko", file("./kaniko.wasm", &["./kaniko.wasm"]), false),
        ("kan*", file("kaniko", &[]), false),
        ("kaniko", file("kaniko", &[]), true),
    ] {
        assert_eq!(plugin.matches(&Pattern(pattern.to_owned())), expected, "{pattern} for {plugin:?}");
        let policy = Policy { plugins: Scope::only([Pattern(pattern.to_owned())]), ..Policy::default() };
        assert_eq!(policy.allows_plugin(&plugin), expected, "policy {pattern} for {plugin:?}");
        // What windlass carries has every power where no entry means it.
        let found = granted(&[(pattern, Power::Containers)], &plugin);
        let spoken_of = found.by.iter().any(|by| by.entry.is_some() && by.powers.has(Power::Containers));
        assert_eq!(spoken_of, expected, "grant {pattern} for {plugin:?}");
    }
}

/// That what windlass carries gets what it asks for is a default, and a platform can take it away.
#[test]
fn what_windlass_carries_gets_what_it_asks_for_unless_settings_say_otherwise() {
    let (kaniko, asks) = (file("kaniko", &[]), powers(Power::Pod));
    assert_eq!(granted(&[("*", Power::Secrets)], &kaniko).powers(&asks), asks);
    let one = granted(&[("built-in", Power::Containers)], &kaniko);
    assert_eq!((one.powers(&everything()), keys(&one)), (powers(Power::Containers), vec!["kaniko"]));
    let named = granted(&[("built-in", Power::Containers), ("kaniko", Power::Registries)], &kaniko);
    assert_eq!(named.powers(&everything()), powers(Power::Registries));
    assert_eq!(granted(&[("built-in", Power::Containers)], &file("./a.wasm", &[])).powers(&everything()), Powers::default());
}

/// Who granted a file by its digest meant this very file; a line that grants its path would let any other take its place.
#[test]
fn where_a_digest_was_granted_another_digest_is_asked_for() {
    let other = format!("sha256:{}", "02".repeat(32));
    let found = granted(&[(&other, Power::Containers)], &file("./a.wasm", &["./a.wasm"]));
    assert_eq!((keys(&found), found.digest_differs), (vec![digest(1).as_str()], true));
    assert_eq!(found.by[0].file.as_deref(), Some("windlass.yaml"));
    let by_path = granted(&[(&other, Power::Containers), ("./a.wasm", Power::Pod)], &file("a.wasm", &[]));
    assert_eq!((keys(&by_path), by_path.digest_differs), (vec!["./a.wasm"], false));
    let none = granted(&[], &file("./x/../a.wasm", &["./a.wasm"]));
    assert_eq!((keys(&none), none.digest_differs, &none.by[0].file), (vec!["./a.wasm"], false, &None));
}

/// A line for one plugin takes nothing from the others that a pattern means.
#[test]
fn an_entry_for_many_is_not_the_one_to_replace() {
    let found = granted(&[("./p/*", Power::Containers)], &file("./p/a.wasm", &["./p/a.wasm"]));
    assert_eq!((keys(&found), found.by[0].is_replaced()), (vec!["./p/a.wasm"], false));
}
