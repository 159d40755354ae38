//! Whose signatures are trusted, and who may say so: a repository and a bundle never.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

use windlass_config::{Source, Style, Writer, load_settings, load_settings_of};
use windlass_model::plugin::Power;
use windlass_model::pod_security::Level;
use windlass_model::settings::SignedBy;

const SIGNERS: &str = "signers:
  corp-ci:
    key: corp-ci.pub
    reach: [registry.corp/ci/*, /opt/bundles/*]
    settings: true
    plugins:
      vault-login: [{containers: own}, {secrets: [VAULT_TOKEN]}]
      '*': [{containers: own}]
  release:
    identity: https://git.corp/ci/.github/workflows/release.yml@refs/heads/main
    issuer: https://token.corp
    trusted_root: root.json
    reach: registry.corp/tools
";

fn refusal(text: &str, writer: Writer) -> String {
    match load_settings_of(&Source::new("s.yaml", text), writer) {
        Ok(settings) => panic!("{text}: {settings:?}"),
        Err(problems) => problems.render(Style::Plain, None),
    }
}

#[test]
fn signers_are_read_in_their_order() {
    let settings = load_settings(&Source::new("s.yaml", SIGNERS)).expect("settings");
    let [ci, release] = settings.signers.as_slice() else { panic!("{:?}", settings.signers) };
    assert_eq!((ci.name.as_str(), &ci.by), ("corp-ci", &SignedBy::Key { file: "corp-ci.pub".into() }));
    assert!(ci.settings && ci.reaches("registry.corp/ci/windlass") && !ci.reaches("registry.corp/tools"));
    let words = |name: &str| ci.grant(name).map(|grant| grant.powers.in_words().join(", "));
    assert_eq!(words("scan").as_deref(), Some("containers (own)"));
    assert_ne!(words("vault-login"), words("scan"));
    assert!(matches!(&release.by, SignedBy::Certificate { issuer, .. } if issuer == "https://token.corp"));
    assert!(!release.settings && release.plugins.is_empty());
}

#[test]
fn a_signer_that_is_not_wholly_known_is_refused() {
    for (text, words) in [
        ("{key: a.pub}", "needs `reach`"),
        ("{reach: [r/a]}", "needs `key`"),
        ("{key: a.pub, issuer: i, reach: [r/a]}", "is known by a key, and `issuer` is for certificates"),
        ("{identity: i, reach: [r/a]}", "needs `issuer`"),
        ("{identity: i, issuer: i, reach: [r/a]}", "needs `trusted_root`"),
        ("{key: a.pub, reach: [registry.corp*]}", "`registry.corp*` is no repository"),
        ("{key: a.pub, reach: ['oci://r/a']}", "`oci://r/a` is no repository"),
        ("{key: a.pub, reach: [r/a], settings: maybe}", "neither true nor false"),
        ("{key: a.pub, reach: [r/a], power: [x]}", "has no key `power`"),
        ("{key: a.pub, reach: [r/a], plugins: {a: [everything]}}", "there is no power `everything`"),
    ] {
        let told = refusal(&format!("signers:\n  ci: {text}\n"), Writer::Platform);
        assert!(told.contains(words) && told.contains("s.yaml:"), "{text}: {told}");
    }
    assert!(refusal("signers: {'a b': {key: k, reach: [r/a]}}\n", Writer::Platform).contains("cannot name a signer"));
}

/// It would decide itself whom to trust.
#[test]
fn a_repository_says_nothing_of_signers() {
    let told = refusal(SIGNERS, Writer::Repository);
    for part in ["error[misplaced-key]", "`signers` is not for a repository to say", "s.yaml:1:1", "/etc/windlass/windlass.yaml"]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
}

/// A bundle can only ask: whatever it says, nothing is granted, and nothing of the machine is read.
#[test]
fn a_bundle_grants_itself_nothing() {
    for (text, words) in [
        ("plugins: {'*': [containers]}", "cannot have `plugins`"),
        (SIGNERS, "cannot have `signers`"),
        ("generate: [{file: a, uses: ./a.wasm}]", "cannot have `generate`"),
        ("bundles: {evil: 'oci://evil.example/x:^1'}", "cannot have `bundles`"),
        ("vendored: /tmp/evil", "cannot have `vendored`"),
        ("clusters: [{context: production}]", "cannot have `clusters`"),
        ("policy: {contexts: ['*']}", "cannot have `policy: {contexts: […]}`"),
        ("secrets: {A: {env: HOME}}", "reads a variable of this machine"),
        ("secrets: {A: {file: /etc/passwd}}", "reads a file of this machine"),
        ("secrets: {A: {command: [id]}}", "runs a program on this machine"),
        ("secrets: {A: {kubernetes: {namespace: kube-system, name: a, key: b}}}", "a namespace that it chooses"),
        ("registries: {r.corp: {ca_file: ca.pem}}", "`ca.pem` counts from no directory"),
        ("environments: {registry: r.corp/e, build: ./evil.wasm}", "`./evil.wasm` counts from no directory"),
        ("signer: {}", "has no key `signer`"),
    ] {
        let told = refusal(text, Writer::Bundle);
        assert!(told.contains(words), "{text}: {told}");
    }
    let defaults = "registries: {r.corp: {ca_file: /etc/ssl/corp.pem, mirrors: [m.corp]}}\nimages: {kaniko: r.corp/kaniko:1}\n\
                    policy: {pod_security: baseline, signed: true}\nvariables: {TEAM: a}\npull_policy: always\nroom_timeout: 1m\n\
                    secrets: {KEY: {kubernetes: {name: a, key: b}}}\nenvironments: {registry: r.corp/e}\n";
    let settings = load_settings_of(&Source::new("s.yaml", defaults), Writer::Bundle).expect("settings");
    assert!(settings.policy.signed && settings.secrets.len() == 1 && settings.variables.len() == 1);
}

#[test]
fn a_policy_forbids_powers_and_wants_signatures_and_locks() {
    let text = "policy: {powers: {deny: [secrets-reveal, pod]}, signed: true, locked: true, plugin_pod_security: restricted}\n";
    let policy = load_settings(&Source::new("s.yaml", text)).expect("settings").policy;
    assert_eq!(policy.denied, [Power::Pod, Power::SecretsReveal].into());
    assert_eq!((policy.signed, policy.locked, policy.plugin_pod_security.level), (true, true, Level::Restricted));
    for (text, words) in [
        ("{powers: {deny: [secret-reveal]}}", "did you mean `secrets-reveal`?"),
        ("{powers: {allow: [pod]}}", "`powers` has no key `allow`"),
        ("{powers: [pod]}", "`powers` takes a map"),
        ("{signed: yes please}", "neither true nor false"),
        ("{plugin_pod_security: {except: []}}", "`plugin_pod_security` needs `level`"),
    ] {
        let told = refusal(&format!("policy: {text}\n"), Writer::Platform);
        assert!(told.contains(words), "{text}: {told}");
    }
}
