//! What `wit-bindgen` makes of `wit/`: the powers once, and each world's exports on top of them.

#![allow(missing_docs, clippy::all, clippy::pedantic, reason = "generated code")]

/// The powers, which all worlds share.
pub mod powers {
    wit_bindgen::generate!({ path: "../../wit", world: "powers" });
}

/// A module for the world of one kind of step, its imports taken from [`powers`].
macro_rules! world {
    ($module:ident, $world:literal) => {
        pub mod $module {
            wit_bindgen::generate!({
                path: "../../wit",
                world: $world,
                pub_export_macro: true,
                with: {
                    "windlass:plugin/types@0.1.0": crate::bindings::powers::windlass::plugin::types,
                    "windlass:plugin/images@0.1.0": crate::bindings::powers::windlass::plugin::images,
                    "windlass:plugin/host@0.1.0": crate::bindings::powers::windlass::plugin::host,
                    "windlass:plugin/secrets@0.1.0": crate::bindings::powers::windlass::plugin::secrets,
                    "windlass:plugin/secrets-reveal@0.1.0": crate::bindings::powers::windlass::plugin::secrets_reveal,
                    "windlass:plugin/environment@0.1.0": crate::bindings::powers::windlass::plugin::environment,
                    "windlass:plugin/environment-set@0.1.0": crate::bindings::powers::windlass::plugin::environment_set,
                    "windlass:plugin/containers@0.1.0": crate::bindings::powers::windlass::plugin::containers,
                    "windlass:plugin/registries@0.1.0": crate::bindings::powers::windlass::plugin::registries,
                    "windlass:plugin/http@0.1.0": crate::bindings::powers::windlass::plugin::http,
                    "windlass:plugin/results@0.1.0": crate::bindings::powers::windlass::plugin::results,
                    "windlass:plugin/workspace-read@0.1.0": crate::bindings::powers::windlass::plugin::workspace_read,
                    "windlass:plugin/workspace-write@0.1.0": crate::bindings::powers::windlass::plugin::workspace_write,
                },
            });
        }
    };
}

world!(step, "step");
world!(login, "login");
world!(build, "build");
world!(push, "push");

/// The world of what makes tasks.
pub mod config {
    wit_bindgen::generate!({
        path: "../../wit",
        world: "config",
        pub_export_macro: true,
        with: {
            "windlass:plugin/types@0.1.0": crate::bindings::powers::windlass::plugin::types,
            "windlass:plugin/host@0.1.0": crate::bindings::powers::windlass::plugin::host,
            "windlass:plugin/secrets@0.1.0": crate::bindings::powers::windlass::plugin::secrets,
            "windlass:plugin/environment@0.1.0": crate::bindings::powers::windlass::plugin::environment,
            "windlass:plugin/http@0.1.0": crate::bindings::powers::windlass::plugin::http,
            "windlass:plugin/workspace-read@0.1.0": crate::bindings::powers::windlass::plugin::workspace_read,
        },
    });
}
