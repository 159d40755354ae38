//! Plugins as a platform team ships them: packed, signed, pushed to a real registry, named in one line, locked, updated and vendored.

#![allow(clippy::expect_used, reason = "a test that cannot go on should say why and stop")]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::world::variable;
use support::{Outcome, Project, plugins};
use tempfile::TempDir;

/// A step that looks at Dockerfiles, and asks for `workspace-read`.
const PINNED: &str = "pinned-images";

/// Where a team keeps its plugins, for one test.
struct Team {
    directory: TempDir,
    registry: String,
    repository: String,
}

impl Team {
    fn new(name: &str) -> Self {
        let directory = TempDir::new().expect("a directory");
        let unique = directory.path().file_name().expect("a name").to_string_lossy().to_lowercase().replace('.', "");
        let registry = variable("REGISTRY_PLAIN").expect("tests/run.sh sets it");
        Self { directory, registry, repository: format!("teams/{name}-{unique}") }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// `REGISTRY/REPOSITORY:TAG`.
    fn at(&self, tag: &str) -> String {
        format!("{}/{}:{tag}", self.registry, self.repository)
    }

    /// A command of somebody who trusts the registry of this machine.
    fn windlass(&self, arguments: &[&str]) -> Outcome {
        let settings = self.path("windlass.yaml");
        std::fs::write(&settings, self.reach()).expect("the file is written");
        let output = Command::new(env!("CARGO_BIN_EXE_windlass"))
            .args(arguments)
            .env("WINDLASS_SETTINGS", settings)
            .current_dir(self.directory.path())
            .env("XDG_CACHE_HOME", self.path("cache"))
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_CONFIG_DIRS", self.path("system"))
            .env("HOME", self.directory.path())
            .env_remove("CI")
            .output();
        Outcome::new(&output.expect("windlass runs"))
    }

    /// How its registry is reached.
    fn reach(&self) -> String {
        format!("registries: {{\"{}\": {{insecure: true}}}}\n", self.registry)
    }

    /// Packs components as a bundle and pushes it.
    fn ships(&self, tag: &str, components: &[&Path]) -> String {
        let layout = self.path(&format!("bundle-{tag}"));
        let layout = layout.to_str().expect("text");
        let mut arguments: Vec<&str> = vec!["plugin", "pack", "--name", "corp", "--tag", tag, "--out", layout];
        arguments.extend(components.iter().map(|path| path.to_str().expect("text")));
        let packed = self.windlass(&arguments).exits(0).stdout.trim().to_owned();
        let pushed = self.windlass(&["plugin", "push", layout, &self.at(tag)]).exits(0).stdout.trim().to_owned();
        assert_eq!(packed, pushed, "what is pushed is what was packed");
        pushed
    }

    /// One of its users: a project with a task that uses `uses`, whose person reaches the registry.
    fn user(&self, uses: &str, settings: &str) -> User {
        let tasks =
            format!("look_task:\n  container: {{image: 'docker.io/library/busybox:latest'}}\n  look_step: {{uses: {uses}}}\n");
        let project = Project::new(&[
            (".cirrus.yml", &tasks),
            ("windlass.yaml", settings),
            ("Dockerfile", &format!("FROM busybox@sha256:{}\n", "0".repeat(64))),
        ]);
        project.platform(&format!(
            "{}plugins: {{corp/*: [workspace-read]}}\nbundles: {{corp: \"{}\"}}\n",
            self.reach(),
            self.range()
        ));
        User { project, cache: TempDir::new().expect("a directory") }
    }

    /// What users write.
    fn range(&self) -> String {
        format!("oci://{}/{}:^3", self.registry, self.repository)
    }
}

/// Somebody who uses plugins.
struct User {
    project: Project,
    cache: TempDir,
}

impl User {
    fn windlass(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Outcome {
        let mut command = self.project.command(arguments);
        command.env("XDG_CACHE_HOME", self.cache.path()).env_remove("CI").envs(environment.iter().copied());
        Outcome::new(&command.output().expect("windlass runs"))
    }

    fn plan(&self, arguments: &[&str]) -> Outcome {
        self.windlass(&[&["plan", "--on=engine"], arguments].concat(), &[])
    }

    fn lock(&self) -> Option<String> {
        std::fs::read_to_string(self.project.path().join("windlass.lock")).ok()
    }
}

#[track_caller]
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "no `{part}` in:\n{text}");
    }
}

/// Layouts and directories stand wherever a component does, and need no registry.
#[test]
fn a_layout_and_a_directory_stand_wherever_a_component_does() {
    let component = plugins::example(PINNED);
    let project = Project::new(&[("Dockerfile", "FROM scratch\n")]);
    let windlass =
        |arguments: &[&str]| Outcome::new(&project.command(arguments).env_remove("CI").output().expect("windlass runs"));
    let component = component.to_str().expect("text");
    for out in ["bundle", "bundle.tar"] {
        windlass(&["plugin", "pack", component, "--name", "corp", "--out", out]).exits(0);
    }
    std::fs::create_dir(project.path().join("plugins")).expect("a directory");
    std::fs::copy(component, project.path().join("plugins/pinned-images.wasm")).expect("a copy");
    for (uses, options, granted) in [
        ("./bundle/pinned-images", &[][..], "./bundle/*"),
        ("./bundle.tar/pinned-images", &[], "./bundle.tar/*"),
        ("corp/pinned-images", &[], "corp/*"),
        ("pinned-images", &["--plugin=bundle.tar"], "*"),
        ("pinned-images", &["--plugin=./plugins"], "*"),
    ] {
        project.write(".cirrus.yml", &format!("a_task:\n  container: {{image: busybox}}\n  look_step: {{uses: {uses}}}\n"));
        let bundles = format!("bundles: {{corp: {}/bundle}}\n", project.path().display());
        project.platform(&format!("{bundles}plugins: {{\"{granted}\": [workspace-read]}}\n"));
        let plan = windlass(&[&["plan", "--on=engine"], options].concat()).exits(0);
        says(&plan.stdout, &["workspace-read"]);
    }
    assert!(!project.path().join("windlass.lock").exists(), "what lies in the project needs no lock");
    let inspected = windlass(&["plugin", "inspect", "./bundle.tar/pinned-images"]).exits(0);
    says(&inspected.stdout, &["pinned-images", "workspace-read"]);
    says(&windlass(&["plugin", "ls", "--plugin", "./plugins"]).exits(0).stdout, &["pinned-images"]);
    let missing = windlass(&["plugin", "inspect", "./bundle.tar/nothing"]);
    assert_ne!(missing.code, 0);
    says(&missing.stderr, &["it has pinned-images"]);
}

/// One line in a project, and the same bytes from then on: a tag that moves and a newer release change nothing until somebody says so, and
/// what is new is shown before.
#[test]
#[ignore = "needs the registry that tests/run.sh starts"]
fn a_bundle_is_locked_and_updated_only_with_a_word_on_what_is_new() {
    let team = Team::new("update");
    team.ships("3.1.0", &[&plugins::example(PINNED)]);
    let user = team.user("corp/pinned-images", "");
    assert!(user.lock().is_none());
    let in_ci = user.windlass(&["plan", "--on=engine"], &[("CI", "true")]).exits(2);
    says(&in_ci.stderr, &["windlass.lock has no entry for", "--locked", "windlass plugin update"]);
    assert!(user.lock().is_none(), "what fails writes nothing");

    let plan = user.plan(&[]).exits(0);
    says(&plan.stdout, &["corp/pinned-images", "workspace-read"]);
    says(&plan.stderr, &["windlass.lock was written"]);
    let lock = user.lock().expect("a lock");
    says(&lock, &["corp/pinned-images:", "tag: \"3.1.0\"", "- workspace-read", &team.range()]);

    // Another release of the range: it asks for everything.
    let greedy = team.path("pinned-images.wasm");
    std::fs::copy(plugins::fixture("misbehaving"), &greedy).expect("a copy");
    team.ships("3.2.0", &[&greedy, &plugins::example(PINNED)]);
    user.windlass(&["plan", "--on=engine"], &[("CI", "true")]).exits(0);
    assert_eq!(user.lock().as_deref(), Some(lock.as_str()), "a lock that is there is kept");
    says(&user.windlass(&["plugin", "update", "corp/pinned"], &[]).exits(2).stderr, &["this project uses no plugin corp/pinned"]);
    let nothing_new = user.windlass(&["plugin", "update", "corp/pinned-images"], &[]).exits(0);
    says(&nothing_new.stdout, &[&format!("{} 3.1.0 → 3.2.0", team.range())]);
    says(&user.lock().expect("a lock"), &["tag: \"3.2.0\""]);
}

/// A release that asks for more waits for an approval, and says for what.
#[test]
#[ignore = "needs the registry that tests/run.sh starts"]
fn new_powers_are_approved_of_before_they_are_locked() {
    let team = Team::new("powers");
    let first = team.windlass(&["plugin", "push", plugins::example(PINNED).to_str().expect("text"), &team.at("1.0.0")]).exits(0);
    let user = team.user(&format!("\"oci://{}/{}:^1\"", team.registry, team.repository), "");
    user.project.platform(&format!("{}plugins: {{\"oci://*\": [workspace-read]}}\n", team.reach()));
    user.plan(&[]).exits(0);
    let lock = user.lock().expect("a lock");
    says(&lock, &[first.stdout.trim()]);
    team.windlass(&["plugin", "push", plugins::fixture("misbehaving").to_str().expect("text"), &team.at("1.1.0")]).exits(0);
    user.plan(&["--locked"]).exits(0);
    let refused = user.windlass(&["plugin", "update"], &[]).exits(2);
    says(&refused.stdout, &["  + "]);
    says(&refused.stdout, &["secrets-reveal", "containers"]);
    says(&refused.stderr, &["--approve"]);
    assert_eq!(user.lock().as_deref(), Some(lock.as_str()));
    user.windlass(&["plugin", "update", "--dry-run"], &[]).exits(2);
    assert_eq!(user.lock().as_deref(), Some(lock.as_str()));
    user.windlass(&["plugin", "update", "--approve"], &[]).exits(0);
    says(&user.lock().expect("a lock"), &["tag: \"1.1.0\"", "- secrets-reveal"]);
    // To be locked is not to be granted.
    says(&user.plan(&[]).exits(4).stderr, &["secrets-reveal"]);
}

/// A lock that a person or a merge has changed runs nothing else than it says.
#[test]
#[ignore = "needs the registry that tests/run.sh starts"]
fn a_lock_that_was_changed_by_hand_is_refused_by_what_is_wrong_in_it() {
    let team = Team::new("hand");
    team.ships("3.0.0", &[&plugins::example(PINNED)]);
    let user = team.user("corp/pinned-images", "");
    user.plan(&[]).exits(0);
    let lock = user.lock().expect("a lock");
    let component = lock.lines().find(|line| line.trim_start().starts_with("component:")).expect("a component").to_owned();
    let powerless = lock.replace("    powers:\n      - workspace-read\n", "    powers: []\n");
    for (changed, parts) in [
        (
            lock.replace(&component, &format!("    component: sha256:{}", "1".repeat(64))),
            &["its component is", "plugin update"][..],
        ),
        (powerless, &["its list of powers is", "plugin update"]),
        (format!("<<<<<<< ours\n{lock}"), &["line 1: a merge was not finished here"]),
        (lock.replace("version: 1\n", "version: 9\n"), &["use a newer windlass"]),
    ] {
        user.project.write("windlass.lock", &changed);
        let refused = user.plan(&[]);
        assert_ne!(refused.code, 0, "{changed}");
        says(&refused.stderr, parts);
        assert_eq!(user.lock().as_deref(), Some(changed.as_str()), "it is left as it is");
    }
    user.project.write("windlass.lock", &format!("<<<<<<< ours\n{lock}"));
    user.windlass(&["plugin", "update", "--approve"], &[]).exits(0);
    assert_eq!(user.lock().as_deref(), Some(lock.as_str()));
}

/// What is vendored serves a site that reaches no registry, signatures included.
#[test]
#[ignore = "needs the registry that tests/run.sh starts"]
fn a_vendored_site_reaches_no_registry() {
    let team = Team::new("vendor");
    team.ships("3.0.0", &[&plugins::example(PINNED)]);
    let user = team.user("corp/pinned-images", "");
    says(&user.plan(&["--offline"]).stderr, &["--offline"]);
    user.plan(&[]).exits(0);
    let vendored = user.windlass(&["plugin", "vendor", "vendor"], &[]).exits(0);
    says(&vendored.stderr, &["wrote 1 artifact to vendor", "`vendored`"]);
    // What is looked at is what is locked, also when there is a newer bundle without it.
    team.ships("3.1.0", &[&plugins::fixture("misbehaving")]);
    user.windlass(&["plugin", "inspect", "corp/pinned-images"], &[]).exits(0);
    says(&user.windlass(&["plugin", "ls"], &[]).exits(0).stdout, &["corp/pinned-images"]);
    // Another machine, which has nothing of it.
    let other = User { cache: TempDir::new().expect("a directory"), ..user };
    says(&other.plan(&["--offline"]).stderr, &["corp", "--offline"]);
    says(&other.windlass(&["check", "--offline"], &[]).stderr, &["corp", "--offline"]);
    other.project.write("windlass.yaml", "vendored: vnd\n");
    says(&other.plan(&["--offline"]).stderr, &["`vendored`", "vnd"]);
    other.project.write("windlass.yaml", "vendored: vendor\n");
    other.plan(&["--offline"]).exits(0);
    other.windlass(&["check", "--offline"], &[]).exits(0);
    says(&other.windlass(&["plugin", "ls", "--offline"], &[]).exits(0).stdout, &["corp/pinned-images"]);
    other.windlass(&["plugin", "inspect", "corp", "--offline"], &[]).exits(0);
    let manifest = std::fs::read_dir(other.project.path().join("vendor/blobs/sha256")).expect("blobs");
    let largest = manifest.map(|entry| entry.expect("an entry").path()).max_by_key(|path| path.metadata().map_or(0, |m| m.len()));
    std::fs::write(largest.expect("a blob"), "changed").expect("it is written");
    let fresh = User { cache: TempDir::new().expect("a directory"), ..other };
    let refused = fresh.plan(&["--offline"]);
    assert_ne!(refused.code, 0);
    says(&refused.stderr, &["vendor", "sha256:"]);
}

/// A plugin of a bundle that somebody has signed by itself stays signed wherever the bundle goes: vendored, and pushed again from there.
#[test]
#[ignore = "needs the registry that tests/run.sh starts"]
fn the_signature_of_a_plugin_goes_where_its_bundle_goes() {
    let team = Team::new("carried");
    let pair = rcgen::KeyPair::generate().expect("a key");
    for (name, pem) in [("it.key", pair.serialize_pem()), ("it.pub", pair.public_key_pem())] {
        std::fs::write(team.path(name), pem).expect("a file");
    }
    let index = team.ships("3.0.0", &[&plugins::example(PINNED)]);
    let blob = team.path("bundle-3.0.0/blobs/sha256").join(index.trim_start_matches("sha256:"));
    let document: serde_json::Value = serde_json::from_slice(&std::fs::read(blob).expect("a blob")).expect("an index");
    let plugin = document["manifests"][0]["digest"].as_str().expect("a digest").to_owned();
    let verify = |place: &str| team.windlass(&["plugin", "verify", "--key", "it.pub", &format!("oci://{place}@{plugin}")]);
    let here = format!("{}/{}", team.registry, team.repository);
    team.windlass(&["plugin", "sign", &format!("oci://{here}@{plugin}"), "--key", "it.key"]).exits(0);
    verify(&here).exits(0);

    let user = team.user("corp/pinned-images", "");
    user.plan(&[]).exits(0);
    let vendored = user.project.path().join("vendor");
    let vendored = vendored.to_str().expect("text");
    user.windlass(&["plugin", "vendor", vendored], &[]).exits(0);
    let there = format!("{here}-copy");
    let pushed = team.windlass(&["plugin", "push", vendored, &format!("{there}:3.0.0")]).exits(0);
    assert_eq!(pushed.stdout.trim(), index);
    says(&pushed.stderr, &["with its signature"]);
    verify(&there).exits(0);
}

/// One signature serves the layout, the registry and the bare file; everything else is refused in its own words.
#[test]
#[ignore = "needs the registry that tests/run.sh starts"]
fn a_signature_is_over_one_digest_by_one_key() {
    let team = Team::new("sign");
    let key = |name: &str| {
        let pair = rcgen::KeyPair::generate().expect("a key");
        let (private, public) = (team.path(&format!("{name}.key")), team.path(&format!("{name}.pub")));
        std::fs::write(&private, pair.serialize_pem()).expect("a file");
        std::fs::write(&public, pair.public_key_pem()).expect("a file");
        (private.display().to_string(), public.display().to_string())
    };
    let (ours, theirs) = (key("ours"), key("theirs"));
    let component = plugins::example(PINNED).display().to_string();
    team.windlass(&["plugin", "pack", &component, "--out", "one"]).exits(0);
    let unsigned = team.windlass(&["plugin", "verify", "one", "--key", &ours.1]).exits(2);
    says(&unsigned.stderr, &["it is not signed"]);
    let signed = team.windlass(&["plugin", "sign", "one", "--key", &ours.0]).exits(0);
    assert!(!signed.everything().contains("PRIVATE"));
    team.windlass(&["plugin", "push", "one", &team.at("1.0.0")]).exits(0);
    let registry = format!("oci://{}", team.at("1.0.0"));
    for what in [&["one"][..], &[&registry], &[&component, "--signatures", "one"], &[&component, "--signatures", &registry]] {
        let verify = [&["plugin", "verify", "--key", &ours.1], what].concat();
        let verified = team.windlass(&verify).exits(0);
        assert_eq!(verified.stdout, signed.stdout, "{what:?}");
        let other = [&["plugin", "verify", "--key", &theirs.1], what].concat();
        says(&team.windlass(&other).exits(2).stderr, &["it is signed with another key"]);
    }
    // A signature of another artifact.
    let other = plugins::fixture("misbehaving").display().to_string();
    let moved = team.windlass(&["plugin", "verify", "--key", &ours.1, &other, "--signatures", "one"]).exits(2);
    says(&moved.stderr, &["it is not signed"]);
    let remote = team.windlass(&["plugin", "sign", &registry, "--key", &theirs.0]).exits(0);
    assert_eq!(remote.stdout, signed.stdout);
    team.windlass(&["plugin", "verify", "--key", &theirs.1, &registry]).exits(0);
    says(&team.windlass(&["plugin", "sign", "one", "--key", &ours.1]).exits(2).stderr, &["public key"]);
}

/// The name of a bundle is whoever's it is first. What a platform grants by a name that it has not given itself is nobody's.
#[test]
#[ignore = "needs the registry that tests/run.sh starts"]
fn a_project_cannot_take_a_name_that_somebody_else_granted_to() {
    let team = Team::new("alias");
    team.ships("3.0.0", &[&plugins::example(PINNED)]);
    let user = team.user("corp/pinned-images", &format!("bundles: {{corp: \"{}\"}}\n", team.range()));
    user.project
        .platform(&format!("{}plugins: {{corp/*: [workspace-read]}}\npolicy: {{plugins: [shell, corp/*]}}\n", team.reach()));
    let refused = user.plan(&[]);
    assert_ne!(refused.code, 0);
    says(&refused.stderr, &["corp/pinned-images"]);
    // By where it lies, it can be granted to.
    let place = format!("oci://{}/{}:*", team.registry, team.repository);
    user.project.platform(&format!(
        "{}plugins: {{\"{place}\": [workspace-read]}}\npolicy: {{plugins: [shell, \"{place}\"]}}\n",
        team.reach()
    ));
    user.plan(&[]).exits(0);
}

/// How a registry is reached, its own project cannot say before it is trusted: the user's login would go there. It is told so.
#[test]
#[ignore = "needs the registry that tests/run.sh starts"]
fn what_a_project_says_of_a_registry_counts_once_it_is_trusted() {
    let team = Team::new("unheard");
    team.ships("3.0.0", &[&plugins::example(PINNED)]);
    let user = team.user("corp/pinned-images", &team.reach());
    user.project.platform(&format!("plugins: {{corp/*: [workspace-read]}}\nbundles: {{corp: \"{}\"}}\n", team.range()));
    let refused = user.plan(&[]);
    assert_ne!(refused.code, 0);
    says(&refused.stderr, &[&format!("says of {} counts once you trust the project (windlass trust)", team.registry)]);
    user.windlass(&["plan", "--on=engine"], &[("WINDLASS_TRUST_PROJECT", "1")]).exits(0);
}

/// What is no plugin, and what is not there, is said where it is named.
#[test]
#[ignore = "needs the registry that tests/run.sh starts"]
fn what_is_not_there_is_said_with_what_there_is() {
    let team = Team::new("missing");
    team.ships("3.0.0", &[&plugins::example(PINNED), &plugins::fixture("misbehaving")]);
    for (uses, parts) in [
        ("corp/pinned-image", &["did you mean `pinned-images`?"][..]),
        ("copr/pinned-images", &["no `bundles` entry of the settings is called `copr`", "did you mean `corp`?"]),
        (&format!("\"{}\"", team.range()), &["is a bundle of the plugins misbehaving, pinned-images", "bundles"]),
        (&format!("\"oci://{}\"", team.at("9.9.9")), &["9.9.9"]),
        (&format!("\"oci://{}/{}:^9\"", team.registry, team.repository), &["no version of", "`^9`", "3.0.0"]),
    ] {
        let user = team.user(uses, "");
        let refused = user.plan(&[]);
        assert_ne!(refused.code, 0, "{uses}");
        says(&refused.stderr, parts);
        assert!(user.lock().is_none(), "{uses}");
    }
}

/// A plugin that a newer release dropped leaves the lock of who does not use it, and is told at the line of who does.
#[test]
#[ignore = "needs the registry that tests/run.sh starts"]
fn a_plugin_that_a_release_drops_leaves_the_lock_or_is_told_where_it_is_used() {
    let team = Team::new("dropped");
    let carried = |name: &str| {
        let path = team.path(&format!("{name}.wasm"));
        let bytes = windlass_assets::PLUGINS.iter().find(|(known, _)| *known == name).expect("a plugin").1;
        std::fs::write(&path, bytes).expect("a file");
        path
    };
    let (pinned, shell) = (plugins::example(PINNED), carried("shell"));
    team.ships("3.1.0", &[&pinned, &shell]);
    let both = "look_task:\n  container: {image: busybox}\n  look_step: {uses: corp/pinned-images}\n  run_step: {uses: corp/shell, with: {lines: [\"true\"]}}\n";
    let user = team.user("corp/pinned-images", "");
    user.project.platform(&format!("{}plugins: {{corp/*: [workspace-read, containers, environment, {{environment-set: [\"*\"]}}]}}\nbundles: {{corp: \"{}\"}}\n", team.reach(), team.range()));
    user.project.write(".cirrus.yml", both);
    user.plan(&[]).exits(0);
    assert!(user.lock().is_some_and(|lock| lock.contains("corp/shell")));
    team.ships("3.2.0", &[&pinned]);

    let used = user.windlass(&["plugin", "update"], &[]).exits(2);
    says(&used.stderr, &[".cirrus.yml:4:", "has no plugin `shell`", "name the version that has it"]);
    assert!(user.lock().is_some_and(|lock| lock.contains("3.1.0")), "the lock stays as it is");
    // Nothing uses it any more.
    user.project.write(".cirrus.yml", &both.replace("  run_step: {uses: corp/shell, with: {lines: [\"true\"]}}\n", ""));
    let told = user.windlass(&["plugin", "update"], &[]).exits(0);
    says(&told.stdout, &["3.1.0 → 3.2.0", "corp/shell leaves the lock: nothing of this project uses it"]);
    assert!(user.lock().is_some_and(|lock| lock.contains("3.2.0") && !lock.contains("corp/shell")));
    user.plan(&[]).exits(0);
}

/// What is granted is granted to the bytes that were asked about.
#[test]
#[ignore = "needs the registry that tests/run.sh starts"]
fn the_lock_is_written_before_the_question_of_what_to_grant() {
    let team = Team::new("first");
    team.ships("3.1.0", &[&plugins::example(PINNED)]);
    let user = team.user("corp/pinned-images", "");
    user.project.platform(&format!("{}bundles: {{corp: \"{}\"}}\n", team.reach(), team.range()));
    let refused = user.plan(&[]).exits(4);
    says(&refused.stderr, &["which it was not granted", "windlass.lock was written"]);
    let locked = user.lock().expect("a lock");
    // A newer release changes nothing of what is granted now.
    team.ships("3.2.0", &[&plugins::example(PINNED)]);
    user.project.platform(&format!(
        "{}plugins: {{corp/*: [workspace-read]}}\nbundles: {{corp: \"{}\"}}\n",
        team.reach(),
        team.range()
    ));
    user.plan(&[]).exits(0);
    assert_eq!(user.lock(), Some(locked));
}
