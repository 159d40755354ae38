//! What is new in a lock, for whoever approves of it.

use windlass_plugin_store::diff::PowerDiff;
use windlass_plugin_store::lock::{Entry, Lock};

/// What is told of a new lock.
pub(super) struct Changes {
    pub(super) text: String,
    /// Whether a plugin newly asks for something.
    pub(super) powers: bool,
}

impl Changes {
    /// `asked` says that somebody is trusted whose signatures were looked for.
    pub(super) fn between(old: &Lock, new: &Lock, asked: bool) -> Self {
        let (mut text, mut powers) = (String::new(), false);
        let mut line = |line: String| {
            text.push_str(&line);
            text.push('\n');
        };
        for bundle in new.bundles() {
            let before = old.bundle(&bundle.reference);
            let tag = |tag: Option<&String>| tag.cloned().unwrap_or_else(|| "by its digest".to_owned());
            match before {
                Some(before) if before == bundle => {}
                Some(before) => line(format!("{} {} → {}", bundle.reference, tag(before.tag.as_ref()), tag(bundle.tag.as_ref()))),
                None => line(format!("{} {}, new", bundle.reference, tag(bundle.tag.as_ref()))),
            }
        }
        for entry in new.entries() {
            let before = old.entry(&entry.reference);
            if before == Some(entry) {
                continue;
            }
            let of_known = |before: &Entry| {
                let signer = if asked { &entry.signer } else { &before.signer };
                PowerDiff::between(before, &Entry { signer: signer.clone(), ..entry.clone() })
            };
            let diff = before.map_or_else(|| PowerDiff::of_new(entry), of_known);
            match before {
                Some(before) => {
                    line(format!("{} {} → {} ({})", entry.reference, before.version, entry.version, entry.component.short()))
                }
                None => line(format!("{} {} ({}), new", entry.reference, entry.version, entry.component.short())),
            }
            diff.changes().iter().for_each(|change| line(format!("  + {change}")));
            if let Some(signer) = before.and_then(|before| before.signer.as_ref()).filter(|_| !asked && entry.signer.is_none()) {
                line(format!(
                    "  it was signed by {signer}; nobody was asked whether this one is, as no `signers` are trusted here"
                ));
            }
            powers |= diff.needs_approval();
        }
        let gone = old.entries().filter(|entry| new.entry(&entry.reference).is_none());
        gone.for_each(|entry| line(format!("{} leaves the lock: nothing of this project uses it", entry.reference)));
        if text.is_empty() {
            text.push_str("nothing changed\n");
        }
        Self { text, powers }
    }
}
