//! From the WIT exports to the traits of [`mod@crate::plugin`], and the macro that exports a plugin.

use std::marker::PhantomData;

use crate::Needs;
use crate::bindings::{build, config, login, push, step};
use crate::error::Error;
use crate::images::{BuiltImage, PushedImage};
use crate::log::report_panics;
use crate::plugin::{Build, BuildRequest, Config, Credentials, Login, Push, PushRequest, Source, Step};
use crate::request::Request as _;

/// A [`Step`] as a component's exports.
#[derive(Debug)]
pub struct StepComponent<P>(PhantomData<P>);

impl<P: Step> step::exports::windlass::plugin::step_plugin::Guest for StepComponent<P> {
    fn requirements(request: String) -> Result<Needs, Error> {
        report_panics();
        P::requirements(&P::Request::parse(&request)?)
    }

    fn run(request: String) -> Result<(), Error> {
        report_panics();
        P::run(P::Request::parse(&request)?)
    }

    fn cleanup(request: String) -> Result<(), Error> {
        report_panics();
        P::cleanup(P::Request::parse(&request)?)
    }
}

/// A [`Login`] as a component's exports.
#[derive(Debug)]
pub struct LoginComponent<P>(PhantomData<P>);

impl<P: Login> login::exports::windlass::plugin::login_plugin::Guest for LoginComponent<P> {
    fn requirements(request: String) -> Result<Needs, Error> {
        report_panics();
        P::requirements(&P::Request::parse(&request)?)
    }

    fn login(request: String) -> Result<Vec<Credentials>, Error> {
        report_panics();
        P::login(P::Request::parse(&request)?)
    }

    fn cleanup(request: String) -> Result<(), Error> {
        report_panics();
        P::cleanup(P::Request::parse(&request)?)
    }
}

/// A [`Build`] as a component's exports.
#[derive(Debug)]
pub struct BuildComponent<P>(PhantomData<P>);

impl<P: Build> build::exports::windlass::plugin::build_plugin::Guest for BuildComponent<P> {
    fn requirements(request: BuildRequest) -> Result<Needs, Error> {
        report_panics();
        let extra = P::Extra::parse(&request.extra)?;
        P::requirements(&request, &extra)
    }

    fn build(request: BuildRequest) -> Result<BuiltImage, Error> {
        report_panics();
        let extra = P::Extra::parse(&request.extra)?;
        P::build(request, extra)
    }

    fn cleanup(request: BuildRequest) -> Result<(), Error> {
        report_panics();
        let extra = P::Extra::parse(&request.extra)?;
        P::cleanup(request, extra)
    }
}

/// A [`Push`] as a component's exports.
#[derive(Debug)]
pub struct PushComponent<P>(PhantomData<P>);

impl<P: Push> push::exports::windlass::plugin::push_plugin::Guest for PushComponent<P> {
    fn requirements(request: PushRequest) -> Result<Needs, Error> {
        report_panics();
        let extra = P::Extra::parse(&request.extra)?;
        P::requirements(&request, &extra)
    }

    fn push(request: PushRequest, images: Vec<BuiltImage>) -> Result<Vec<PushedImage>, Error> {
        report_panics();
        let extra = P::Extra::parse(&request.extra)?;
        P::push(request, extra, images)
    }

    fn cleanup(request: PushRequest) -> Result<(), Error> {
        report_panics();
        let extra = P::Extra::parse(&request.extra)?;
        P::cleanup(request, extra)
    }
}

/// A [`Config`] as a component's exports.
#[derive(Debug)]
pub struct ConfigComponent<P>(PhantomData<P>);

impl<P: Config> config::exports::windlass::plugin::config_plugin::Guest for ConfigComponent<P> {
    fn generate(request: String, file: Source) -> Result<String, Error> {
        report_panics();
        P::generate(P::Request::parse(&request)?, file)
    }
}

/// Makes a type that implements [`Step`], [`Login`], [`Build`], [`Push`] or [`Config`] the plugin that this crate is, and gives it its
/// manifest. The version is the crate's. See the crate's documentation for an example.
///
/// A power may have a limit: `"containers" only ["own"]: "reason"`, `"environment-set" only "all": "reason"`, and for what `requirements`
/// brings `"pod" only { level: "baseline", capabilities: ["CHOWN"], ports: [2375] }: "reason"`; a list may be a constant in parentheses.
///
/// A build plugin adds `honours: ["target", …]`, the fields of the shared request that it serves (the host refuses the others before the
/// run), `leaves: ["layout"]`, where its image may be afterwards, and `facts: { "maintained": "…" }` for the table of builders. A push plugin
/// adds `takes: ["layout", "pushed"]`, where an image may be that it sends.
#[macro_export]
macro_rules! plugin {
    (step $plugin:ty, $($rest:tt)*) => {
        $crate::plugin!(@export StepComponent, step, "step", $plugin, <$plugin as $crate::Step>::Request, $($rest)*);
    };
    (login $plugin:ty, $($rest:tt)*) => {
        $crate::plugin!(@export LoginComponent, login, "login", $plugin, <$plugin as $crate::Login>::Request, $($rest)*);
    };
    (build $plugin:ty, $($rest:tt)*) => {
        $crate::plugin!(@export BuildComponent, build, "build", $plugin, <$plugin as $crate::Build>::Extra, $($rest)*);
    };
    (push $plugin:ty, $($rest:tt)*) => {
        $crate::plugin!(@export PushComponent, push, "push", $plugin, <$plugin as $crate::Push>::Extra, $($rest)*);
    };
    (config $plugin:ty, $($rest:tt)*) => {
        $crate::plugin!(@export ConfigComponent, config, "config", $plugin, <$plugin as $crate::Config>::Request, $($rest)*);
    };
    (
        @export $component:ident, $world:ident, $kind:literal, $plugin:ty, $request:ty,
        name: $name:literal,
        description: $description:literal,
        powers: { $($power:literal $(only $limit:tt)? : $reason:literal),* $(,)? }
        $(, honours: [ $($field:literal),* $(,)? ])?
        $(, leaves: [ $($left:literal),* $(,)? ])?
        $(, takes: [ $($taken:literal),* $(,)? ])?
        $(, facts: { $($fact:literal : $text:literal),* $(,)? })? $(,)?
    ) => {
        const _: () = {
            #[allow(dead_code, reason = "exported only from a component")]
            type Component = $crate::$component<$plugin>;
            #[cfg(target_family = "wasm")]
            $crate::bindings::$world::export!(Component with_types_in $crate::bindings::$world);

            const MANIFEST: $crate::manifest::Manifest = $crate::manifest::Manifest {
                name: $name,
                version: env!("CARGO_PKG_VERSION"),
                kind: $kind,
                description: $description,
                powers: &[$(($power, $crate::limit!($($limit)?), $reason)),*],
                honours: &[$($($field),*)?],
                leaves: &[$($($left),*)?],
                takes: &[$($($taken),*)?],
                facts: &[$($(($fact, $text)),*)?],
                request: <$request as $crate::Request>::SCHEMA,
            };
            #[cfg_attr(target_family = "wasm", unsafe(link_section = "windlass.plugin"))]
            #[used]
            static SECTION: [u8; MANIFEST.length()] = MANIFEST.json();
        };
    };
}
