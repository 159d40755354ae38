//! Where an engine may be: what the environment says, then the usual places.

use std::path::{Path, PathBuf};

use super::Address;
use super::address::InvalidAddress;

/// What decides where to look. Plain values, so that a search can be tested.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EngineHints {
    /// `DOCKER_HOST`, which Docker's own tools follow.
    pub docker_host: Option<String>,
    /// `CONTAINER_HOST`, which Podman's own tools follow.
    pub container_host: Option<String>,
    /// Name and address of the context that the docker program uses, unless it is its default one.
    pub docker_context: Option<(String, String)>,
    /// Whether `DOCKER_TLS_VERIFY` asks for TLS.
    pub tls: bool,
    /// The user's home directory.
    pub home: Option<PathBuf>,
    /// `XDG_RUNTIME_DIR`, where rootless engines listen.
    pub runtime_dir: Option<PathBuf>,
    /// The `podman` program, which windlass can have listen.
    pub podman: Option<PathBuf>,
}

/// An address to try, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) address: Address,
    pub(super) origin: String,
    /// Somebody asked for this very engine: nothing else is tried when it does not answer.
    pub(super) asked_for: bool,
}

impl EngineHints {
    /// What this process's environment and its user's docker configuration say.
    pub fn of_this_process() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|v| !v.is_empty());
        let home = std::env::home_dir();
        let config = variable("DOCKER_CONFIG").map(PathBuf::from).or_else(|| home.as_ref().map(|h| h.join(".docker")));
        Self {
            docker_host: variable("DOCKER_HOST"),
            container_host: variable("CONTAINER_HOST"),
            docker_context: config.and_then(|dir| docker_context(&dir, variable("DOCKER_CONTEXT"))),
            tls: variable("DOCKER_TLS_VERIFY").is_some(),
            home,
            runtime_dir: variable("XDG_RUNTIME_DIR").map(PathBuf::from),
            podman: variable("PATH").and_then(|path| program("podman", &path)),
        }
    }

    /// The addresses to try, in order.
    pub(super) fn candidates(&self) -> Result<Vec<Candidate>, (String, InvalidAddress)> {
        let context = self.docker_context.as_ref();
        let asked = [
            self.docker_host.as_deref().map(|v| ("DOCKER_HOST".to_owned(), v)),
            self.container_host.as_deref().map(|v| ("CONTAINER_HOST".to_owned(), v)),
            context.map(|(name, host)| (format!("docker context {name}"), host.as_str())),
        ];
        if let Some((origin, text)) = asked.into_iter().flatten().next() {
            let address = Address::parse(text, self.tls).map_err(|e| (origin.clone(), e))?;
            return Ok(vec![Candidate { address, origin, asked_for: true }]);
        }
        let usual =
            |path: PathBuf| Candidate { origin: path.display().to_string(), address: Address::Unix(path), asked_for: false };
        let runtime = |name: &str| self.runtime_dir.as_ref().map(|dir| dir.join(name));
        let home = |name: &str| self.home.as_ref().map(|dir| dir.join(name));
        let paths = [
            Some(PathBuf::from("/var/run/docker.sock")),
            runtime("docker.sock"),
            home(".docker/run/docker.sock"),
            home(".docker/desktop/docker.sock"),
            Some(PathBuf::from("/run/podman/podman.sock")),
            runtime("podman/podman.sock"),
        ];
        Ok(paths.into_iter().flatten().map(usual).collect())
    }
}

/// The address of the docker program's current context, from its own files.
fn docker_context(config: &Path, from_env: Option<String>) -> Option<(String, String)> {
    let read = |path: &Path| -> Option<serde_json::Value> { serde_json::from_slice(&std::fs::read(path).ok()?).ok() };
    let name = from_env
        .or_else(|| Some(read(&config.join("config.json"))?.get("currentContext")?.as_str()?.to_owned()))
        .filter(|name| name != "default")?;
    let contexts = std::fs::read_dir(config.join("contexts/meta")).ok()?;
    contexts.flatten().find_map(|dir| {
        let meta = read(&dir.path().join("meta.json"))?;
        let host = meta.pointer("/Endpoints/docker/Host")?.as_str()?.to_owned();
        (meta.get("Name")?.as_str()? == name).then_some((name.clone(), host))
    })
}

/// A program in the directories of a `PATH`. A file that cannot be executed is none.
fn program(name: &str, path: &str) -> Option<PathBuf> {
    which::which_in_global(name, Some(path)).ok()?.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A text file of the name, earlier in the `PATH`, was taken for the program before.
    #[test]
    fn a_program_can_be_executed() -> std::io::Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        let base = tempfile::tempdir()?;
        let (first, second) = (base.path().join("a"), base.path().join("b"));
        for (directory, mode) in [(&first, 0o644), (&second, 0o755)] {
            std::fs::create_dir(directory)?;
            std::fs::write(directory.join("podman"), "#!/bin/sh\n")?;
            std::fs::set_permissions(directory.join("podman"), std::fs::Permissions::from_mode(mode))?;
        }
        let path = format!("{}:{}", first.display(), second.display());
        assert_eq!(program("podman", &path), Some(second.join("podman")));
        assert_eq!(program("podman", &first.display().to_string()), None);
        Ok(())
    }

    #[test]
    fn an_engine_that_is_asked_for_is_the_only_one_tried() {
        let hints = EngineHints {
            docker_host: Some("unix:///a.sock".into()),
            container_host: Some("unix:///b.sock".into()),
            ..EngineHints::default()
        };
        let found = hints.candidates().unwrap_or_default();
        let origins: Vec<_> = found.iter().map(|c| (c.origin.as_str(), c.address.to_string())).collect();
        assert_eq!(origins, [("DOCKER_HOST", "unix:///a.sock".to_owned())]);
    }

    #[test]
    fn the_usual_sockets_are_tried_docker_first() {
        let hints =
            EngineHints { home: Some("/home/me".into()), runtime_dir: Some("/run/user/1000".into()), ..EngineHints::default() };
        let found = hints.candidates().unwrap_or_default();
        let paths: Vec<_> = found.iter().map(|c| c.origin.as_str()).collect();
        assert_eq!(
            paths,
            [
                "/var/run/docker.sock",
                "/run/user/1000/docker.sock",
                "/home/me/.docker/run/docker.sock",
                "/home/me/.docker/desktop/docker.sock",
                "/run/podman/podman.sock",
                "/run/user/1000/podman/podman.sock",
            ]
        );
    }

    #[test]
    fn a_docker_context_is_found_by_its_name() -> std::io::Result<()> {
        let config = tempfile::tempdir()?;
        for (dir, name) in [("one", "other"), ("two", "colima")] {
            let meta = config.path().join("contexts/meta").join(dir);
            std::fs::create_dir_all(&meta)?;
            let text = format!(r#"{{"Name":"{name}","Endpoints":{{"docker":{{"Host":"unix:///{name}.sock"}}}}}}"#);
            std::fs::write(meta.join("meta.json"), text)?;
        }
        std::fs::write(config.path().join("config.json"), r#"{"currentContext":"colima"}"#)?;
        let colima = Some(("colima".to_owned(), "unix:///colima.sock".to_owned()));
        let other = Some(("other".to_owned(), "unix:///other.sock".to_owned()));
        assert_eq!(docker_context(config.path(), None), colima);
        assert_eq!(docker_context(config.path(), Some("other".into())), other);
        assert_eq!(docker_context(config.path(), Some("default".into())), None);
        Ok(())
    }
}
