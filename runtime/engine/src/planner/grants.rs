//! What the plugins of a plan may do, or the refusal: all that is missing at once, with the lines that give it.

use windlass_model::digest::Digest;
use windlass_model::plugin::{PluginInfo, Power, Requirements, quoted};
use windlass_model::power::grant_lines;
use windlass_model::settings::{Granted, GrantedBy, PluginNames};

use super::needs::{self, Use};
use super::refusal::{Denial, GrantLines, Refusal};
use super::{PlanError, Platform};

/// A plugin that asks for powers in a step.
pub(super) struct Asked {
    pub(super) task: String,
    pub(super) step: String,
    pub(super) line: usize,
    /// With what its manifest's limits come to in this step.
    pub(super) plugin: PluginInfo,
    pub(super) names: PluginNames,
    pub(super) needs: Requirements,
    /// The container that the step is sure to run commands in.
    pub(super) container: Option<String>,
}

/// What the settings say of the plugins of a plan, as it would be once all that is missing was written.
#[derive(Default)]
struct Settled(Vec<Said>);

/// What they say of one plugin.
struct Said {
    plugin: Digest,
    /// What an entry for it is to be called: two ways to name one plugin may be granted different powers.
    key: String,
    granted: Granted,
    /// Which of the files' words has to change.
    changed: Vec<bool>,
}

/// Judges all of them by what the settings grant.
///
/// # Errors
/// When something is missing: the lines that are told are enough for every one of them.
pub(super) fn judge<'a>(platform: &Platform<'_>, all: impl IntoIterator<Item = &'a Asked>) -> Result<(), PlanError> {
    let mut settled = Settled::default();
    let mut denials: Vec<Denial> = Vec::new();
    for asked in all {
        let said = settled.of(platform, asked);
        let what = asked.settle(&mut said.granted, &mut said.changed);
        if what.is_empty() {
            continue;
        }
        let denial = asked.denial(what, said.granted.digest_differs, platform);
        match denials.iter_mut().find(|known| (&known.plugin, &known.what) == (&denial.plugin, &denial.what)) {
            Some(known) => known.steps.extend(denial.steps),
            None => denials.push(denial),
        }
    }
    if denials.is_empty() {
        return Ok(());
    }
    Err(PlanError::Denied(Box::new(Refusal { denials, grants: settled.lines() })))
}

impl Settled {
    fn of(&mut self, platform: &Platform<'_>, asked: &Asked) -> &mut Said {
        let (plugin, key) = (&asked.plugin.digest, asked.names.key());
        let known = self.0.iter().position(|said| (&said.plugin, &said.key) == (plugin, &key));
        let at = known.unwrap_or_else(|| {
            let granted = platform.granted(&asked.names);
            let changed = vec![false; granted.by.len()];
            self.0.push(Said { plugin: plugin.clone(), key, granted, changed });
            self.0.len() - 1
        });
        &mut self.0[at]
    }

    /// What has to be written where, one entry for each file.
    fn lines(&self) -> Vec<GrantLines> {
        let all = self.0.iter().flat_map(|said| said.granted.by.iter().zip(&said.changed));
        let changed = all.filter(|(_, changed)| **changed);
        let mut files: Vec<(Option<&String>, Vec<&GrantedBy>)> = Vec::new();
        for (by, _) in changed {
            match files.iter_mut().find(|(file, _)| *file == by.file.as_ref()) {
                // Two files of one digest, or two ways to write one path, have one entry.
                Some((_, entries)) if entries.iter().any(|known| known.key == by.key && known.powers == by.powers) => {}
                Some((_, entries)) => entries.push(by),
                None => files.push((by.file.as_ref(), vec![by])),
            }
        }
        let lines = |(file, entries): (Option<&String>, Vec<&GrantedBy>)| GrantLines {
            file: file.cloned(),
            replaces: entries.iter().filter(|by| by.is_replaced()).map(|by| by.key.clone()).collect(),
            because_of: others(&entries),
            text: grant_lines(entries.iter().map(|by| (by.key.as_str(), &by.powers))),
        };
        files.into_iter().map(lines).collect()
    }
}

/// The entries that count for plugins until they have their own, each once.
fn others(entries: &[&GrantedBy]) -> Vec<String> {
    let mut names: Vec<String> = entries.iter().filter(|by| !by.is_replaced()).filter_map(|by| by.entry.clone()).collect();
    names.sort();
    names.dedup();
    names
}

impl Asked {
    /// What the settings keep back that the step cannot do without, and the settings as they have to be.
    ///
    /// Each file is judged by what those before it leave, so that what all allow together is enough.
    fn settle(&self, granted: &mut Granted, changed: &mut [bool]) -> Vec<String> {
        let mut asks = self.plugin.asks.clone();
        let mut what: Vec<String> = Vec::new();
        for (by, changed) in granted.by.iter_mut().zip(changed) {
            let used = Use { needs: &self.needs, container: self.container.as_deref() };
            if let Some(refused) = needs::judge(&used, &asks, &by.powers) {
                what.extend(refused.what.into_iter().filter(|new| !what.contains(new)).collect::<Vec<_>>());
                by.powers = refused.wanted;
                *changed = true;
            }
            asks = asks.meet(&by.powers);
        }
        what
    }

    fn place(&self) -> String {
        format!("task {}, step {} (line {})", self.task, self.step, self.line)
    }

    fn denial(&self, what: Vec<String>, digest_differs: bool, platform: &Platform<'_>) -> Denial {
        let granted = platform.granted(&self.names).powers(&self.plugin.asks);
        let missing = self.plugin.asks.list().filter(|power| !granted.has(*power));
        let remark = digest_differs
            .then(|| format!("settings grant by digest, and the digest of this file, {}, is not among them", self.plugin.digest));
        let reasons = missing.filter_map(|power| self.reason(power)).collect();
        Denial { steps: vec![self.place()], line: self.line, plugin: self.plugin.origin(), what, reasons, remark }
    }

    fn reason(&self, power: Power) -> Option<String> {
        self.plugin.reasons.get(&power).map(|reason| format!("its reason for `{power}`: {}", quoted(reason)))
    }

    /// What nobody can allow: the plugin itself is wrong.
    pub(super) fn wrong(&self, what: Vec<String>) -> PlanError {
        let denial = Denial {
            steps: vec![self.place()],
            line: self.line,
            plugin: self.plugin.origin(),
            what,
            reasons: Vec::new(),
            remark: None,
        };
        PlanError::Denied(Box::new(Refusal { denials: vec![denial], grants: Vec::new() }))
    }
}
