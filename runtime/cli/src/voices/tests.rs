use std::collections::BTreeMap;

use windlass_config::{SETTINGS_KEYS, Source};
use windlass_model::digest::Digest;
use windlass_model::plugin::{Power, Powers};
use windlass_model::plugin_reference::PluginReference;
use windlass_model::secret::SecretName;
use windlass_model::settings::{Granted, PluginNames};

use super::*;

fn layer(file: &str, text: &str) -> Layer {
    let settings = windlass_config::load_settings(&Source::new(file, text)).expect("settings");
    Layer { file: file.into(), settings, text: text.into() }
}

fn voices(platform: &[&str], repository: &str) -> Voices {
    let platform = platform.iter().enumerate().map(|(at, text)| layer(&format!("/p{at}/windlass.yaml"), text)).collect();
    Voices { platform, repository: Some(layer("windlass.yaml", repository)) }
}

/// A key cannot be added without a rule, and the rule is what users read.
#[test]
fn every_key_has_its_rule_and_the_readme_shows_it() {
    let keys: std::collections::BTreeSet<&str> = merge::RULES.iter().map(|(key, _, _)| *key).collect();
    assert_eq!(keys, SETTINGS_KEYS.into_iter().collect());
    let readme = include_str!("../../../../README.md");
    for (key, wins, trust) in merge::RULES {
        let row = format!("| `{key}` | {wins} | {trust} |");
        assert!(readme.contains(&row), "the README lacks the row {row}");
    }
}

/// One case for each key: the platform's word stands, and the repository adds what the platform does not speak of.
#[test]
fn the_earlier_file_wins_and_later_ones_add() {
    let all = voices(
        &["clusters: [{context: a}]\nhost_aliases: [{ip: 10.0.0.1, hostnames: [x]}]\nregistries: {gcr.io: {mirrors: [m]}}\n\
           images: {kaniko: a}\nenvironments: {registry: a.io/e}\npull_policy: always\nsidecar_timeout: 1m\napi_patience: 3m\nartifacts: {max_size: 2Gi}\nvariables: {A: a}\n\
           policy: {images: [a*]}\npods: {serviceAccountName: a, securityContext: {runAsNonRoot: true}}\n"],
        "clusters: [{context: b, kubeconfig: k}]\nhost_aliases: [{ip: 10.6.6.6, hostnames: [x, y]}]\n\
         registries: {GCR.IO: {insecure: true}, gcr.io: {insecure: true}, quay.io: {ca_file: ca.pem}}\nimages: {kaniko: b, makisu: b}\n\
         environments: {registry: b.io/e, username: u, password: P}\npull_policy: never\nsidecar_timeout: 9m\napi_patience: 9m\nroom_timeout: 9m\nartifacts: {max_size: 1Gi}\nvariables: {A: b, B: b}\n\
         policy: {images: ['*']}\npods: {serviceAccountName: b, labels: {b: b}, securityContext: {runAsNonRoot: false, runAsUser: 0}}\n",
    )
    .settings();
    assert_eq!(all.clusters.iter().map(|mapping| mapping.context.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    let aliases: Vec<_> = all.host_aliases.iter().map(|alias| (alias.ip.as_str(), alias.hostnames.join(" "))).collect();
    assert_eq!(aliases, [("10.0.0.1", "x".to_owned()), ("10.6.6.6", "y".to_owned())]);
    assert_eq!(all.registries.keys().collect::<Vec<_>>(), ["gcr.io", "quay.io"]);
    assert!(!all.registries["gcr.io"].insecure && all.registries["gcr.io"].mirrors == ["m"]);
    assert_eq!(all.images, BTreeMap::from([("kaniko".to_owned(), "a".to_owned()), ("makisu".to_owned(), "b".to_owned())]));
    assert_eq!(
        (all.environments.registry.as_deref(), all.environments.login),
        (Some("a.io/e"), None),
        "one block, never a mixture"
    );
    assert_eq!(all.pull_policy, Some(windlass_model::pod::PullPolicy::Always));
    assert_eq!(all.sidecar_timeout.map(|time| time.as_secs()), Some(60));
    assert_eq!([all.api_patience, all.room_timeout].map(|time| time.map(|time| time.as_secs())), [Some(180), Some(540)]);
    assert_eq!(all.artifacts.max_size.map(|size| size.bytes()), Some(1 << 30), "the smaller one, whoever says it");
    assert_eq!(all.variables, BTreeMap::from([("A".to_owned(), "a".to_owned()), ("B".to_owned(), "b".to_owned())]));
    assert!(!all.policy.images.allows("b"));
    assert_eq!(all.pods.fields.to_string(), "service account a; labels b=b");
    assert_eq!((all.pods.security.run_as_non_root, all.pods.security.run_as_user), (Some(true), None));
}

/// Whose entries count, and when those of others are deleted, is not for the repository to say where the platform does.
#[test]
fn a_store_of_the_platform_is_not_replaced_and_keeps_its_key() {
    let own = "cache: {store: 'dir:caches', namespace: theirs, max_size: 1Gi, expire: 60d, key: {env: OTHER}}\n";
    let both = voices(&["cache: {store: 's3://corp/ci', namespace: ours, expire: 30d}\n"], own);
    let cache = both.settings().cache;
    assert_eq!(cache.store.map(|store| store.to_string()).as_deref(), Some("s3://corp/ci"));
    assert_eq!((cache.namespace.as_deref(), cache.key, both.cache_key().is_none()), (Some("ours"), None, true));
    assert_eq!((cache.max_size.map(|size| size.0), cache.expire.map(|time| time.as_secs() / 86_400)), (Some(1024), Some(30)));
    let alone = voices(&["cache: {expire: 30d}\n"], own);
    assert_eq!(alone.settings().cache.store.map(|store| store.to_string()).as_deref(), Some("dir:caches"));
    assert!(alone.cache_key().is_some_and(|(layer, _)| alone.is_repository(layer)));
    let of_platform = voices(&["cache: {store: 'dir:caches'}\n"], "{}").settings().cache.store;
    assert_eq!(of_platform.map(|store| store.to_string()).as_deref(), Some("dir:/p0/caches"));
    let of_user = voices(&["cache: {store: 'dir:'}\n"], "{}").settings().cache.store;
    assert_eq!(of_user.map(|store| store.to_string()).as_deref(), Some("dir:"));
}

/// Among the files of the platform, too: a later one cannot take back what an earlier one says.
#[test]
fn the_files_of_the_platform_narrow_each_other() {
    let all = voices(&["policy: {contexts: [ci]}\n", "policy: {contexts: ['*']}\npull_policy: never\n"], "{}");
    assert!(all.settings().policy.allows_place("ci", "x") && !all.settings().policy.allows_place("prod", "x"));
    assert!(all.platform().pull_policy.is_some());
}

#[test]
fn paths_count_from_the_directory_of_their_file() {
    let registries = "registries: {a.io: {ca_file: ca.pem}}\n";
    assert_eq!(voices(&[registries], "{}").settings().registries["a.io"].ca_file.as_deref(), Some("/p0/ca.pem"));
    let mut all = voices(&[], "clusters: [{context: c, kubeconfig: kube}]\n");
    all.repository.as_mut().expect("a repository").file = "sub/windlass.yaml".into();
    assert_eq!(all.settings().clusters[0].kubeconfig.as_deref(), Some("sub/kube"));
}

/// The platform's source counts, by whichever name each file calls the secret.
#[test]
fn a_secret_of_the_platform_cannot_be_renamed_away() {
    let all = voices(&["secrets: {id: {env: OURS}}\n"], "secrets: {KEY: {env: THEIRS}, OTHER: {env: THEIRS}}\n");
    let name = |name: &str| SecretName::new(name).expect("a name");
    let found =
        |name, reference: &str| all.secret(&SecretRequest { name, reference: reference.into() }).map(|(_, source)| source);
    assert_eq!(found(name("KEY"), "ENCRYPTED[id]"), Some(&SecretSource::Env("OURS".into())));
    assert_eq!(found(name("OTHER"), "ENCRYPTED[x]"), Some(&SecretSource::Env("THEIRS".into())));
}

/// A grant of the repository's takes away and adds nothing to the platform's, by pattern, path or digest.
#[test]
fn a_plugin_gets_what_every_file_allows_that_speaks_of_it() {
    let all = voices(
        &["plugins: {'./p/*': [containers, environment]}\n"],
        "plugins: {./p/x.wasm: [containers, registries], ./q.wasm: [registries], shell: [environment]}\n",
    );
    let powers = |name: &str| {
        let reference = PluginReference::parse(name).expect("a reference");
        let names = PluginNames::new(&reference, vec![name.to_owned()], Digest::from_sha256([0; 32]));
        let mut asks = Powers::default();
        Power::ALL.into_iter().for_each(|power| asks.add(power));
        Granted::by(all.layers().map(|layer| (layer.name(), &layer.settings)), &names).powers(&asks).list().collect::<Vec<_>>()
    };
    assert_eq!(powers("./p/x.wasm"), [Power::Containers]);
    assert_eq!(powers("./p/y.wasm"), [Power::Containers, Power::Environment]);
    assert_eq!(powers("./q.wasm"), [Power::Registries]);
    assert_eq!(powers("./r.wasm"), []);
    assert_eq!(powers("shell"), [Power::Environment]);
    assert_eq!(powers("kaniko"), Power::ALL, "what it asks for");
}
