//! The agent, the mover and the built-in plugins, carried inside the binary.
//!
//! They are built by this crate's build script, for other targets than the binary's own.

use windlass_model::plugin_reference::PluginReference;
use windlass_model::roles::Roles;

/// The agent: a static program for Linux on x86-64.
pub static AGENT: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/agent"));

/// The mover: a static program for Linux on x86-64.
pub static MOVER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/mover"));

/// The built-in plugins: names and components, in the order of their names.
pub static PLUGINS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/plugins.rs"));

/// Which of them stand in where nobody named a plugin. Nothing else in windlass knows one of them by its name: what else has to be known of
/// a plugin, its manifest says.
pub fn roles() -> Roles {
    let built_in = |name: &str| PluginReference::BuiltIn(name.to_owned());
    Roles {
        script: built_in("shell"),
        login: built_in("registry-login"),
        image_lookup: built_in("image-lookup"),
        // It needs neither privilege nor a daemon.
        builder: built_in("kaniko"),
        push: built_in("oci-push"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Secret, in which the agent travels, holds 1 MiB.
    #[test]
    fn the_agent_is_a_program_that_fits_a_secret() {
        assert!(AGENT.starts_with(b"\x7fELF"));
        assert!(AGENT.len() < 900 * 1024, "the agent has {} bytes", AGENT.len());
    }

    #[test]
    fn the_mover_is_a_program() {
        assert!(MOVER.starts_with(b"\x7fELF"));
        assert!(MOVER.len() < 4 << 20, "the mover has {} bytes", MOVER.len());
    }

    #[test]
    fn the_plugins_are_components_with_a_manifest() {
        let names: Vec<&str> = PLUGINS.iter().map(|(name, _)| *name).collect();
        let builders = ["buildah", "buildkit", "docker-build", "kaniko", "makisu"];
        let others = ["docker-push", "image-lookup", "oci-push", "registry-login", "shell"];
        for name in builders.into_iter().chain(others) {
            assert!(names.contains(&name), "{name} is missing: {names:?}");
        }
        for (name, bytes) in PLUGINS {
            assert!(bytes.starts_with(b"\0asm\x0d\0\x01\0"), "{name} is not a component");
            let manifest = bytes.windows(15).any(|window| window == b"windlass.plugin");
            assert!(manifest, "{name} has no manifest");
        }
    }
}
