//! What policies say of plugins themselves, whatever these bring.

use windlass_model::plugin::PluginInfo;
use windlass_model::settings::PluginNames;

use super::super::Deciding;
use super::{Finding, Remedy};

/// What policies say of a plugin, before it is asked for anything: who it is, who has signed it, what it could ever do.
pub(in super::super) fn plugin(policies: &[Deciding<'_>], names: &PluginNames, plugin: &PluginInfo) -> Vec<Finding> {
    let key = names.key();
    let of_one = |by: &Deciding<'_>| {
        let listed = by.policy.allows_plugin(&names.where_known(|bundle| by.bundles.contains(bundle)));
        let listed = (!listed)
            .then(|| by.finding(&format!("plugin {key}"), "plugins", Remedy::Add { setting: "plugins", entry: key.clone() }));
        let unsigned = (by.policy.signed && !names.is_signed()).then(|| by.unsigned(&key, plugin));
        let denied = by.policy.denies(&plugin.asks).map(|power| {
            let file = &by.file;
            let what = format!("plugin {key} asks for `{power}`, and `policy: {{powers: {{deny: […]}}}}` of {file} denies it");
            let say = format!("ask whoever maintains {file} to take `{power}` out of `policy: {{powers: {{deny: […]}}}}`");
            Finding::new(what, file, Remedy::Say(say))
        });
        listed.into_iter().chain(unsigned).chain(denied).collect::<Vec<_>>()
    };
    policies.iter().flat_map(of_one).collect()
}

impl Deciding<'_> {
    /// A plugin that nobody has signed whose word counts, and what each of the signers has to say to it.
    fn unsigned(&self, key: &str, plugin: &PluginInfo) -> Finding {
        let said: Vec<String> =
            plugin.signers.iter().map(|by| format!("{} of {}: {}", by.signer, by.file, by.in_words())).collect();
        let said = if said.is_empty() { "no settings name a signer (`signers`)".to_owned() } else { said.join("; ") };
        let what = format!(
            "plugin {key} has no signature that counts, and `policy: {{signed: true}}` of {} asks for one ({said})",
            self.file
        );
        let say = "ask whoever maintains the platform's settings to name who signs it under `signers`, with a `reach` that has it; \
                   or whoever ships it to sign it: windlass plugin sign";
        Finding::new(what, &self.file, Remedy::Say(say.to_owned()))
    }
}
