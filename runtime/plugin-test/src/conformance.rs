//! What is asked of every plugin, whatever it is for. A plugin that keeps these rules does not surprise its users: it answers where another would
//! break, and it tidies up after itself.

mod base;
mod made;
mod requests;
mod runs;

use std::fmt;

use windlass_model::plugin::{PluginInfo, PluginKind, Power};

use crate::suite::{Outcome, Suite};
pub(crate) use requests::Survey;

/// A rule for every plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// `requirements` answers every request of the plugin's own schema, with needs or an error.
    Total,
    /// Its answer is the same each time, and no power has a part in it.
    Pure,
    /// Requests of a megabyte are answered, too.
    Huge,
    /// `generate` answers every request and every file, with tasks or an error.
    Makes,
    /// It makes the same tasks each time.
    Same,
    /// A file of a megabyte is answered, too.
    Large,
    /// A refusal of this power is no trap.
    Refused(Power),
    /// Whatever commands write and files hold, it does not trap.
    AnyOutput,
    /// It returns when it is to stop, at whatever call that is.
    Stops,
    /// `cleanup` works where nothing was done before.
    CleanupAlone,
    /// It works after a trap at whatever call.
    CleanupAfterTrap,
    /// It works after a stop at whatever call.
    CleanupAfterStop,
    /// It does not trap where every power is refused.
    CleanupRefused,
}

impl Rule {
    /// The rules for a plugin: of refusals, one for each power that it asks for and can call.
    pub fn of(info: &PluginInfo) -> Vec<Self> {
        // What it may bring is judged before it runs, and is nothing that it calls.
        let called = info.asks.list().filter(|power| *power != Power::Pod);
        if info.kind == PluginKind::Config {
            let made = [Self::Makes, Self::Same, Self::Large];
            return made.into_iter().chain(called.map(Self::Refused)).chain([Self::AnyOutput, Self::Stops]).collect();
        }
        [Self::Total, Self::Pure, Self::Huge]
            .into_iter()
            .chain(called.map(Self::Refused))
            .chain([
                Self::AnyOutput,
                Self::Stops,
                Self::CleanupAlone,
                Self::CleanupAfterTrap,
                Self::CleanupAfterStop,
                Self::CleanupRefused,
            ])
            .collect()
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Total => f.write_str("requirements answer every request"),
            Self::Pure => f.write_str("requirements are pure"),
            Self::Huge => f.write_str("requirements answer a huge request"),
            Self::Makes => f.write_str("generate answers every request"),
            Self::Same => f.write_str("generate makes the same tasks twice"),
            Self::Large => f.write_str("generate answers a large file and a huge request"),
            Self::Refused(power) => write!(f, "a refusal of {power} is answered"),
            Self::AnyOutput => f.write_str("any output is survived"),
            Self::Stops => f.write_str("a stop is obeyed"),
            Self::CleanupAlone => f.write_str("cleanup works in a fresh instance"),
            Self::CleanupAfterTrap => f.write_str("cleanup works after a trap"),
            Self::CleanupAfterStop => f.write_str("cleanup works after a stop"),
            Self::CleanupRefused => f.write_str("cleanup works when every power is refused"),
        }
    }
}

/// Holds a plugin to a rule.
pub(crate) async fn check(suite: &Suite, rule: Rule) -> Outcome {
    match rule {
        Rule::Total => requests::total(suite).await,
        Rule::Pure => requests::pure(suite).await,
        Rule::Huge => requests::huge(suite).await,
        Rule::Makes => made::every_request(suite).await,
        Rule::Same => made::the_same(suite).await,
        Rule::Large => made::large(suite).await,
        Rule::Refused(power) if suite.subject.info.kind == PluginKind::Config => made::refused(suite, power).await,
        Rule::AnyOutput if suite.subject.info.kind == PluginKind::Config => made::any_output(suite).await,
        Rule::Stops if suite.subject.info.kind == PluginKind::Config => made::stops(suite).await,
        Rule::Refused(power) => runs::refused(suite, power).await,
        Rule::AnyOutput => runs::any_output(suite).await,
        Rule::Stops => runs::stops(suite).await,
        Rule::CleanupAlone => runs::cleanup_alone(suite).await,
        Rule::CleanupAfterTrap => runs::cleanup_after_trap(suite).await,
        Rule::CleanupAfterStop => runs::cleanup_after_stop(suite).await,
        Rule::CleanupRefused => runs::cleanup_refused(suite).await,
    }
}
