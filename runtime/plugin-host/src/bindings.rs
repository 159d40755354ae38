//! What `wasmtime` makes of `wit/`: the powers once, and each world's exports on top of them.

#![allow(missing_docs, clippy::all, clippy::pedantic, reason = "generated code")]

/// The powers, which all worlds share.
pub(crate) mod powers {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "powers",
        imports: { default: async | trappable },
        require_store_data_send: true,
        with: {
            "windlass:plugin/secrets.secret": crate::state::Secret,
            "windlass:plugin/containers.container": crate::state::Container,
            "windlass:plugin/containers.process": crate::state::Process,
        },
    });
}

/// A module for the world of one kind of step, its imports taken from [`powers`].
macro_rules! world {
    ($module:ident, $world:literal) => {
        pub(crate) mod $module {
            wasmtime::component::bindgen!({
                path: "../../wit",
                world: $world,
                imports: { default: async | trappable },
                exports: { default: async },
                require_store_data_send: true,
                with: {
                    "windlass:plugin/types": crate::bindings::powers::windlass::plugin::types,
                    "windlass:plugin/images": crate::bindings::powers::windlass::plugin::images,
                    "windlass:plugin/host": crate::bindings::powers::windlass::plugin::host,
                    "windlass:plugin/secrets": crate::bindings::powers::windlass::plugin::secrets,
                    "windlass:plugin/secrets-reveal": crate::bindings::powers::windlass::plugin::secrets_reveal,
                    "windlass:plugin/environment": crate::bindings::powers::windlass::plugin::environment,
                    "windlass:plugin/environment-set": crate::bindings::powers::windlass::plugin::environment_set,
                    "windlass:plugin/containers": crate::bindings::powers::windlass::plugin::containers,
                    "windlass:plugin/registries": crate::bindings::powers::windlass::plugin::registries,
                    "windlass:plugin/http": crate::bindings::powers::windlass::plugin::http,
                    "windlass:plugin/results": crate::bindings::powers::windlass::plugin::results,
                    "windlass:plugin/workspace-read": crate::bindings::powers::windlass::plugin::workspace_read,
                    "windlass:plugin/workspace-write": crate::bindings::powers::windlass::plugin::workspace_write,
                },
            });
        }
    };
}

world!(step, "step");
world!(login, "login");
world!(build, "build");
world!(push, "push");

/// The world of what makes tasks: few powers, and the type that `http` takes of another.
pub(crate) mod config {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "config",
        imports: { default: async | trappable },
        exports: { default: async },
        require_store_data_send: true,
        with: {
            "windlass:plugin/types": crate::bindings::powers::windlass::plugin::types,
            "windlass:plugin/host": crate::bindings::powers::windlass::plugin::host,
            "windlass:plugin/secrets": crate::bindings::powers::windlass::plugin::secrets,
            "windlass:plugin/environment": crate::bindings::powers::windlass::plugin::environment,
            "windlass:plugin/http": crate::bindings::powers::windlass::plugin::http,
            "windlass:plugin/workspace-read": crate::bindings::powers::windlass::plugin::workspace_read,
        },
    });
}
