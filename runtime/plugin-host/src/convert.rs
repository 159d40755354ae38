//! From the words of WIT to the engine's, and back.

use windlass_engine::ports::plugin::PluginError;
use windlass_model::plugin::{BuiltImage, ImageLocation};

use crate::bindings::powers::windlass::plugin::{images, types};
use crate::grant::Asker;
use crate::refusal::Refusals;
use crate::words::bounded;

/// An error of the plugin's, in the engine's words. `refusals` are the host's own.
pub(crate) fn error(error: types::Error, asker: &Asker, refusals: &Refusals) -> PluginError {
    let plugin = asker.plugin.clone();
    match error {
        types::Error::Failed(failure) => {
            PluginError::Failed { plugin, message: bounded(&failure.message), exit_code: failure.exit_code }
        }
        types::Error::Unsupported(u) => PluginError::Unsupported { plugin, field: bounded(&u.field), reason: bounded(&u.reason) },
        types::Error::Denied(denied) => refusals.explain(&denied, asker),
        types::Error::Cancelled => PluginError::Cancelled,
        types::Error::Infrastructure(message) => PluginError::Infrastructure { plugin, message: bounded(&message) },
    }
}

/// An image for a plugin to push.
pub(crate) fn to_push(image: &BuiltImage) -> images::BuiltImage {
    images::BuiltImage {
        location: match &image.location {
            ImageLocation::Daemon { reference } => images::Location::Daemon(reference.clone()),
            ImageLocation::Layout { path } => images::Location::Layout(path.clone()),
            ImageLocation::Pushed => images::Location::Pushed,
        },
        references: image.references.clone(),
        digest: image.digest.as_ref().map(|digest| digest.as_str().to_owned()),
    }
}
