//! oras and crane read what windlass pushed; windlass reads and runs what oras pushed.

use serde_json::Value;
use windlass_model::digest::Digest;

use super::support::outside::Outside;
use super::support::{Outcome, Project, World, kept};
use super::{GRANTS, ONE, Place, says};

#[test]
#[ignore = "needs the registry and the programs that tests/run.sh starts and builds"]
fn what_windlass_pushes_others_pull() {
    let place = Place::new();
    place.packs();
    let (component, file) = (kept::newest(ONE).component, format!("{ONE}.wasm"));
    for registry in place.registries() {
        let (one, bundle) = (place.at(&registry, "one:1.0.0"), place.at(&registry, "bundle:3.0.0"));
        let digest = place.pushes("one", &one);
        let of_bundle = place.pushes("bundle", &bundle);
        place.oras(&["pull", "--plain-http", &one, "--output", "pulled"]).exits(0);
        assert_eq!(std::fs::read(place.path().join("pulled").join(&file)).ok().as_ref(), Some(&component));

        let text = place.crane(&["manifest", "--insecure", &one]).exits(0).stdout;
        assert_eq!(Digest::of(text.trim_end()).to_string(), digest);
        let manifest: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(manifest["layers"].as_array().map(Vec::len), Some(1), "one layer, as the guide has it");
        assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
        assert_eq!(manifest["layers"][0]["digest"], Digest::of(&component).to_string());
        assert_eq!(manifest["config"]["mediaType"], "application/vnd.wasm.config.v0+json");

        assert_eq!(place.crane(&["digest", "--insecure", &bundle]).exits(0).stdout.trim(), of_bundle);
        let index: Value =
            serde_json::from_str(&place.crane(&["manifest", "--insecure", &bundle]).exits(0).stdout).expect("JSON");
        let repository = place.at(&registry, "bundle");
        for member in index["manifests"].as_array().expect("members") {
            let member = format!("{repository}@{}", member["digest"].as_str().expect("a digest"));
            place.oras(&["pull", "--plain-http", &member, "--output", "members"]).exits(0);
        }
        assert_eq!(std::fs::read(place.path().join("members").join(&file)).ok().as_ref(), Some(&component));
        for directory in ["pulled", "members"] {
            std::fs::remove_dir_all(place.path().join(directory)).expect("it goes");
        }
    }
}

/// As the guide has it, and as oras writes it by itself.
#[test]
#[ignore = "needs the registry and the programs that tests/run.sh starts and builds, and the container engine"]
fn what_oras_pushes_windlass_runs() {
    let place = Place::new();
    let [registry, _] = place.registries();
    let outside = Outside::start();
    std::fs::write(place.path().join("plugin.wasm"), kept::newest(ONE).component).expect("it is written");
    let layer = "plugin.wasm:application/wasm";
    std::fs::write(place.path().join("config.json"), r#"{"architecture":"wasm","os":"wasip2"}"#).expect("it is written");
    let configured = ["--config", "config.json:application/vnd.wasm.config.v0+json"];
    for (name, options) in [("guide:1.0.0", configured), ("plain:1.0.0", ["--artifact-type", "application/vnd.example"])] {
        let to = place.at(&registry, name);
        place.oras(&[&["push", "--plain-http", &to], &options[..], &[layer]].concat()).exits(0);
        let task = format!(
            "greet_task:\n  container: {{image: 'docker.io/library/busybox:latest'}}\n  env: {{TOKEN: \"ENCRYPTED[x]\"}}\n  \
             greet_step: {{uses: \"oci://{to}\", with: {{name: world, secret: TOKEN}}}}\n"
        );
        let project = Project::new(&[(".cirrus.yml", &task)]);
        project.platform(&format!("registries: {{\"{registry}\": {{insecure: true}}}}\nplugins: {{\"oci://*\": {GRANTS}}}\n"));
        let mut run = project.run_command(World::Engine, Some("TOKEN"), &[]);
        outside.is_reached_by(&mut run);
        run.env("XDG_CACHE_HOME", place.path().join("cache")).env_remove("CI");
        let ran = Outcome::new(&run.output().expect("windlass runs")).exits(0);
        let lock = std::fs::read_to_string(project.path().join("windlass.lock")).expect("a lock");
        says(&lock, &[&to, &format!("name: {ONE}")]);
        says(&ran.stdout, &["hello, world"]);
        assert_eq!(World::Engine.standing(&ran.run()), [""; 0], "nothing of the run is left");
    }
}
