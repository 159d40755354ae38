//! The files that values of secrets are read from, whoever names them.

use windlass_model::settings::SecretSource as Configured;
use windlass_working_copy::SecretFiles;

use crate::args::{SecretOptions, SecretSource};
use crate::trust::CACHE_KEY;
use crate::variables::Given;
use crate::voices::Voices;

/// Those of the command line and of every settings file, also where another source counts, or nobody trusts the repository: the value lies
/// there all the same.
pub(super) fn secret_files(options: &SecretOptions, given: &Given, voices: &Voices) -> SecretFiles {
    let mut files = SecretFiles::none();
    for secret in options.secret.iter().filter_map(|secret| secret.0.as_ref().ok()) {
        if let SecretSource::File(path) = &secret.source {
            files.add(path, secret.name.as_str());
        }
    }
    for (path, name) in given.sensitive_in_files() {
        files.add(path, name);
    }
    for layer in voices.layers() {
        for (name, source) in &layer.settings.secrets {
            if let Configured::File(path) = source {
                files.add(&layer.directory().join(path), name);
            }
        }
        if let Some(Configured::File(path)) = &layer.settings.cache.key {
            files.add(&layer.directory().join(path), CACHE_KEY);
        }
    }
    files
}
