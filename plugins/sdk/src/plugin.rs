//! The five kinds of plugin.

use crate::Needs;
use crate::bindings::{build, config, login, push};
use crate::error::Error;
use crate::images::{BuiltImage, PushedImage};
use crate::request::Request;

/// What leaves nothing in a registry: scripts, scans, notices.
pub trait Step {
    /// What stands under `with`.
    type Request: Request;

    /// What the step brings to the pod. No power works here.
    ///
    /// # Errors
    /// When the request cannot be served.
    fn requirements(_request: &Self::Request) -> Result<Needs, Error> {
        Ok(Needs::default())
    }

    /// Does the work.
    ///
    /// # Errors
    /// When it fails.
    fn run(request: Self::Request) -> Result<(), Error>;

    /// Tidies up; called in a fresh instance after `run`, whatever became of it.
    ///
    /// # Errors
    /// When something is left over.
    fn cleanup(_request: Self::Request) -> Result<(), Error> {
        Ok(())
    }
}

/// Credentials for registries, as a login plugin returns them.
pub use login::exports::windlass::plugin::login_plugin::{Credentials, Expiry};

/// What gives credentials for registries.
pub trait Login {
    /// What stands under `with`.
    type Request: Request;

    /// What the step brings to the pod, and the names of the secrets that it will open. No power works here.
    ///
    /// # Errors
    /// When the request cannot be served.
    fn requirements(request: &Self::Request) -> Result<Needs, Error>;

    /// Gives the credentials.
    ///
    /// # Errors
    /// When there are none.
    fn login(request: Self::Request) -> Result<Vec<Credentials>, Error>;

    /// Tidies up; called in a fresh instance after `login`, whatever became of it.
    ///
    /// # Errors
    /// When something is left over.
    fn cleanup(_request: Self::Request) -> Result<(), Error> {
        Ok(())
    }
}

/// The request that all builders share.
pub use build::exports::windlass::plugin::build_plugin::{BuildRequest, BuildSecret, Cache};

/// What makes an image.
pub trait Build {
    /// The keys under `with` that this builder alone knows; [`crate::NoRequest`] if none.
    type Extra: Request;

    /// What the step brings to the pod. No power works here.
    ///
    /// # Errors
    /// When the request cannot be served, naming the field.
    fn requirements(request: &BuildRequest, extra: &Self::Extra) -> Result<Needs, Error>;

    /// Builds the image.
    ///
    /// # Errors
    /// When the build fails.
    fn build(request: BuildRequest, extra: Self::Extra) -> Result<BuiltImage, Error>;

    /// Tidies up; called in a fresh instance after `build`, whatever became of it.
    ///
    /// # Errors
    /// When something is left over.
    fn cleanup(_request: BuildRequest, _extra: Self::Extra) -> Result<(), Error> {
        Ok(())
    }
}

/// The request that all pushers share.
pub use push::exports::windlass::plugin::push_plugin::PushRequest;

/// What sends images to registries.
pub trait Push {
    /// The keys under `with` that this pusher alone knows; [`crate::NoRequest`] if none.
    type Extra: Request;

    /// What the step brings to the pod. No power works here.
    ///
    /// # Errors
    /// When the request cannot be served, naming the field.
    fn requirements(_request: &PushRequest, _extra: &Self::Extra) -> Result<Needs, Error> {
        Ok(Needs::default())
    }

    /// Sends the images that the task's build steps left.
    ///
    /// # Errors
    /// When one does not arrive.
    fn push(request: PushRequest, extra: Self::Extra, images: Vec<BuiltImage>) -> Result<Vec<PushedImage>, Error>;

    /// Tidies up; called in a fresh instance after `push`, whatever became of it.
    ///
    /// # Errors
    /// When something is left over.
    fn cleanup(_request: PushRequest, _extra: Self::Extra) -> Result<(), Error> {
        Ok(())
    }
}

/// A file of the project: its path from the project's root, and its text.
pub use config::exports::windlass::plugin::config_plugin::Source;

/// What makes tasks from a file, before anything is planned. Of the powers, it can have `environment`, `http` and `workspace-read`.
pub trait Config {
    /// What stands under `with` beside the file.
    type Request: Request;

    /// Makes the tasks: a task file in YAML, and so JSON is one, too. The same file and the same request are to give the same text.
    ///
    /// # Errors
    /// When the file or the request makes no sense, naming the line or the field.
    fn generate(request: Self::Request, file: Source) -> Result<String, Error>;
}
