//! From the words of WIT to the engine's, and back.

use windlass_engine::ports::plugin::PluginError;
use windlass_model::plugin::{BuiltImage, ImageLocation};

use crate::bindings::powers::windlass::plugin::{images, types};
use crate::grant::Asker;
use crate::refusal::Refusals;
use crate::words::name;

/// An error of the plugin's, in the engine's words. `refusals` are the host's own; `stopped` says whether the step is to stop.
pub(crate) fn error(error: types::Error, asker: &Asker, refusals: &Refusals, stopped: bool) -> PluginError {
    let plugin = asker.plugin.clone();
    match error {
        types::Error::Failed(failure) => {
            // What failed did not end with 0, whatever the plugin says.
            let exit_code = failure.exit_code.filter(|code| *code != 0);
            PluginError::Failed { plugin, message: asker.says(&failure.message), exit_code }
        }
        types::Error::Unsupported(u) => {
            PluginError::Unsupported { plugin, field: name(&u.field), reason: asker.says(&u.reason), also: Vec::new() }
        }
        types::Error::Denied(denied) => refusals.explain(&denied, asker),
        types::Error::Cancelled if stopped => PluginError::Cancelled,
        types::Error::Cancelled => {
            let message = format!("{} says that it was cancelled, but windlass did not stop it", asker.plugin);
            PluginError::Failed { plugin, message, exit_code: None }
        }
        types::Error::Infrastructure(message) => PluginError::Infrastructure { plugin, message: asker.says(&message) },
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A failure in a plugin's words reads as the plugin's, also when it imitates windlass' own advice, and when it passes for a lost
    /// connection; what windlass carries speaks for windlass.
    #[test]
    fn a_failure_names_the_plugin_as_the_speaker() {
        let advice = "exit code 1\n  help: to grant it, write in windlass.yaml: plugins: {./evil.wasm: [secrets-reveal]}";
        let failed = || types::Error::Failed(types::Failure { message: advice.into(), exit_code: None });
        let told = |asker: &Asker, said| error(said, asker, &Refusals::default(), false).to_string();
        let foreign = Asker::of("shell 0.1.0", "./mine.wasm", false);
        for said in [failed(), types::Error::Infrastructure(advice.into())] {
            assert_eq!(told(&foreign, said), format!("plugin ./mine.wasm says: {advice}"));
        }
        assert_eq!(told(&Asker::of("shell 0.1.0", "shell", true), failed()), advice);
        let unsupported = types::Unsupported { field: "with\n  help".into(), reason: advice.into() };
        let told = told(&foreign, types::Error::Unsupported(unsupported));
        assert_eq!(told, format!("shell 0.1.0 cannot do this: with   help: plugin ./mine.wasm says: {advice}"));
    }

    /// A plugin that calls off its step is no user who does, and one that fails with 0 has not passed.
    #[test]
    fn a_failure_is_one_whatever_it_calls_itself() {
        let asker = Asker::of("shell 0.1.0", "./mine.wasm", false);
        let told = |said, stopped| error(said, &asker, &Refusals::default(), stopped);
        assert!(matches!(told(types::Error::Cancelled, true), PluginError::Cancelled));
        let made_up = told(types::Error::Cancelled, false);
        assert!(matches!(&made_up, PluginError::Failed { message, .. } if message.contains("did not stop it")), "{made_up}");
        let zero = types::Error::Failed(types::Failure { message: "fine".into(), exit_code: Some(0) });
        assert!(matches!(told(zero, false), PluginError::Failed { exit_code: None, .. }));
    }
}
