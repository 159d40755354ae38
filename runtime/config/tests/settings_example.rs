//! `examples/windlass.yaml` is the reference of the settings: it has every key, and is read as it stands.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

use windlass_config::{SETTINGS_KEYS, Source, Style, load_settings};
use windlass_model::pod_security::Level;
use windlass_model::settings::SecretSource;

const TEXT: &str = include_str!("../../../examples/windlass.yaml");

#[test]
fn the_reference_has_every_key() {
    for key in SETTINGS_KEYS {
        assert!(TEXT.lines().any(|line| line.split_once(':').is_some_and(|(found, _)| found == key)), "{key} is missing");
    }
}

#[test]
fn the_reference_is_read_as_it_says() {
    let source = Source::new("windlass.yaml", TEXT);
    let settings = load_settings(&source).unwrap_or_else(|problems| panic!("{}", problems.render(Style::Plain, None)));
    assert_eq!(settings.clusters[0].namespace.as_deref(), Some("builds"));
    let mapped = settings.clusters[0].pods.fields.to_string();
    assert_eq!(mapped, "tolerations dedicated=ci:NoSchedule; node selector pool=ci");
    assert_eq!(settings.pods.fields.service_account_name.as_deref(), Some("builder"));
    assert_eq!((settings.pods.security.run_as_non_root, settings.pods.fields.fs_group), (Some(true), Some(1000)));
    assert!(matches!(settings.secrets["qwerty239abc"], SecretSource::Kubernetes { .. }));
    assert_eq!(settings.registries["docker.io"].mirrors, ["mirror.corp.example/hub"]);
    assert_eq!(settings.host_aliases[0].hostnames, ["registry.corp.example"]);
    assert!(settings.environments.login.is_some() && settings.pull_policy.is_some());
    assert_eq!(settings.sidecar_timeout.map(|time| time.as_secs()), Some(120));
    assert_eq!(
        [settings.api_patience, settings.room_timeout].map(|time| time.map(|time| time.as_secs())),
        [Some(120), Some(900)]
    );
    assert_eq!(settings.artifacts.max_size.map(|size| size.bytes()), Some(200 << 20));
    assert_eq!(settings.artifacts.store.map(|store| store.to_string()).as_deref(), Some("s3://results/ci"));
    assert!(settings.policy.allows_place("my-context", "builds") && !settings.policy.allows_place("my-context", "kube-system"));
    assert_eq!(settings.plugins[0].powers.list().count(), 4);
    assert_eq!(settings.policy.pod_security.level, Level::Baseline);
    assert_eq!((settings.variables.len(), settings.images.len()), (1, 1));
}
