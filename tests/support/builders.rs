//! The builders that tests put to work, and what each of them needs.

use std::path::PathBuf;

use serde_json::Value;

use super::world::variable;
use super::{Project, plugins};

/// What becomes of a Dockerfile with a build secret.
#[derive(Debug, Clone, Copy)]
pub enum Expected {
    /// It is built.
    Built,
    /// It is refused when the run is planned, with these words.
    Refused(&'static [&'static str]),
}

/// A builder, and what its tasks need.
#[derive(Debug)]
pub struct Builder {
    /// The plugin, as `uses:` has it.
    pub plugin: &'static str,
    /// The plugin that pushes what it leaves.
    pub push: &'static str,
    /// The image of the main container.
    pub main: &'static str,
    /// Further keys of `with`.
    pub with: &'static str,
    /// The namespace on the cluster.
    pub namespace: &'static str,
    /// Whether it has build secrets.
    pub secret: Expected,
    /// Where it comes from when windlass does not carry it.
    pub outside: Option<Outside>,
}

/// A plugin that windlass does not carry.
#[derive(Debug)]
pub struct Outside {
    /// The component.
    component: PathBuf,
    /// What `windlass plugin inspect` says of it.
    info: Value,
    /// The image that its container shall have instead of its own choice.
    image: Option<String>,
}

const BUSYBOX: &str = "docker.io/library/busybox:latest";

/// Docker, with a daemon that the plugin brings.
pub const DOCKER: Builder = Builder {
    plugin: "docker-build",
    push: "docker-push",
    main: "docker:latest",
    with: ", image: 'docker:dind'",
    namespace: "cirrus-ci",
    secret: Expected::Built,
    outside: None,
};

/// Kaniko.
pub const KANIKO: Builder = Builder {
    plugin: "kaniko",
    namespace: "windlass-baseline",
    secret: Expected::Refused(&["secrets", "kaniko", "buildkit", "buildah"]),
    ..BUILDKIT
};

/// Makisu.
pub const MAKISU: Builder =
    Builder { plugin: "makisu", secret: Expected::Refused(&["secrets", "makisu", "buildkit", "buildah"]), ..KANIKO };

/// BuildKit without root.
pub const BUILDKIT: Builder = Builder {
    plugin: "buildkit",
    push: "oci-push",
    main: BUSYBOX,
    with: "",
    namespace: "cirrus-ci",
    secret: Expected::Built,
    outside: None,
};

/// Buildah.
pub const BUILDAH: Builder = Builder { plugin: "buildah", ..BUILDKIT };

/// A builder that nothing in windlass knows: the component that `WINDLASS_TEST_BUILDER` names, its container of the image that
/// `WINDLASS_TEST_BUILDER_IMAGE` does; else the one of `examples/plugins`.
pub fn from_outside() -> Builder {
    let component = variable("BUILDER").map_or_else(|| plugins::example("podman-build"), PathBuf::from);
    let path = component.to_str().expect("the path of a component is text");
    let inspected = Project::new(&[]).windlass(&["plugin", "inspect", path, "--output", "json"]).exits(0);
    let info: Value = serde_json::from_str(&inspected.stdout).expect("JSON");
    let honours = info["honours"].as_array().expect("a builder says what it honours");
    let secret = if honours.iter().any(|field| field == "secrets") { Expected::Built } else { Expected::Refused(&["secrets"]) };
    let outside = Some(Outside { component, info, image: variable("BUILDER_IMAGE") });
    Builder { plugin: "./outside.wasm", secret, outside, ..BUILDKIT }
}

impl Builder {
    /// Its name where paths and repositories want one word.
    pub fn word(&self) -> &str {
        self.outside.as_ref().map_or(self.plugin, Outside::name)
    }

    /// Puts what windlass does not carry into a project, and grants it what it asks for. What is built in has that.
    pub fn install(&self, project: &Project, settings: &str) {
        let mut settings = settings.to_owned();
        if let Some(outside) = &self.outside {
            std::fs::copy(&outside.component, project.path().join(self.plugin)).expect("the component is copied");
            settings.push_str(&format!("plugins:\n  {}: [{}]\n", self.plugin, outside.grants()));
            let image = outside.image.as_ref().map(|image| format!("images:\n  {}: '{image}'\n", outside.name()));
            settings.extend(image);
        }
        project.write("windlass.yaml", &settings);
    }
}

impl Outside {
    fn name(&self) -> &str {
        self.info["name"].as_str().expect("a plugin has a name")
    }

    fn grants(&self) -> String {
        let powers = self.info["asks"].as_object().expect("a plugin lists its powers");
        let grant = |power: &String| match power.as_str() {
            "secrets" => "{secrets: [TOKEN]}".to_owned(),
            "pod" => "{pod: {level: privileged}}".to_owned(),
            "environment-set" => "{environment-set: all}".to_owned(),
            power => power.to_owned(),
        };
        powers.keys().map(grant).collect::<Vec<_>>().join(", ")
    }
}
