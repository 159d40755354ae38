//! Trust by signer: what the platform grants to whoever has signed a plugin holds in every repository, and for nothing else.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use support::world::variable;
use support::{Outcome, Project, plugins};
use tempfile::TempDir;
use windlass_artifact::bundle;
use windlass_artifact::component::{About, Component, Form, Options};
use windlass_artifact::layout::{Contents, Layout};
use windlass_artifact::signature::{SigningKey, attach, sign};
use windlass_model::plugin::PluginKind;

/// A step that looks at Dockerfiles, and asks for `workspace-read`.
const PINNED: &str = "pinned-images";

/// It, built once.
fn pinned() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| plugins::example(PINNED)).clone()
}

/// The platform team: its keys, and what it has packed.
struct Team {
    directory: TempDir,
}

impl Team {
    fn new() -> Self {
        let team = Self { directory: TempDir::new().expect("a directory") };
        for name in ["ours", "theirs"] {
            let pair = rcgen::KeyPair::generate().expect("a key");
            std::fs::write(team.path(&format!("{name}.key")), pair.serialize_pem()).expect("a file");
            std::fs::write(team.path(&format!("{name}.pub")), pair.public_key_pem()).expect("a file");
        }
        team
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().canonicalize().expect("a path").join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn windlass(&self, arguments: &[&str]) -> Outcome {
        let mut command = Command::new(env!("CARGO_BIN_EXE_windlass"));
        command.args(arguments).current_dir(self.directory.path()).env_remove("CI").env_remove("WINDLASS_SETTINGS");
        command.env("XDG_CONFIG_HOME", self.path("config")).env("XDG_CONFIG_DIRS", self.path("system"));
        // Compiling a plugin takes its time; every test may share what came of it.
        let usual = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache").into_os_string());
        if let Some(cache) = std::env::var_os("XDG_CACHE_HOME").or_else(usual) {
            command.env("XDG_CACHE_HOME", cache);
        }
        Outcome::new(&command.env("HOME", self.directory.path()).output().expect("windlass runs"))
    }

    /// Packs a bundle, and signs it where a key is named.
    fn packs(&self, out: &str, settings: Option<&str>, key: Option<&str>) -> String {
        let component = pinned().display().to_string();
        let mut arguments = vec!["plugin", "pack", &component, "--name", "corp", "--out", out];
        let file = self.text("platform.yaml");
        if let Some(settings) = settings {
            std::fs::write(&file, settings).expect("a file");
            arguments.extend(["--settings", &file]);
        }
        self.windlass(&arguments).exits(0);
        if let Some(key) = key {
            self.windlass(&["plugin", "sign", out, "--key", &self.text(&format!("{key}.key"))]).exits(0);
        }
        self.text(out)
    }

    /// The platform's settings, which trust `ours`.
    fn trusts(&self, reach: &str, more: &str) -> String {
        let key = self.text("ours.pub");
        format!(
            "signers:\n  corp-ci:\n    key: {key}\n    reach: [\"{reach}\"]\n    plugins: {{{PINNED}: [workspace-read]}}\n{more}"
        )
    }
}

/// A repository that uses a bundle: one line of settings.
fn user(bundle: &str, platform: &str) -> Project {
    let project = Project::new(&[
        (".cirrus.yml", &tasks("corp/pinned-images")),
        ("windlass.yaml", &format!("bundles: {{corp: \"{bundle}\"}}\n")),
        ("Dockerfile", &format!("FROM busybox@sha256:{}\n", "0".repeat(64))),
    ]);
    project.platform(platform);
    project
}

fn tasks(uses: &str) -> String {
    format!("look_task:\n  container: {{image: 'docker.io/library/busybox:latest'}}\n  look_step: {{uses: {uses}}}\n")
}

fn windlass(project: &Project, arguments: &[&str]) -> Outcome {
    Outcome::new(&project.command(arguments).env_remove("CI").output().expect("windlass runs"))
}

fn plan(project: &Project, arguments: &[&str]) -> Outcome {
    windlass(project, &[&["plan", "--on=engine"], arguments].concat())
}

#[track_caller]
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no `{part}` in:\n{text}");
    }
}

/// One line in each of three repositories, and one entry of the platform's for all of them.
#[test]
fn what_a_signer_grants_holds_in_every_repository() {
    let team = Team::new();
    let bundle = team.packs("bundle", None, Some("ours"));
    for _ in 0..3 {
        let user = user(&bundle, &team.trusts("*", ""));
        says(
            &plan(&user, &[]).exits(0).stdout,
            &["workspace-read", "signed by corp-ci (key sha256:", "whose word in the settings"],
        );
    }
    let user = user(&bundle, &team.trusts("*", ""));
    let json: serde_json::Value = serde_json::from_str(&plan(&user, &["--output=json"]).exits(0).stdout).expect("JSON");
    let steps = json["tasks"][0]["steps"].as_array().expect("steps").clone();
    let call = steps.iter().find_map(|step| step["action"].get("plugin")).expect("a plugin").clone();
    assert_eq!((&call["plugin"]["signers"][0]["signer"], &call["grants"]["signers"][0]), (&"corp-ci".into(), &"corp-ci".into()));
    assert!(call["plugin"]["signers"][0]["signed"].as_str().is_some_and(|by| by.starts_with("key sha256:")), "{call}");
    says(&windlass(&user, &["plugin", "inspect", "corp/pinned-images"]).exits(0).stdout, &["signed by", "corp-ci (key sha256:"]);
    says(&windlass(&user, &["plugin", "ls"]).exits(0).stdout, &["SIGNED BY", "corp-ci", "(built in)"]);
    // The repository may narrow it.
    user.write("windlass.yaml", &format!("bundles: {{corp: \"{bundle}\"}}\nplugins: {{corp/*: []}}\n"));
    says(&plan(&user, &[]).exits(4).stderr, &["asks for `workspace-read`, which it was not granted"]);
}

/// Each reason in its own words, and none of them grants anything.
#[test]
fn a_signature_that_does_not_count_grants_nothing() {
    let team = Team::new();
    let unsigned = team.packs("unsigned", None, None);
    let signed = team.packs("signed", None, Some("ours"));
    let other_key = team.packs("other", None, Some("theirs"));
    for (bundle, reach, words) in [
        (&unsigned, "*", "it is not signed"),
        (&other_key, "*", "it is signed with another key"),
        (&signed, "registry.corp/ci/*", "is beyond its `reach`"),
        (&signed, "/somewhere/else/*", "is beyond its `reach`"),
    ] {
        let refused = plan(&user(bundle, &team.trusts(reach, "")), &[]).exits(4);
        says(&refused.stderr, &["the signer corp-ci of", "would grant it something, and does not", words, "workspace-read"]);
        // Who follows the advice has not undone the guard.
        assert!(!refused.stderr.contains("corp/pinned-images: ["), "{}", refused.stderr);
        let within = reach == "*";
        assert_eq!(refused.stderr.contains("put the signature of plugin corp/pinned-images"), within, "{}", refused.stderr);
        assert_eq!(refused.stderr.contains("plugins: {\"sha256:"), !within, "{}", refused.stderr);
    }
    plan(&user(&signed, &team.trusts(&signed, "")), &[]).exits(0);
    // A signature of another bundle, brought here.
    let moved = team.packs("moved", Some("pull_policy: never\n"), None);
    let (from, to) = (Layout::open(Path::new(&signed)).expect("a layout"), Layout::open(Path::new(&moved)).expect("a layout"));
    let key = SigningKey::from_pem(&std::fs::read_to_string(team.path("ours.key")).expect("a key")).expect("a key");
    let made_for = from.find(None).expect("an artifact").digest;
    let subject = to.find(None).expect("an artifact");
    let mut contents = Contents::all_of(&to).expect("its content");
    contents.add(&attach(&subject, sign(&made_for, &key).expect("a signature")), None);
    contents.write(Path::new(&moved)).expect("a layout");
    says(&plan(&user(&moved, &team.trusts("*", "")), &[]).exits(4).stderr, &["it was made for another artifact"]);
    // A bare component, which nothing lies beside.
    let bare = user(&signed, &team.trusts("*", ""));
    std::fs::copy(pinned(), bare.path().join("pinned-images.wasm")).expect("a copy");
    bare.write(".cirrus.yml", &tasks("./pinned-images.wasm"));
    says(
        &plan(&bare, &[]).exits(4).stderr,
        &["no signature lies beside a bare component", "plugins: {./pinned-images.wasm: [workspace-read"],
    );
}

/// A signer's key that cannot be used: nobody can tell whom it would have trusted.
#[test]
fn a_key_that_is_none_is_an_error_wherever_signers_count() {
    let team = Team::new();
    let bundle = team.packs("bundle", None, Some("ours"));
    let platform = team.trusts("*", "");
    for (wrong, words) in [("ours.key", "it holds a private key"), ("nothing.pub", "nothing.pub"), ("bundle", "bundle")] {
        let user = user(&bundle, &platform.replace("ours.pub", wrong));
        let refused = plan(&user, &[]).exits(2);
        says(&refused.stderr, &["the signer corp-ci of", words]);
        assert!(!refused.everything().contains("BEGIN PRIVATE"));
    }
}

/// Settings come with a bundle to those alone who trust its signer with them, and the strictest policy counts.
#[test]
fn the_settings_of_a_bundle_count_by_its_signer() {
    let team = Team::new();
    let settings = "policy: {images: ['registry.corp/*']}\nvariables: {FROM_BUNDLE: yes}\n";
    let signed = team.packs("signed", Some(settings), Some("ours"));
    let other_key = team.packs("other", Some(settings), Some("theirs"));
    let may = team.trusts("*", "").replace("reach:", "settings: true\n    reach:");
    let refused = plan(&user(&signed, &may), &[]).exits(2);
    says(&refused.stderr, &["busybox", "policy: {images: […]}", "the settings of the bundle corp"]);
    let grants = "plugins: {corp/*: [workspace-read]}\n";
    let named = format!("bundles: {{corp: \"{other_key}\"}}\n{grants}");
    for (bundle, platform, words) in [
        (&signed, team.trusts("*", ""), "a signer with `settings: true`"),
        (&other_key, format!("{may}{named}"), "corp-ci: it is signed with another key"),
        (&signed, format!("bundles: {{corp: \"{signed}\"}}\n{grants}"), "do not count"),
    ] {
        let user = user(bundle, &platform);
        let plan = plan(&user, &[]).exits(0);
        says(&plan.stdout, &["note: the settings that", "do not count", words]);
        says(&windlass(&user, &["check"]).exits(0).stderr, &["note: the settings that", words]);
    }
    // The platform's own files speak first.
    let open = team.packs("open", Some("variables: {WHO: bundle, ONLY: bundle}\n"), Some("ours"));
    let user = user(&open, &format!("{may}variables: {{WHO: platform}}\n"));
    user.write("windlass.yaml", &format!("bundles: {{corp: \"{open}\"}}\nvariables: {{ONLY: repository}}\n"));
    user.write(".cirrus.yml", "a_task:\n  name: \"$WHO and $ONLY\"\n  container: {image: busybox}\n  a_script: \"true\"\n");
    says(&plan(&user, &[]).exits(0).stdout, &["platform and bundle"]);
}

/// A bundle can only ask: neither is it packed so, nor is it obeyed when somebody else packed it, whoever has signed it.
#[test]
fn a_bundle_that_grants_itself_a_power_is_refused() {
    let team = Team::new();
    let greedy = "plugins:\n  '*': [containers, secrets-reveal]\n";
    std::fs::write(team.path("greedy.yaml"), greedy).expect("a file");
    let component = pinned();
    let refused = team
        .windlass(&["plugin", "pack", &component.display().to_string(), "--settings", "greedy.yaml", "--out", "greedy"])
        .exits(2);
    says(&refused.stderr, &["greedy.yaml:1:1", "cannot have `plugins`", "a bundle can only ask"]);
    assert!(!team.path("greedy").exists(), "nothing is half written");

    let about = About { name: PINNED, version: "1.0.0", description: "", kind: PluginKind::Step };
    let plugin = Component::pack(std::fs::read(&component).expect("a file"), &about, &Options::default()).expect("a plugin");
    let packed = bundle::pack([plugin], Some(greedy), &bundle::About::default(), Form::Standard).expect("a bundle");
    let key = SigningKey::from_pem(&std::fs::read_to_string(team.path("ours.key")).expect("a key")).expect("a key");
    let mut contents = Contents::default();
    contents.add(&packed, None);
    contents.add(&attach(&packed.root.descriptor, sign(packed.digest(), &key).expect("a signature")), None);
    contents.write(&team.path("greedy")).expect("a layout");
    let user = user(&team.text("greedy"), &team.trusts("*", "").replace("reach:", "settings: true\n    reach:"));
    for command in [&["plan", "--on=engine"][..], &["check"], &["run", "--on=engine"]] {
        let refused = windlass(&user, command).exits(2);
        says(&refused.stderr, &["(the settings of the bundle corp):1:1", "cannot have `plugins`", "a bundle can only ask"]);
    }
}

/// Whom to trust is not for a repository to say.
#[test]
fn a_repository_cannot_name_a_signer() {
    let team = Team::new();
    let bundle = team.packs("bundle", None, Some("theirs"));
    let user = user(&bundle, "{}\n");
    user.write("theirs.pub", &std::fs::read_to_string(team.path("theirs.pub")).expect("a key"));
    let signers = "signers: {us: {key: theirs.pub, reach: ['*'], plugins: {'*': [workspace-read]}}}\n";
    user.write("windlass.yaml", &format!("bundles: {{corp: \"{bundle}\"}}\n{signers}"));
    for arguments in [&[][..], &["--trust-project"]] {
        let refused = plan(&user, arguments).exits(2);
        says(&refused.stderr, &["`signers` is not for a repository to say", "windlass.yaml:2:1", "--settings"]);
    }
}

/// What nobody has signed, locked, or may have, whoever grants it.
#[test]
fn a_policy_wants_signatures_and_locks_and_forbids_powers() {
    let team = Team::new();
    let (signed, unsigned) = (team.packs("signed", None, Some("ours")), team.packs("unsigned", None, None));
    let with = |bundle: &str, policy: &str| {
        let named = format!("bundles: {{corp: \"{bundle}\"}}\nplugins: {{corp/*: [workspace-read]}}\npolicy: {policy}\n");
        user(bundle, &team.trusts("*", &named))
    };
    plan(&with(&signed, "{signed: true, locked: true}"), &[]).exits(0);
    let refused = plan(&with(&unsigned, "{signed: true}"), &[]);
    assert_ne!(refused.code, 0);
    says(&refused.stderr, &["has no signature that counts", "policy: {signed: true}", "corp-ci", "windlass plugin sign"]);
    let refused = plan(&with(&signed, "{powers: {deny: [workspace-read]}}"), &[]);
    assert_ne!(refused.code, 0);
    says(&refused.stderr, &["asks for `workspace-read`", "denies it", "ask whoever maintains"]);
    let remote = with(&signed, "{locked: true}");
    remote.write(".cirrus.yml", &tasks("\"oci://registry.invalid/team/scan:1.0.0\""));
    let refused = plan(&remote, &[]);
    assert_ne!(refused.code, 0);
    says(&refused.stderr, &["windlass.lock has no entry for oci://registry.invalid", "policy: {locked: true}", "plugin update"]);
}

/// A bundle that a repository names and nothing uses is no reason to refuse everything. What the platform's own bundles say of settings cannot be
/// had away by leaving them unlocked.
#[test]
fn a_policy_of_locks_is_about_what_is_used() {
    const REMOTE: &str = "bundles: {corp: \"oci://registry.invalid/ci/windlass:^1\"}\n";
    let team = Team::new();
    let with = |platform: &str, repository: &str| {
        let project = Project::new(&[
            (".cirrus.yml", "x_task:\n  container: {image: busybox}\n  x_script: true\n"),
            ("windlass.yaml", repository),
        ]);
        project.platform(&team.trusts("*", &format!("    settings: true\npolicy: {{locked: true}}\n{platform}")));
        plan(&project, &[])
    };
    let unused = with("", REMOTE).exits(0);
    says(&unused.stdout, &["do not count", "windlass.lock has no entry for oci://registry.invalid/ci/windlass:^1"]);
    let refused = with(REMOTE, "{}\n").exits(2);
    says(&refused.stderr, &["windlass.yaml:8:11", "policy: {locked: true}", "windlass plugin update"]);
}

/// A registry for one test.
struct Registry {
    team: Team,
    host: String,
    repository: String,
}

impl Registry {
    fn new(name: &str) -> Self {
        let team = Team::new();
        let unique = team.directory.path().file_name().expect("a name").to_string_lossy().to_lowercase().replace('.', "");
        let host = variable("REGISTRY_PLAIN").expect("tests/run.sh sets it");
        Self { team, host, repository: format!("signers/{name}-{unique}") }
    }

    fn reach(&self) -> String {
        format!("registries: {{\"{}\": {{insecure: true}}}}\n", self.host)
    }

    fn platform(&self) -> String {
        self.team.trusts(&format!("{}/signers/*", self.host), &self.reach())
    }

    /// A command of the team's, which reaches the registry.
    fn windlass(&self, arguments: &[&str]) -> Outcome {
        let directory = self.team.path("config/windlass");
        std::fs::create_dir_all(&directory).expect("a directory");
        std::fs::write(directory.join("windlass.yaml"), self.reach()).expect("a file");
        self.team.windlass(arguments)
    }

    fn at(&self, tag: &str) -> String {
        format!("{}/{}:{tag}", self.host, self.repository)
    }

    fn range(&self, range: &str) -> String {
        format!("oci://{}/{}:{range}", self.host, self.repository)
    }

    /// Packs, signs and pushes a release.
    fn ships(&self, tag: &str, component: &Path, settings: Option<&str>, key: Option<&str>) {
        let layout = self.team.text(&format!("bundle-{tag}"));
        let component = component.display().to_string();
        let mut arguments = vec!["plugin", "pack", &component, "--name", "corp", "--tag", tag, "--out", &layout];
        let file = self.team.text("platform.yaml");
        if let Some(settings) = settings {
            std::fs::write(&file, settings).expect("a file");
            arguments.extend(["--settings", &file]);
        }
        self.windlass(&arguments).exits(0);
        if let Some(key) = key {
            self.windlass(&["plugin", "sign", &layout, "--key", &self.team.text(&format!("{key}.key"))]).exits(0);
        }
        self.windlass(&["plugin", "push", &layout, &self.at(tag)]).exits(0);
    }
}

/// A machine with a cache of its own.
fn on(project: &Project, cache: &TempDir, arguments: &[&str]) -> Outcome {
    let mut command = project.command(arguments);
    command.env("XDG_CACHE_HOME", cache.path()).env_remove("CI");
    Outcome::new(&command.output().expect("windlass runs"))
}

const PLAN: [&str; 2] = ["plan", "--on=engine"];

/// The lock names the signer by its key; the store keeps the signatures, so that later runs need no registry; so does what is vendored.
#[test]
#[ignore = "needs the registry that tests/run.sh starts"]
fn signatures_are_kept_locked_and_vendored() {
    let registry = Registry::new("kept");
    registry.ships("3.0.0", &pinned(), Some("variables: {FROM: bundle}\n"), Some("ours"));
    let cache = TempDir::new().expect("a directory");
    let platform = registry.platform().replace("reach:", "settings: true\n    reach:");
    let user = user(&registry.range("^3"), &platform);
    says(&on(&user, &cache, &PLAN).exits(0).stdout, &["signed by corp-ci (key sha256:"]);
    let lock = std::fs::read_to_string(user.path().join("windlass.lock")).expect("a lock");
    assert_eq!(lock.matches("signer: {key: \"sha256:").count() + lock.matches("signer: {key: sha256:").count(), 2, "{lock}");
    on(&user, &cache, &[&PLAN[..], &["--offline"]].concat()).exits(0);
    on(&user, &cache, &["plugin", "vendor", "vendor"]).exits(0);
    // Another machine, which reaches nothing.
    let other = TempDir::new().expect("a directory");
    on(&user, &other, &[&PLAN[..], &["--offline"]].concat()).exits(2);
    user.write("windlass.yaml", &format!("bundles: {{corp: \"{}\"}}\nvendored: vendor\n", registry.range("^3")));
    let vendored = on(&user, &other, &[&PLAN[..], &["--offline"]].concat()).exits(0);
    says(&vendored.stdout, &["signed by corp-ci"]);
}

/// A release that asks for more than its signer may have: the run stops with what is new until that is approved, and then for the grant.
#[test]
#[ignore = "needs the registry that tests/run.sh starts"]
fn a_new_power_waits_for_an_approval_and_for_the_signers_entry() {
    let registry = Registry::new("power");
    registry.ships("3.0.0", &pinned(), None, Some("ours"));
    let cache = TempDir::new().expect("a directory");
    let platform = registry.platform().replace(&format!("{PINNED}: "), "'*': ");
    let user = user(&registry.range("^3"), &platform);
    on(&user, &cache, &PLAN).exits(0);
    // Of the same name in a release that is signed as well, and asks for everything.
    let about = About { name: PINNED, version: "3.1.0", description: "", kind: PluginKind::Step };
    let greedy = std::fs::read(plugins::fixture("misbehaving")).expect("a component");
    let greedy = Component::pack(greedy, &about, &Options::default()).expect("a plugin");
    let packed = bundle::pack([greedy], None, &bundle::About::default(), Form::Standard).expect("a bundle");
    let mut contents = Contents::default();
    contents.add(&packed, None);
    let layout = registry.team.text("greedy");
    contents.write(Path::new(&layout)).expect("a layout");
    registry.windlass(&["plugin", "sign", &layout, "--key", &registry.team.text("ours.key")]).exits(0);
    registry.windlass(&["plugin", "push", &layout, &registry.at("3.1.0")]).exits(0);
    on(&user, &cache, &PLAN).exits(0);
    let refused = on(&user, &cache, &["plugin", "update"]).exits(2);
    says(&refused.stdout, &["  + also asks for containers", "secrets-reveal"]);
    assert!(!refused.stdout.contains("signed"), "{}", refused.stdout);
    // Settings that name the new version: it does not run before somebody has seen what is new.
    user.write("windlass.yaml", &format!("bundles: {{corp: \"{}\"}}\n", registry.range("3.1.0")));
    for command in [&PLAN[..], &["run", "--on=engine"]] {
        let stopped = on(&user, &cache, command).exits(2);
        says(&stopped.stderr, &["another version of its bundle", "it also asks for containers", "windlass plugin update"]);
    }
    on(&user, &cache, &["plugin", "update", "--approve"]).exits(0);
    let refused = on(&user, &cache, &PLAN).exits(4);
    says(&refused.stderr, &["asks for `containers`, which it was not granted", "signers:", "corp-ci:", "secrets-reveal"]);
}

/// A release that its signer has not signed is told of before it is locked; and who has not been asked again is not told that it is, since.
#[test]
#[ignore = "needs the registry that tests/run.sh starts"]
fn a_release_that_is_not_signed_waits_for_an_approval() {
    let registry = Registry::new("unsigned");
    registry.ships("3.0.0", &pinned(), None, Some("ours"));
    let cache = TempDir::new().expect("a directory");
    let user = user(&registry.range("^3"), &registry.platform());
    on(&user, &cache, &PLAN).exits(0);
    registry.ships("3.1.0", &pinned(), Some("variables: {A: b}\n"), None);
    on(&user, &cache, &PLAN).exits(0);
    says(
        &on(&user, &cache, &["plugin", "update"]).exits(2).stdout,
        &["  + is signed by nobody whom the settings trust, and was signed by key sha256:"],
    );
    on(&user, &cache, &["plugin", "update", "--approve"]).exits(0);
    says(&on(&user, &cache, &PLAN).exits(4).stderr, &["the signer corp-ci of", "it is not signed"]);
    registry.windlass(&["plugin", "sign", &registry.range("3.1.0"), "--key", &registry.team.text("ours.key")]).exits(0);
    says(&on(&user, &cache, &PLAN).exits(4).stderr, &["`windlass plugin update` asks for its signatures again"]);
    on(&user, &cache, &["plugin", "update"]).exits(0);
    on(&user, &cache, &PLAN).exits(0);
}
