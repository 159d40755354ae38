use std::os::unix::fs::{PermissionsExt as _, symlink};

use proptest::prelude::*;
use windlass_artifact::signature::Identity;
use windlass_model::host_pattern::HostPattern;
use windlass_model::path_pattern::PathPattern;
use windlass_model::pattern::Pattern;
use windlass_model::pod_limits::PodLimits;
use windlass_model::pod_security::{Exception, Level};
use windlass_model::power::{ContainerScope, HostScope, PathScope, VariableScope};
use windlass_model::quantity::{MebiBytes, MilliCpu};
use windlass_model::scope::Scope;

use super::*;

fn names(words: &[&str]) -> Scope {
    Scope::only(words.iter().map(|word| Pattern((*word).to_owned())))
}

fn entry(reference: &str) -> Entry {
    Entry {
        reference: reference.to_owned(),
        name: "notify".into(),
        kind: PluginKind::Step,
        version: "1.4.2".into(),
        interface: "0.1.0".into(),
        tag: Some("1.4.2".into()),
        manifest: Digest::of(b"manifest"),
        component: Digest::of(b"component"),
        powers: Powers {
            pod: Some(PodLimits { level: Level::Baseline, ports: Some([80].into()), ..PodLimits::default() }),
            containers: Some(ContainerScope { own: true, of_task: names(&["main"]) }),
            registries: true,
            secrets: Some(names(&["A", "B_*"])),
            workspace_read: Some(PathScope::all()),
            ..Powers::default()
        },
        secrets: ["TOKEN".to_owned(), "KEY".to_owned()].into(),
        signer: Some(Signer::Key(Digest::of(b"key"))),
    }
}

fn bundle(reference: &str) -> BundleEntry {
    let who = Identity { identity: "ci@corp.example".into(), issuer: "https://token.corp.example".into() };
    BundleEntry {
        reference: reference.to_owned(),
        tag: Some("3.2.0".into()),
        manifest: Digest::of(b"index"),
        signer: Some(Signer::Identity(who)),
    }
}

fn parse(text: &str) -> Lock {
    Lock::parse(text).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

/// The file is an interface: projects commit it, and other programs read it.
#[test]
fn the_file_has_one_form() {
    let lock = Lock::default()
        .with(entry("oci://ghcr.io/acme/notify:^1.4"))
        .with(Entry { powers: Powers::default(), secrets: BTreeSet::new(), signer: None, tag: None, ..entry("./a b.wasm") })
        .with_bundle(bundle("oci://registry.corp/ci/windlass:^3"));
    let expected = format!(
        r#"# The plugins that this project runs, to the byte, and what they ask for. windlass writes this file: commit it.
# `windlass plugin update` changes it.
version: 1

bundles:
  oci://registry.corp/ci/windlass:^3:
    tag: "3.2.0"
    manifest: {index}
    signer: {{identity: "ci@corp.example", issuer: "https://token.corp.example"}}

plugins:
  "./a b.wasm":
    name: notify
    kind: step
    version: "1.4.2"
    interface: "0.1.0"
    manifest: {manifest}
    component: {component}
    powers: []
    secrets: []
  oci://ghcr.io/acme/notify:^1.4:
    name: notify
    kind: step
    version: "1.4.2"
    interface: "0.1.0"
    tag: "1.4.2"
    manifest: {manifest}
    component: {component}
    powers:
      - containers: [own, main]
      - pod: {{level: baseline, ports: [80]}}
      - registries
      - secrets: [A, "B_*"]
      - workspace-read
    secrets:
      - KEY
      - TOKEN
    signer: {{key: "{key}"}}
"#,
        index = Digest::of(b"index"),
        manifest = Digest::of(b"manifest"),
        component = Digest::of(b"component"),
        key = Digest::of(b"key"),
    );
    assert_eq!(lock.render(), expected);
    assert_eq!(parse(&expected), lock);
    assert_eq!(Lock::default().render().lines().count(), 3);
    assert_eq!(parse(&Lock::default().render()), Lock::default());
    assert_eq!(parse("version: 1\nplugins:\nbundles: {}\n"), Lock::default());
}

/// What the page shows is what is written.
#[test]
fn the_page_shows_a_lock() {
    let page = include_str!("../../LOCK.md");
    let (_, rest) = page.split_once("```yaml\n").unwrap_or_else(|| panic!("an example"));
    let example = rest.split_once("```").map(|(yaml, _)| yaml.replace('…', &"0".repeat(60))).unwrap_or_default();
    let rendered = parse(&example).render();
    assert_eq!(rendered.split_once("update` changes it.\n").map(|(_, text)| text), Some(example.as_str()));
}

/// Whoever puts entries, keys or powers into another order by hand is understood, and the next writing puts it right.
#[test]
fn an_order_made_by_hand_is_read() {
    let (manifest, component) = (Digest::of(b"manifest"), Digest::of(b"component"));
    let hand = |reference: &str| {
        format!(
            "  {reference}:\n    component: {component}\n    manifest: '{manifest}'\n    kind: step\n    name: 'notify'\n    \
             interface: 0.1.0\n    version: 1.4.2\n    tag: 1.4.2\n    secrets: [TOKEN, KEY]\n    powers:\n    - workspace-read\n    \
             - secrets: [A, 'B_*']\n    - containers: [main, own]\n    - registries\n    - pod:\n        ports: [80]\n        \
             level: baseline\n    signer:\n      key: {key}\n",
            key = Digest::of(b"key")
        )
    };
    let text = format!("plugins:\n{}{}version: 1 # last\n", hand("oci://r/b:1"), hand("oci://r/a:1"));
    let lock = Lock::default().with(entry("oci://r/a:1")).with(entry("oci://r/b:1"));
    assert_eq!(parse(&text), lock);
    let rendered = parse(&text).render();
    assert!(rendered.find("oci://r/a:1") < rendered.find("oci://r/b:1"));
}

#[test]
fn a_lock_grows_and_shrinks_by_entries() {
    let lock = Lock::default().with(entry("oci://r/a:1")).with(entry("oci://r/b:1")).with_bundle(bundle("oci://r/c:1"));
    assert_eq!(lock.entry("oci://r/a:1"), Some(&entry("oci://r/a:1")));
    assert_eq!((lock.entry("oci://r/c:1"), lock.bundle("oci://r/c:1")), (None, Some(&bundle("oci://r/c:1"))));
    let newer = Entry { version: "2".into(), ..entry("oci://r/a:1") };
    let lock = lock.with(newer.clone());
    assert_eq!((lock.entries().count(), lock.entry("oci://r/a:1")), (2, Some(&newer)));
    assert_eq!(lock.digests(), [Digest::of(b"manifest"), Digest::of(b"component"), Digest::of(b"index")].into());
    let used = BTreeSet::from(["oci://r/a:1".to_owned()]);
    assert_eq!(lock.without_unused(&used), Lock::default().with(newer));
}

/// A text and what is said of it, with the line.
#[test]
fn each_mistake_is_told_with_its_line() {
    let good = Lock::default().with(entry("oci://r/a:1")).render();
    let wrong = |from: &str, to: &str, said: &str| {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good, "{from}");
        let before = good.find(from).and_then(|at| good.get(..at)).unwrap_or_default();
        let at = before.matches('\n').count() + to.matches('\n').count() + 1;
        let error = Lock::parse(&text).err().map(|e| e.to_string()).unwrap_or_else(|| panic!("it was read: {text}"));
        assert!(error.starts_with(&format!("line {at}: ")) && error.contains(said), "{error}\nline {at} of\n{text}");
    };
    let manifest = format!("manifest: {}", Digest::of(b"manifest"));
    wrong(&manifest, "manifest: sha256:abc", "\"sha256:abc\" is not a digest");
    wrong(&manifest, "manifest: sha512:abc", "is not a digest");
    wrong(&manifest, "manifest: [x]", "expected a digest");
    wrong("kind: step", "kind: steps", "\"steps\" is no kind of plugin");
    wrong("name: notify", "name: ../notify", "cannot name a plugin");
    wrong("- registries", "- registry", "there is no power \"registry\"");
    wrong("- registries", "- registries\n      - registries", "the power `registries` is written twice");
    wrong("- registries", "- registries: [x]", "the power `registries`: it has no limits");
    wrong("- secrets: [A, \"B_*\"]", "- secrets: A", "the power `secrets`: it takes a list");
    wrong("- secrets: [A, \"B_*\"]", "- secrets: [[A], B]", "the power `secrets`: it takes a list");
    wrong("- workspace-read", "- workspace-read: [../x]", "is not a path from the root");
    wrong("level: baseline", "level: high", "unknown variant `high`");
    wrong("level: baseline", "level: baseline, root: true", "unknown field `root`");
    wrong("ports: [80]", "ports: [800000]", "the power `pod`");
    wrong("- TOKEN", "- \"\"", "is empty, too long, or holds control characters");
    let signer = format!("signer: {{key: \"{}\"}}", Digest::of(b"key"));
    wrong(&signer, "signer: {identity: a}", "with both");
    wrong(&signer, "signer: {}", "with both");
    wrong(&signer, "signer: {who: a}", "each once");
    wrong("oci://r/a:1", "\"a\\u001b[2J\"", "control characters");
    // Keys that are not there, or twice, or not known, are told at the entry or at themselves.
    for (from, to, said) in [
        ("    kind: step\n", "", "missing field `kind`"),
        ("    kind: step\n", "    kind: step\n    kind: step\n", "duplicate field `kind`"),
        ("    kind: step\n", "    kind: step\n    color: red\n", "unknown field `color`"),
        ("version: 1\n", "", "missing field `version`"),
        ("version: 1\n", "version: one\n", "invalid type"),
        ("plugins:\n", "plugins:\n  oci://r/b:1:\n", "missing field `name`"),
        ("plugins:\n", "plugin:\n", "unknown field `plugin`"),
    ] {
        let error = Lock::parse(&good.replacen(from, to, 1)).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error.starts_with("line ") && error.contains(said), "{from:?} to {to:?}: {error}");
    }
    for text in ["", "[]", "version: 1\nplugins: x\n", "a: b: c", "\t", "version: 1\nplugins: &a\n  x: *a\n", "%%%"] {
        assert!(matches!(Lock::parse(text), Err(LockError::Wrong { .. })), "{text:?}");
    }
}

#[test]
fn a_reference_has_one_entry() {
    let one = Lock::default().with(entry("oci://r/a:1")).render();
    let block = one.split_once("plugins:\n").map(|(_, block)| block).unwrap_or_default();
    let error = Lock::parse(&format!("{one}{block}")).err().map(|e| e.to_string()).unwrap_or_default();
    let line = one.lines().count() + 1;
    assert!(error.starts_with(&format!("line {line}: ")) && error.contains("`oci://r/a:1` has two entries"), "{error}");
}

#[test]
fn a_merge_that_was_not_finished_is_told_as_one() {
    let text = Lock::default().with(entry("oci://r/a:1")).render();
    for marker in ["<<<<<<< HEAD", "||||||| base", "=======", ">>>>>>> theirs"] {
        let merged = text.replacen("plugins:\n", &format!("plugins:\n{marker}\n"), 1);
        let error = Lock::parse(&merged).err().map(|e| e.to_string()).unwrap_or_default();
        assert!(error.starts_with("line 6: a merge was not finished here"), "{error}");
        assert!(error.contains(&marker[..7]) && error.contains("git checkout --theirs windlass.lock"), "{error}");
    }
}

/// What a later form has is no mistake of this one.
#[test]
fn a_newer_file_asks_for_a_newer_windlass() {
    let text = "version: 2\nthings:\n  - new\n";
    assert!(matches!(Lock::parse(text), Err(LockError::Newer(2))));
    let said = Lock::parse(text).err().map(|e| e.to_string()).unwrap_or_default();
    assert_eq!(said, "it is of version 2, and this windlass reads version 1; use a newer windlass");
}

#[test]
fn a_file_is_written_at_once_and_only_when_it_changes() {
    let base = tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"));
    let path = base.path().join(FILE_NAME);
    assert!(Lock::read(&path).is_ok_and(|lock| lock.is_none()));
    let lock = Lock::default().with(entry("oci://r/a:1"));
    let write = |lock: &Lock| lock.write(&path).unwrap_or_else(|e| panic!("{e}"));
    assert!(write(&lock) && !write(&lock));
    assert_eq!(Lock::read(&path).unwrap_or_else(|e| panic!("{e}")), Some(lock.clone()));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap_or_else(|e| panic!("{e}"));
    assert!(write(&lock.with(entry("oci://r/b:1"))));
    assert_eq!(std::fs::metadata(&path).map(|m| m.permissions().mode() & 0o777).ok(), Some(0o640));
    assert_eq!(std::fs::read_dir(base.path()).map(Iterator::count).ok(), Some(1), "nothing is left beside it");

    std::fs::write(&path, b"version: 1\n\xff").unwrap_or_else(|e| panic!("{e}"));
    assert!(matches!(Lock::read(&path), Err(LockError::Wrong { line: 2, .. })));
    std::fs::File::create(&path).and_then(|file| file.set_len(MAX_BYTES + 1)).unwrap_or_else(|e| panic!("{e}"));
    assert!(matches!(Lock::read(&path), Err(LockError::TooLarge)));
    std::fs::remove_file(&path).and_then(|()| symlink("/dev/zero", &path)).unwrap_or_else(|e| panic!("{e}"));
    assert!(matches!(Lock::read(&path), Err(LockError::File(_))));
    assert!(matches!(Lock::default().write(&path), Err(LockError::File(_))));
}

/// Any text that a reference, a version or a pattern may be.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zA-Z0-9_*?./:@^~ #'\"{}\\[\\],&!|>%`-]{1,12}",
        "[^\\p{Cc}]{1,8}",
        prop::sample::select(vec![
            "true", "null", "~", "1.10", "0x1", "on", "*", "all", "own", "ordinary", "- a", "é", "\u{feff}", "\u{2028}"
        ])
        .prop_map(str::to_owned),
    ]
}

fn scope() -> impl Strategy<Value = Scope> {
    let list = prop::collection::vec(text().prop_map(Pattern), 0..3);
    prop::collection::vec(list, 0..3)
        .prop_map(|lists| lists.into_iter().fold(Scope::any(), |scope, list| scope.meet(&Scope::only(list))))
}

fn variables() -> impl Strategy<Value = VariableScope> {
    let limit = prop_oneof![
        Just(VariableScope::default()),
        prop::collection::vec(text().prop_map(Pattern), 0..3).prop_map(VariableScope::only),
    ];
    prop::collection::vec(limit, 0..3)
        .prop_map(|limits| limits.iter().fold(VariableScope::all(), |scope, limit| scope.meet(limit)))
}

fn files() -> impl Strategy<Value = PathScope> {
    let pattern = prop::sample::select(vec!["go.mod", "**/go.mod", "src/*", ".env", "a b", "[ab]", "{x,y}/*", "ordinary"]);
    let pattern = pattern.prop_filter_map("a pattern", |text| PathPattern::parse(text).ok());
    let limit = prop_oneof![Just(PathScope::default()), prop::collection::vec(pattern, 0..3).prop_map(PathScope::only)];
    prop::collection::vec(limit, 0..3).prop_map(|limits| limits.iter().fold(PathScope::all(), |scope, limit| scope.meet(limit)))
}

fn pod() -> impl Strategy<Value = PodLimits> {
    let except = prop::collection::btree_set(prop::sample::select(Exception::ALL.to_vec()), 0..3);
    let ports = prop::option::of(prop::collection::btree_set(1..u16::MAX, 0..3));
    let amounts = (prop::option::of(1..100_000_u32), prop::option::of(1..1_000_000_u64));
    (prop::sample::select(Level::ALL.to_vec()), except, scope(), scope(), ports, amounts, any::<bool>()).prop_map(
        |(level, except, capabilities, images, ports, (cpu, memory), shared)| PodLimits {
            level,
            except,
            capabilities,
            images,
            ports,
            cpu: cpu.map(MilliCpu),
            memory: memory.map(MebiBytes),
            shared,
        },
    )
}

fn hosts() -> impl Strategy<Value = HostScope> {
    let known = ["api.corp.example", "*.corp.example:8443", "http://10.0.0.1:80", "*", "[::1]"];
    let host = |text: &str| HostPattern::parse(text).unwrap_or_else(|e| panic!("{e}"));
    let list = prop::sample::subsequence(known.to_vec(), 0..=5)
        .prop_map(move |texts| HostScope::asked(texts.into_iter().map(host).collect()));
    prop::collection::vec(list, 0..3).prop_map(|lists| lists.iter().fold(HostScope::any(), |scope, list| scope.meet(list)))
}

fn powers() -> impl Strategy<Value = Powers> {
    let containers = (any::<bool>(), scope()).prop_map(|(own, of_task)| ContainerScope { own, of_task });
    let scopes = (
        prop::option::of(pod()),
        prop::option::of(containers),
        prop::option::of(variables()),
        prop::option::of(scope()),
        prop::option::of(files()),
        prop::option::of(files()),
        prop::option::of(hosts()),
        prop::option::of(scope()),
    );
    (scopes, any::<(bool, bool, bool)>()).prop_map(
        |((pod, containers, environment_set, secrets, workspace_read, workspace_write, http, results), flags)| {
            let (registries, environment, secrets_reveal) = flags;
            Powers {
                pod,
                containers,
                registries,
                environment,
                environment_set,
                secrets,
                secrets_reveal,
                workspace_read,
                workspace_write,
                http,
                results,
            }
        },
    )
}

proptest! {
    /// Whatever a plugin asks for, the file says exactly that: were a limit lost, a new version could ask for more unseen.
    #[test]
    fn what_is_written_is_read(
        reference in text(), version in text(), tag in prop::option::of(text()), powers in powers(),
        secrets in prop::collection::btree_set(text(), 0..3), who in prop::option::of((text(), text())),
    ) {
        let signer = who.map(|(identity, issuer)| Signer::Identity(Identity { identity, issuer }));
        let lock = Lock::default().with(Entry { version, tag, powers, secrets, signer, ..entry(&reference) });
        let text = lock.render();
        let read = Lock::parse(&text);
        prop_assert!(read.is_ok(), "{}\n{text}", read.err().map(|e| e.to_string()).unwrap_or_default());
        prop_assert_eq!(read.ok(), Some(lock));
    }

    /// Any text ends in a lock or an error.
    #[test]
    fn no_text_does_harm(text in "(version: 1\n)?(plugins:\n)?[ -~\n]{0,80}") {
        let _ = Lock::parse(&text);
    }
}
