//! Refusals of the host's own. They are remembered, because only they are told in windlass' voice: a plugin can return any `denied` it likes.

use windlass_engine::ports::plugin::PluginError;
use windlass_model::plugin::{Power, Powers};

use crate::bindings::powers::windlass::plugin::types::{Denied, Error};
use crate::grant::Asker;
use crate::words;

/// More refusals than these are forgotten, the oldest first.
const REMEMBERED: usize = 64;

/// Why the host refused a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Cause {
    /// It was not granted; these powers would do, with all that was.
    Grant(Box<Powers>),
    /// The plugin's own manifest does not ask for it, so no grant would do.
    Manifest,
    /// It is a matter of `requirements`, in these words: no grant would do.
    Requirements(&'static str),
}

#[derive(Debug)]
struct Refused {
    power: Power,
    detail: String,
    cause: Cause,
}

/// What the host refused to one instance.
#[derive(Debug, Default)]
pub(crate) struct Refusals(Vec<Refused>);

impl Refusals {
    /// Remembers a refusal, and puts it into the plugin's words.
    pub(crate) fn refuse(&mut self, power: Power, detail: impl Into<String>, cause: Cause) -> Error {
        let detail = words::bounded(&detail.into());
        if self.0.len() == REMEMBERED {
            self.0.remove(0);
        }
        self.0.push(Refused { power, detail: detail.clone(), cause });
        Error::Denied(Denied { power: power.as_str().to_owned(), detail })
    }

    /// What a `denied` that the plugin returned comes to: windlass' own refusal, or the plugin's words.
    pub(crate) fn explain(&self, denied: &Denied, asker: &Asker) -> PluginError {
        let own = self.0.iter().rev().find(|own| own.power.as_str() == denied.power && own.detail == denied.detail);
        let failed = |message| PluginError::Failed { plugin: asker.plugin.clone(), message, exit_code: None };
        let Some(Refused { power, detail, cause }) = own else {
            let (power, detail) = (words::bounded(&denied.power), words::bounded(&denied.detail));
            return failed(format!(
                "{} says that `{power}` was denied, but windlass did not deny it: \"{detail}\"",
                asker.plugin
            ));
        };
        let more = if detail.is_empty() { String::new() } else { format!(" ({detail})") };
        match cause {
            Cause::Grant(enough) => asker.denied(*power, detail, enough),
            Cause::Manifest => failed(format!(
                "{} asked for `{power}`{more}, which its own manifest does not: its author must fix this",
                asker.plugin
            )),
            Cause::Requirements(why) => failed(format!("{} used `{power}`{more} {why}: its author must fix this", asker.plugin)),
        }
    }
}
