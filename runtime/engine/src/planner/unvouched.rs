//! Signers that do not vouch for a plugin: what is put right before anybody grants it something.

use windlass_model::plugin::PluginInfo;
use windlass_model::settings::{Verdict, Vouching};

use super::Platform;
use super::refusal::Unvouched;

/// How a plugin may be granted more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Advice {
    /// By its name: no signer has to do with it, or one vouches for it.
    Name,
    /// By its digest: a signer would grant it something, and what lies there is not that signer's. The name would go to whatever lies there.
    Digest,
    /// Not before it is signed: a signer's word counts for what lies there, and it has not signed this. A grant would undo what the
    /// signature is asked for.
    Signature,
}

/// How a plugin may be granted more, by what the signers of the settings have to do with it.
pub(super) fn advice(plugin: &PluginInfo, platform: &Platform<'_>) -> Advice {
    if plugin.signers.iter().any(Vouching::counts) {
        return Advice::Name;
    }
    if unvouched(plugin).next().is_some() {
        return Advice::Signature;
    }
    let beyond = |by: &Vouching| matches!(by.verdict, Verdict::OutOfReach(_));
    let would = plugin.signers.iter().any(|by| beyond(by) && grants(by, plugin, platform));
    if would { Advice::Digest } else { Advice::Name }
}

/// The signers whose word counts for what lies there, and who have not signed it.
pub(super) fn unvouched(plugin: &PluginInfo) -> impl Iterator<Item = Unvouched> {
    plugin.signers.iter().filter_map(|by| match &by.verdict {
        Verdict::Unsigned(why) => {
            Some(Unvouched { plugin: plugin.origin(), signer: by.signer.clone(), file: by.file.clone(), why: why.clone() })
        }
        Verdict::Signed(_) | Verdict::OutOfReach(_) | Verdict::Bare(_) => None,
    })
}

/// What a person should know of the signers that do not vouch for it: those whose word counts for what lies there, and those that would
/// grant it something.
pub(super) fn remarks(plugin: &PluginInfo, platform: &Platform<'_>) -> Vec<String> {
    let remark = |by: &Vouching| {
        let why = by.why_not()?;
        if grants(by, plugin, platform) {
            return Some(format!("the signer {} of {} would grant it something, and does not: {why}", by.signer, by.file));
        }
        let reached = matches!(by.verdict, Verdict::Unsigned(_)) && advice(plugin, platform) == Advice::Signature;
        reached.then(|| format!("the signer {} of {} does not vouch for it: {why}", by.signer, by.file))
    };
    plugin.signers.iter().filter_map(remark).collect()
}

/// Whether a signer has an entry for it.
fn grants(by: &Vouching, plugin: &PluginInfo, platform: &Platform<'_>) -> bool {
    let of_file = platform.files.iter().find(|(known, _)| *known == by.file);
    let mut signers = of_file.into_iter().flat_map(|(_, settings)| &settings.signers);
    signers.any(|known| known.name == by.signer && known.grant(&plugin.name).is_some())
}
