//! What the plugins of a plan may do, or the refusal: all that is missing at once, with the lines that give it.

use windlass_model::digest::Digest;
use windlass_model::plugin::{Grants, PluginInfo, Power, Requirements, quoted};
use windlass_model::power::{grant_lines, signer_lines};
use windlass_model::settings::{Granted, GrantedBy, PluginNames};

use super::needs::{self, Use};
use super::refusal::{Denial, GrantLines, Refusal, Unvouched};
use super::unvouched::{self, Advice};
use super::{OwnFiles, PlanError, Platform};

/// A plugin that asks for powers.
pub(super) struct Asked {
    pub(super) task: String,
    /// Who asks, for messages: `task t, step build (line 7)`.
    pub(super) place: String,
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

/// Where entries go: a file, and in it `plugins`, or a signer.
type Place<'a> = (Option<String>, Option<&'a str>);

/// What they say of one plugin.
struct Said {
    plugin: Digest,
    /// What an entry for it is to be called: two ways to name one plugin may be granted different powers.
    key: String,
    granted: Granted,
    /// How it may be granted more.
    advice: Advice,
    /// Which of the files' words has to change.
    changed: Vec<bool>,
}

/// Judges all of them by what the settings grant.
///
/// # Errors
/// When something is missing: the lines that are told are enough for every one of them.
pub(super) fn judge<'a>(platform: &Platform<'_>, all: impl IntoIterator<Item = &'a Asked>) -> Result<(), Box<Refusal>> {
    let mut settled = Settled::default();
    let mut denials: Vec<Denial> = Vec::new();
    let mut unvouched: Vec<Unvouched> = Vec::new();
    for asked in all {
        let said = settled.of(platform, asked);
        let what = asked.settle(&mut said.granted, &mut said.changed);
        if what.is_empty() {
            continue;
        }
        if said.advice == Advice::Signature {
            let new = unvouched::unvouched(&asked.plugin).filter(|one| !unvouched.contains(one));
            unvouched.extend(new.collect::<Vec<_>>());
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
    Err(Box::new(Refusal { denials, unvouched, grants: settled.lines(&platform.own_files) }))
}

impl Settled {
    fn of(&mut self, platform: &Platform<'_>, asked: &Asked) -> &mut Said {
        let (plugin, key) = (&asked.plugin.digest, asked.names.key());
        let known = self.0.iter().position(|said| (&said.plugin, &said.key) == (plugin, &key));
        let at = known.unwrap_or_else(|| {
            let mut granted = platform.granted(&asked.names);
            let changed = vec![false; granted.by.len()];
            let advice = unvouched::advice(&asked.plugin, platform);
            let new = granted.by.iter_mut().filter(|by| advice == Advice::Digest && by.signer.is_none() && !by.is_replaced());
            new.for_each(|by| by.key = plugin.to_string());
            self.0.push(Said { plugin: plugin.clone(), key, granted, advice, changed });
            self.0.len() - 1
        });
        &mut self.0[at]
    }

    /// What has to be written where, one entry for each file.
    fn lines(&self, own: &OwnFiles) -> Vec<GrantLines> {
        let advised = self.0.iter().filter(|said| said.advice != Advice::Signature);
        let all = advised.flat_map(|said| said.granted.by.iter().zip(&said.changed));
        let changed = all.filter(|(_, changed)| **changed);
        let mut files: Vec<(Place<'_>, Vec<&GrantedBy>)> = Vec::new();
        for (by, _) in changed {
            let place = (by.file.clone().or_else(|| own.file_for(&by.key)), by.signer.as_deref());
            match files.iter_mut().find(|(known, _)| *known == place) {
                // Two files of one digest, or two ways to write one path, have one entry.
                Some((_, entries)) if entries.iter().any(|known| known.key == by.key && known.powers == by.powers) => {}
                Some((_, entries)) => entries.push(by),
                None => files.push((place, vec![by])),
            }
        }
        let lines = |((file, signer), entries): (Place<'_>, Vec<&GrantedBy>)| GrantLines {
            file,
            replaces: entries.iter().filter(|by| by.is_replaced()).map(|by| by.key.clone()).collect(),
            because_of: others(&entries),
            text: {
                let entries = entries.iter().map(|by| (by.key.as_str(), &by.powers));
                signer.map_or_else(|| grant_lines(entries.clone()), |signer| signer_lines(signer, entries.clone()))
            },
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
            let used = Use { kind: self.plugin.kind, needs: &self.needs, container: self.container.as_deref() };
            if let Some(refused) = needs::judge(&used, &asks, &by.powers) {
                what.extend(refused.what.into_iter().filter(|new| !what.contains(new)).collect::<Vec<_>>());
                by.powers = refused.wanted;
                *changed = true;
            }
            asks = asks.meet(&by.powers);
        }
        what
    }

    /// What it gets of what it asks for.
    pub(super) fn granted(&self, platform: &Platform<'_>) -> Grants {
        let granted = platform.granted(&self.names);
        let powers = granted.powers(&self.plugin.asks);
        let signers = granted.by.into_iter().filter_map(|by| by.signer).collect();
        // Also a secret that the task's file does not mention: the command line may have a value for it, or has to be asked for one.
        Grants { powers, secrets: self.needs.secrets.clone(), files: platform.deciding(&self.names), signers }
    }

    fn denial(&self, what: Vec<String>, digest_differs: bool, platform: &Platform<'_>) -> Denial {
        let granted = platform.granted(&self.names).powers(&self.plugin.asks);
        let missing = self.plugin.asks.list().filter(|power| !granted.has(*power));
        let digest = digest_differs
            .then(|| format!("settings grant by digest, and the digest of this file, {}, is not among them", self.plugin.digest));
        let remarks = digest.into_iter().chain(unvouched::remarks(&self.plugin, platform)).collect();
        let reasons = missing.filter_map(|power| self.reason(power)).collect();
        Denial { steps: vec![self.place.clone()], line: self.line, plugin: self.plugin.origin(), what, reasons, remarks }
    }

    fn reason(&self, power: Power) -> Option<String> {
        self.plugin.reasons.get(&power).map(|reason| format!("its reason for `{power}`: {}", quoted(reason)))
    }

    /// What nobody can allow: the plugin itself is wrong.
    pub(super) fn wrong(&self, what: Vec<String>) -> PlanError {
        let denial = Denial {
            steps: vec![self.place.clone()],
            line: self.line,
            plugin: self.plugin.origin(),
            what,
            reasons: Vec::new(),
            remarks: Vec::new(),
        };
        PlanError::Denied(Box::new(Refusal { denials: vec![denial], unvouched: Vec::new(), grants: Vec::new() }))
    }
}
