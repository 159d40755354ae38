use std::path::Path;

use windlass_model::digest::Digest;
use windlass_model::plugin::{PluginKind, Power};
use windlass_model::settings::{Pattern, PluginGrant};

use super::*;
use crate::args::TargetOptions;
use crate::variables::Given;
use crate::voices::Layer;

fn plugin(reference: PluginReference) -> PluginInfo {
    PluginInfo {
        reference,
        name: "shell".into(),
        version: "1.0.0".into(),
        kind: PluginKind::Step,
        interface: "0.1.0".into(),
        digest: Digest::from_sha256([0; 32]),
        description: String::new(),
        schema: serde_json::Value::Null,
        asks: powers(&[Power::Containers, Power::Secrets]),
        reasons: std::collections::BTreeMap::new(),
        honours: Vec::new(),
        facts: std::collections::BTreeMap::new(),
    }
}

fn powers(list: &[Power]) -> Powers {
    let mut powers = Powers::default();
    list.iter().for_each(|power| powers.add(*power));
    powers
}

fn grant(name: &str, list: &[Power]) -> PluginGrant {
    PluginGrant { plugin: Pattern(name.into()), powers: powers(list) }
}

fn granted(settings: &Settings, plugin: &PluginInfo) -> Vec<Power> {
    let options = TargetOptions::default();
    let layer = Layer { file: "windlass.yaml".into(), settings: settings.clone() };
    let voices = Voices { platform: vec![layer], repository: None };
    let sources = Sources::collect(&[], &Given::default(), &voices, false).expect("sources");
    let platform = ProjectPlatform {
        settings,
        voices: &voices,
        place: Where::new(&options, settings, None).expect("consistent options"),
        sources: &sources,
        registries: &[],
        workspace: Path::new("."),
        pull_policy: None,
    };
    platform.granted(plugin).list().collect()
}

#[test]
fn what_windlass_carries_gets_what_it_asks_for_and_nothing_else_gets_anything() {
    let settings = Settings::default();
    assert_eq!(granted(&settings, &plugin(PluginReference::BuiltIn("shell".into()))), [Power::Containers, Power::Secrets]);
    assert_eq!(granted(&settings, &plugin(PluginReference::File("./shell.wasm".into()))), []);
    assert_eq!(granted(&settings, &plugin(PluginReference::Registry("r/shell:1".into()))), []);
}

#[test]
fn a_plugin_from_outside_is_granted_by_path_reference_or_digest_but_not_by_its_own_word() {
    let file = plugin(PluginReference::File("./x/shell.wasm".into()));
    for (name, powers) in [
        ("./x/shell.wasm", &[Power::Containers][..]),
        ("./x/*", &[Power::Containers]),
        (&format!("sha256:{}", "0".repeat(64)), &[Power::Containers]),
        ("shell", &[]),
    ] {
        let settings = Settings { plugins: vec![grant(name, &[Power::Containers])], ..Settings::default() };
        assert_eq!(granted(&settings, &file), powers, "{name}");
    }
}

#[test]
fn a_pattern_for_plugins_from_outside_takes_nothing_from_built_in_ones_but_their_name_does() {
    let shell = plugin(PluginReference::BuiltIn("shell".into()));
    let by_pattern = Settings { plugins: vec![grant("*", &[])], ..Settings::default() };
    assert_eq!(granted(&by_pattern, &shell).len(), 2);
    let by_name = Settings { plugins: vec![grant("shell", &[Power::Containers])], ..Settings::default() };
    assert_eq!(granted(&by_name, &shell), [Power::Containers]);
}
