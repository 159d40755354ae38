//! Refusals, with the line of `windlass.yaml` that would turn them into a yes.

use windlass_engine::ports::plugin::PluginError;
use windlass_model::plugin::{Grants, PluginInfo, Power, Powers};
use windlass_model::plugin_reference::PluginReference;
use windlass_model::power::grant_line;
use windlass_model::text;

use crate::schema::Refusal;
use crate::words;

/// Who asks for powers: names for messages, and the name that `windlass.yaml` knows.
#[derive(Debug, Clone)]
pub(crate) struct Asker {
    /// Name and version.
    pub(crate) plugin: String,
    /// As `uses:` has it.
    pub(crate) reference: String,
    /// Whether windlass carries it.
    built_in: bool,
}

impl Asker {
    #[cfg(test)]
    pub(crate) fn of(plugin: &str, reference: &str, built_in: bool) -> Self {
        Self { plugin: plugin.to_owned(), reference: reference.to_owned(), built_in }
    }

    pub(crate) fn new(info: &PluginInfo) -> Self {
        let reference = info.reference.to_string();
        let built_in = matches!(info.reference, PluginReference::BuiltIn(_));
        Self { plugin: format!("{} {}", info.name, info.version), reference, built_in }
    }

    /// What the plugin says, as far as it is shown. What windlass does not carry is named as the speaker: its words could otherwise pass for
    /// windlass' own, and a help in them for windlass' advice.
    pub(crate) fn says(&self, words: &str) -> String {
        let words = words::bounded(words);
        if self.built_in { words } else { format!("plugin {} says: {words}", words::name(&self.reference)) }
    }

    /// The refusal of a field of the request, and of others with it.
    pub(crate) fn unsupported(&self, first: Refusal, others: impl IntoIterator<Item = Refusal>) -> PluginError {
        let Refusal { field, reason } = first;
        let also = others.into_iter().map(|refusal| (refusal.field, refusal.reason)).collect();
        PluginError::Unsupported { plugin: self.plugin.clone(), field, reason, also }
    }

    /// The same of as many as there are; nothing where there is none.
    pub(crate) fn all_unsupported(&self, refused: Vec<Refusal>) -> Option<PluginError> {
        let mut refused = refused.into_iter();
        Some(self.unsupported(refused.next()?, refused))
    }

    /// The refusal of something that the plugin answered or returned and that makes no sense. It is windlass' sentence, so what it quotes of
    /// the plugin begins no line of its own.
    pub(crate) fn nonsense(&self, did: &'static str, refusal: Refusal) -> PluginError {
        let Refusal { field, reason } = refusal;
        PluginError::Invalid { plugin: self.plugin.clone(), did, field, reason: text::one_line(&reason).into_owned() }
    }

    /// The refusal of one power, for `detail` if it was more exactly asked for. The powers in `enough` would do.
    pub(crate) fn denied(&self, power: Power, detail: &str, enough: &Powers) -> PluginError {
        let grant = grant_line(&self.reference, enough);
        PluginError::Denied { plugin: self.plugin.clone(), power, detail: detail.to_owned(), grant }
    }
}

/// The first power that a plugin asks for and that it was not granted, with the line that grants all such. What it brings is judged by what it
/// brings. The planner looks at more, and before anything exists; this is for whoever runs a plan that no planner made.
pub(crate) fn missing(info: &PluginInfo, grants: &Grants) -> Option<PluginError> {
    let power = info.asks.list().find(|asked| *asked != Power::Pod && !grants.allows(*asked))?;
    let asker = Asker::new(info);
    let grant = grant_line(&asker.reference, &info.asks);
    Some(PluginError::Denied { plugin: asker.plugin, power, detail: String::new(), grant })
}
