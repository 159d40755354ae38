//! The settings that bundles bring: of a bundle that somebody has signed whom the platform trusts with settings, they are a voice of their
//! own, after the platform's files and before the repository's.

use std::path::Path;

use windlass_config::{Code, Diagnostics, Severity, Writer};
use windlass_plugin_source::{BundleSettings, Signer, SourceError};
use windlass_plugin_store::lock::{BundleEntry, FILE_NAME, Lock};

use super::source;
use crate::args::{Global, PluginFiles};
use crate::environment::Environment;
use crate::failure::{self, Failure};
use crate::problems::{self, Wrong};
use crate::project;
use crate::reading::ProjectError;
use crate::trust::Trust;
use crate::voices::{self, Found, Layer, Voices};

/// What bundles say.
#[derive(Debug, Clone, Default)]
pub struct Bundled {
    /// Their settings, in the order of the bundles' names.
    pub layers: Vec<Layer>,
    /// What is wrong with them.
    pub wrong: Vec<Diagnostics>,
    /// The bundles that they are of, by reference.
    obeyed: Vec<String>,
    /// Those that a signer with settings reaches and that do not count, each with the reason.
    refused: Vec<(String, String)>,
    /// What the lock is to hold of them.
    pub locked: Vec<BundleEntry>,
}

impl Bundled {
    /// Finds the settings of the bundles that all settings of a project name. Without a signer that may bring settings nothing is looked for.
    ///
    /// # Errors
    /// When a bundle of which settings may count cannot be found, or nobody can tell who has signed it: what they forbid would be allowed.
    pub async fn find(global: &Global, given: &PluginFiles, environment: &impl Environment) -> Result<Self, ProjectError> {
        Self::found(global, Some(given), environment).await
    }

    async fn found(global: &Global, given: Option<&PluginFiles>, environment: &impl Environment) -> Result<Self, ProjectError> {
        let Some(home) = project::home_of(global) else { return Ok(Self::default()) };
        let found = Found { named: &global.settings, beside: Some(&home) };
        let (voices, wrong) = voices::find_in_part(found, environment)?;
        let may_bring = |layer: &Layer| layer.settings.signers.iter().any(|signer| signer.settings);
        if !wrong.is_empty() || !voices.platform.iter().any(may_bring) {
            return Ok(Self::default());
        }
        Self::of(global, given, &voices, &home, environment).await
    }

    /// The same for who changes the lock, which may say nothing yet.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub async fn to_update(global: &Global, environment: &impl Environment) -> Result<Self, ProjectError> {
        Self::found(global, None, environment).await
    }

    async fn of(
        global: &Global,
        given: Option<&PluginFiles>,
        voices: &Voices,
        home: &Path,
        environment: &impl Environment,
    ) -> Result<Self, ProjectError> {
        let lock = match source::read(&home.join(FILE_NAME)) {
            // It is about to be written anew.
            Err(Failure::Lock { source, .. }) if given.is_none() && source.is_mended_by_update() => Lock::default(),
            read => read?,
        };
        let trust = Trust::remembered(global, home, environment);
        let mut signers = super::signers::signers(voices)?;
        signers.retain(|signer: &Signer| signer.said.settings);
        let source = source::of_bundles(given, (voices, &trust), lock, signers)?;
        let mut bundled = Self::default();
        for name in voices.settings().bundles.keys() {
            match source.settings_of(name).await {
                Ok(Some(found)) => bundled.add(name, found),
                Ok(None) => {}
                // Whatever uses a plugin of it is refused for that. What nothing uses is no reason to refuse everything, as long as the
                // repository itself names it: what the platform's bundles forbid cannot be had away by leaving them unlocked.
                Err(error @ SourceError::LockedByPolicy { .. }) if !names(&voices.platform, name) => {
                    let reference = voices.settings().bundles.get(name).map_or_else(|| name.clone(), ToString::to_string);
                    bundled.refused.push((reference, error.to_string()));
                }
                Err(error) => return Err(misplaced(voices, name, error)),
            }
        }
        Ok(bundled)
    }

    fn add(&mut self, name: &str, found: BundleSettings) {
        let BundleSettings { reference, text, vouched, locked } = found;
        if vouched.signer.is_none() {
            let reasons: Vec<String> = vouched.by.iter().map(|by| format!("{}: {}", by.signer, by.in_words())).collect();
            self.refused.push((reference, reasons.join("; ")));
            return;
        }
        let file = format!("{reference} (the settings of the bundle {name})");
        let (layer, problems) = Layer::read(file.into(), text.into_bytes(), Writer::Bundle);
        self.wrong.extend(Some(problems).filter(Diagnostics::has_errors));
        self.layers.push(layer);
        self.obeyed.push(reference);
        self.locked.extend(locked);
    }

    /// A note for each bundle whose settings do not count: those that were looked for, and those that were seen.
    pub fn notes(&self, seen: &std::collections::BTreeSet<String>) -> Vec<String> {
        const HOW: &str =
            "they do once a signer with `settings: true`, in the platform's own windlass.yaml, has signed the bundle";
        let looked = self.refused.iter().map(|(bundle, why)| (bundle, format!(" ({why})")));
        let known = |bundle: &&String| !self.obeyed.contains(bundle) && self.refused.iter().all(|(known, _)| known != *bundle);
        let others = seen.iter().filter(known).map(|bundle| (bundle, String::new()));
        looked.chain(others).map(|(bundle, why)| format!("the settings that {bundle} brings do not count: {HOW}{why}")).collect()
    }
}

/// Whether settings of these files name a bundle.
fn names(layers: &[Layer], bundle: &str) -> bool {
    layers.iter().any(|layer| layer.settings.bundles.contains_key(bundle))
}

/// A bundle that is not found, at the place that names it. What a registry does not say is nothing that the settings say.
fn misplaced(voices: &Voices, name: &str, error: SourceError) -> ProjectError {
    let layer = voices.layers().find(|layer| layer.settings.bundles.contains_key(name));
    let told = layer.filter(|_| !error.may_pass()).and_then(|layer| problems::of_settings(layer, [not_there(name, &error)]));
    told.map_or_else(|| Failure::Source(Box::new(error)).into(), ProjectError::of_file)
}

/// What is wrong with an entry of `bundles`.
pub fn not_there(name: &str, error: &SourceError) -> Wrong {
    Wrong {
        severity: Severity::Error,
        code: Code::UnknownPlugin,
        setting: format!("bundles.{name}"),
        message: format!("the bundle {name} cannot be read: {}", failure::causes(error)).into(),
        help: help(error).map(str::to_owned).into_iter().collect(),
    }
}

/// What to do, where the message does not say it itself.
fn help(error: &SourceError) -> Option<&'static str> {
    match error {
        SourceError::Layout(_) | SourceError::NoPlace(_) | SourceError::Single { .. } => {
            Some("write `oci://REGISTRY/REPOSITORY:^1`, or the path of an OCI layout: `./bundle.tar`")
        }
        SourceError::Vendored(_) => Some("correct `vendored`, or write the layout again with windlass plugin vendor"),
        SourceError::Offline(_) => Some(
            "run windlass plan once without --offline, or name under `vendored` what windlass plugin vendor has written elsewhere",
        ),
        SourceError::NotLocked(_)
        | SourceError::LockedByPolicy { .. }
        | SourceError::OtherDigest { .. }
        | SourceError::LockDiffers { .. }
        | SourceError::NewVersion { .. } => None,
        _ => Some(
            "correct this entry, or remove it; a bundle is looked for that nothing uses, too, where a signer with `settings: true` reaches it",
        ),
    }
}
