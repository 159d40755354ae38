//! What is fetched by several at once, and on a disk that is full.

use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::support::{Outcome, Project};
use super::{GRANTS, ONE, Place, says};

/// A project that uses a plugin of a registry, by somebody who grants it what it asks for.
fn project(place: &Place, uses: &str) -> Project {
    let task = format!(
        "greet_task:\n  container: {{image: busybox}}\n  greet_step: {{uses: \"oci://{uses}\", with: {{name: world}}}}\n"
    );
    let project = Project::new(&[(".cirrus.yml", &task)]);
    let [registry, _] = place.registries();
    project.platform(&format!("registries: {{\"{registry}\": {{insecure: true}}}}\nplugins: {{\"oci://*\": {GRANTS}}}\n"));
    project
}

fn plan(project: &Project, cache: &Path) -> Command {
    let mut command = project.command(&["plan", "--on=engine"]);
    command.env("XDG_CACHE_HOME", cache).env_remove("CI").stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What somebody began to keep and did not finish: of what is fetched, and of what is compiled.
fn unfinished(cache: &Path) -> Vec<String> {
    let names = |directory: &str| {
        let entries = std::fs::read_dir(cache.join("windlass").join(directory)).into_iter().flatten();
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect::<Vec<_>>()
    };
    let compiled = names("aot").into_iter().filter(|name| !name.ends_with(".cwasm"));
    names("plugins/tmp").into_iter().chain(compiled).collect()
}

/// A store that nobody has used yet, and four that want the same of it.
#[test]
#[ignore = "needs the registry that tests/run.sh starts"]
fn processes_that_fetch_the_same_plugin_all_have_it() {
    let place = Place::new();
    place.packs();
    let [registry, _] = place.registries();
    let to = place.at(&registry, "same:1.0.0");
    place.pushes("one", &to);
    let cache = TempDir::new().expect("a directory");
    let projects = [(); 4].map(|()| project(&place, &to));
    let started = projects.each_ref().map(|project| plan(project, cache.path()).spawn().expect("windlass starts"));
    for child in started {
        let planned = Outcome::new(&child.wait_with_output().expect("it ends")).exits(0);
        says(&planned.stdout, &[ONE]);
    }
    let locks = projects.each_ref().map(|project| std::fs::read_to_string(project.path().join("windlass.lock")).expect("a lock"));
    assert!(locks.iter().all(|lock| *lock == locks[0]), "{locks:?}");
    assert_eq!(unfinished(cache.path()), [""; 0]);
}

/// A component that finds no room is an error that says so; with room, the next attempt needs nothing to be tidied up.
#[test]
#[ignore = "needs the registry that tests/run.sh starts, and root"]
fn a_disk_that_is_full_leaves_nothing_half() {
    let place = Place::new();
    place.packs();
    let [registry, _] = place.registries();
    let to = place.at(&registry, "full:1.0.0");
    place.pushes("one", &to);
    let project = project(&place, &to);
    let disk = Disk::new("32k");
    let refused = Outcome::new(&plan(&project, disk.path()).output().expect("windlass runs"));
    assert_ne!(refused.code, 0, "{}", refused.everything());
    says(&refused.stderr, &["there is no space left"]);
    assert!(!project.path().join("windlass.lock").exists(), "nothing is locked");
    assert_eq!(unfinished(disk.path()), [""; 0]);
    disk.grow("64m");
    Outcome::new(&plan(&project, disk.path()).output().expect("windlass runs")).exits(0);
    assert_eq!(unfinished(disk.path()), [""; 0]);
}

/// A file system of a size, mounted for one test.
struct Disk(TempDir);

impl Disk {
    fn new(size: &str) -> Self {
        let disk = Self(TempDir::new().expect("a directory"));
        disk.mount(&format!("size={size},mode=0700"));
        disk
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn grow(&self, size: &str) {
        self.mount(&format!("remount,size={size}"));
    }

    fn mount(&self, options: &str) {
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", options, "windlass-test"]).arg(self.0.path()).status();
        assert!(mounted.expect("mount runs").success(), "{options}");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}
